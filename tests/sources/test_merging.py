"""Descriptions of different operations become one document, and a contradiction is named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specwitness.exceptions import SourceError
from specwitness.findings import Json
from specwitness.sources import Description, merge

INFO: Json = {"title": "Notes", "version": "1"}


def notes(paths: Json, **more: Json) -> Description:
    return Description({"openapi": "3.1.0", "info": INFO, "paths": paths} | more)


def test_paths_and_the_operations_of_a_path_are_joined_in_order() -> None:
    assert merge([notes({"/a": {"get": {}}}), notes({"/b": {"get": {}}}), notes({"/a": {"put": {}}})]) == {
        "openapi": "3.1.0",
        "info": INFO,
        "paths": {"/a": {"get": {}, "put": {}}, "/b": {"get": {}}},
    }


def test_what_the_other_is_silent_about_is_kept() -> None:
    one = notes({}, components={"schemas": {"A": {}}})
    other = Description({"openapi": "3.1.0", "paths": {}}, frozenset({""}))
    assert merge([other, one]) == merge([one, other]) == one.document


@pytest.mark.parametrize(
    ("other", "place", "fault"),
    [
        (notes({}, info={"title": "Notes", "version": "2"}), "#/info/version", 'one says "1", another says "2"'),
        (notes({}, tags=[]), "#/tags", "one says nothing, another []"),
        (notes({"/a": {"get": {"deprecated": 1}}}), "#/paths/~1a/get/deprecated", "one says true, another 1"),
    ],
)
def test_a_contradiction_names_its_place(other: Description, place: str, fault: str) -> None:
    with pytest.raises(SourceError) as caught:
        merge([notes({"/a": {"get": {"deprecated": True}}}), other])
    assert caught.value.thing == f"the sources, at {place}"
    assert caught.value.fault == fault.replace("another says", "another")


def test_nothing_cannot_be_merged() -> None:
    with pytest.raises(SourceError, match="there is none to merge"):
        merge([])


@given(st.dictionaries(st.sampled_from(["/a", "/b"]), st.dictionaries(st.sampled_from(["get", "put"]), st.just({}))))
def test_a_description_merged_with_itself_is_itself(paths: Json) -> None:
    assert merge([notes(paths), notes(paths)]) == notes(paths).document
