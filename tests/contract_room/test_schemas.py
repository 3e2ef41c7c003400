"""A value is judged by two validators, and each reason says where in the document and where in the value it is."""

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from specwitness.contract.schemas import FORMATS, Schemas
from specwitness.exceptions import DocumentError
from specwitness.findings import Json

DOCUMENT = {
    "openapi": "3.1.0",
    "components": {
        "schemas": {
            "Job": {
                "type": "object",
                "required": ["id", "status"],
                "properties": {
                    "id": {"type": "string"},
                    "status": {"$ref": "#/components/schemas/Status"},
                    "a/b~c": {"items": {"$ref": "#/components/schemas/Status"}},
                    "never": False,
                    "sink": {
                        "anyOf": [
                            {
                                "type": "object",
                                "properties": {"type": {"enum": ["webhook"]}, "url": {"type": "string"}},
                                "required": ["type", "url"],
                            },
                            {
                                "type": "object",
                                "properties": {"type": {"enum": ["s3"]}},
                                "required": ["type", "bucket", "region"],
                            },
                            {"type": "null"},
                        ]
                    },
                    "number": {"oneOf": [{"type": "integer"}, {"type": "string"}]},
                },
            },
            "Status": {"type": "string", "enum": ["a", "b"]},
        }
    },
}
JOB = "/components/schemas/Job"
SINK = f"{JOB}/properties/sink/anyOf"
GOOD = {"id": "1", "status": "a"}


@pytest.fixture
def schemas() -> Schemas:
    return Schemas(DOCUMENT)


@pytest.mark.parametrize(
    ("value", "reasons"),
    [
        (GOOD, []),
        ({}, [("required", f"{JOB}/required", (), "id"), ("required", f"{JOB}/required", (), "status")]),
        ([], [("type", f"{JOB}/type", (), "array")]),
        (None, [("type", f"{JOB}/type", (), "null")]),
        ({**GOOD, "id": True}, [("type", f"{JOB}/properties/id/type", ("id",), "boolean")]),
        ({**GOOD, "id": 1.5}, [("type", f"{JOB}/properties/id/type", ("id",), "number")]),
        ({**GOOD, "id": {}}, [("type", f"{JOB}/properties/id/type", ("id",), "object")]),
        ({**GOOD, "status": "c"}, [("enum", "/components/schemas/Status/enum", ("status",), "c")]),
        ({**GOOD, "a/b~c": ["c"]}, [("enum", "/components/schemas/Status/enum", ("a/b~c", 0), "c")]),
    ],
)
def test_every_reason_is_given_with_its_places(
    schemas: Schemas, value: Json, reasons: list[tuple[str, str, tuple[str | int, ...], Json]]
) -> None:
    found = [(item.keyword, item.pointer, item.path, item.value) for item in schemas.rejections(JOB, value)]
    assert found == reasons
    assert schemas.both_accept(JOB, value) == (not reasons, not reasons)


@pytest.mark.parametrize(
    ("sink", "reasons"),
    [
        (None, []),
        ({"type": "webhook", "url": "u"}, []),
        ({"type": "webhook"}, [("required", f"{SINK}/0/required", "url")]),
        ({"type": "s3"}, [("required", f"{SINK}/1/required", "bucket"), ("required", f"{SINK}/1/required", "region")]),
        ({"type": "webhook", "url": 1}, [("type", f"{SINK}/0/properties/url/type", "number")]),
        ({"type": "ftp"}, [("anyOf", SINK, "ftp")]),
        ("webhook", [("anyOf", SINK, "string")]),
    ],
)
def test_of_alternatives_the_one_that_was_meant_explains(
    schemas: Schemas, sink: Json, reasons: list[tuple[str, str, Json]]
) -> None:
    rejections = schemas.rejections(JOB, {**GOOD, "sink": sink})
    assert [(item.keyword, item.pointer, item.value) for item in rejections] == reasons


def test_alternatives_none_of_which_is_meant_are_refused_together(schemas: Schemas) -> None:
    (rejection,) = schemas.rejections(JOB, {**GOOD, "number": None})
    assert (rejection.keyword, rejection.path, rejection.agreed) == ("oneOf", ("number",), True)


def test_a_schema_that_is_false_refuses_without_a_keyword(schemas: Schemas) -> None:
    (rejection,) = schemas.rejections(JOB, {**GOOD, "never": 1})
    assert (rejection.keyword, rejection.agreed) == ("false", True)


def test_a_branch_that_nothing_satisfies_is_not_the_one_that_was_meant() -> None:
    schemas = Schemas({"openapi": "3.1.0", "some": {"anyOf": [False, {"type": "integer"}]}, "none": {"anyOf": [False]}})
    assert [one.pointer for one in schemas.rejections("/some", "a")] == ["/some/anyOf/1/type"]
    assert [one.pointer for one in schemas.rejections("/none", "a")] == ["/none/anyOf"]


@pytest.mark.parametrize(
    ("schema", "value", "message"),
    [
        ({"type": "string"}, None, "null is not of type 'string'"),
        ({"type": "string"}, [True, {"a": [False, "None"]}], "[true, {'a': [false, 'None']}] is not of type 'string'"),
        ({"uniqueItems": True}, [True, True], "[true, true] has non-unique elements"),
        ({"enum": ["a", None]}, "None", "'None' is not one of ['a', null]"),
        ({"enum": ["None"]}, None, "null is not one of ['None']"),
        ({"const": None}, "None", "null was expected"),
        ({"const": [True]}, 1, "[true] was expected"),
        ({"not": {"enum": [None]}}, None, "null should not be valid under {'enum': [null]}"),
        (False, "text", "the schema false does not allow 'text'"),
        (False, None, "the schema false does not allow null"),
        # What has no such word in it is said as ever.
        ({"type": "string"}, 1, "1 is not of type 'string'"),
        ({"enum": ["a"]}, {"b": "True"}, "{'b': 'True'} is not one of ['a']"),
        ({"maxLength": 1}, "ab", "'ab' is too long"),
        ({"required": ["None"]}, {}, "'None' is a required property"),
    ],
)
def test_a_value_is_called_as_json_calls_it(schema: Json, value: Json, message: str) -> None:
    schemas = Schemas({"openapi": "3.1.0", "s": schema})
    assert [one.message for one in schemas.rejections("/s", value)] == [message]


def test_what_is_no_schema_is_refused_at_its_place() -> None:
    named: Json = {"Ok": {}, "No": {"items": [{}]}, "ToNo": {"properties": {"a": {"$ref": "#/No"}}}, "Odd": {"not": {}}}
    named["Odd"]["not"]["pattern"] = "["
    schemas = Schemas({"openapi": "3.1.0", **named}, spot=lambda pointer: f"line of {pointer}")
    for pointer, at in (("/No", "/No/items"), ("/ToNo", "/No/items"), ("/Odd", "/Odd/not/pattern")):
        for judge in (schemas.require, lambda pointer: schemas.both_accept(pointer, 1)):
            with pytest.raises(DocumentError) as raised:
                judge(pointer)
            assert raised.value.thing == f"line of {at}"
    assert schemas.both_accept("/Ok", 1) == (True, True)


CIRCLES: Json = {
    "Pet": {"oneOf": [{"$ref": "#/Cat"}, {"type": "null"}]},
    "Cat": {"allOf": [{"$ref": "#/Pet"}, {"required": ["a"]}]},
    "Known": {"dependentSchemas": {"b": {"$ref": "#/Known"}}},
    "Tree": {"required": ["a"], "properties": {"a": {"anyOf": [{"$ref": "#/Tree"}, {"type": "null"}]}}},
}


def test_a_schema_that_applies_itself_to_the_same_value_proves_nothing() -> None:
    schemas = Schemas({"openapi": "3.1.0", **CIRCLES})
    for pointer, value in (("/Pet", {}), ("/Cat", {"a": 1}), ("/Known", {"b": 1})):
        one, other = schemas.both_accept(pointer, value)
        assert one is not other
        assert [rejection.agreed for rejection in schemas.rejections(pointer, value)] == ([] if one else [False])
    # One that has its like in a part of the value is as good as any, and so is what does not come that far.
    assert schemas.both_accept("/Tree", {"a": {"a": None}}) == (True, True)
    assert schemas.both_accept("/Tree", {"a": {}}) == (False, False)
    assert schemas.both_accept("/Known", {"a": 1}) == (True, True)


def test_a_long_message_is_shortened(schemas: Schemas) -> None:
    (rejection,) = schemas.rejections(JOB, {**GOOD, "status": "c" * 1000})
    assert len(rejection.message) < 320
    assert " ... " in rejection.message


def test_a_refusal_of_the_fast_validator_alone_is_marked(schemas: Schemas, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schemas, "_slow_validator", lambda _: jsonschema.Draft202012Validator(True))
    (rejection,) = schemas.rejections(JOB, {**GOOD, "status": "c"})
    assert (rejection.keyword, rejection.pointer, rejection.path, rejection.agreed) == (
        "enum",
        "/components/schemas/Status/enum",
        ("status",),
        False,
    )


def test_the_dialect_of_version_3_0_is_understood() -> None:
    schema = {"type": "string", "nullable": True, "enum": ["a"]}
    document = {"openapi": "3.0.3", "components": {"schemas": {"A": schema}}}
    schemas = Schemas(document)
    assert [schemas.accepts("/components/schemas/A", value) for value in (None, "a", "b")] == [True, True, False]


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("date", "2024-02-29", "2023-02-29"),
        ("date-time", "2024-01-01T00:00:00Z", "2024-01-01T00:00:00"),
        ("uuid", "123e4567-e89b-12d3-a456-426614174000", "123e4567"),
        ("email", "a@b.org", "a"),
        ("ipv4", "127.0.0.1", "127.0.0.256"),
        ("ipv6", "::1", "1"),
        ("uri", "https://a.org/b", "a b"),
    ],
)
def test_a_format_that_both_validators_know_is_asserted(name: str, right: str, wrong: str) -> None:
    schemas = Schemas({"openapi": "3.1.0", "s": {"format": name}})
    assert (schemas.both_accept("/s", right), schemas.both_accept("/s", wrong)) == ((True, True), (False, False))
    assert name in FORMATS


@given(st.text(max_size=20))
@pytest.mark.parametrize("name", ["nanoid", "regex", "hostname", "duration", "time", "iri", "json-pointer"])
def test_any_other_format_is_a_remark(name: str, text: str) -> None:
    assert Schemas({"openapi": "3.1.0", "s": {"format": name}}).both_accept("/s", text) == (True, True)


def test_its_repr_counts() -> None:
    schemas = Schemas(DOCUMENT)
    schemas.accepts(JOB, GOOD)
    assert repr(schemas) == "<Schemas: 1 compiled>"


def test_a_pattern_that_python_cannot_read_is_read_by_the_other_validator() -> None:
    schemas = Schemas({"openapi": "3.1.0", "letters": {"pattern": r"^\p{L}+$"}})

    assert schemas.both_accept("/letters", "\u00e9") == (True, True)
    assert schemas.both_accept("/letters", "1") == (False, False)
    assert [(one.pointer, one.agreed) for one in schemas.rejections("/letters", "1")] == [("/letters/pattern", True)]


def test_a_name_pattern_that_python_cannot_read_leaves_one_opinion() -> None:
    named = {"patternProperties": {r"^\p{L}$": {"type": "integer"}}, "additionalProperties": False}
    schemas = Schemas({"openapi": "3.1.0", "named": named})

    assert schemas.both_accept("/named", {"x": 1}) == (True, True)
    assert [one.agreed for one in schemas.rejections("/named", {"x": "1"})] == [False]
