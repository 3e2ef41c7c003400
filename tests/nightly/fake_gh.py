"""A `gh` that keeps its issues, labels and runs in the JSON file that `FAKE_GH` names.

It knows the commands and options of gh 2.80 that we use, refuses all others, and writes down how it was called.
`FAKE_GH_FAILS` names a command that fails, such as `issue create`.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

KEPT = Path(os.environ["FAKE_GH"])


def parser() -> argparse.ArgumentParser:
    """Return a parser of `gh` and no more of it than we use; like `gh`, it takes no option that it does not know."""
    root = argparse.ArgumentParser(prog="gh", allow_abbrev=False)
    areas = root.add_subparsers(dest="area", required=True)

    def commands(area: str, **options: list[str]) -> None:
        of_area = areas.add_parser(area, allow_abbrev=False).add_subparsers(dest="command", required=True)
        for name, known in options.items():
            command = of_area.add_parser(name, allow_abbrev=False)
            command.add_argument("--repo", required=area != "run")
            for option in known:
                command.add_argument(option)

    commands(
        "issue",
        list=["--label", "--state", "--limit", "--json"],
        create=["--title", "--label", "--body-file"],
        edit=["number", "--body-file"],
        comment=["number", "--body-file"],
        close=["number", "--reason"],
        reopen=["number"],
    )
    commands("label", list=["--search", "--limit", "--json"], create=["name", "--description"])
    commands(
        "run",
        list=["--workflow", "--branch", "--limit", "--json", "--jq"],
        download=["id", "--name", "--dir"],
    )
    return root


def main() -> None:
    """Do one command."""
    arguments = sys.argv[1:]
    kept: dict[str, Any] = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    for what in ("issues", "labels", "runs", "calls"):
        kept.setdefault(what, [])
    kept["calls"].append(arguments)
    try:
        if os.environ.get("FAKE_GH_FAILS") == " ".join(arguments[:2]):
            sys.exit("HTTP 403: Resource not accessible by integration")
        given = parser().parse_args(arguments)
        of_area = {"issue": issue, "label": label, "run": run}
        of_area[given.area](given, kept)
    finally:
        KEPT.write_text(json.dumps(kept, indent=1))


def say(text: str) -> None:
    """Print a line."""
    sys.stdout.write(f"{text}\n")


def issue(given: argparse.Namespace, kept: dict[str, Any]) -> None:
    """Do a command about issues."""
    if given.command == "list":
        fields = given.json.split(",")
        found = [one for one in kept["issues"] if given.label in one["labels"]]
        say(json.dumps([{field: one[field] for field in fields} for one in found[: int(given.limit)]]))
        return
    text = sys.stdin.read() if getattr(given, "body_file", None) == "-" else ""
    if len(text) > 65_536:
        sys.exit("GraphQL: Body is too long (maximum is 65536 characters)")
    if given.command == "create":
        if given.label not in kept["labels"]:
            sys.exit(f"could not add label: '{given.label}' not found")
        number = len(kept["issues"]) + 1
        kept["issues"].append(
            {
                "number": number,
                "title": given.title,
                "body": text,
                "state": "OPEN",
                "stateReason": "",
                "labels": [given.label],
                "comments": [],
            }
        )
        say(f"https://github.com/{given.repo}/issues/{number}")
        return
    one = next(one for one in kept["issues"] if one["number"] == int(given.number))
    if given.command == "edit":
        one["body"] = text
    elif given.command == "comment":
        one["comments"].append(text)
    elif given.command == "close":
        one |= {"state": "CLOSED", "stateReason": given.reason.replace(" ", "_").upper()}
    else:
        one |= {"state": "OPEN", "stateReason": "REOPENED"}


def label(given: argparse.Namespace, kept: dict[str, Any]) -> None:
    """Do a command about labels."""
    if given.command == "list":
        say(json.dumps([{"name": name} for name in kept["labels"] if given.search in name]))
    elif given.name in kept["labels"]:
        sys.exit(f'label with name "{given.name}" already exists')
    else:
        kept["labels"].append(given.name)


def run(given: argparse.Namespace, kept: dict[str, Any]) -> None:
    """Do a command about the runs of a workflow: each has an id, and artifacts: a folder for each name."""
    if given.command == "list":
        assert (given.json, given.jq) == ("databaseId", ".[].databaseId"), given
        say("\n".join(str(one["id"]) for one in kept["runs"]))
        return
    artifacts = next(one["artifacts"] for one in kept["runs"] if one["id"] == int(given.id))
    if given.name not in artifacts:
        sys.exit("no artifact matches any of the names or patterns provided")
    shutil.copytree(artifacts[given.name], given.dir, dirs_exist_ok=True)


if __name__ == "__main__":
    main()
