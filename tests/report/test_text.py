"""Foreign text made harmless and short."""

from __future__ import annotations

import json
import shlex
import subprocess

import pytest

from specwitness import Request
from specwitness.report.text import LONGEST_COMMAND, command, excerpt, inert, one_line


def test_what_others_may_act_on_is_written_out() -> None:
    assert inert("a\x1b[31m\u202eb\x00\tc\nd\ufffe\ud800é") == "a\\x1b[31m\\u202eb\\x00\tc\nd\\ufffe\\ud800é"


def test_one_line_is_one_line_and_bounded() -> None:
    assert (one_line("a\n  b\tc "), one_line("x" * 50, 10)) == ("a b c", "xxxxxxx...")


def test_json_is_laid_out_without_changing_a_token() -> None:
    body = (
        rb'{"a":1.0,"a":1e2,"empty":[],"deep":[{"x":"\u00e9, {not} [me]: \"ok\""},[{}]],'
        rb'"pad":"01234567890123456789"}'
    )
    assert excerpt(body, lines=30) == (
        "{",
        '  "a": 1.0,',
        '  "a": 1e2,',
        '  "empty": [],',
        '  "deep": [',
        "    {",
        r'      "x": "\u00e9, {not} [me]: \"ok\""',
        "    },",
        "    [",
        "      {}",
        "    ]",
        "  ],",
        '  "pad": "01234567890123456789"',
        "}",
    )


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"", ()),
        (b"\xff\x00", ("(2 bytes that are not UTF-8)",)),
        (b'{"a": 1}', ('{"a": 1}',)),
        (b"{not json\r\nat all}\n", ("{not json", "at all}")),
        (b"1\n2\n3\n4\n", ("1", "2", "3", "(cut; 8 bytes in all)")),
        (b"x" * 201, ("x" * 197 + "...", "(cut; 201 bytes in all)")),
        (b"[" * 100_000, ("[" * 197 + "...", "(cut; 100000 bytes in all)")),
    ],
)
def test_an_excerpt_is_bounded_and_says_what_it_left_out(body: bytes, shown: tuple[str, ...]) -> None:
    assert excerpt(body, lines=3) == shown


LARGE = json.dumps(
    {f"extra{number}": number for number in range(30)}
    | {"orders": [{"id": 1, "status": "new"}, {"id": 2, "a/b": {"status": "archived"}}], "last": []}
).encode()


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        ("/extra25", ("{", '  "extra25": 25,', "}")),
        (
            "/orders/1/a~1b/status",
            (
                '  "orders": [',
                "    {",
                '      "a/b": {',
                '        "status": "archived"',
                "      }",
                "    }",
            ),
        ),
    ],
)
def test_an_excerpt_of_a_large_body_shows_the_place_that_it_is_about(place: str, shown: tuple[str, ...]) -> None:
    assert excerpt(LARGE, lines=6, place=place) == (*shown, f"(only what is at {place}; {len(LARGE)} bytes in all)")


@pytest.mark.parametrize("place", ["", "/extra3", "/absent"])
def test_an_excerpt_shows_the_first_lines_where_these_do(place: str) -> None:
    shown = excerpt(LARGE, lines=6, place=place)

    assert shown[:2] == ("{", '  "extra0": 0,')
    assert shown[-1] == f"(cut; {len(LARGE)} bytes in all)"


def test_a_command_is_one_harmless_line_that_sends_the_same() -> None:
    request = Request(
        "POST",
        "http://api.test/?q=a'b",
        (("X-Odd", "\x1b[31m\\1'\u202e"), ("X-CI", "##[error]")),
        '{"a": "é\n\t\x01`$(id)!"}'.encode(),
    )
    curl = command(request)
    assert curl is not None
    assert curl.isprintable()
    assert "##[" not in curl
    # bash reads the words back; `curl` is a function of ours there.
    script = f'curl() {{ printf "%s\\0" curl "$@"; }}; {curl}'
    words = subprocess.run(["bash", "-c", script], capture_output=True, check=True).stdout  # noqa: S607, our own command
    assert words.decode().removesuffix("\0").split("\0") == shlex.split(request.as_curl())


def test_a_command_that_nobody_would_paste_is_not_shown() -> None:
    assert command(Request("POST", "http://api.test/", (), b"x" * LONGEST_COMMAND)) is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::error::x", "\\x3a:error::x"),
        ("a\n \t::add-mask::x", "a\n \t\\x3a:add-mask::x"),
        ("a ##[group]x", "a \\x23#[group]x"),
        ("##vso[task.complete]", "\\x23#vso[task.complete]"),
        ("std::string and a # [comment] ## Title", "std::string and a # [comment] ## Title"),
    ],
)
def test_what_a_ci_service_would_obey_in_a_log_is_written_out(text: str, shown: str) -> None:
    assert inert(text) == shown
