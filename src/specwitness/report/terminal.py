"""A report as the last lines of a run: what a person needs to act, and where the rest is.

`summary` is a pure function; `render` shows it on a console, plain where colours are not wanted.
"""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from specwitness.findings import Finding, Level, Outcome
from specwitness.report import words
from specwitness.report.history import words as history_words
from specwitness.report.model import ContractReport
from specwitness.report.text import command, counted, inert, one_line

IN_FULL = 10
"""More findings than these are counted, not shown."""
_BODY_LINES = 6
_REASONS = 10
_LONGEST_COMMAND = 1000
COLOURS = {
    Outcome.COMPATIBLE: "bold green",
    Outcome.INCOMPATIBLE: "bold red",
    Outcome.INCONCLUSIVE: "bold yellow",
    Level.BREAKING: "red",
    Level.WARNING: "yellow",
    Level.INFO: "cyan",
}


def render(report: ContractReport, console: Console, *, path: str = "") -> None:
    """Show the summary on a console; without a terminal, or with `NO_COLOR`, as plain text and nothing else."""
    show(summary(report, path=path), console)


def show(text: Text, console: Console) -> None:
    """Show a text on a console; without a terminal, or with `NO_COLOR`, as plain text and nothing else."""
    if console.is_terminal and not console.no_color:
        console.print(text, soft_wrap=True)
        return
    # A stream of another encoding shows what it can and escapes the rest.
    shown = text.plain.encode(console.encoding, "backslashreplace").decode(console.encoding)
    console.print(Text(shown), soft_wrap=True)


def summary(report: ContractReport, *, path: str = "") -> Text:
    """Return the verdict, the findings, why the run cannot conclude, and the path of the report; `.plain` is a str."""
    text = Text()
    said, partial, _ = words.head(report).partition(" (partial)")
    text.append(said.upper(), COLOURS[report.outcome])
    text.append(f"{partial} {one_line(report.contract)}: {words.verdict(report)}\n")
    text.append(f"{one_line(report.title)} at {one_line(report.target)}, profile {one_line(report.profile)}, ")
    text.append(f"seed {report.seed}\n")
    if report.selection:
        text.append(f"this speaks of a selection only: {', '.join(map(one_line, report.selection))}\n")
    if since := history_words.since(report):
        text.append(f"{since}\n")
    findings = words.of_level(report.findings, *Level)
    for number, finding in enumerate(findings[:IN_FULL], 1):
        mark = history_words.mark(report, finding.fingerprint)
        text.append_text(in_full(number, finding, mark=mark, also=f"; {finding.fingerprint}"))
    if len(findings) > IN_FULL:
        text.append(f"\nand {counted(len(findings) - IN_FULL, 'finding')} more, all in {inert(path) or 'the report'}\n")
    why = "inconclusive because" if report.outcome is Outcome.INCONCLUSIVE else "not judged"
    text.append("".join(_listed(why, words.open_reasons(report), path)))
    gone = [history_words.gone(one) for one in report.history.fixed] if report.history else []
    text.append("".join(_listed("looked for, and not seen any more", gone, path)))
    text.append("".join(_listed("notes", report.notes, path)))
    if path:
        text.append(f"\nreport: {inert(path)}")
    text.rstrip()
    return text


def in_full(number: int, finding: Finding, *, mark: str = "", also: str = "") -> Text:
    """Return a finding with its witness; `mark` stands before its level, `also` behind its place."""
    text = Text(f"\n{number}. {mark} " if mark else f"\n{number}. ")
    text.append(finding.level.value, COLOURS[finding.level])
    return text.append("\n   ".join(_lines(finding, also)) + "\n")


def named(finding: Finding, *, also: str = "") -> str:
    """Return the rule of a finding and where it is."""
    return f"{one_line(finding.rule)} at {words.subject(finding)} ({words.place(finding)}{also})"


def _lines(finding: Finding, also: str) -> list[str]:
    lines = [
        f" {named(finding, also=also)}",
        one_line(finding.message),
        f"for {words.hurt(finding)}",
    ]
    witness = finding.witness
    if witness is None:
        return lines
    # Of a longer trace the last exchange is the one that is refused; the commands show how to get there.
    for exchange in witness.trace[-1:]:
        lines += _labelled("sent", words.sent(exchange, lines=_BODY_LINES))
        lines += _labelled("answered", words.answered(exchange, lines=_BODY_LINES, about=words.about(finding)))
    lines += _labelled(witness.rejected_by.value, [one_line(witness.reason, 500)])
    for exchange in witness.trace:
        curl = command(exchange.request)
        fits = curl is not None and len(curl) <= _LONGEST_COMMAND
        lines += _labelled("replay", [curl if curl and fits else "(command too long, see the report)"])
    return lines


def _labelled(label: str, lines: Iterable[str]) -> list[str]:
    """Return lines behind a label that stands before the first of them; empty lines are dropped."""
    shown = [line for line in lines if line]
    return [f"{label if index == 0 else '':<9} {line}" for index, line in enumerate(shown)]


def _listed(title: str, items: Iterable[str], path: str) -> list[str]:
    given = [one_line(item, 500) for item in items]
    if not given:
        return []
    rest = len(given) - _REASONS
    more = [f"- and {rest} more, all in {inert(path) or 'the report'}\n"] if rest > 0 else []
    return [f"\n{title}:\n", *(f"- {item}\n" for item in given[:_REASONS]), *more]
