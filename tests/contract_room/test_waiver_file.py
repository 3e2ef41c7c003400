"""`waivers.yaml` is read with an eye on mistakes, and changed only where it is meant to be."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from specwitness.contract.model import Waiver
from specwitness.contract.waiver_editing import HEAD, appended, renewed, without
from specwitness.contract.waiver_file import read
from specwitness.exceptions import DocumentError

DAY = dt.date(2030, 1, 31)
NEW = Waiver("0123456789ab", "known: see #7", DAY, "the jobs team", rule="response-enum", value="archived")
GOOD = "waivers:\n- {fingerprint: 8866882ad32a, reason: known, owner: us, expires: 2030-01-31}\n"
PLACED = GOOD.replace("fingerprint: 8866882ad32a", "rule: response-enum, at: /x, value: archived")


def known(text: str) -> list[Waiver]:
    """Return the waivers of a file, wherever they stand in it."""
    return [replace(one, line=None) for one in read(text.removeprefix("\ufeff"), name="waivers.yaml")]


# --- What is read ---------------------------------------------------------------------------------------------------


def test_a_waiver_is_named_by_a_fingerprint_or_by_rule_place_and_value() -> None:
    assert known(GOOD) == [Waiver("8866882ad32a", "known", DAY, "us")]
    assert known(PLACED) == [Waiver("", "known", DAY, "us", rule="response-enum", at="/x", value="archived")]
    assert known(PLACED.replace(", value: archived", "")) == known(PLACED.replace("archived", "null"))


def test_what_stands_beside_a_fingerprint_is_for_the_reader() -> None:
    assert known(GOOD.replace("reason", "rule: any, at: anywhere, value: [1], reason")) == known(GOOD)


@pytest.mark.parametrize(
    ("text", "line", "fault"),
    [
        ("- 1", "", "it has no list `waivers`"),
        ("waivers:", "", "it has no list `waivers`"),
        ("waivers:\n- 1", ", line 2", "a mapping was expected there"),
        (GOOD.replace("fingerprint: 8866882ad32a,", ""), ", line 2", "it names no finding"),
        (PLACED.replace("at: /x, value: archived,", ""), ", line 2", "it accepts whatever response-enum may find"),
        (PLACED.replace("rule: response-enum,", ""), ", line 2", "it names no rule"),
        (PLACED.replace("/x", "x"), ", line 2", "'x' is no JSON pointer"),
        (GOOD.replace("8866882ad32a", "8866882a"), ", line 2", "'8866882a' is no fingerprint"),
        (GOOD.replace("8866882ad32a", "8866882e1"), ", line 2", "the fingerprint is read as the number 88668820"),
        (GOOD.replace("8866882ad32a", "88668e820320"), ", line 2", "the number 88668e820320 is not finite"),
        (GOOD.replace("8866882ad32a", "8866882A"), ", line 2", "'8866882A' is no fingerprint"),
        (GOOD.replace("reason: known, owner: us, ", ""), ", line 2", "it lacks reason, owner"),
        (GOOD.replace("us", "''"), ", line 2", "it lacks owner"),
        (GOOD.replace(", expires: 2030-01-31", ""), ", line 2", "it lacks expires"),
        (GOOD.replace(" expires: 2030-01-31", "\n  expires: soon"), ", line 3", "expires 'soon' is no date"),
        (GOOD.replace("reason", "\n  in: drift, reason"), ", line 3", "`in` is 'drift'"),
        (GOOD.replace("reason", "\n  values: 1, reason"), ", line 3", "unknown key 'values'"),
    ],
)
def test_a_mistake_is_named_with_its_line(text: str, line: str, fault: str) -> None:
    with pytest.raises(DocumentError) as raised:
        read(text, name="waivers.yaml")
    assert raised.value.thing == f"waivers.yaml{line}"
    assert raised.value.fault.startswith(fault)
    assert raised.value.hint


# --- What is written ------------------------------------------------------------------------------------------------


def test_a_first_waiver_makes_the_file() -> None:
    text = appended(None, NEW, name="f")

    assert text == HEAD + (
        "waivers:\n"
        "  - fingerprint: 0123456789ab\n"
        "    rule: response-enum\n"
        "    value: archived\n"
        '    reason: "known: see #7"\n'
        "    owner: the jobs team\n"
        "    expires: '2030-01-31'\n"
    )
    assert known(text) == [replace(NEW, rule="", value=None)]


def test_a_waiver_is_written_like_those_before_it() -> None:
    text = (
        "# head\n"
        "waivers:\n"
        "-   fingerprint: 8866882ad32a # readPet\n"
        "    reason: >-\n"
        "      known\n"
        "    owner: us\n"
        "    expires: 2030-01-31\n"
        "    # of the first\n"
        "\n"
        "# of the file\n"
    )
    assert appended(text, NEW, name="f").splitlines()[7:16] == [
        "    # of the first",
        "",
        "-   fingerprint: 0123456789ab",
        "    rule: response-enum",
        "    value: archived",
        '    reason: "known: see #7"',
        "    owner: the jobs team",
        "    expires: '2030-01-31'",
        "",
    ]


def test_a_renewed_waiver_has_another_reason_owner_and_day_and_nothing_else() -> None:
    text = (
        "waivers:\n"
        "- fingerprint: 8866882ad32a # readPet\n"
        "  expires: 2020-01-31 # then\n"
        "  # why\n"
        "  reason: |\n"
        "    was known\n"
        "  owner: us\n"
    )
    assert renewed(text, 0, NEW, name="f") == (
        "waivers:\n"
        "- fingerprint: 8866882ad32a # readPet\n"
        "  expires: '2030-01-31' # then\n"
        "  # why\n"
        '  reason: "known: see #7"\n'
        "  owner: the jobs team\n"
    )


def test_a_removed_waiver_takes_the_comment_directly_above_it_along() -> None:
    text = (
        "waivers:\n"
        "  # A section.\n"
        "\n"
        "  # the first\n"
        "  - {fingerprint: 8866882ad32a, reason: known, owner: us, expires: 2030-01-31} # here\n"
        "    # of the first\n"
        "\n"
        "  # the second\n"
        "  - {fingerprint: 8866882ad32b, reason: known, owner: us, expires: 2030-01-31}\n"
        "# end\n"
    )
    first, second, both = without(text, [0], name="f"), without(text, [1], name="f"), without(text, [0, 1], name="f")

    assert first.splitlines() == ["waivers:", "  # A section.", "", *text.splitlines()[7:]]
    assert second.splitlines() == [*text.splitlines()[:6], "# end"]
    assert both.splitlines() == ["waivers: []", "  # A section.", "", "# end"]


def test_a_file_that_cannot_be_changed_without_more_is_named() -> None:
    text = GOOD + "- {fingerprint: 8866882ad32b, reason: &r known, owner: *r, expires: 2030-01-31}\n"
    with pytest.raises(DocumentError, match=r"f: it is written in a way .* Change it by hand"):
        renewed(text, 1, NEW, name="f")


@settings(max_examples=50, deadline=None)
@given(st.text(st.characters(codec="utf-8"), min_size=1).filter(str.strip))
@example("2030-01-31")
@example("yes")
@example("1e3")
@example("x: y # z")
@example("\u2028\x85\ufeff\x7f\x00\U000e0001😀")
def test_any_words_are_read_as_they_were_given(words: str) -> None:
    waiver = replace(NEW, reason=words.strip(), owner=words.strip(), rule="r", at="/" + words, fingerprint="")
    for text in (None, GOOD, "waivers: [] # none", "waivers: [ ]", '{"waivers": []}'):
        assert known(appended(text, waiver, name="f"))[-1] == waiver


# --- Any file -------------------------------------------------------------------------------------------------------

COMMENTS = st.sampled_from(["# a comment", "#", "# - fingerprint: x", "# é, 'quoted"])
SCALARS = ["known", "'it''s known'", '"known: \\u00e9"', "known\n{0}  and more", '"known\n\n{0}  and more"']
BLOCKS = [
    ">-\n{0}  folded\n{0}  # no comment\n\n{0}  text",
    "|\n{0}  kept\n{0}  - lines",
    "|2-\n{0}  x",
    "|+\n{0}  x\n",
]
BRACKETED = st.sampled_from(SCALARS[:3])


@st.composite
def items(draw: st.DrawFn, number: int, indent: str, *, bracketed: bool) -> str:
    """Return an item without its dash, with lines from the second on as far in as its keys stand."""
    said = {
        "fingerprint": f"'{number:012x}'",
        "reason": draw(BRACKETED if bracketed else st.sampled_from([*SCALARS, *BLOCKS])).format(indent),
        "owner": "us",
        "expires": draw(st.sampled_from(["2030-01-31", "'2030-01-31'"])),
    }
    said |= draw(st.sampled_from([{}, {"in": "sources"}, {"rule": "r"}, {"value": "[1, {}]"}]))
    pairs = [f"{key}: {said[key]}" for key in draw(st.permutations(sorted(said)))]
    if bracketed:
        line_break = draw(st.sampled_from([" ", f"\n{indent}", f" # why\n\n{indent}  "]))
        return "{" + f",{line_break}".join(pairs) + draw(st.sampled_from(["", " ", ","])) + "}"
    commented = [draw(st.sampled_from(["", f"\n{indent}# inner"])) for _ in pairs[1:]]
    return "".join([pairs[0], *(f"{above}\n{indent}{pair}" for above, pair in zip(commented, pairs[1:], strict=True))])


@st.composite
def between(draw: st.DrawFn, indent: str) -> str:
    """Return blank lines and comments, in whole lines."""
    lines = draw(st.lists(st.one_of(st.just(""), st.just("  "), COMMENTS.map(indent.__add__)), max_size=3))
    return "".join(f"{line}\n" for line in lines)


@st.composite
def blocks(draw: st.DrawFn, count: int) -> str:
    dash, step = draw(st.sampled_from(["", "  ", "    "])), draw(st.sampled_from([2, 4]))
    inner = dash + step * " "
    lines = [draw(between(dash)) + "waivers:" + draw(st.sampled_from(["", " # these"])) + "\n"]
    for number in range(count):
        item = draw(items(number, inner, bracketed=draw(st.booleans())))
        begun = draw(st.sampled_from(["-".ljust(step), f"-\n{inner}", f"- # it\n{inner}"]))
        lines.append(draw(between(dash)) + dash + begun + item + "\n")
    return "".join(lines) + draw(between(draw(st.sampled_from(["", dash, inner]))))


@st.composite
def brackets(draw: st.DrawFn, count: int) -> str:
    gap = draw(st.sampled_from([" ", "", "\n  ", "\n\n  # a comment\n  "]))
    parts = [gap + draw(items(number, "    ", bracketed=True)) for number in range(count)]
    comma = draw(st.sampled_from(["", ","])) if count else ""
    end = draw(st.sampled_from(["", " ", "  # last\n"]))
    listed = f"waivers: [{','.join(parts)}{comma}{end}  ]"
    return draw(st.sampled_from([f"{listed} # these\n", f"# head\n---\n{listed}\n", "{" + listed + "}\n"]))


@st.composite
def files(draw: st.DrawFn, least: int = 0) -> tuple[str, int]:
    """Return the text of a file, and how many waivers are in it."""
    count = draw(st.integers(least, 4))
    text = draw(st.one_of(brackets(count), blocks(count) if count else st.just("# none\nwaivers: [] # yet\n\n# end\n")))
    if draw(st.booleans()):
        text = text.rstrip("\n")
    if draw(st.booleans()):
        text = text.replace("\n", "\r\n")
    return draw(st.sampled_from(["", "\ufeff"])) + text, count


@settings(max_examples=50, deadline=None)
@given(files())
def test_one_more_is_read_after_those_before_and_taken_out_again_leaves_every_byte(file: tuple[str, int]) -> None:
    text, count = file
    before = known(text)
    more = appended(text, NEW, name="f")

    assert known(more) == [*before, replace(NEW, rule="", value=None)]
    assert without(more, [count], name="f") == text


@settings(max_examples=50, deadline=None)
@given(files(least=1), st.data())
def test_what_is_taken_out_is_nothing_but_that(file: tuple[str, int], data: Any) -> None:
    text, count = file
    gone = data.draw(st.sets(st.integers(0, count - 1), min_size=1))
    less = without(text, gone, name="f")

    assert known(less) == [one for index, one in enumerate(known(text)) if index not in gone]
    left = iter(text.splitlines())
    if len(gone) < count and "[" not in text.split("waivers:")[1][:3]:
        assert all(line in left for line in less.splitlines())
    for index in set(range(count)) - gone:
        assert json.dumps(f"{index:012x}").strip('"') in less


@settings(max_examples=50, deadline=None)
@given(files(least=1), st.data())
def test_what_is_renewed_keeps_its_place_and_name(file: tuple[str, int], data: Any) -> None:
    text, count = file
    index = data.draw(st.integers(0, count - 1))
    before, after = known(text), known(renewed(text, index, NEW, name="f"))

    expected = replace(before[index], reason=NEW.reason, owner=NEW.owner, expires=NEW.expires)
    assert after == [*before[:index], expected, *before[index + 1 :]]
