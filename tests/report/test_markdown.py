"""The page for people, whole."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from specwitness import Finding, Level, Verdict
from specwitness.record import Aspect
from specwitness.report.fitting import LONGEST
from specwitness.report.markdown import IN_FULL
from specwitness.report.markdown import render as rendered
from specwitness.report.model import ContractReport, OperationCoverage, RunReport, Seen

INCOMPATIBLE = """\
# Incompatible: Job API (`jobs`)

**1 breaking finding, 1 warning, 1 waived; 12 requests to 1 of 2 operations**

Tested: target `http://api.test`, profile `quick`, seed 1, started `2026-03-01T02:00:00Z`, finished `2026-03-01T02:00:09Z`, all operations, specwitness `0.1.0`.

This run was not compared with earlier ones.

## What broke

### 1. Breaking: response-schema at `getJob` `response 200`

/status is 'EXPLODED'

- For: clients written against the contract, through getJob, listJobs (seen 7 times)
- Where: `specs/jobs/openapi.yaml:41`, `/components/schemas/Status`
- Rests on: openapi.yaml
- Fingerprint: `1a00c165c6ca`

Witness: the server allows it, the contract refuses it.

```http
GET http://api.test/jobs/1
X-API-Key: [redacted]
```

```http
200 OK
Content-Type: application/json

{"id": "1", "status": "EXPLODED"}
```

> The contract says: 'EXPLODED' is not one of \\['PENDING', 'DONE'\\]

Replay:

```sh
curl -i -H 'X-API-Key: [redacted]' http://api.test/jobs/1
```

## What could not be judged

- createJob: 201 was never seen. Allow writes with --param

## Warnings and remarks

### 2. Warning: slow at `listJobs` `response 200`

it took 9 s

- For: not proven (no witness), through listJobs
- Where: `/paths/~1jobs/get`
- Rests on: RFC 9110
- Fingerprint: `02668f415d94`

## Waived

- `02668f415d94` until 2026-12-01, owner jobs team, because: known, ticket 7. Warning: slow at listJobs response 200: it took 9 s

## Notes

- the waiver abc expired on 2026-01-01

## Coverage

Seen of what each operation documents:

| operation | requests | statuses | enum values | properties |
|---|---:|---:|---:|---:|
| `POST /jobs` | 0 | 0 of 1 | - | - |
| `GET /jobs/{id}` | 12 | 1 of 2 | 1 of 2 | 1 of 1 |

### Never seen

- `POST /jobs`: never called
- `GET /jobs/{id}`: status `404`; `200 /status` = `DONE`

### Seen

- `GET /jobs/{id}`: `200` x 10, `418` x 2 (**undocumented**); `200 /status` = `PENDING`; property `200 /id`
"""  # noqa: E501, a page has long lines
COMPATIBLE = """\
# Compatible: Job API (`jobs`)

**no breaking finding; 12 requests to 1 of 1 operation**

Tested: target `embedded mock`, profile `quick`, seed 1, started `2026-03-01T02:00:00Z`, finished `2026-03-01T02:00:09Z`, only `getJob`, specwitness `0.1.0`.

This run was not compared with earlier ones.

## Coverage

Seen of what each operation documents:

| operation | requests | statuses | enum values | properties |
|---|---:|---:|---:|---:|
| `GET /jobs/{id}` | 12 | 1 of 2 | 1 of 2 | 1 of 1 |

### Never seen

- `GET /jobs/{id}`: status `404`; `200 /status` = `DONE`

### Seen

- `GET /jobs/{id}`: `200` x 10, `418` x 2 (**undocumented**); `200 /status` = `PENDING`; property `200 /id`
"""  # noqa: E501, a page has long lines
INCONCLUSIVE = """\
# Inconclusive (partial): Job API (`jobs`)

**too little was seen to say that the contract is kept; 0 requests to 0 of 1 operation**

Tested: target `http://api.test`, profile `quick`, seed 1, started `2026-03-01T02:00:00Z`, **not finished**, all operations, specwitness `0.1.0`.

This run was not compared with earlier ones.

## Why it is inconclusive

- The run did not finish: what is missing here was not tested. Let it run to its end, or test less with a selection
- createJob: 201 was never seen. Allow writes with --param

## Coverage

Seen of what each operation documents:

| operation | requests | statuses | enum values | properties |
|---|---:|---:|---:|---:|
| `POST /jobs` | 0 | 0 of 1 | - | - |

### Never seen

- `POST /jobs`: never called
"""  # noqa: E501, a page has long lines


def render(report: ContractReport) -> str:
    return rendered(RunReport("a run", (report,)))


@pytest.mark.parametrize(
    ("name", "page"), [("incompatible", INCOMPATIBLE), ("compatible", COMPATIBLE), ("inconclusive", INCONCLUSIVE)]
)
def test_the_page_of_each_outcome(name: str, page: str, request: pytest.FixtureRequest) -> None:
    assert render(request.getfixturevalue(name)) == page


def test_what_is_only_suspected_is_not_under_what_broke(incompatible: ContractReport) -> None:
    suspected = replace(_proven(incompatible), verdict=Verdict.UNDECIDED, witness=None)
    headings = [line for line in render(replace(incompatible, findings=(suspected,))).splitlines() if line[:2] == "##"]
    assert headings[:2] == [
        "## Suspected, not proven",
        "### 1. Breaking: response-schema at `getJob` `response 200`",
    ]


def test_many_findings_are_listed_with_one_line_each(incompatible: ContractReport) -> None:
    proven = _proven(incompatible)
    many = tuple(replace(proven, value=number) for number in range(IN_FULL + 300))
    lines = render(replace(incompatible, findings=many)).splitlines()
    assert sum(line.startswith("### ") and "Breaking" in line for line in lines) == IN_FULL
    assert lines[lines.index("## What could not be judged") - 2] == (
        f"{IN_FULL + 300}. `{max(one.fingerprint for one in many)}` Breaking: response-schema at getJob response 200 "
        "(specs/jobs/openapi.yaml:41): /status is 'EXPLODED'"
    )


def test_a_page_fits_into_a_comment_and_counts_what_has_no_room(incompatible: ContractReport) -> None:
    many = tuple(replace(_proven(incompatible), value=number, message="x" * 300) for number in range(1000))
    page = render(replace(incompatible, findings=many))
    shown = re.findall(r"^(?:### )?\d+\. (?:`\w+` )?Breaking: ", page, re.MULTILINE)
    left_out = re.search(r"^And (\d+) more, all in report\.json\.$", page, re.MULTILINE)

    assert len(page) <= LONGEST
    assert left_out is not None
    assert len(shown) + int(left_out[1]) == 1000
    assert page.startswith("# Incompatible: Job API (`jobs`)\n\n**1000 breaking findings")
    assert page.endswith(
        "No room for 1 under Waived, 2 under Coverage, 2 under Never seen, 1 under Seen: all in report.json.\n"
    )


def test_no_contract_takes_the_room_of_the_others(incompatible: ContractReport, compatible: ContractReport) -> None:
    """The first two have far too much to say; what the third does not need, the others have."""
    many = tuple(replace(_proven(incompatible), value=number, message="x" * 300) for number in range(1000))
    first, second = (replace(incompatible, contract=name, findings=many) for name in ("a", "b"))
    page = rendered(RunReport("a run", (compatible, second, first)))
    parts = re.split(r"^(?=# )", page, flags=re.MULTILINE)[1:]

    assert [part.splitlines()[0] for part in parts] == [
        "# Incompatible: Job API (`a`)",
        "# Incompatible: Job API (`b`)",
        "# Compatible: Job API (`jobs`)",
    ]
    assert [len(part) > LONGEST // 4 for part in parts] == [True, True, False]
    assert "### Seen" in parts[2]
    assert len(page) <= LONGEST


@pytest.mark.parametrize("number", [100, 1000])
def test_of_very_many_contracts_the_gravest_are_named_and_the_others_counted(
    number: int, incompatible: ContractReport, compatible: ContractReport
) -> None:
    contracts = [replace(compatible, contract=f"c{one:04}") for one in range(number)]
    page = rendered(RunReport("a run", (*contracts, incompatible)))
    named = re.findall(r"^# (\w+): ", page, re.MULTILINE)
    left_out = re.search(r"^And (\d+) contracts more \((\d+) compatible\), all in report\.json\.$", page, re.MULTILINE)

    assert len(page) <= LONGEST
    assert named[0] == "Incompatible"
    assert len(named) + int(left_out[1] if left_out else 0) == number + 1


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("it is out of date", "because: it is out of date. Warning: slow"),
        ("it is out of date.", "because: it is out of date. Warning: slow"),
        ("who knows?", "because: who knows? Warning: slow"),
    ],
)
def test_the_reason_of_a_waiver_ends_with_one_full_stop(incompatible: ContractReport, reason: str, said: str) -> None:
    waived = tuple(replace(one, reason=reason) for one in incompatible.waived)

    assert said in render(replace(incompatible, waived=waived))


def test_the_verdict_counts_remarks_too(incompatible: ContractReport) -> None:
    remarks = tuple(replace(_proven(incompatible), level=Level.INFO, value=number) for number in range(2))
    page = render(replace(incompatible, findings=(*incompatible.findings, *remarks)))

    assert "**1 breaking finding, 1 warning, 2 remarks, 1 waived; 12 requests to 1 of 2 operations**" in page


def test_a_shard_says_which_part_of_a_run_it_is_and_claims_no_verdict(inconclusive: ContractReport) -> None:
    page = render(replace(inconclusive, shard="2/3", partial=False, reasons=()))
    assert page.startswith(
        "# Shard 2/3: Job API (`jobs`)\n\n**no breaking finding in this part; 0 requests to 0 of 1 operation**\n"
    )
    assert "- This is shard 2/3 of a run, which alone says nothing of what the others saw. Make one report " in page


def test_a_command_too_long_for_the_page_is_in_the_report(incompatible: ContractReport) -> None:
    proven = _proven(incompatible)
    assert proven.witness is not None
    exchange = proven.witness.trace[0]
    big = replace(exchange, request=replace(exchange.request, body=b"x" * 5000), response=None, fault="it hung up")
    page = render(replace(incompatible, findings=(replace(proven, witness=replace(proven.witness, trace=(big,))),)))
    assert f"Replay: too long for this page, see `replay` of `{proven.fingerprint}` in report.json." in page
    assert "```http\n(no response: it hung up)\n```" in page


def test_many_places_of_one_operation_are_counted(compatible: ContractReport) -> None:
    sights = tuple(Seen(Aspect.PROPERTY, f"200 /p{number}", "", 0) for number in range(35))
    page = render(replace(compatible, coverage=(OperationCoverage("getJob", "GET /a|b", 1, (), sights),)))
    assert "| `GET /a\\|b` | 1 | - | - | 0 of 35 |" in page
    assert "- `GET /a|b`: property `200 /p0`, `200 /p1`, " in page
    assert "`200 /p29`; and 5 more in report.json" in page
    assert "- `GET /a|b`: no response\n" in page


def _proven(report: ContractReport) -> Finding:
    return next(finding for finding in report.findings if finding.level is Level.BREAKING)
