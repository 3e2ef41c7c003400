"""`drift`: what changed between two descriptions of an API, and whom it breaks."""

from __future__ import annotations

import datetime as dt
import gc
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from specwitness.cli.options import say, specs_option
from specwitness.cli.sdk_option import against, sdk_option
from specwitness.cli.source_option import among_sources, served_option, upstream_option
from specwitness.cli.traffic_option import observed_in, traffic_options

if TYPE_CHECKING:
    from specwitness.contract.model import Contract, Waiver
    from specwitness.contract.waivers import Waived
    from specwitness.findings import Finding
    from specwitness.redaction import Redaction
    from specwitness.report.drift_model import Described, DriftReport

FORMATS = ("terminal", "json", "markdown", "junit", "sarif", "github", "html")
POLICIES = ("strict", "tolerant")


@click.command()
@click.argument("old")
@click.argument("new", required=False)
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="terminal",
    show_default=True,
    help="What is printed, or written to --output.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write to this file, and print for the terminal.",
)
@click.option("--strict", is_flag=True, help="Let what is undecided count as a break.")
@click.option("--policy", type=click.Choice(POLICIES), help="Judge by this, whatever contract.yaml says.")
@click.option("--allow-remote", is_flag=True, help="Let references lead out of the folder, and to any host.")
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(min=1),
    default=lambda: os.cpu_count() or 1,
    show_default="the number of cores",
    help="How many processes compare OLD and NEW, where they are large.",
)
@served_option
@upstream_option
@sdk_option
@traffic_options
@specs_option
def drift(
    *,
    old: str,
    new: str | None,
    form: str,
    output: Path | None,
    strict: bool,
    policy: str | None,
    allow_remote: bool,
    jobs: int,
    served: str | None,
    upstream: str | None,
    uses: tuple[str, ...],
    recordings: tuple[Path, ...],
    base_urls: tuple[str, ...],
    specs: Path,
) -> None:
    """Say what changed from OLD to NEW, whom it breaks, and show a message that proves it.

    Each is the name or folder of a contract, an OpenAPI file, a URL, or REVISION:PATH of a git repository. Given as a
    name or folder, NEW brings its waivers, policy and levels with it; else OLD does. With --served, --upstream, --sdk
    or --traffic, OLD is compared with that; alone, the sources that it is made of are compared with each other.

    Exit code 0: nothing breaks. 1: something does, or with --strict is undecided. 2: the input cannot be used.
    """
    from specwitness.contract import load
    from specwitness.drift import inputs

    # What is read and made stays until the end: to look for garbage among it takes a fifth of the time.
    gc.disable()
    click.get_current_context().call_on_close(_collect_again)
    others = (new, served, upstream, uses or None, recordings or None)
    if len([one for one in others if one is not None]) > 1:
        raise click.UsageError(
            "Give OLD and NEW, or OLD and one of --served, --upstream, --sdk and --traffic, or OLD alone"
        )
    new = new or served
    if base_urls and not recordings:
        raise click.UsageError("--base-url says which of what was recorded (--traffic) is of the API")
    first = inputs.read(old, specs=specs, allow_remote=allow_remote)
    if upstream is not None:
        first, new = load.vendored(first), upstream or inputs.upstream_of(first)
    given = (old,) if new is None else (old, new)
    if output is not None and any(_is_same(output, Path(one)) for one in (*given, *recordings)):
        raise click.BadParameter("it is one of the two that are compared", param_hint="--output")
    read = [first, *(inputs.read(one, specs=specs, allow_remote=allow_remote, like=first) for one in given[1:])]
    today = dt.datetime.now(dt.UTC).date()
    if recordings:
        report = observed_in(
            recordings, read[0], base_urls=base_urls, given=old, policy=policy, strict=strict, today=today
        )
    elif uses:
        report = against(read[0], uses, given=old, policy=policy, strict=strict, today=today)
    elif new is None:
        report = among_sources(read[0], given=old, policy=policy, strict=strict, today=today)
    else:
        # What a server hands out is one more source.
        of_sources = served is not None
        report = compared(
            *read, given=(old, new), policy=policy, strict=strict, today=today, of_sources=of_sources, jobs=jobs
        )
    if output is not None:
        from specwitness.report.write import place

        place(output, _renderer(form)(report))
    if output is not None or form == "terminal":
        print_report(report, path=str(output or ""))
    else:
        say(_renderer(form)(report).encode(), nl=False)
    sys.exit(1 if report.failed else 0)


def _collect_again() -> None:
    gc.freeze()  # what is left goes with the process, and need not be looked through for that
    gc.enable()


def _is_same(output: Path, given: Path) -> bool:
    return output.is_file() and given.is_file() and output.samefile(given)


def compared(
    old: Contract,
    new: Contract,
    *,
    given: tuple[str, str],
    policy: str | None,
    strict: bool,
    today: dt.date,
    find: Callable[[Contract, Contract, dt.date], Iterable[Finding]] | None = None,
    of_sources: bool = False,
    jobs: int = 1,
) -> DriftReport:
    """Return the report of what changed from one contract to another; `given` is what the user called them.

    `find` finds it: `drift.comparing.compare`, or what compares a contract with something else; `of_sources` says that
    what is compared are two sources, not two versions of one. Raises DocumentError where the contract whose waivers and
    levels count gives a level to no rule.
    """
    from specwitness import version
    from specwitness.contract import waivers
    from specwitness.contract.model import Policy
    from specwitness.drift import levels
    from specwitness.drift.comparing import compare
    from specwitness.drift.counterparts import is_in, standing
    from specwitness.drift.pairing import paired
    from specwitness.record import Record, merged
    from specwitness.redaction import Redaction
    from specwitness.report.drift_model import DriftReport
    from specwitness.report.model import WaivedFinding

    holder = _holder(old, new)
    manifest = holder.manifest if policy is None else replace(holder.manifest, policy=Policy(policy))
    levels.require_known(manifest, name=_called(holder))
    # A finding is known by one contract, whatever the two files are called.
    old, new = (replace(one, name=holder.name) for one in (old, new))
    redaction = Redaction.of(old.manifest.secrets | new.manifest.secrets)
    pairing = paired(old, new)
    all_found = find(old, new, today) if find else compare(old, new, today, jobs=jobs, pairing=pairing)
    found = merged([Record(tuple(redaction.finding(one) for one in all_found))]).findings
    kept = levels.leveled(found, manifest)
    accepted = holder.waivers if of_sources else waivers.general(holder)
    waived = _waived(kept, accepted, (old, new), today)
    return DriftReport(
        tool_version=version.VERSION,
        contract=holder.name,
        old=_described(old, given[0], redaction),
        new=_described(new, given[1], redaction),
        policy=manifest.policy.value,
        strict=strict,
        compared=len(pairing.both),
        removed=tuple(operation.label for operation in pairing.removed),
        added=tuple(operation.label for operation in pairing.added),
        findings=waived.kept,
        waived=tuple(
            WaivedFinding(finding, waiver.reason, waiver.owner, waiver.expires) for finding, waiver in waived.waived
        ),
        off=len(found) - len(kept),
        in_new={one.fingerprint: standing(new, one.where) for one in kept if not is_in(new, one.where)},
        notes=(
            *_notes(waived, of_documents=find is None, of_sources=of_sources),
            *(() if any(map(_says_anything, (old, new))) else (_NOTHING_COMPARED,)),
        ),
    )


_NOTHING_COMPARED = "neither side describes an operation or a webhook: nothing was compared"


def _says_anything(contract: Contract) -> bool:
    from specwitness.drift.rules.called import WEBHOOKS

    return bool(contract.operations) or any(contract.document.get(word) for word in WEBHOOKS)


def _holder(old: Contract, new: Contract) -> Contract:
    """Return the contract whose waivers, policy and levels count: the new one, unless only the old one has any."""
    from specwitness.contract.load import MANIFEST_NAME, WAIVERS_NAME

    def has_any(contract: Contract) -> bool:
        return any(contract.folder / name in contract.texts for name in (MANIFEST_NAME, WAIVERS_NAME))

    return old if has_any(old) and not has_any(new) else new


def _called(contract: Contract) -> str:
    """Return how a person calls the manifest of a contract."""
    from specwitness.contract.load import MANIFEST_NAME

    held = contract.texts.get(contract.folder / MANIFEST_NAME)
    return held.shown if held else str(contract.folder / MANIFEST_NAME)


def _waived(
    findings: list[Finding], accepted: tuple[Waiver, ...], sides: tuple[Contract, ...], today: dt.date
) -> Waived:
    """Divide findings by waivers, with the ways to their places in either document."""
    from specwitness.contract import waivers

    waived = waivers.applied(findings, accepted, today)
    for side in sides if accepted else ():
        more = waivers.applied(waived.kept, waived.unmatched, today, ways=side.ways)
        waived = replace(more, waived=waived.waived + more.waived, expired=waived.expired)
    return waived


def _notes(waived: Waived, *, of_documents: bool, of_sources: bool) -> Iterator[str]:
    for waiver in waived.expired:
        yield f"the waiver of {waiver.called} expired on {waiver.expires}: {waiver.reason}"
    in_sources, general = (
        ", ".join(waiver.called for waiver in waived.unmatched if waiver.in_sources is only) for only in (True, False)
    )
    # What is found against an SDK, say, is seldom what a waiver is about.
    if of_documents and general:
        yield f"nothing that changed matches the waivers of {general}: they are the suite's, or of no use any more"
    elif of_sources and not of_documents and in_sources:
        yield (
            f"nothing that the sources say matches the waivers of {in_sources}: "
            "they are of what a server hands out, or of no use any more"
        )


def _described(contract: Contract, given: str, redaction: Redaction) -> Described:
    from specwitness.report.drift_model import Described

    info = contract.document.get("info")
    title, version = (str(info.get(key, "")) if isinstance(info, dict) else "" for key in ("title", "version"))
    return Described(given=redaction.url(given), title=redaction.text(title), version=redaction.text(version))


def _renderer(form: str) -> Callable[[DriftReport], str]:
    from specwitness.report import drift_github, drift_junit, drift_markdown, drift_sarif, drift_terminal, page
    from specwitness.report.portable import json_text

    renderers: Mapping[str, Callable[[DriftReport], str]] = {
        "terminal": lambda report: f"{drift_terminal.summary(report).plain}\n",
        "json": lambda report: json_text(report.to_json()),
        "markdown": drift_markdown.render,
        "junit": drift_junit.render,
        "sarif": drift_sarif.render,
        "github": drift_github.render,
        "html": page.render_drift,
    }
    return renderers[form]


def print_report(report: DriftReport, *, path: str = "") -> None:
    """Print a report for the terminal; `path` is the file that it was written to."""
    from rich.console import Console

    from specwitness.report import drift_terminal, terminal

    console = Console()
    with console.capture() as captured:
        terminal.show(drift_terminal.summary(report, path=path), console)
    say(captured.get(), nl=False)
