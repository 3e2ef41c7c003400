"""A comparison as a comment, as XML, as a log of code scanning, and as annotations: the same findings in each."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace

import pytest

from specwitness import Finding, Level
from specwitness.findings import Location
from specwitness.report import drift_github, drift_junit, drift_markdown, drift_sarif, drift_terminal
from specwitness.report.drift_model import DriftReport
from specwitness.report.fitting import LONGEST
from specwitness.report.portable import json_text

COMMENT = """\
# BROKEN: `main:jobs.yaml` -> `jobs.yaml`

**2 breaking, 1 warning, 1 undecided, 1 remark, 1 waived; 2 operations compared, 1 removed, 1 added**

Compared: Job API 1.0 -> Job API 2.0, contract `jobs`, policy `strict`, specwitness `0.1.0`.

## What breaks

### 1. Breaking: response-enum at `getJob` `response 200`

GET /jobs/{id}: clients that switch on \\`status\\` will meet \\`"archived"\\`

- For: clients written against the old version, through getJob, listJobs
- Where: `old.yaml:41`, `/components/schemas/Status/enum`, now `new.yaml:40`
- Rests on: getJob response 200 (new.yaml:40)
- Fingerprint: `f1c1993a36ed`

Witness: the new version allows it, the old version refuses it.

```http
GET https://api.example/jobs/1
```

```http
200 OK
content-type: application/json

{"status": "archived"}
```

> The old version says: 'archived' is not one of \\['pending', 'done'\\]

Replay:

```sh
curl -i https://api.example/jobs/1
```

### 2. Breaking: request-required at `createJob` `request`

POST /jobs: clients that do not send \\`name\\` are refused

- For: clients that still send what the old version allows, through createJob
- Where: `new.yaml:12`, `/paths/~1jobs/post/requestBody`
- Rests on: createJob request (old.yaml:12)
- Fingerprint: `91f95a86f35b`

Witness: the old version allows it, the new version refuses it.

```http
POST https://api.example/jobs
content-type: application/json

{}
```

> The new version says: 'name' is a required property

Replay:

```sh
curl -i -X POST -H 'content-type: application/json' --data-binary '{}' https://api.example/jobs
```

## Undecided

### 3. Warning: request-undecided at `createJob` `request`

POST /jobs: neither containment nor a message that breaks it was found: a pattern is hard

- For: not proven (no witness), through createJob
- Where: `new.yaml:10`, `/paths/~1jobs/post`
- Rests on: createJob (old.yaml:10)
- Fingerprint: `4ef8186e977c`

## Warnings and remarks

### 4. Warning: response-header-removed at `getJob` `response 200`

GET /jobs/{id}: the header X is not sent any more

- For: those who go by it (no message is refused), through getJob
- Where: `old.yaml:30`, `/paths/~1jobs~1{id}/get/responses/200/headers/X`
- Rests on: OpenAPI Specification, Response Object
- Fingerprint: `1ddfe2172a36`

5. `3aabff50497c` Info: operation-added at deleteJob operation (new.yaml:50): DELETE /jobs/{id} is new

## Waived

- `02668f415d94` until 2026-12-01, owner jobs team, because: known, ticket 7. Warning: slow at listJobs response 200: it took 9 s

## Removed operations

- `GET /old`

## Notes

- the waiver of abc expired on 2026-01-01: it was known
"""  # noqa: E501, a page has long lines


def test_the_whole_comment(drifted: DriftReport) -> None:
    assert drift_markdown.render(drifted) == COMMENT


def many(drifted: DriftReport, number: int) -> tuple[Finding, ...]:
    """Return many breaks, each with its own words."""
    broken = next(one for one in drifted.findings if one.level is Level.BREAKING)
    return tuple(replace(broken, value=one, message=f"change {one} " + "x" * 300) for one in range(number))


def test_a_comment_shows_a_few_in_full_and_counts_what_has_no_room(drifted: DriftReport) -> None:
    page = drift_markdown.render(replace(drifted, findings=many(drifted, 1000)))
    left_out = re.search(r"^And (\d+) more, all in the JSON report \(--format json\)\.$", page, re.MULTILINE)
    shown = re.findall(r"^(?:### )?\d+\. (?:`\w+` )?Breaking: ", page, re.MULTILINE)

    assert len(page) <= LONGEST
    assert sum(one.startswith("###") for one in shown) == drift_markdown.IN_FULL
    assert left_out is not None
    assert len(shown) + int(left_out[1]) == 1000
    assert page.startswith("# BROKEN: `main:jobs.yaml` -> `jobs.yaml`\n\n**1000 breaking, 1 waived; ")


def test_ci_fails_in_the_cases_that_stop_the_command(drifted: DriftReport) -> None:
    def outcomes(report: DriftReport) -> dict[str, str]:
        root = ET.fromstring(drift_junit.render(report))  # noqa: S314, it is our own output
        return {case.attrib["name"].split()[0]: case[0].tag for case in root.iter("testcase")}

    passed = {"the": "system-out", "response-header-removed": "system-out", "operation-added": "system-out"}
    broke = {"response-enum": "failure", "request-required": "failure"}
    rest = {"slow": "skipped"}
    assert outcomes(drifted) == passed | broke | rest | {"request-undecided": "system-out"}
    assert outcomes(replace(drifted, strict=True)) == passed | broke | rest | {"request-undecided": "error"}


def test_a_comparison_without_findings_is_a_suite_with_a_case(unchanged: DriftReport) -> None:
    assert '<testsuites tests="1" failures="0" errors="0" skipped="0"' in drift_junit.render(unchanged)


def test_a_result_is_in_the_new_file_and_leads_to_the_old(drifted: DriftReport) -> None:
    result = drift_sarif.log(drifted)["runs"][0]["results"][0]
    places = [
        [
            (one["physicalLocation"]["artifactLocation"]["uri"], one["physicalLocation"]["region"]["startLine"])
            for one in result[key]
        ]
        for key in ("locations", "relatedLocations")
    ]

    assert (result["ruleId"], result["level"]) == ("response-enum", "error")
    assert places == [[("new.yaml", 40)], [("old.yaml", 41)]]


def test_what_is_accepted_is_suppressed(drifted: DriftReport) -> None:
    results = drift_sarif.log(drifted)["runs"][0]["results"]

    assert [result.get("suppressions") for result in results] == [
        *([None] * len(drifted.findings)),
        [
            {
                "kind": "external",
                "status": "accepted",
                "justification": "until 2026-12-01 (jobs team): known, ticket 7",
            }
        ],
    ]


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("specs/a b.yaml", "specs/a%20b.yaml"),
        ("/w/100%.yaml", "file:///w/100%25.yaml"),
        ("HEAD~1:./specs/a.yaml", "specs/a.yaml"),
        ("HEAD@{2026-01-01 10:00}:a.yaml", "a.yaml"),
        ("https://api.test:8443/openapi.json?v=1", "https://api.test:8443/openapi.json?v=1"),
    ],
)
def test_a_file_is_called_as_code_scanning_finds_it(drifted: DriftReport, file: str, uri: str) -> None:
    where = Location("jobs", "createJob", "request", "/x", file, 3)
    report = replace(drifted, findings=(replace(drifted.findings[2], where=where),), in_new={})
    location = drift_sarif.log(report)["runs"][0]["results"][0]["locations"][0]["physicalLocation"]

    assert location == {"artifactLocation": {"uri": uri}, "region": {"startLine": 3}}


def test_the_first_annotations_are_those_that_break(drifted: DriftReport) -> None:
    lines = drift_github.render(drifted).splitlines()

    assert [line.partition("::")[2].partition("::")[0] for line in lines[:-1]] == [
        "error file=new.yaml,line=40,title=response-enum at getJob response 200",
        "error file=new.yaml,line=12,title=request-required at createJob request",
        "warning file=new.yaml,line=10,title=request-undecided at createJob request",
        "warning file=new.yaml,line=28,title=response-header-removed at getJob response 200",
        "notice file=new.yaml,line=50,title=operation-added at deleteJob operation",
    ]
    assert lines[0].partition("title=")[2] == (
        'response-enum at getJob response 200::GET /jobs/{id}: clients that switch on `status` will meet `"archived"`'
        "%0AFor clients written against the old version, through getJob, listJobs"
        "%0AThe old version says: 'archived' is not one of ['pending', 'done']"
        "%0Acurl -i https://api.example/jobs/1%0AFingerprint f1c1993a36ed"
    )
    assert lines[-1].startswith("BROKEN main:jobs.yaml -> jobs.yaml: 2 breaking, ")


def test_what_github_would_read_as_its_own_is_escaped(drifted: DriftReport) -> None:
    where = Location("jobs", "50%, a:b", "request", "/x", "a,b:c%.yaml", 3)
    finding = replace(drifted.findings[2], where=where, message="100%\r\n::error::x", operations=())
    line = drift_github.render(replace(drifted, findings=(finding,), in_new={})).splitlines()[0]

    assert line.startswith(
        "::warning file=c%25.yaml,line=3,title=request-undecided at 50%25%2C a%3Ab request::100%25\\r \\x3a:error::x%0A"
    )


@pytest.mark.parametrize(
    "render",
    [
        drift_markdown.render,
        drift_junit.render,
        drift_sarif.render,
        drift_github.render,
        lambda report: drift_terminal.summary(report).plain,
        lambda report: json_text(report.to_json()),
    ],
)
def test_every_format_names_every_fingerprint(drifted: DriftReport, render: Callable[[DriftReport], str]) -> None:
    """So that a waiver can be written from whichever one has at hand."""
    wanted = {finding.fingerprint for finding in drifted.findings}

    assert {one for one in wanted if one not in render(drifted)} == set()


def test_sarif_is_known_by_the_fingerprints_alone(drifted: DriftReport) -> None:
    moved = tuple(replace(one, where=replace(one.where, line=99), message="other words") for one in drifted.findings)
    logs = [
        json.loads(drift_sarif.render(replace(drifted, findings=findings))) for findings in (drifted.findings, moved)
    ]
    prints = [sorted(one["partialFingerprints"]["specwitness/v1"] for one in log["runs"][0]["results"]) for log in logs]

    assert prints[0] == prints[1]
