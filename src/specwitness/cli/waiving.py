"""`waive`: accept a finding of a report for a while, and take out what is accepted and gone."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from specwitness.cli.options import FirstByDefault, say, specs_option
from specwitness.cli.reporting import report_dir_option

if TYPE_CHECKING:
    from specwitness.contract.model import Contract, Waiver
    from specwitness.findings import Finding
    from specwitness.report.model import ContractReport

_FEWEST_DIGITS = 6
_LONGEST_VALUE = 200
_LONGEST_LINE = 300
_GIT_SECONDS = 10


def _words(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    if value is None:
        return None
    text = " ".join(value.split())
    try:
        text.encode()
    except UnicodeEncodeError:
        raise click.BadParameter("it is not text") from None
    if not text:
        raise click.BadParameter("it says nothing")
    return text


def _day(_: click.Context, __: click.Parameter, value: str) -> dt.date:
    try:
        day = dt.date.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(f"{value!r} is no date. Write YYYY-MM-DD") from None
    if day < _today():
        raise click.BadParameter(f"{day} is over. Give the last day on which the finding is to be accepted")
    return day


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()


contract_option = click.option("--contract", metavar="NAME", help="Look only at this contract of the run.")


def _run_option(also: str = "") -> Callable[[click.decorators.FC], click.decorators.FC]:
    return click.option(
        "--run",
        default="latest",
        show_default=True,
        metavar="RUN",
        help=f"The report to look into: a folder, a report.json, or the name of a run in the folder of reports{also}.",
    )


@click.group(
    cls=FirstByDefault, subcommand_metavar="FINGERPRINT --reason TEXT --until DATE [OPTIONS] | prune [OPTIONS]"
)
def waive() -> None:
    """Accept a finding for a while, in the waivers.yaml of its contract; or take out what accepts nothing any more.

    Comments and the order of that file are kept, byte for byte.
    """


@waive.command(options_metavar="--reason TEXT --until DATE [OPTIONS]")
@click.argument("fingerprint")
@click.option("--reason", required=True, callback=_words, help="Why it is accepted.")
@click.option(
    "--until",
    required=True,
    callback=_day,
    metavar="YYYY-MM-DD",
    help="The last day on which it is: after it, the finding counts again.",
)
@click.option("--owner", callback=_words, metavar="NAME", help="Who answers for it.  [default: git's user.name]")
@click.option(
    "--in",
    "within",
    type=click.Choice(["sources"]),
    help="Accept it only of what sources say otherwise than each other, not of a server that does so.",
)
@contract_option
@_run_option(also=", or what `drift --format json` wrote")
@report_dir_option
@specs_option
def add(
    *,
    fingerprint: str,
    reason: str,
    until: dt.date,
    owner: str | None,
    within: str | None,
    contract: str | None,
    run: str,
    report_dir: Path,
    specs: Path,
) -> None:
    """Accept the finding with this fingerprint (this is what `waive` does by itself).

    At least its first 6 digits are enough, where no other finding begins with them. A waiver that has expired is
    renewed. Exit code 2: there is no such finding, or it is waived already.
    """
    from specwitness.contract import load, waiver_file
    from specwitness.contract.model import Waiver
    from specwitness.contract.waiver_editing import appended, renewed
    from specwitness.findings import Party
    from specwitness.report import write
    from specwitness.report.text import one_line

    finding = _found(write.located(report_dir, run), fingerprint, contract)
    folder = load.find(specs, [finding.where.contract])[0]
    loaded, path = load.plain(folder), folder / load.WAIVERS_NAME
    waiver = Waiver(
        finding.fingerprint,
        reason,
        until,
        owner or _git_user(),
        in_sources=within is not None,
        rule=finding.rule,
        value=finding.value if len(json.dumps(finding.value)) <= _LONGEST_VALUE else None,
    )
    known = _known(loaded, finding, waiver)
    text = _text(path)
    if text is not None and known is not None and known.in_sources is waiver.in_sources:
        index = loaded.waivers.index(known)
        text, done = renewed(text, index, waiver, name=str(path)), "renewed the waiver of"
    else:
        text, done, index = appended(text, waiver, name=str(path)), "waived", len(loaded.waivers)
    write.place(path, text)
    line = waiver_file.read(text.removeprefix("\ufeff"), name=str(path))[index].line
    say(f"{done} {finding.fingerprint} until {until} in {path}, line {line}")
    say(f"{one_line(finding.rule)} at {one_line(str(finding.where))}: {one_line(finding.message)}")
    if finding.witness is not None and finding.witness.allowed_by is Party.SOURCE and not waiver.in_sources:
        say("It is accepted of a server that does so, too; with --in sources only of what sources say")


@waive.command()
@contract_option
@_run_option()
@report_dir_option
@specs_option
def prune(*, contract: str | None, run: str, report_dir: Path, specs: Path) -> None:
    """Take out the waivers that match nothing in a whole run, expired or not, with the comments directly above them.

    A waiver stays if its finding may be there all the same: if a run that is remembered saw it and none has looked for
    it in vain since, or if nobody remembers it and the run was no nightly one against a server.

    Exit code 2: the run did not look at everything, so that what it did not find proves nothing.
    """
    from specwitness.contract import load
    from specwitness.contract.waiver_editing import without
    from specwitness.exceptions import ReportError
    from specwitness.report import write
    from specwitness.report.history.store import FILE_NAME
    from specwitness.report.text import one_line

    reports = [one for one in write.read(write.located(report_dir, run)).contracts if contract in (None, one.contract)]
    if not reports:
        raise ReportError(f"run {run}", f"it did not test a contract {contract!r}", "Correct --contract")
    # Nothing is written before all are known to have been tested.
    changes: dict[Path, str] = {}
    said: list[str] = []
    for report in reports:
        folder = load.find(specs, [report.contract])[0]
        loaded, path = load.plain(folder), folder / load.WAIVERS_NAME
        text = _text(path)
        if text is None or not loaded.waivers:
            continue
        _require_whole(report, run)
        gone = []
        for index, waiver in _unmatched(loaded, report):
            why = _why_it_stays(waiver, loaded, report, report_dir / FILE_NAME)
            gone += [] if why else [index]
            named = one_line(f"{path}, line {waiver.line}: {waiver.called} ({waiver.reason})", _LONGEST_LINE)
            said.append(f"kept {named}: {one_line(why)}" if why else f"taken out {named}")
        if gone:
            changes[path] = without(text, gone, name=str(path))
    for path, text in changes.items():
        write.place(path, text)
    say("\n".join(said or ["every waiver matches something, or cannot be judged by this run"]))


def _known(contract: Contract, finding: Finding, waiver: Waiver) -> Waiver | None:
    """Return the waiver of a finding that has expired, if there is one; raises ContractError for one in force."""
    from specwitness.contract import load, waivers
    from specwitness.exceptions import ContractError

    # Whoever accepts it anywhere has accepted it of sources as well, but not the other way round.
    others = contract.waivers if waiver.in_sources else waivers.general(contract)
    known = [one for one in others if waivers.applied([finding], [one], dt.date.min, ways=contract.ways).waived]
    for one in known:
        if one.expires >= _today():
            raise ContractError(
                f"{contract.folder / load.WAIVERS_NAME}, line {one.line}",
                f"{finding.fingerprint} is waived already, until {one.expires}: {one.reason}",
                "Change that waiver, or take it out first",
            )
    return known[-1] if known else None


def _unmatched(contract: Contract, report: ContractReport) -> Iterator[tuple[int, Waiver]]:
    """Yield the waivers of a contract, expired or not, that accept nothing of what a run found; with their numbers."""
    from specwitness.contract import waivers

    idle = waivers.applied(report.found, contract.waivers, dt.date.min, ways=contract.ways).unmatched
    yield from ((index, waiver) for index, waiver in enumerate(contract.waivers) if any(waiver is one for one in idle))


def _require_whole(report: ContractReport, run: str) -> None:
    """Raise ReportError for a run whose silence proves nothing."""
    from specwitness.exceptions import ReportError

    hint = "Name one with --run that tested everything to its end and could conclude"
    if report.partial:
        fault = "it did not finish"
    elif report.shard:
        fault = f"it is only shard {report.shard} of a run"
        hint = "Make one report of all with `specwitness report merge`"
    elif report.selection:
        fault = "it tested only a selection of operations"
    elif report.reasons:
        fault = f"something could not be judged ({report.reasons[0].rstrip('.')})"
    elif report.history is None:
        # Only a run of all tests is compared with earlier ones.
        fault = "it was not compared with earlier runs, as one of a few tests (-k) never is"
    else:
        return
    raise ReportError(f"run {run} of {report.contract}", f"what it did not find may be there: {fault}", hint)


def _why_it_stays(waiver: Waiver, contract: Contract, report: ContractReport, history: Path) -> str:
    """Return why a waiver that matched nothing may still be needed; nothing where it is not."""
    from specwitness.contract import waivers
    from specwitness.exceptions import HistoryError
    from specwitness.report.history import lives
    from specwitness.report.model import MOCK

    remembered = []
    for fingerprint in waivers.fingerprints(waiver, contract):
        try:
            remembered += lives.lives(history, fingerprint)
        except HistoryError:
            # It is not known, or nothing is.
            continue
    still_there = next((life for life in remembered if life.is_open), None)
    if still_there is not None:
        return f"it was seen at {still_there.target}, and no run has looked for it there in vain since"
    if remembered:
        return ""
    if report.profile != "nightly":
        return f"a {report.profile} run does not look for everything; prune by a nightly one"
    if waiver.in_sources:
        return "" if contract.manifest.sources else "its contract.yaml names no sources that were compared"
    return f"the {MOCK} does not do what a server does; prune by a run with --base-url" if report.target == MOCK else ""


def _found(path: Path, fingerprint: str, contract: str | None) -> Finding:
    """Return the one finding of a report whose fingerprint begins so. Raises ReportError."""
    from specwitness.exceptions import ReportError
    from specwitness.report.text import one_line

    if len(fingerprint) < _FEWEST_DIGITS:
        raise click.BadParameter(f"give at least {_FEWEST_DIGITS} digits of it", param_hint="FINGERPRINT")
    found = {
        one.fingerprint: one
        for one in _findings(path, contract)
        if one.fingerprint.startswith(fingerprint.lower()) and contract in (None, one.where.contract)
    }
    if len(found) == 1:
        return next(iter(found.values()))
    if not found:
        where = f" of {contract}" if contract else ""
        hint = "Copy the fingerprint from the report, or name another report with --run"
        raise ReportError(str(path), f"it has no finding{where} {one_line(fingerprint, 40)}", hint)
    listed = ", ".join(sorted(found)[:5]) + (", ..." if len(found) > 5 else "")  # noqa: PLR2004 - as many as are listed
    raise ReportError(str(path), f"{len(found)} findings begin with {fingerprint} ({listed})", "Give more digits")


def _findings(path: Path, contract: str | None) -> list[Finding]:
    """Return all findings of the report of a run, or of a comparison, accepted ones too.

    Raises ReportError, too where a run has no contract of the name that is given.
    """
    from specwitness.exceptions import ReportError
    from specwitness.report import write
    from specwitness.report.drift_model import DriftReport
    from specwitness.report.text import one_line

    reports: Sequence[ContractReport | DriftReport]
    try:
        reports = write.read(path).contracts
    except ReportError as fault:
        try:
            reports = [DriftReport.from_json(json.loads(path.read_text("utf-8")))]
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise fault from None
    else:
        names = [one.contract for one in reports]
        if contract is not None and contract not in names:
            hint = f"It has {', '.join(one_line(name, 60) for name in names) or 'none'}: correct --contract"
            raise ReportError(str(path), f"it has no contract {one_line(contract, 60)}", hint)
    return [finding for report in reports for finding in report.found]


def _git_user() -> str:
    """Return who git takes the user for; raises UsageError where it does not know."""
    try:
        done = subprocess.run(
            ["git", "config", "user.name"],  # noqa: S607 - git is where the user has it
            capture_output=True,
            timeout=_GIT_SECONDS,
            check=False,
        )
        name = " ".join(done.stdout.decode("utf-8", "replace").split())
    except (OSError, subprocess.TimeoutExpired):
        name = ""
    if not name:
        raise click.UsageError("Give --owner NAME, who answers for it: git knows no user.name here")
    return name


def _text(path: Path) -> str | None:
    """Return the text of a file that has been read before, with its line ends as they are; None where there is none."""
    return path.read_bytes().decode("utf-8") if path.is_file() else None
