"""Texts that match some expressions and not others: the shortest one, or the proof that there is none."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import product
from random import Random

import jsonschema_rs
import pytest
from tests.drift.oracle import pair
from tests.drift.test_gaps import STRING, answer

from specwitness.drift.expressions import Undecidable
from specwitness.drift.languages import is_empty, one_of, shortest
from specwitness.findings import Json

TEXTS = ["".join(letters) for length in range(5) for letters in product("ab1-", repeat=length)]
ATOMS = ("a", "b", "1", "-", "[ab]", "\\d", "\\w", ".", "[^a]", "\\W", "a|b")
BETWEEN = ("\\b", "\\B", "(?<=a)", "(?<!a)", "(?<=[ab])", "(?<!\\w)")
REPEATED = ("*", "+", "?", "{2}", "{1,2}", "{2,}", "{0,1}", "+?")


def drawn(random: Random, depth: int = 3) -> str:
    kind = random.random()
    if depth == 0 or kind < 0.35:
        return random.choice(ATOMS)
    if kind < 0.6:
        return drawn(random, depth - 1) + drawn(random, depth - 1)
    if kind < 0.7:
        return f"(?:{drawn(random, depth - 1)}|{drawn(random, depth - 1)})"
    if kind < 0.85:
        return f"({drawn(random, depth - 1)}){random.choice(REPEATED)}"
    if kind < 0.92:
        return f"^{drawn(random, depth - 1)}" if kind < 0.88 else f"{drawn(random, depth - 1)}$"
    if kind < 0.95:
        return random.choice(BETWEEN)
    return f"({random.choice(('?=', '?!'))}{drawn(random, depth - 1)})"


@pytest.mark.parametrize("seed", range(600))
def test_what_is_found_is_right_and_no_text_is_overlooked(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - made-up data
    having, lacking = (tuple(drawn(random) for _ in range(random.randint(0, 2))) for _ in range(2))
    least, most = random.randint(0, 2), random.choice([None, 1, 2, 4])

    def fits(text: str) -> bool:
        return least <= len(text) <= (len(text) if most is None else most)

    found = shortest(having, lacking, least=least, most=most)
    expected = next((text for text in TEXTS if fits(text) and _holds(text, having, lacking, _search)), None)
    if found is None:
        assert expected is None
        assert is_empty(having, lacking, least=least, most=most)
    elif "\n" not in found:  # to Python a `$` is also before a line feed that ends the text
        assert fits(found)
        assert _holds(found, having, lacking, _search)
        assert _holds(found, having, lacking, _is_valid)
        assert expected is None or len(found) <= len(expected)


def _holds(text: str, having: tuple[str, ...], lacking: tuple[str, ...], matches: Callable[[str, str], bool]) -> bool:
    return all(matches(one, text) for one in having) and not any(matches(one, text) for one in lacking)


def _search(pattern: str, text: str) -> bool:
    # To Python before 3.14 an empty text has no place that is not at the edge of a word; to ECMA-262 it has one.
    return re.search(pattern if text else pattern.replace("\\B", ""), text) is not None


def _is_valid(pattern: str, text: str) -> bool:
    return jsonschema_rs.is_valid({"pattern": pattern}, text)


@pytest.mark.parametrize(
    ("having", "lacking", "found"),
    [
        (["^a+$"], ["^[ab]+$"], None),
        (["^[ab]+$"], ["^a+$"], "b"),
        (["^[a-z0-9]+$"], ["^[a-z0-9_-]+$"], None),
        (["^[a-z0-9_-]+$"], ["^[a-z0-9]+$"], "-"),
        (["^(get|put)$"], ["^(get|put|post)$"], None),
        (["^(get|put|post)$"], ["^(get|put)$"], "post"),
        (["^a"], ["a"], None),
        (["a"], ["^a"], "ba"),
        (["^\\d{4}-\\d{2}-\\d{2}$"], ["^[0-9-]{10}$"], None),
        (["^[^\\s]+$"], ["\\S"], None),
        (["^\\u0061\\x62\\.$"], [], "ab."),
        (["^(?<year>[0-9]{4})$"], [], "0000"),
        (["^[\\w.-]+@[\\w.-]+$"], ["@"], None),
        (["^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,63}$"], ["^[a-z.0-9-]+$"], None),
        ([], ["^(?!foo)"], "foo"),
        (["^(?!admin$)[a-z]+$"], ["^[a-z]+$"], None),
        (["^[a-z]+$"], ["^(?!admin$)[a-z]+$"], "admin"),
        (["^(?=.*[0-9])(?=.*[a-z]).{8,}$"], ["^(?=.*[a-z])(?=.*[0-9]).{8,}$"], None),
        (["^(?=.*[0-9]).{3,}$"], ["^(?=.*[0-9])(?=.*[A-Z]).{3,}$"], "aa0"),
        (["^(?:(?!ab)[ab])+$"], ["^b*$"], "a"),
        (["^(?:(?!ab)[ab])*$", "ab"], [], None),
        (["^(?!(^xn--|.+-alias$))^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", "^xn--"], [], None),
        (["\\bfoo\\b"], ["foo"], None),
        (["foo"], ["\\bfoo\\b"], "afoo"),
        (["^(?=.*\\bfoo\\b)[a-z ]+$"], ["^foo$"], "foo "),
        (["(?<!x)y$"], ["y$"], None),
        (["y$"], ["(?<!x)y$"], "xy"),
        (["a(?!$)"], ["a."], "a\n"),
        (["(?!)"], [], None),
        ([], ["^[^\\x00-\\x09]*$"], "\x00"),
    ],
)
def test_expressions_that_people_write(having: list[str], lacking: list[str], found: str | None) -> None:
    assert shortest(tuple(having), tuple(lacking)) == found


@pytest.mark.parametrize(
    "pattern",
    [
        "^(a|b)\\1$",
        "^([ab])-\\1+$",
        "(a|ab)(?:\\1|1)$",
        "(?:x(y)|(a|b)(?=.\\2))",
        "(?P<one>a|b)(?:c)?(1)\\2\\1",
        "(a|(b))\\1",
    ],
)
def test_a_reference_back_to_one_of_few_texts_is_read(pattern: str) -> None:
    # To some a group is named `(?P<one>...)`, to ECMA-262 `(?<one>...)`.
    matched = [text for text in TEXTS if not is_empty((pattern, one_of([text])))]
    assert matched == [text for text in TEXTS if re.search(pattern, text)] != []


@pytest.mark.parametrize(
    ("having", "lacking"),
    [
        # ECMA-262 has four line ends that `.` is not, the validators one.
        (["^[^\\n]*$"], ["^.*$"]),
        # To ECMA-262 there is the edge of a word between `\u00e9` and `f`, to the validators there is none.
        (["(^|\\W)foo(\\W|$)"], ["\\bfoo\\b"]),
    ],
)
def test_what_is_within_in_one_dialect_alone_is_not_decided(having: list[str], lacking: list[str]) -> None:
    assert not is_empty(having, lacking)
    with pytest.raises(Undecidable):
        shortest(tuple(having), tuple(lacking))


LONG = "^[a-zA-Z0-9_-]{1,2048}$"


def test_long_texts_are_found_without_counting() -> None:
    assert shortest((LONG,), ("^[a-zA-Z0-9_-]{1,1024}$",)) == "a" * 1025
    assert is_empty((LONG,), ("^[a-zA-Z0-9_-]+$",))
    assert is_empty((LONG,), least=2049)
    assert shortest((), ("^(?:[\\s\\S]{0,500000})$",)) == "a" * 500_001
    assert shortest(("^a*b$",), (), least=1_000_000) == "a" * 999_999 + "b"
    assert is_empty(("^a{0,150}$",), least=1_000_000)
    assert is_empty(("^a*$",), ("^a{0,99999}$", "^a{200000,}$"), least=200_000)
    with pytest.raises(Undecidable):
        shortest((), (), least=10**12)


@pytest.mark.parametrize(
    "pattern",
    ["^((a{1,60}){1,60}){1,60}$", "(a|b)*a(a|b){40}$", "^(?=.*a)(?=.*b)(?=.*c)(?=.*d)(?=.*e)(?=.*f)(?=.*g).{8,64}$"],
)
def test_what_would_take_long_is_given_up(pattern: str) -> None:
    with pytest.raises(Undecidable):
        shortest((pattern,), (pattern.replace("a", "[ay]"), "z"))


def test_some_texts_are_a_pattern() -> None:
    texts = ["", "a.b", "\\d\n-", "(é)", "[x] {2} #|"]
    assert is_empty((one_of(texts),), tuple(one_of([text]) for text in texts))
    assert not any(is_empty((one_of(texts), one_of([text]))) for text in texts)
    assert is_empty((one_of([]),))


def test_lengths_count() -> None:
    assert shortest(("^a*$",), (), least=3) == "aaa"
    assert is_empty(("^[a-z]{1,40}$",), least=41)
    assert not is_empty(("^[a-z]{1,40}$",), least=40)
    assert is_empty(("^.$",), most=0)
    assert is_empty((), least=3, most=2)


@pytest.mark.parametrize(
    "pattern",
    [
        *(
            "(?<=ab)b",
            "(?<!a*)b",
            "(?=a)*b",
            "(?i)a",
            "(a*)\\1",
            "(a)?\\1",
            "\\1(a)",
            "(?=(a))\\1",
            "((a)|b)\\2",
            "(.)\\1",
            "\\p{L}",
            "a++",
            "(",
            "a)",
            "[",
            "[]",
            "a{",
            "*",
        ),
        *("[z-a]", "[a&&b]", "^*", "[\\d-z]", "(a{400}){400}", "\\"),
    ],
)
def test_what_is_not_read_is_not_decided(pattern: str) -> None:
    assert not is_empty((pattern,))
    with pytest.raises(Undecidable):
        shortest((pattern,))


# --- What schemas say of texts ---------------------------------------------------------------------------------------


def like(pattern: str, **more: Json) -> dict[str, Json]:
    return {**STRING, "pattern": pattern, **more}


PASSWORD = "^(?=.*[A-Z])(?=.*\\d).{8,}$"
HEX = "[0-9a-fA-F]"
UUID = f"^{HEX}{{8}}(-{HEX}{{4}}){{3}}-{HEX}{{12}}$"
NARROWED: dict[str, tuple[Json, Json, str]] = {
    "what follows may not be": (STRING, like("^(?!foo)"), "foo"),
    "a longer password": (like(PASSWORD), like(PASSWORD.replace("8", "12")), "aaaaaa0A"),
    "a shorter password": (like(PASSWORD), like(PASSWORD, maxLength=20), "a" * 19 + "0A"),
    "a name that is kept": (like("^[a-z]+$"), like("^(?!admin$)[a-z]+$"), "admin"),
    "what stands before": (like("y$"), like("(?<!x)y$"), "xy"),
    "a whole word": (like("foo"), like("\\bfoo\\b"), "afoo"),
    # Python takes `$` to be before a line feed that ends the text too.
    "a single line": (STRING, like("^.*$"), "\n\n"),
    "a single line that begins": (like("^abc"), like("^abc.*$"), "abc\n\n"),
    "one of a few texts less": (like("^(abc|def|x)$"), {**STRING, "enum": ["abc", "def"]}, "x"),
    "an alternative less": (like("^[abc]$"), {"anyOf": [like("^a$"), {"const": "b"}, {"minLength": 2}]}, "c"),
    "no numbers": (like("^$"), {"enum": [1]}, ""),
    "not that text": (STRING, {**STRING, "not": {"pattern": "^foo"}}, "foo"),
    "no uuid": (like(UUID.replace("12", "11")), {"format": "uuid"}, "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaa"),
}


@pytest.mark.parametrize("case", NARROWED.values(), ids=list(NARROWED))
def test_a_text_that_is_not_taken_any_more_is_found(case: tuple[Json, Json, str]) -> None:
    wide, narrow, witness = case
    found = answer(pair(wide, narrow))
    assert [gap.value for gap in found.gaps] == [witness]


EQUAL: dict[str, tuple[Json, Json]] = {
    "in another order": (like(PASSWORD), like("^(?=.*\\d)(?=.*[A-Z]).{8,}$")),
    "the length as well": (like(PASSWORD), like(PASSWORD, minLength=8)),
    "what it is not": (like("^(?!foo)"), {**STRING, "not": {"pattern": "^foo"}}),
    "what no text is": (like("^(?!foo)"), {**STRING, "not": {"type": "string", "pattern": "^foo"}}),
    "any text": (STRING, like(".*")),
    "any text, all of it": (STRING, like("^[\\s\\S]*$")),
    "not empty": ({**STRING, "minLength": 1}, like("[\\s\\S]")),
    "of a length": ({**STRING, "minLength": 3, "maxLength": 3}, like("^[\\s\\S]{3}$")),
    "one of two": (like("^(abc|def)$"), {**STRING, "enum": ["abc", "def"]}),
    "one of two, or null": (
        {"type": ["string", "null"], "pattern": "^(abc|def)$"},
        {"enum": ["abc", "def", None]},
    ),
    "a constant": (like("^abc$"), {"const": "abc"}),
    "one of two, or another": ({"anyOf": [{"enum": ["a", "b"]}, like("^[A-Z]")]}, like("^([ab]$|[A-Z])")),
    "short, or long": (
        STRING,
        {**STRING, "anyOf": [{"minLength": 2, "maxLength": 5}, {"maxLength": 1}, {"minLength": 6}]},
    ),
    "the same again": (like("^(a|b)\\1$"), like("^(aa|bb)$")),
    "a uuid": (like(UUID), {**STRING, "format": "uuid"}),
}


@pytest.mark.parametrize("case", EQUAL.values(), ids=list(EQUAL))
def test_texts_that_are_said_in_other_words_are_the_same(case: tuple[Json, Json]) -> None:
    one, other = case
    assert answer(pair(one, other)).safe
    assert answer(pair(other, one)).safe


def test_an_address_of_ip_v4_may_be_written_as_a_pattern() -> None:
    byte = "(25[0-5]|2[0-4][0-9]|[01]?[0-9]?[0-9])"
    strict = byte.replace("[01]?[0-9]?[0-9]", "1[0-9]{2}|[1-9]?[0-9]")
    assert answer(pair(like(f"^{strict}(\\.{strict}){{3}}$"), {**STRING, "format": "ipv4"})).safe
    assert not answer(pair(like(f"^{byte}(\\.{byte}){{3}}$"), {**STRING, "format": "ipv4"})).safe  # 01.1.1.1
