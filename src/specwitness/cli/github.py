"""The issues of a repository, by the `gh` command; it holds the credentials, and we see none of them."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

from specwitness.exceptions import AnnouncementError
from specwitness.report.text import one_line

if TYPE_CHECKING:
    from specwitness.findings import Json
    from specwitness.report.issue import Action, Issue

_SECONDS = 120
_MOST_ISSUES = 10_000


def issues(repo: str) -> list[Issue]:
    """Return the issues of ours that a repository has, open and closed. Raises AnnouncementError.

    They are listed, not searched for: what was opened a moment ago is not found by a search yet.
    """
    from specwitness.report.issue import LABEL, Issue

    listed = _gh(
        *("issue", "list", f"--repo={repo}", f"--label={LABEL}", "--state=all", f"--limit={_MOST_ISSUES}"),
        "--json=number,state,stateReason,body",
    )
    return [issue for item in _read("issue", listed) if (issue := Issue.from_json(item))]


def carry_out(action: Action, repo: str) -> str:
    """Do what was planned for an issue, and return how it is called. Raises AnnouncementError.

    The page of an issue goes before the comment about it: what is interrupted in between is not said twice.
    """
    from specwitness.report.issue import Step

    if action.step is Step.OPEN:
        return _opened(action, repo)
    number, at = str(action.number), f"--repo={repo}"
    if action.step is Step.REOPEN:
        _gh("issue", "reopen", number, at)
    if action.body:
        _gh("issue", "edit", number, at, "--body-file=-", text=action.body)
    if action.step is Step.CLOSE:
        _gh("issue", "close", number, at, "--reason=completed")
    if action.comment:
        _gh("issue", "comment", number, at, "--body-file=-", text=action.comment)
    return f"#{number}"


def _opened(action: Action, repo: str) -> str:
    from specwitness.report.issue import LABEL

    at = f"--repo={repo}"
    labels = _read("label", _gh("label", "list", at, f"--search={LABEL}", "--limit=1000", "--json=name"))
    if LABEL not in {label["name"].lower() for label in labels}:
        _gh("label", "create", LABEL, at, "--description=Kept by specwitness announce: one issue for each contract")
    url = _gh("issue", "create", at, f"--title={action.title}", f"--label={LABEL}", "--body-file=-", text=action.body)
    return one_line(url)


def _read(what: str, listed: str) -> list[Json]:
    """Return what a list printed as JSON. Raises AnnouncementError where it is none."""
    try:
        data = json.loads(listed)
    except ValueError as error:
        raise AnnouncementError(f"gh {what} list", f"it printed no JSON: {error}", "Bring `gh` up to date") from error
    return list(data)


def _gh(*arguments: str, text: str = "") -> str:
    """Return what `gh` prints, with a text on its standard input. Raises AnnouncementError."""
    called = "gh " + " ".join(arguments[:2])
    # Where notices go is nobody's business but ours.
    environment = {name: value for name, value in os.environ.items() if name != "SPECWITNESS_NOTIFY"}
    environment |= {"GH_PROMPT_DISABLED": "1", "NO_COLOR": "1"}
    try:
        done = subprocess.run(  # noqa: S603 - a list of arguments, in which nothing is ours to quote
            ["gh", *arguments],  # noqa: S607 - which `gh` it is, the user's PATH says
            input=text.encode(),
            capture_output=True,
            timeout=_SECONDS,
            env=environment,
            check=False,
        )
    except FileNotFoundError as error:
        raise AnnouncementError("gh", "it is not installed", "Install it from https://cli.github.com") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise AnnouncementError(called, f"it did not end: {one_line(str(error))}", "Try again") from error
    if done.returncode != 0:
        fault = one_line(done.stderr.decode("utf-8", "replace"), 500) or f"exit code {done.returncode}"
        hint = "See that GH_TOKEN may read and write issues (`gh auth status`), and that --repo is right"
        raise AnnouncementError(called, f"it failed: {fault}", hint)
    return done.stdout.decode("utf-8", "replace")
