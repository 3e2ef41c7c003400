"""Claims about the fixture `specwitness_mock`, from small projects that are run for real."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

OPENAPI = """
openapi: 3.1.0
info: {title: Pets, version: '1'}
paths:
  /pets/{petId}:
    parameters: [{name: petId, in: path, required: true, schema: {type: integer}}]
    get: {operationId: readPet, responses: {'200': {description: d}}}
"""
TESTS = """
import requests

def test_it_answers(specwitness_mock):
    assert requests.get(f"{specwitness_mock.url}/pets/1").status_code == 200
    assert specwitness_mock.findings == ()

def test_it_says_what_the_client_did_wrong(specwitness_mock):
    requests.get(f"{specwitness_mock.url}/pets/x")
    assert [finding.rule for finding in specwitness_mock.findings] == ["request-parameter"]

def test_it_is_as_new_in_each_test(specwitness_mock):
    assert specwitness_mock.log == ()
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> Path:
    (pytester.path / "specs" / "pets").mkdir(parents=True)
    (pytester.path / "specs" / "pets" / "openapi.yaml").write_text(OPENAPI)
    pytester.makepyfile(TESTS)
    return pytester.path


@pytest.mark.parametrize("arguments", [(), ("-n", "2")], ids=["serial", "parallel"])
def test_a_test_talks_to_a_mock_that_is_as_new(
    project: Path, pytester: pytest.Pytester, arguments: tuple[str, ...]
) -> None:
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", *arguments)

    result.assert_outcomes(passed=3)
    assert result.ret == 0
    assert not (project / "reports").exists()


def test_what_is_served_may_be_chosen(project: Path, pytester: pytest.Pytester) -> None:
    (project / "other.yaml").write_text(OPENAPI.replace("/pets/", "/cats/"))
    pytester.makeconftest(
        "import pytest\n\n@pytest.fixture(scope='session')\ndef specwitness_contracts():\n    return ['other.yaml']\n"
    )
    pytester.makepyfile(
        "import requests\n\n"
        "def test_it(specwitness_mock):\n"
        "    assert requests.get(f'{specwitness_mock.url}/cats/1').status_code == 200\n"
    )

    pytester.runpytest_subprocess().assert_outcomes(passed=1)


def test_a_project_without_contracts_is_told_what_to_do(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_it(specwitness_mock):\n    pass\n")
    result = pytester.runpytest_subprocess()

    result.assert_outcomes(errors=1)
    assert (
        "there is no such folder. Run from the folder that holds `specs/`, or give --specs DIR" in result.stdout.str()
    )
