"""A file is read as JSON-compatible YAML 1.2, faults are named with a line, and no file can exhaust the reader."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from specwitness.contract import document, json_reading, pointers, yaml_reading
from specwitness.contract.json_lines import JsonLines
from specwitness.exceptions import DocumentError
from specwitness.findings import Json

BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]\n" for level in range(1, 10)
)
MERGED = "a0: &a0 {a: x, b: x, c: x, d: x, e: x, f: x, g: x, h: x, i: x, j: x}\n" + "".join(
    f"a{level}: &a{level} {{<<: [{', '.join([f'{{k{key}: *a{level - 1}}}' for key in range(10)])}]}}\n"
    for level in range(1, 10)
)
CHAIN = "a0: &a0 [x]\n" + "".join(f"a{level}: &a{level} [*a{level - 1}]\n" for level in range(1, 3000))


def parse(text: str) -> Json:
    return document.parse(text, name="doc")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("y", "y"),
        ("2024-01-01", "2024-01-01"),
        ("2024-01-01T00:00:00Z", "2024-01-01T00:00:00Z"),
        ("12:30", "12:30"),
        ("0x1F", 31),
        ("0o17", 15),
        ("-0x1F", "-0x1F"),
        ("0b1", "0b1"),
        ("'0x1F'", "0x1F"),
        ("'.inf'", ".inf"),
        ("1e308", 1e308),
        ("1_000", "1_000"),
        ("=", "="),
        ("True", True),
        ("false", False),
        ("~", None),
        ("", None),
        ("-12", -12),
        ("012", 12),
        ("1.5e3", 1500.0),
        ("'200'", "200"),
        ("!!str 1", "1"),
        ("!!int 1", 1),
        ("!!float 1", 1),
        ("! 1", 1),
        ("[a, {b: 1}]", ["a", {"b": 1}]),
    ],
)
def test_scalars_are_those_of_the_yaml_1_2_core_schema(text: str, value: Json) -> None:
    assert parse(f"key: {text}") == {"key": value}


def test_keys_are_strings() -> None:
    assert parse("200: a\ntrue: b\n'<<': {c: 1}\n.inf: c") == {"200": "a", "true": "b", "<<": {"c": 1}, ".inf": "c"}


ANCHORS = "x: &x {a: 1, b: 2}\ny: &y {b: 3, c: 4}\n"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{<<: *x}", {"a": 1, "b": 2}),
        ("{<<: *x, b: 0}", {"a": 1, "b": 0}),
        ("{b: 0, <<: *x}", {"a": 1, "b": 0}),
        ("{<<: [*x, *y]}", {"a": 1, "b": 2, "c": 4}),
        ("{<<: [*y, *x], c: {}}", {"a": 1, "b": 3, "c": {}}),
        ("{<<: {<<: *x, b: 0}, c: 1}", {"a": 1, "b": 0, "c": 1}),
        ("{!!merge <<: *x}", {"a": 1, "b": 2}),
        ("{<<: {}}", {}),
        ("{<<: []}", {}),
        ('{"<<": *x}', {"<<": {"a": 1, "b": 2}}),
    ],
)
def test_a_merge_key_stands_for_what_it_names(text: str, value: Json) -> None:
    merged = parse(f"{ANCHORS}z: {text}")
    assert merged == {"x": {"a": 1, "b": 2}, "y": {"b": 3, "c": 4}, "z": value}


def test_what_was_merged_has_the_line_where_it_is_written() -> None:
    text = "x: &x\n  a: 1\n  b: [2,\n    3]\ny:\n  c: 4\n  <<: [*x]\n  a: 5\nz: {<<: *x}\n"
    places = ("/y", "/y/c", "/y/a", "/y/b", "/y/b/1", "/z/a", "/y/<<")
    assert [document.line_in(text, at) for at in places] == [5, 6, 8, 3, 4, 2, 5]


DEEP = 10_000
MOST = yaml_reading.MAX_DEPTH
ALIASES = "a: 1\nb: &b [" + "x, " * 1000 + "x]\nc:\n" + "- *b\n" * 100


@pytest.mark.parametrize(
    ("text", "thing", "fault"),
    [
        ("a: 1\nb: 2\na: 3", "doc, line 3", "duplicate key 'a'"),
        ("a:\n  b: 1\n  b: 2", "doc, line 3", "duplicate key 'b'"),
        ("&k b: 1\n*k : 2", "doc, line 2", "duplicate key 'b'"),
        ('{"a": {"b": 1, "b": 2}}', "doc, line 1", "duplicate key 'b'"),
        ('{\n "a": [\n  {"b": "}", "c": {"b": 1},\n   "\\u0062": 2}]}', "doc, line 4", "duplicate key 'b'"),
        ("a: &a {}\nb:\n  <<: *a\n  <<: *a", "doc, line 4", "duplicate key '<<'"),
        ("a:\n  <<: 1\n  b: 2", "doc, line 2", "what is merged there is no mapping"),
        ("a:\n  b: 2\n  <<: [{}, x]\n", "doc, line 3", "what is merged there is no mapping"),
        ("b: &b {<<: *b}", "doc, line 1", "the alias *b is a part of what it stands for"),
        ("a: 1\nb: .inf", "doc, line 2", "the number .inf is not finite"),
        ("- -.INF", "doc, line 1", "the number -.INF is not finite"),
        ("- .NaN", "doc, line 1", "the number .NaN is not finite"),
        ("a: 1\nb: -1e400", "doc, line 2", "the number -1e400 is not finite"),
        ("!!float .inf", "doc, line 1", "the number .inf is not finite"),
        ("a: 0x" + "f" * 5000, "doc, line 1", "the number has too many digits"),
        ('{"a": "NaN 1e400",\n "b": [1, 2.5,\n 1e400]}', "doc, line 3", "the number 1e400 is not finite"),
        ('{"a": "\\"NaN",\n "b": NaN}', "doc, line 2", "the number NaN is not finite"),
        ('["x", 12345,\n -Infinity]', "doc, line 2", "the number -Infinity is not finite"),
        ("? [1]\n: 2", "doc, line 1", "a key is not a string"),
        ("a: &a 1\n*a : 2", "doc, line 2", "a key is not a string"),
        ("a: [1", "doc, line 2", "did not find expected ',' or ']'"),
        ('{"a": 1,\n "b" 2}', "doc, line 2", "did not find expected ',' or '}'"),
        ("a: 1\n---\nb: 2", "doc, line 2", "another document begins there"),
        ("a: *unknown", "doc, line 1", "the alias *unknown has no anchor before it"),
        ("", "doc", "it is empty"),
        ("# a comment\n", "doc", "it is empty"),
        (MERGED, "doc, line 7", "its aliases expand to too many values"),
        (BOMB, "doc, line 7", "its aliases expand to too many values"),
        (ALIASES, "doc, line 103", "its aliases expand to too many values"),
        ("a: &a [*a]", "doc, line 1", "the alias *a is a part of what it stands for"),
        (CHAIN, f"doc, line {MOST}", "it is nested too deeply"),
        ("[" * DEEP, "doc, line 1", "it is nested too deeply"),
        ("[\n" * DEEP + "]" * DEEP, f"doc, line {MOST + 1}", "it is nested too deeply"),
        ('{"a":\n' * DEEP + "1" + "}" * DEEP, f"doc, line {MOST + 1}", "it is nested too deeply"),
        ('{"a":\n' * 300 + "1" + "}" * 300, f"doc, line {MOST + 1}", "it is nested too deeply"),
        ("- " * DEEP + "a", "doc, line 1", "it is nested too deeply"),
        ("".join(f"{' ' * depth}a:\n" for depth in range(DEEP)), f"doc, line {MOST + 1}", "it is nested too deeply"),
        ("{a: " * DEEP, "doc, line 1", "it is nested too deeply"),
        ("a: 1\n%TAG !a! b\n" * 20, "doc", "it declares tags without end"),
    ],
    ids=lambda text: text[:20],
)
def test_a_fault_is_named_with_its_place(text: str, thing: str, fault: str) -> None:
    with pytest.raises(DocumentError) as raised:
        parse(text)
    assert (raised.value.thing, raised.value.fault) == (thing, fault)


@pytest.mark.parametrize("text", ["[" * MOST + "]" * MOST, '{"a":' * MOST + "1" + "}" * MOST, "- " * MOST + "a"])
def test_nesting_up_to_the_limit_is_read(text: str) -> None:
    assert parse(text)


@pytest.mark.parametrize("text", ["- a\n" * 20, '["a"' + ', "a"' * 20 + "]"])
def test_a_text_of_too_many_values_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(yaml_reading, "MAX_NODES", 10)
    monkeypatch.setattr(json_reading, "MAX_NODES", 10)
    with pytest.raises(DocumentError) as raised:
        parse(text)
    assert raised.value.fault.startswith("it has more than")


@pytest.mark.parametrize(
    "text",
    [
        "a: !!timestamp 2024-01-01",
        "a: !!python/object:os.system x",
        "a: !own 1",
        "a: !!int x",
        "a: !!set {x}",
        "a: \0",
        "a: \ud800",
        "a: " + "9" * 5000,
    ],
)
def test_what_json_cannot_say_is_refused(text: str) -> None:
    with pytest.raises(DocumentError):
        parse(text)


def test_aliases_that_stay_small_are_written_out() -> None:
    assert parse("a: &a {x: 1}\nb: *a") == {"a": {"x": 1}, "b": {"x": 1}}


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text("ab \n:#-'\""),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab~/"), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text("ab"), json_values, min_size=1))
def test_what_another_tool_writes_is_read_back(value: Json) -> None:
    assert parse(yaml.safe_dump(value, sort_keys=False)) == value


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse(text)
    except DocumentError as error:
        assert str(error)


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert (document.read(path), document.line_of(path, "/a")) == ({"a": 1}, 1)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.yaml"
    faults = []
    for prepare in (lambda: None, lambda: path.write_bytes(b"\xff\xfe"), lambda: path.write_text("a: 1")):
        prepare()
        monkeypatch.setattr(document, "MAX_BYTES", 3)
        with pytest.raises(DocumentError) as raised:
            document.read(path)
        assert raised.value.thing == str(path)
        faults.append(raised.value.fault[:20])
    assert faults == ["there is no such fil", "it cannot be read ('", "it is larger than 0 "]


LINES = """\
paths:
  /a/b:
    get:
      tags: [one, two]
      x~y: [
        1,
        2]
"""


@pytest.mark.parametrize(
    ("pointer", "line"),
    [
        ("", None),
        ("/paths", 1),
        ("/paths/~1a~1b/get", 3),
        ("/paths/~1a~1b/get/tags/1", 4),
        ("/paths/~1a~1b/get/x~0y/1", 7),
        ("/paths/~1a~1b/get/absent/x", 3),
        ("/paths/~1a~1b/get/tags/9", 4),
    ],
)
def test_a_place_has_a_line_or_that_of_the_nearest_place_above(tmp_path: Path, pointer: str, line: int | None) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(LINES)
    assert document.line_of(path, pointer) == line


JSON_LINES = """\
{"paths":
  {"/a/b": {
    "get": {"tags": ["one, ]",
      "two"]},
    "x~y": [1,
      {"z": 2}]}}}
"""


@pytest.mark.parametrize(
    ("pointer", "line"),
    [
        ("", None),
        ("/paths", 1),
        ("/paths/~1a~1b/get/tags/0", 3),
        ("/paths/~1a~1b/get/tags/1", 4),
        ("/paths/~1a~1b/x~0y/1/z", 6),
        ("/paths/~1a~1b/absent/x", 2),
        ("/paths/~1a~1b/x~0y/9", 5),
    ],
)
def test_a_place_in_json_has_a_line_too(pointer: str, line: int | None) -> None:
    assert document.line_in(JSON_LINES, pointer) == line


@given(st.recursive(st.text('a\n{[\\",:'), lambda inner: st.lists(inner) | st.dictionaries(st.text("ab~/"), inner)))
def test_json_and_yaml_say_the_same_of_the_same_text(value: Json) -> None:
    text = json.dumps({"": value}, indent=1, ensure_ascii=False)
    data, known = json_reading.read(text, name="doc")
    assert yaml_reading.read(text, name="doc") == data == {"": value}
    stack = [("/", value)]
    while stack:
        at, item = stack.pop()
        assert _line(yaml_reading.lines(text), at) == JsonLines(text).line_of(at) == known.line_of(at)
        inside = item.items() if isinstance(item, dict) else enumerate(item) if isinstance(item, list) else ()
        stack += [(pointers.join(at, key), one) for key, one in inside]


@given(
    st.recursive(
        st.none() | st.integers() | st.text('"\\/a'),
        lambda inner: st.lists(inner) | st.dictionaries(st.text("ab"), inner),
    ),
    st.lists(st.tuples(st.integers(0, 60), st.sampled_from(["", *'{}[],:" 1a\\']))),
)
def test_what_is_json_is_what_the_decoder_says_is(value: Json, changes: list[tuple[int, str]]) -> None:
    text = json.dumps(value)
    for at, sign in changes:
        text = text[:at] + sign + text[at + 1 :]
    assert _said(lambda: JsonLines(text).read()) == _said(lambda: json.loads(text))


def _said(read: Callable[[], Json]) -> list[Json]:
    """Return what is read, or nothing where it is no JSON."""
    try:
        return [read()]
    except ValueError:
        return []


def _line(lines: yaml_reading.Lines | None, pointer: str) -> int | None:
    line = None
    for token in pointers.split(pointer):
        assert lines is not None
        line, lines = lines[token]
    return line


def test_the_line_follows_the_file_and_is_none_without_one(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    assert document.line_of(path, "/a") is None
    path.write_text("a: 1\n")
    assert document.line_of(path, "/a") == 1
