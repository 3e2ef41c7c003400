"""Nothing secret leaves the process: not by its name, not by its value in any encoding, not inside a URL."""

import base64
import json
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from specwitness.findings import (
    Exchange,
    Finding,
    Json,
    Level,
    Location,
    Party,
    Request,
    Response,
    Verdict,
    Witness,
)
from specwitness.redaction import MASK, Redaction

SECRET = 'k3y/+ "ö\\'
REDACTION = Redaction.of(["signed_url", "headers", "X-Internal"], [SECRET, "short"])
ENCODINGS = {
    "plain": str,
    "url": lambda value: quote(value, safe=""),
    "url with slashes": quote,
    "form": quote_plus,
    "json": lambda value: json.dumps(value)[1:-1],
    "json, not ascii": lambda value: json.dumps(value, ensure_ascii=False)[1:-1],
    "hexadecimal": lambda value: value.encode().hex(),
    "hexadecimal in capitals": lambda value: value.encode().hex().upper(),
}


@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=ENCODINGS)
def test_a_known_value_is_masked_in_every_encoding(encode: object) -> None:
    written = encode(SECRET)  # type: ignore[operator]
    assert REDACTION.text(f"a {written} b") == f"a {MASK} b"


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize("before", [b"", b"?", b"??", b"user:"])
def test_a_known_value_is_masked_in_base64_wherever_it_begins(encode: Callable[[bytes], bytes], before: bytes) -> None:
    written = encode(before + SECRET.encode()).decode()
    shown = REDACTION.text(written)
    assert MASK in shown
    # Of what is left, other bytes than those of the value decide.
    assert len(shown.replace(MASK, "")) <= len(encode(before)) + len("w==")


@pytest.mark.parametrize(
    "written",
    [
        "".join(f"%{byte:02x}" for byte in SECRET.encode()),
        "".join(f"%{byte:02X}" for byte in SECRET.encode()),
        "%25".join(["", *(f"{byte:02X}" for byte in SECRET.encode())]),
        'k3y\\/+ \\"\\u00f6\\\\',
        "k3y/&#43; &quot;&ouml;\\",
    ],
)
def test_a_text_that_holds_a_known_value_in_a_way_of_its_own_is_not_shown_at_all(written: str) -> None:
    assert REDACTION.text(f"a {written} b") == MASK


@pytest.mark.parametrize("text", ["100 %", "a%20b", "\\n", "&amp;", "%zz%", "\\u00", "k3y%2F"])
def test_a_text_with_escapes_of_something_else_is_shown(text: str) -> None:
    assert REDACTION.text(text) == text


@pytest.mark.parametrize(
    "name",
    [
        *("Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie", "password", "client_secret", "apiKey"),
        *("x-api-key", "X-API-KEY", "accessKeyId", "secretAccessKey", "access_token", "refreshToken", "private_key"),
        *("passwd", "credentials", "X-Amz-Signature", "signed_url", "SIGNED_URL", "headers", "x-internal", "tokens"),
    ],
)
def test_a_field_is_secret_by_its_name(name: str) -> None:
    assert REDACTION.is_secret(name)


@pytest.mark.parametrize("name", ["status", "tokenizer", "key", "monkey", "secretary", "Retry-After", "job_id", ""])
def test_other_fields_are_shown(name: str) -> None:
    assert not REDACTION.is_secret(name)


def test_secret_fields_are_masked_with_their_shape_kept() -> None:
    sink = {
        "type": "s3",
        "secretAccessKey": "s",
        "headers": {"A": "b", "n": 1, "on": True, "none": None, "many": ["x", {"y": "z"}]},
        "url": "https://user:pw@a.org/x",
    }
    assert REDACTION.json({"sink": [sink]}) == {
        "sink": [
            {
                "type": "s3",
                "secretAccessKey": MASK,
                "headers": {"A": MASK, "n": MASK, "on": True, "none": None, "many": [MASK, {"y": MASK}]},
                "url": f"https://{MASK}@a.org/x",
            }
        ]
    }


def test_headers_keep_their_names_and_show_that_nothing_was_sent() -> None:
    sent = (("x-api-key", "abc"), ("Authorization", ""), ("Accept", "x"))
    assert REDACTION.headers(sent) == (("x-api-key", MASK), ("Authorization", ""), ("Accept", "x"))


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://a.org/b?c=1&d", "https://a.org/b?c=1&d"),
        ("https://a.org/b?api_key=1&c=2&token=", f"https://a.org/b?api_key={MASK}&c=2&token="),
        ("https://a.org/b?access%5Ftoken=1", f"https://a.org/b?access%5Ftoken={MASK}"),
        ("http://u:p@a.org/", f"http://{MASK}@a.org/"),
    ],
)
def test_a_url_is_shown_without_its_secrets(url: str, shown: str) -> None:
    assert REDACTION.url(url) == shown


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (None, None),
        (b"", b""),
        (b'{ "a": 1 }', b'{ "a": 1 }'),
        (b'{"a": 1, "password": "x"}', b'{"a": 1, "password": "%s"}' % MASK.encode()),
        (b"[" * 99_999, b"[" * 99_999),
        (b"\xff" + SECRET.encode() + b"\xfe", b"\xff%s\xfe" % MASK.encode()),
    ],
)
def test_a_body_without_secrets_keeps_its_bytes(body: bytes | None, shown: bytes | None) -> None:
    assert REDACTION.body(body) == shown


def test_a_short_value_is_not_searched_for() -> None:
    assert REDACTION.text("in short") == "in short"


text = st.text(max_size=8)


@st.composite
def exchanges(draw: st.DrawFn, secret: str) -> Exchange:
    """An exchange with a secret wherever one may stand."""
    holding = st.sampled_from([secret, f"a{secret}b"]) | text
    values = st.recursive(holding, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(holding, inner))
    bodies = st.one_of(
        values.map(lambda value: json.dumps(value).encode()),
        values.map(lambda value: json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")),
        holding.map(lambda value: f"form={quote_plus(value)}".encode()),
        holding.map(lambda value: value.encode("utf-8", "replace")),
        holding.map(lambda value: b"\xff" + value.encode("utf-8", "replace")),
    )
    url = st.one_of(holding.map(quote), holding.map(lambda value: f"?q={quote_plus(value)}"))
    headers = st.lists(st.tuples(st.sampled_from(["X-A", "x-api-key"]), holding), max_size=2).map(tuple)
    return Exchange(
        Request("POST", f"http://a.org/{draw(url)}", draw(headers), draw(st.none() | bodies)),
        Response(200, draw(headers), draw(bodies)),
        "read",
        {"id": draw(holding)},
        fault=draw(st.none() | holding),
    )


secrets = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="[]redacted"), min_size=6
)


@given(st.data(), secrets)
def test_a_known_value_never_survives_in_what_is_shown(data: st.DataObject, secret: str) -> None:
    exchange = data.draw(exchanges(secret))
    shown = Redaction.of(values=[secret]).exchange(exchange)
    witness = Witness((shown,), Party.SERVER, Party.CONTRACT, "no")
    for part in _parts(shown.to_json()):
        assert secret not in part
        assert quote(secret, safe="") not in part
    assert secret not in witness.replay


def _parts(value: Json) -> list[str]:
    """Return every text of a JSON value, and again of those that are JSON themselves."""
    if isinstance(value, dict):
        return [part for pair in value.items() for item in pair for part in _parts(item)]
    if isinstance(value, list):
        return [part for item in value for part in _parts(item)]
    if not isinstance(value, str):
        return []
    try:
        inner = json.loads(value)
    except ValueError:
        return [value]
    return [value, *_parts(inner)] if isinstance(inner, dict | list) else [value]


@given(exchanges("no secret here"))
def test_what_is_shown_stays_as_it_is_when_shown_again(exchange: Exchange) -> None:
    assume(exchange.request.json() is None)
    shown = REDACTION.exchange(exchange)
    assert REDACTION.exchange(shown) == shown


def test_a_finding_is_shown_without_secrets_in_any_of_its_parts() -> None:
    exchange = Exchange(
        Request("GET", "http://a.org/", (("x-api-key", SECRET),)),
        Response(200, body=json.dumps({"you sent": SECRET, "secretAccessKey": "wJalr"}).encode()),
    )
    finding = Finding(
        rule="r",
        level=Level.BREAKING,
        verdict=Verdict.BROKEN,
        where=Location("c", None, "p", ""),
        message=f"it says {SECRET}",
        source="s",
        value={"token": "t0ken", "seen": SECRET},
        witness=Witness((exchange,), Party.SERVER, Party.CONTRACT, f"because {SECRET}"),
    )
    shown = REDACTION.finding(finding)
    assert (shown.message, shown.value) == (f"it says {MASK}", {"token": MASK, "seen": MASK})
    assert shown.witness is not None
    assert shown.witness.reason == f"because {MASK}"
    assert shown.witness.replay == f"curl -i -H 'x-api-key: {MASK}' http://a.org/"
    assert all(secret not in str(shown.to_json()) for secret in (SECRET, "wJalr", "t0ken"))


def test_a_message_does_not_quote_what_stands_in_a_secret_field() -> None:
    """A validator quotes the value it refuses, whole, and with it what is below."""
    body = {"sink": {"type": "ftp", "secretAccessKey": "wJalrXUtnFEMI"}}
    exchange = Exchange(Request("GET", "http://127.0.0.1/"), Response(200, (), json.dumps(body).encode()))
    words = f"{body['sink']} is not valid under any of the given schemas"
    finding = Finding(
        rule="response-any-of",
        level=Level.BREAKING,
        verdict=Verdict.BROKEN,
        where=Location("c", "read", "response 200", "/x"),
        message=words,
        source="x",
        witness=Witness((exchange,), Party.SERVER, Party.CONTRACT, words),
    )

    assert "wJalrXUtnFEMI" not in json.dumps(Redaction.of().finding(finding).to_json())


@pytest.mark.parametrize(
    "text",
    [
        '{"bucket": "b", "secretAccessKey": "wJalrXUtnFEMI", "reg',
        '{"secretAccessKey": "wJalrXUtnFEMI',
        "{'secretAccessKey': 'wJalrXUtnFEMI', 'region': None}",
        "secretAccessKey=wJalrXUtnFEMI; region=x",
    ],
)
def test_a_secret_field_of_a_body_that_is_not_json_is_masked(text: str) -> None:
    assert b"wJalrXUtnFEMI" not in (Redaction.of().body(text.encode()) or b"")


def test_the_signature_of_a_signed_url_is_masked_wherever_it_stands() -> None:
    shown = Redaction.of().text("results: 'https://s3.test/key?X-Amz-Signature=deadbeef&X-Amz-Date=2026' is no object")

    assert shown == f"results: 'https://s3.test/key?X-Amz-Signature={MASK}&X-Amz-Date=2026' is no object"


def test_a_body_too_deep_to_be_read_is_hidden_and_not_a_crash() -> None:
    deep = '{"a":' * 700 + '{"secretAccessKey": "wJalrXUtnFEMI"}' + "}" * 700

    assert b"wJalrXUtnFEMI" not in (Redaction.of().body(deep.encode()) or b"")
