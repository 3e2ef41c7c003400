"""Any text of any kind is either described or refused in words."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specwitness.exceptions import SourceError
from specwitness.sources import KINDS, Description, read

SPECS = Path(__file__).parents[2] / "specs"
DOCUMENTS = sorted(path for path in SPECS.glob("*/sources/*") if path.name != "README.md")
TEXTS = [path.read_text() for path in DOCUMENTS]
ODD = [
    "<ParamField path=",
    "</ResponseField>",
    "```",
    "{",
    "[",
    "`",
    "| a |\n|---|\n",
    "\x00",
    "\ud83d",
    "&#",
    "= {",
    "\u2028",
]


def described(text: str, kind: str) -> Description | None:
    try:
        return read(text, kind, name="page.md")
    except SourceError as error:
        assert error.thing.startswith("page.md") and error.fault and error.hint
        return None


@given(text=st.text(), kind=st.sampled_from(list(KINDS)))
def test_no_text_makes_a_reader_fail(text: str, kind: str) -> None:
    described(text, kind)


@given(
    text=st.sampled_from(TEXTS),
    kind=st.sampled_from(list(KINDS)),
    cut=st.integers(0, 5000),
    length=st.integers(0, 400),
    instead=st.lists(st.sampled_from(ODD), max_size=4).map("".join),
)
def test_no_damaged_page_makes_a_reader_fail_and_every_silence_is_a_place(
    text: str, kind: str, cut: int, length: int, instead: str
) -> None:
    description = described(text[:cut] + instead + text[cut + length :], kind)
    if description is not None:
        assert all(description.speaks_of(place) for place in description.silent)
        assert not any(description.speaks_of(f"{place}/never-said") for place in description.silent)


@pytest.mark.parametrize(
    ("text", "kind", "fault"),
    [
        ("{}", "openapi", "no `openapi: 3.x` at the top was found"),
        ("openapi: 3.1.0", "openapi", "no object of path items under `paths` was found"),
        ("# A page", "markdown-openapi", "no single yaml or json fence under a heading `OpenAPI` was found"),
        ("A page", "rendered-page", "no line with an HTTP method was found"),
        ("GET\nnowhere", "rendered-page", "no path in pieces after the line GET was found"),
        ("GET\n/\nruns", "rendered-page", "no section `Response` was found"),
        ("A page", "sdk-model-page", "no model's name as the first heading was found"),
        ("# Model", "sdk-model-page", "no fence with an object literal under a heading `Example Usage` was found"),
        ("A page", "mdx-page", "no title was found"),
        ("# A page", "mdx-page", "no response, neither by fields nor by an example, was found"),
        ("# A page", "wiki", "there is no reader for the kind 'wiki'"),
        ("x" * 1_000_001, "mdx-page", "it has more than 1000000 characters"),
    ],
)
def test_a_page_of_another_layout_is_refused_by_what_it_lacks(text: str, kind: str, fault: str) -> None:
    with pytest.raises(SourceError) as caught:
        read(text, kind, name="page.md")
    assert (caught.value.thing, caught.value.fault) == ("page.md", fault)


def test_a_fence_that_announces_another_operation_than_it_holds_is_refused() -> None:
    page = "## OpenAPI\n\n````yaml post /runs\nopenapi: 3.1.0\npaths: {/runs: {get: {}}}\n````\n"
    with pytest.raises(SourceError, match="the fence announces POST /runs, which its fragment does not have"):
        read(page, "markdown-openapi")


def test_a_value_nested_deeper_than_any_description_is_refused() -> None:
    with pytest.raises(SourceError, match="it is nested too deeply"):
        read('{"openapi": "3.1.0", "paths": {}, "x-deep": ' + "[" * 200 + "]" * 200 + "}", "openapi")


def test_windows_line_ends_change_nothing() -> None:
    for path, text in zip(DOCUMENTS, TEXTS, strict=True):
        for kind in KINDS:
            assert described(text.replace("\n", "\r\n"), kind) == described(text, kind), (path.name, kind)


def test_a_text_that_is_not_yaml_is_refused_with_its_line() -> None:
    with pytest.raises(SourceError, match=r"^page.md, line 2: "):
        read("openapi: 3.1.0\n]", "openapi", name="page.md")


def test_the_debugger_sees_counts() -> None:
    assert repr(read('{"openapi": "3.1.0", "paths": {"/a": {}}}', "openapi")) == (
        "<Description: 1 paths, 0 schemas, silent at 0 places>"
    )


def test_a_fence_that_announces_no_operation_is_read() -> None:
    page = "## OpenAPI\n\n```yaml\nopenapi: 3.1.0\npaths: {/runs: {get: {}}}\n```\n"
    assert list(read(page, "markdown-openapi").document["paths"]) == ["/runs"]
