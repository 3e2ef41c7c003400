"""Reading what others recorded: whoever writes it, whatever is missing, and however large or broken it is."""

from __future__ import annotations

import base64
import io
import json
import tracemalloc
from pathlib import Path

import harfile
import pytest
from hypothesis import given
from hypothesis import strategies as st

from specwitness.drift.observed import json_stream, recording
from specwitness.drift.observed.recording import NEED_BYTES, NEED_REQUEST, NEED_RESPONSE_BODY, Recorded, Unused, read
from specwitness.exceptions import DocumentError
from specwitness.findings import Exchange, Json, Request, Response

URL = "https://api.example/jobs?limit=1"
ANSWER = '{"id": 1}'
HINT = "Give a HAR file, as browsers, proxies, Playwright and schemathesis write them"


def entry(request: Json = None, response: Json = None, content: Json = None, **more: Json) -> Json:
    """Return an entry with all that HAR 1.2 asks for that matters here."""
    return {
        "request": {"method": "GET", "url": URL, "headers": [], "bodySize": 0, **(request or {})},
        "response": {
            "status": 200,
            "headers": [{"name": "Content-Type", "value": "application/json"}],
            "content": {"size": 9, "mimeType": "application/json", "text": ANSWER} if content is None else content,
            "bodySize": 9,
            **(response or {}),
        },
        **more,
    }


def headers(**named: str) -> list[Json]:
    return [{"name": name.replace("_", "-"), "value": value} for name, value in named.items()]


def read_as(folder: Path, data: Json) -> list[Recorded | Unused]:
    path = folder / "x.har"
    path.write_text(data if isinstance(data, str) else json.dumps(data))
    return list(read(path))


def read_one(folder: Path, data: Json) -> Recorded | Unused:
    (one,) = read_as(folder, {"log": {"version": "1.2", "creator": {}, "entries": [data]}})
    return one


def recorded(folder: Path, data: Json) -> Recorded:
    one = read_one(folder, data)
    assert isinstance(one, Recorded), one
    return one


def fault(folder: Path, text: str) -> tuple[str, str]:
    with pytest.raises(DocumentError) as raised:
        read_as(folder, text)
    return raised.value.thing.removeprefix(f"{folder}/"), raised.value.fault


# --- Whoever writes it ----------------------------------------------------------------------------------------------


def test_an_entry_is_an_exchange(tmp_path: Path) -> None:
    one = recorded(tmp_path, entry())

    assert one == Recorded(
        Exchange(Request("GET", URL), Response(200, (("Content-Type", "application/json"),), ANSWER.encode())),
        NEED_BYTES,
    )


def test_what_harfile_writes_is_read(tmp_path: Path) -> None:
    with harfile.open(tmp_path / "x.har") as har:
        har.add_entry(
            startedDateTime="2026-11-20T09:15:02Z",
            time=1,
            request=harfile.Request(
                method="POST",
                url=URL,
                httpVersion="HTTP/1.1",
                headers=[harfile.Record(name="X-A", value="b")],
                postData=harfile.PostData(mimeType="application/json", text="{}"),
            ),
            response=harfile.Response(
                status=201,
                statusText="Created",
                httpVersion="HTTP/1.1",
                headers=[harfile.Record(name="Content-Type", value="application/json")],
                content=harfile.Content(mimeType="application/json", text=ANSWER, size=9),
            ),
            timings=harfile.Timings(send=0, wait=0, receive=1),
        )
    (one,) = read(tmp_path / "x.har")

    assert isinstance(one, Recorded)
    assert one.exchange == Exchange(
        Request("POST", URL, (("X-A", "b"), ("Content-Type", "application/json")), b"{}"),
        Response(201, (("Content-Type", "application/json"),), ANSWER.encode()),
    )


def test_a_body_in_base64_is_decoded(tmp_path: Path) -> None:
    text = base64.b64encode(b"\x00\xff").decode()
    one = recorded(tmp_path, entry(content={"size": 2, "mimeType": "image/png", "text": text, "encoding": "base64"}))

    assert (one.exchange.response and one.exchange.response.body, one.unjudged) == (b"\x00\xff", frozenset())


def test_pseudo_headers_are_left_out_and_lines_stay_lines(tmp_path: Path) -> None:
    one = recorded(
        tmp_path,
        entry(
            {"headers": headers(**{":authority": "api.example", "accept": "*/*", "x-name": "Zoë ✓"})},
            {"headers": headers(set_cookie="a=1\nb=2", content_type="application/json")},
        ),
    )

    assert one.exchange.request.headers == (("accept", "*/*"), ("x-name", "Zoë ✓".encode().decode("latin-1")))
    assert one.exchange.response
    assert one.exchange.response.headers == (
        ("set-cookie", "a=1"),
        ("set-cookie", "b=2"),
        ("content-type", "application/json"),
    )


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        (f"{URL}#part", URL),
        ("https://api.example/bücher?q=ä b", "https://api.example/b%C3%BCcher?q=%C3%A4%20b"),
        ("https://api.example/\ud800", "https://api.example/%3F"),
    ],
)
def test_a_url_is_as_it_goes_over_the_wire(tmp_path: Path, url: str, asked: str) -> None:
    assert recorded(tmp_path, entry({"url": url})).exchange.request.url == asked


@pytest.mark.parametrize(
    ("data", "body", "is_whole"),
    [
        ({"mimeType": "application/json", "text": '{"a":1}'}, b'{"a":1}', True),
        ({"mimeType": "application/x-www-form-urlencoded", "params": [{"name": "a", "value": "b c"}, {"name": "d"}]},
         b"a=b+c&d=", True),
        ({"mimeType": "multipart/form-data", "params": [{"name": "f", "fileName": "x.png"}]}, None, False),
        ({"mimeType": "application/json", "text": base64.b64encode(b'{"a":1}').decode()}, b'{"a":1}', True),
        ({"mimeType": "application/json", "text": "bm90IEpTT04="}, b"bm90IEpTT04=", True),
        ({"mimeType": "application/json", "text": "no JSON"}, b"no JSON", True),
        ({"mimeType": "text/plain", "text": "bnVsbA=="}, b"bnVsbA==", True),
        ({"mimeType": "text/plain", "text": ""}, None, True),
    ],
)  # fmt: skip
def test_what_was_posted_is_read_in_each_form(
    tmp_path: Path, data: Json, body: bytes | None, *, is_whole: bool
) -> None:
    one = recorded(tmp_path, entry({"method": "POST", "postData": data}))

    assert one.exchange.request.body == body
    assert (not one.unjudged >= NEED_REQUEST) is is_whole
    assert one.exchange.request.header("content-type") == data["mimeType"]


@pytest.mark.parametrize(
    "request_",
    [
        {"method": "POST", "bodySize": 12},
        {"method": "POST", "headers": headers(content_type="application/json"), "bodySize": -1},
        {"method": "POST", "headers": headers(content_length="12")},
        {"method": "POST", "headers": headers(transfer_encoding="chunked")},
        {"method": "POST", "postData": {"mimeType": "application/json", "text": '{"a": "[Filtered]"}'}},
        {"url": "https://api.example/jobs?key=%5BFiltered%5D"},
        {"url": "https://api.example/jobs?key=[redacted]"},
    ],
)
def test_a_request_of_which_a_part_is_missing_is_not_judged(tmp_path: Path, request_: Json) -> None:
    assert recorded(tmp_path, entry(request_)).unjudged >= NEED_REQUEST


@pytest.mark.parametrize(
    ("response", "content", "is_whole"),
    [
        ({}, {"size": 9, "mimeType": "application/json"}, False),
        ({}, {"size": 0, "mimeType": "application/json"}, False),
        ({"bodySize": 0}, {"size": 0, "mimeType": "application/json"}, True),
        ({"bodySize": -1}, {}, False),
        ({"status": 204}, {"size": 0, "mimeType": "x-unknown"}, True),
        ({"status": 304}, {}, True),
        ({"content": None}, {}, False),
        ({}, {"size": 9, "mimeType": "application/json", "text": '{"id": 1'}, False),
        ({}, {"size": 900, "mimeType": "application/json", "text": ANSWER}, True),
        ({}, {"size": 900, "mimeType": "text/plain", "text": "cut?"}, True),
        ({}, {"mimeType": "application/json", "text": ANSWER}, True),
        (
            {"headers": headers(content_encoding="br")},
            {"size": 2, "mimeType": "application/json", "text": "i/8=", "encoding": "base64"},
            False,
        ),
        ({"headers": headers(content_encoding="br")}, {"size": 9, "text": ANSWER}, True),
    ],
)
def test_a_body_that_is_missing_cut_or_packed_is_not_judged(
    tmp_path: Path, response: Json, content: Json, *, is_whole: bool
) -> None:
    assert recorded(tmp_path, entry(None, response, content)).has_answered_body is is_whole


def test_the_answer_to_head_has_no_body_to_miss(tmp_path: Path) -> None:
    assert recorded(tmp_path, entry({"method": "head"}, None, {"size": 9})).has_answered_body


@pytest.mark.parametrize(
    ("media_type", "known"),
    [("application/json; charset=x", "application/json; charset=x"), ("x-unknown", None), (None, None)],
)
def test_where_no_header_is_recorded_the_media_type_is_what_the_recorder_says(
    tmp_path: Path, media_type: str | None, known: str | None
) -> None:
    one = recorded(tmp_path, entry(None, {"headers": []}, {"size": 2, "mimeType": media_type, "text": "{}"}))

    assert one.exchange.response
    assert one.exchange.response.header("content-type") == known


@pytest.mark.parametrize(
    ("data", "unused"),
    [
        (entry(None, {"status": 0}), Unused.UNANSWERED),
        (entry(None, {"status": -1, "_failureText": "net::ERR_ABORTED"}), Unused.UNANSWERED),
        (entry(None, {"status": None}), Unused.UNANSWERED),
        ({"request": {"method": "GET", "url": URL}}, Unused.UNANSWERED),
        ({"request": {"method": "GET", "url": URL}, "response": None}, Unused.UNANSWERED),
        (entry({"url": "wss://api.example/live"}, {"status": 101}), Unused.NO_HTTP),
        (entry(_webSocketMessages=[]), Unused.NO_HTTP),
        (entry(_resourceType="websocket"), Unused.NO_HTTP),
        (entry(None, {"status": 101}), Unused.NO_HTTP),
        (entry({"method": "CONNECT"}), Unused.NO_HTTP),
        (entry({"url": "data:text/plain,x"}), Unused.NO_HTTP),
        (entry({"url": "blob:https://api.example/1"}), Unused.NO_HTTP),
        (entry({"url": "chrome-extension://abc/x.js"}), Unused.NO_HTTP),
        (None, Unused.MALFORMED),
        (7, Unused.MALFORMED),
        ([], Unused.MALFORMED),
        ({}, Unused.MALFORMED),
        ({"request": {}}, Unused.MALFORMED),
        (entry({"url": 7}), Unused.MALFORMED),
        (entry({"url": "https://[::1/x"}), Unused.MALFORMED),
        (entry({"url": "https://h:port/x"}), Unused.MALFORMED),
        (entry({"headers": [{"name": "a"}]}), Unused.MALFORMED),
        (entry({"headers": "a: b"}), Unused.MALFORMED),
        (entry(None, {"status": "many"}), Unused.MALFORMED),
        (entry(None, {"content": [1]}), Unused.MALFORMED),
        (entry(content={"text": 7}), Unused.MALFORMED),
        (entry(content={"text": "%%%", "encoding": "base64"}), Unused.MALFORMED),
        (entry(content={"text": "x", "encoding": "rot13"}), Unused.MALFORMED),
        (entry({"postData": {"text": {"a": 1}}}), Unused.MALFORMED),
    ],
    ids=str,
)
def test_an_entry_that_teaches_nothing_is_left_out_with_its_reason(tmp_path: Path, data: Json, unused: Unused) -> None:
    assert read_one(tmp_path, data) is unused


def test_numbers_may_be_texts(tmp_path: Path) -> None:
    assert recorded(tmp_path, entry({"bodySize": "0"}, {"status": "200"})).exchange.response == Response(
        200, (("Content-Type", "application/json"),), ANSWER.encode()
    )


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(
                    ["request", "response", "headers", "content", "status", "url", "method", "text", "postData"]
                ),
                inner,
                max_size=6,
            )
        ),
        max_leaves=30,
    )
)
def test_whatever_an_entry_is_it_is_read_or_left_out(tmp_path_factory: pytest.TempPathFactory, data: Json) -> None:
    assert len(read_as(tmp_path_factory.getbasetemp(), {"log": {"entries": [data, entry()]}})) == 2


_ENTRIES = ("log", "entries")


# --- What our mock remembers ----------------------------------------------------------------------------------------


def test_the_log_of_the_mock_is_a_recording(tmp_path: Path) -> None:
    exchange = Exchange(Request("GET", URL), Response(200, (("Content-Length", "9"),), ANSWER.encode()), "listJobs")
    cut = Exchange(Request("GET", f"{URL}&key=%5Bredacted%5D"), Response(200, (("Content-Length", "99"),), b"{"))
    silent = Exchange(Request("GET", URL), None)
    log = {"requests": [{"number": 1, "exchange": one.to_json()} for one in (exchange, cut, silent)] + [{}]}

    assert read_as(tmp_path, log) == [
        Recorded(Exchange(exchange.request, exchange.response)),
        Recorded(cut, NEED_REQUEST | NEED_RESPONSE_BODY),
        Unused.UNANSWERED,
        Unused.MALFORMED,
    ]


# --- What cannot be read --------------------------------------------------------------------------------------------


_NO_JSON = "it is not JSON as it has to be"


@pytest.mark.parametrize(
    ("text", "thing", "words"),
    [
        ("", "x.har", "it is empty"),
        ("  \n ", "x.har", "it is cut short: it ends within a value"),
        ("hello", "x.har, line 1", "it is not JSON as it has to be: '{' is missing"),
        ("\n\n[1]", "x.har, line 3", "it is not JSON as it has to be: '{' is missing"),
        ('{"log"', "x.har", "it is cut short: it ends within a value"),
        ('{"log": {"entries": [{"requ', "x.har", "it is cut short: it ends within a value"),
        ('{"log": {"entries": [{"a": 1}', "x.har", "it is cut short: it ends within a value"),
        ('{"log": {"entries": [{"a": 1}]', "x.har", "it is cut short: it ends within a value"),
        ('{"log": {"entries": [{"a": tru', "x.har", "it is cut short: it ends within a value"),
        ('{"log": {"entries": [{"a": 1,\n}, 1, 2, 3, 4, 5, 6, 7, 8]}}', "x.har, line 2", _NO_JSON),
        ('{"log": {"entries": [1] "b": 2}}', "x.har, line 1", "it is not JSON as it has to be: ',' is missing"),
        ('{"log": {}} {"log": {}}', "x.har, line 1", "it is not JSON as it has to be: something follows its end"),
        ('{log: {}}', "x.har, line 1", "it is not JSON as it has to be: the name of a member is missing"),
        ("{}", "x.har", _NO_HAR := "it is JSON, but no HAR: it has no list of `entries` in a `log`"),
        ('{"log": {}}', "x.har", _NO_HAR),
        ('{"log": {"entries": {"a": 1}}}', "x.har", _NO_HAR),
        ('{"log": [{"entries": []}]}', "x.har", _NO_HAR),
        ('{"openapi": "3.1.0", "paths": {}}', "x.har", _NO_HAR),
        ('{"log": {"entries": [' + "[" * 100_000, "x.har, line 1", f"{_NO_JSON}: it is nested too deeply"),
    ],
)  # fmt: skip
def test_what_is_no_recording_is_refused_with_one_message(tmp_path: Path, text: str, thing: str, words: str) -> None:
    found = fault(tmp_path, text)

    assert found[0] == thing
    assert found[1].startswith(words)


def test_no_content_is_quoted(tmp_path: Path) -> None:
    assert "planted" not in str(fault(tmp_path, '{"log": {"entries": [{"a": "planted" "planted"}, 1, 2, 3, 4, 5, 6]}}'))


@pytest.mark.parametrize(
    ("content", "reason"), [(b'{"log": "\xff"}', "it is not UTF-8"), (b"PK\x03\x04\xff", "it is not UTF-8")]
)
def test_what_is_no_text_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "x.har").write_bytes(content)

    with pytest.raises(DocumentError) as raised:
        list(read(tmp_path / "x.har"))
    assert raised.value.fault == f"it cannot be read ({reason})"


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "x.har").write_text('﻿{"log": {"entries": []}}', encoding="utf-8")

    assert list(read(tmp_path / "x.har")) == []


def test_a_file_that_is_not_there_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="there is no such file"):
        list(read(tmp_path / "none.har"))
    with pytest.raises(DocumentError, match="it cannot be read"):
        list(read(tmp_path))


def test_the_report_of_a_run_is_known_and_does_not_do(tmp_path: Path) -> None:
    report = json.dumps({"schema_version": 2, "name": "run", "outcome": "compatible", "contracts": []})

    assert fault(tmp_path, report)[1] == (
        "it is the report of a run, which keeps the witnesses of its findings, not what was exchanged"
    )


# --- However large it is --------------------------------------------------------------------------------------------


def test_no_more_is_held_than_the_largest_entry(tmp_path: Path) -> None:
    path = tmp_path / "x.har"
    one = json.dumps(entry(content={"size": 9, "mimeType": "application/json", "text": json.dumps("x" * 20_000)}))
    with path.open("w") as file:
        file.write('{"log": {"entries": [' + ",".join([one] * 1500) + "]}}")
    tracemalloc.start()
    count = sum(1 for _ in read(path))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert (count, path.stat().st_size > 30_000_000) == (1500, True)
    assert peak < 15_000_000


def test_an_entry_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "LARGEST", 1 << 20)
    monkeypatch.setattr(json_stream, "_CHUNK", 1 << 10)

    assert fault(tmp_path, '{"log": {"entries": [{"a": "' + "x" * (3 << 20))[1] == "a part of it has more than 1 MiB"


def test_a_file_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "MOST", 1 << 10)
    monkeypatch.setattr(json_stream, "_CHUNK", 1 << 8)

    assert fault(tmp_path, '{"log": {"entries": [' + "1," * 3000)[1] == "it has more than 0 GiB"


def test_a_file_of_too_many_entries_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "MOST_ENTRIES", 2)

    assert fault(tmp_path, '{"log": {"entries": [1, 2, 3]}}') == ("x.har", "it has more than 2 entries")


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=20,
)


@given(st.lists(JSON_VALUES, max_size=6), st.dictionaries(st.text(), JSON_VALUES, max_size=3), st.booleans(), st.data())
def test_pieces_say_what_the_whole_says(items: list[Json], others: Json, ascii_only: bool, data: st.DataObject) -> None:
    """A property: wherever a chunk ends, what is read is what `json.loads` reads."""
    others.pop("entries", None)
    whole = {"before": 1, "log": {**others, "entries": items, "after": [items]}, "last": 1.5}
    text = json.dumps(whole, ensure_ascii=ascii_only, indent=data.draw(st.none() | st.integers(0, 3)))
    size = data.draw(st.integers(1, 7))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_stream, "_CHUNK", size)
        found = list(json_stream.members(io.StringIO(text), name="x", lists={_ENTRIES}))

    assert found == [
        (("before",), 1),
        *((("log", name), value) for name, value in json.loads(json.dumps(others)).items()),
        (_ENTRIES, json_stream.BEGINS),
        *((_ENTRIES, item) for item in json.loads(json.dumps(items))),
        (("log", "after"), [json.loads(json.dumps(items))]),
        (("last",), 1.5),
    ]


@given(st.lists(JSON_VALUES, max_size=4), st.data())
def test_whatever_is_cut_off_is_noticed(items: list[Json], data: st.DataObject) -> None:
    text = json.dumps({"log": {"entries": items}})
    end = data.draw(st.integers(0, len(text) - 1))

    with pytest.raises(DocumentError):
        list(json_stream.members(io.StringIO(text[:end]), name="x", lists={_ENTRIES}))


def test_a_number_of_very_many_digits_is_read(tmp_path: Path) -> None:
    found = read_as(tmp_path, '{"log": {"entries": [{"time": ' + "9" * 5000 + "}]}}")

    assert found == [Unused.MALFORMED]
