"""The recipe for any CI: `docs/nightly.sh`, run with contracts and servers of all kinds."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.nightly.conftest import Place
from tests.plugin.conftest import pet, serving

RECIPE = (Path(__file__).parents[2] / "docs/nightly.sh").read_text()


def test_a_contract_without_a_server_is_tested_against_the_mock(place: Place) -> None:
    done = place.run(RECIPE)

    assert "PETS_BASE_URL is not set: pets is tested against the embedded mock" in done.stdout
    assert "COMPATIBLE pets: " in done.stdout
    assert (done.returncode, place.gh["issues"]) == (0, [])
    assert (place.folder.parent / "pytest.log").read_text() == (
        "--pyargs specwitness.suite --contract pets --profile nightly\n"
    )


def test_each_contract_has_its_server_and_the_gravest_verdict_is_the_exit_code(place: Place, free_url: str) -> None:
    shutil.copytree(place.folder / "specs/pets", place.folder / "specs/zoo")

    with serving(lambda _: (200, {"Content-Type": "application/json"}, b"[]")) as broken:
        given = {"PETS_BASE_URL": broken, "PETS_KEY": "a-good-key", "ZOO_BASE_URL": free_url, "ZOO_KEY": "any"}
        done = place.run(RECIPE, **given, SPECWITNESS_REPO="me/api")
        alone = place.run(RECIPE, "zoo", **given)

    assert "INCOMPATIBLE pets: " in done.stdout
    assert "INCONCLUSIVE zoo: " in done.stdout
    assert (done.returncode, alone.returncode) == (1, 6)
    assert [issue["title"] for issue in place.gh["issues"]] == ["pets does not keep its contract"]
    assert "zoo: left alone (no issue): the run is inconclusive" in done.stdout
    assert "pets" not in alone.stdout


def test_a_verdict_that_is_another_than_last_night_is_sent_once(place: Place) -> None:
    kind, taken = ["dog"], list[str]()

    def answer(handler: Any) -> tuple[int, dict[str, str], bytes]:
        status, headers, body = pet(handler)
        return status, headers, body.replace(b"dog", kind[0].encode())

    def take(handler: Any) -> tuple[int, dict[str, str], bytes]:
        taken.append(handler.path)
        return 200, {}, b""

    pytest.importorskip("apprise")
    with serving(answer) as url, serving(take) as service:
        notify = service.replace("http", "json") + "/t0k3n"
        given = {"PETS_BASE_URL": url, "PETS_KEY": "a-good-key", "SPECWITNESS_NOTIFY": notify}
        nights = []
        for now in ("dog", "bird", "bird"):
            kind[0] = now
            nights.append(place.run(RECIPE, **given))

    assert [night.returncode for night in nights] == [0, 1, 1], nights
    assert [night.stdout.splitlines()[-1] for night in nights] == [
        "notified nobody: no verdict changed",
        "notified: pets: incompatible (was compatible)",
        "notified nobody: no verdict changed",
    ]
    assert taken == ["/t0k3n"]
    assert "t0k3n" not in "".join(night.stdout + night.stderr for night in nights)


LEAVES_A_REPORT = """
mkdir -p reports/night
echo '{"schema_version": 2, "name": "night", "contracts": []}' > reports/night/report.json
ln -sfn night reports/latest
"""


def test_what_cannot_be_announced_fails_a_night_that_was_good(place: Place) -> None:
    place.variables["FAKE_GH_FAILS"] = "issue list"
    place.instead_of_pytest(LEAVES_A_REPORT)

    done = place.run(RECIPE, SPECWITNESS_REPO="me/api")

    assert done.returncode == 2
    assert "specwitness: gh issue list: it failed: " in done.stderr


def test_what_cannot_be_announced_of_a_broken_contract_is_said_and_the_verdict_stays(place: Place) -> None:
    shutil.copytree(place.folder / "specs/pets", place.folder / "specs/zoo")
    place.variables["FAKE_GH_FAILS"] = "issue list"
    for codes in ("pets) exit 1", "zoo) exit 1"):
        name, _, code = codes.partition(") ")
        place.instead_of_pytest(f'{LEAVES_A_REPORT}\ncase "$*" in *{name}*) {code} ;; esac')
        done = place.run(RECIPE, SPECWITNESS_REPO="me/api")

        assert done.returncode == 1
        assert "pets: not all was announced (exit code 2)" in done.stderr
        assert "zoo: not all was announced (exit code 2)" in done.stderr


def test_where_there_are_no_links_the_latest_report_is_announced_too(place: Place) -> None:
    place.instead_of_pytest(LEAVES_A_REPORT.replace("ln -sfn night reports/latest", "echo night > reports/latest.txt"))
    assert place.run(RECIPE, SPECWITNESS_REPO="me/api").returncode == 0
    assert len(place.gh["calls"]) == 1

    place.instead_of_pytest("exit 4")
    assert place.run(RECIPE, SPECWITNESS_REPO="me/api").returncode == 4
    assert len(place.gh["calls"]) == 1


def test_a_run_that_leaves_no_report_does_not_announce_an_older_one(place: Place) -> None:
    place.instead_of_pytest(LEAVES_A_REPORT)
    assert place.run(RECIPE, SPECWITNESS_REPO="me/api").returncode == 0
    assert len(place.gh["calls"]) == 1

    place.instead_of_pytest("exit 4")
    assert place.run(RECIPE, SPECWITNESS_REPO="me/api").returncode == 4
    assert len(place.gh["calls"]) == 1


@pytest.mark.parametrize(
    ("codes", "gravest"),
    [("0 0", 0), ("6 0", 6), ("6 1", 1), ("1 6", 1), ("1 0", 1), ("3 1", 3), ("1 4", 4), ("6 2", 2)],
)
def test_the_gravest_code_is_that_of_the_night(place: Place, codes: str, gravest: int) -> None:
    shutil.copytree(place.folder / "specs/pets", place.folder / "specs/zoo")
    pets, zoo = codes.split()
    place.instead_of_pytest(f'case "$*" in *pets*) exit {pets} ;; *) exit {zoo} ;; esac')

    assert place.run(RECIPE).returncode == gravest


@pytest.mark.parametrize("names", [(), ("nobody",)])
def test_without_contracts_the_night_fails(place: Place, names: tuple[str, ...]) -> None:
    shutil.rmtree(place.folder / "specs/pets")

    assert place.run(RECIPE, *names).returncode == 2


@pytest.fixture
def free_url() -> str:
    """A URL at which nothing listens."""
    return "http://127.0.0.1:1"
