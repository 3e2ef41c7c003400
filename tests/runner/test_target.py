"""What is tested is resolved from what was given, the environment and a fallback, and says nothing of its secrets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from specwitness.contract.load import load
from specwitness.contract.model import Contract
from specwitness.exceptions import TargetError
from specwitness.runner.target import (
    DEFAULT_UNKNOWN_ID,
    PATIENCE,
    Target,
    in_percents,
    is_loopback,
    near_misses,
    resolve,
)

OPENAPI = """
openapi: 3.1.0
info: {title: t, version: '1'}
security: [{apiKey: []}]
paths:
  /shops/{shopId}/pets/{petId}:
    parameters:
    - {name: shopId, in: path, required: true, schema: {type: string}}
    - {name: petId, in: path, required: true, schema: {type: string}}
    get: {operationId: readPet, responses: {'200': {description: d}}}
  /open:
    get: {operationId: open, security: [], responses: {'200': {description: d}}}
components:
  securitySchemes: {apiKey: {type: apiKey, in: header, name: X-Key}}
"""
MANIFEST = """
credentials: {apiKey: {env: THE_KEY}}
parameters: {shopId: {env: THE_SHOP}, petId: {env: THE_PET, optional: true}}
unknown_id: {env: NOBODY, optional: true}
"""
URL = "http://127.0.0.1:8005"
ENVIRONMENT = {"THE_KEY": "key-of-environment", "THE_SHOP": "shop-of-environment"}


def contract_in(folder: Path, manifest: str | None = MANIFEST) -> Contract:
    made = folder / "pets"
    made.mkdir()
    (made / "openapi.yaml").write_text(OPENAPI)
    if manifest is not None:
        (made / "contract.yaml").write_text(manifest)
    return load(made)


def resolved(
    contract: Contract,
    *,
    base_url: str = URL,
    environment: Mapping[str, str] = ENVIRONMENT,
    given: Mapping[str, str] | None = None,
    fallback: Target | None = None,
    allow_writes: bool = False,
) -> Target:
    return resolve(
        contract,
        contract.operations,
        base_url=base_url,
        environment=environment,
        given=given or {},
        fallback=fallback,
        allow_writes=allow_writes,
    )


def test_a_value_is_that_of_the_command_line_else_of_the_environment_else_the_fallback(tmp_path: Path) -> None:
    fallback = Target(
        URL,
        credentials={"apiKey": "key-of-fallback"},
        parameters={"shopId": ("shop-of-fallback",), "petId": ("pet-of-fallback",)},
        unknown_id="nobody-of-fallback",
    )
    environment = {"THE_KEY": "key-of-environment", "THE_SHOP": "shop-of-environment", "NOBODY": "nobody"}
    target = resolved(contract_in(tmp_path), environment=environment, given={"apiKey": "key-given"}, fallback=fallback)

    assert target == Target(
        URL,
        credentials={"apiKey": "key-given"},
        parameters={"shopId": ("shop-of-environment",), "petId": ("pet-of-fallback",)},
        unknown_id="nobody",
        allow_writes=True,
    )


def test_an_empty_value_counts_as_none(tmp_path: Path) -> None:
    target = resolved(
        contract_in(tmp_path),
        environment={**ENVIRONMENT, "THE_PET": "", "NOBODY": ""},
        given={"apiKey": ""},
    )

    assert (target.credentials, target.parameters, target.unknown_id) == (
        {"apiKey": "key-of-environment"},
        {"shopId": ("shop-of-environment",)},
        DEFAULT_UNKNOWN_ID,
    )


def test_every_missing_value_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(TargetError) as raised:
        resolved(contract_in(tmp_path), environment={})

    assert raised.value == TargetError(
        "contract pets",
        "no value is given for THE_KEY (apiKey), THE_SHOP (shopId)",
        "Set the environment variable, or give --param NAME=VALUE; several ids are separated by commas",
    )


def test_only_what_the_selected_operations_need_is_asked_for(tmp_path: Path) -> None:
    contract = contract_in(tmp_path)
    target = resolve(contract, contract.operations[1:], base_url=URL, environment={}, given={})

    assert (target.credentials, target.parameters) == ({}, {})


def test_without_a_manifest_variables_are_named_after_the_contract(tmp_path: Path) -> None:
    contract = contract_in(tmp_path, manifest=None)

    assert resolved(contract, environment={"PETS_API_KEY": "k", "PETS_PET_ID": "p"}) == Target(
        URL, credentials={"apiKey": "k"}, parameters={"petId": ("p",)}
    )
    with pytest.raises(TargetError, match=r"no value is given for PETS_API_KEY \(apiKey\)\."):
        resolved(contract, environment={})


def test_several_ids_are_separated_by_commas(tmp_path: Path) -> None:
    target = resolved(contract_in(tmp_path), given={"petId": " rex, ,momo,"})

    assert target.parameters["petId"] == ("rex", "momo")


def test_a_trailing_slash_of_the_address_is_dropped(tmp_path: Path) -> None:
    assert resolved(contract_in(tmp_path), base_url=f"{URL}/v1/").base_url == f"{URL}/v1"


@pytest.mark.parametrize(
    "url", ["", "not-a-url", "ftp://127.0.0.1", "http://", "http:///path", "http://[::1", "http://127.0.0.1:port"]
)
def test_an_address_that_is_none_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(TargetError) as raised:
        resolved(contract_in(tmp_path), base_url=url)

    assert raised.value == TargetError(
        f"base URL {url!r}", "it is no http or https URL", "Give for example http://127.0.0.1:8005"
    )


@pytest.mark.parametrize(
    ("url", "allowed", "expected"),
    [(URL, False, True), ("http://api.example.org", False, False), ("http://api.example.org", True, True)],
)
def test_writes_are_allowed_on_this_machine_and_where_the_user_says_so(
    tmp_path: Path, url: str, allowed: bool, expected: bool
) -> None:
    assert resolved(contract_in(tmp_path), base_url=url, allow_writes=allowed).allow_writes is expected


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9:8005", True),
        ("[::1]", True),
        ("[::1]:8005", True),
        ("localhost", True),
        ("LocalHost", True),
        ("localhost.", True),
        ("name.localhost", True),
        ("name.localhost.", True),
        ("user:secret@localhost", True),
        ("10.0.0.1", False),
        ("192.168.0.1", False),
        ("[fe80::1]", False),
        # Any address of this machine, those that others reach included.
        ("0.0.0.0", False),  # noqa: S104 - nothing is bound
        ("localhost.example.org", False),
        ("notlocalhost", False),
        ("127.0.0.1.example.org", False),
        ("localhost@example.org", False),
        ("", False),
        ("[::1", False),
    ],
)
def test_this_machine_is_known_by_its_address_alone(host: str, here: bool) -> None:
    assert (is_loopback(f"http://{host}/path"), is_loopback(f"https://{host}")) == (here, here)


def test_an_unknown_id_is_the_same_for_the_same_seed_and_follows_the_template() -> None:
    plain, templated = Target(URL), Target(URL, unknown_id="run_{random}_{random}")
    ids = [plain.unknown(seed) for seed in (1, 1, 2)]
    letters = ids[0].removeprefix("missing-")

    assert (ids[0] == ids[1], ids[0] == ids[2], len(letters), letters.isalnum()) == (True, False, 8, True)
    assert templated.unknown(1) == f"run_{letters}_{letters}"
    assert Target(URL, unknown_id="always-this").unknown(1) == "always-this"


def test_no_secret_is_shown_in_the_debugger() -> None:
    target = Target("http://ann:hunter22@127.0.0.1/v1", credentials={"apiKey": "a-good-key"})

    assert target.secrets() == {"a-good-key", *near_misses("a-good-key"), in_percents("a-good-key"), "ann", "hunter22"}
    assert repr(target) == "<Target http://[redacted]@127.0.0.1/v1>"
    assert repr(Target(URL, credentials={"apiKey": "a-good-key"})) == f"<Target {URL}>"


def test_patience_is_that_of_the_moment_a_target_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Target(URL).patience == PATIENCE
    monkeypatch.setattr("specwitness.runner.target.PATIENCE", 0.5)
    assert Target(URL).patience == 0.5
