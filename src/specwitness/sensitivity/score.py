"""Sum up a measurement: how many faults of each kind, and of each check, were found, and which were not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from specwitness.findings import Json
from specwitness.sensitivity.measuring import Measurement
from specwitness.sensitivity.rehearsal import Fate


def unexpected(measurement: Measurement, known: Mapping[str, str]) -> list[str]:
    """Return the faults that survived, or left the run inconclusive, and are not known to."""
    return [one.fault for one in measurement.results if one.fate in _MISSED and one.fault not in known]


def outlived(measurement: Measurement, known: Mapping[str, str]) -> list[str]:
    """Return the faults that are said to survive and were found; of a whole catalogue, also those that are none."""
    tried = {one.fault: one.fate for one in measurement.results}
    return [name for name in known if tried.get(name, Fate.SURVIVED if measurement.partial else None) not in _MISSED]


def summary(measurement: Measurement, known: Mapping[str, str]) -> str:
    """Return the tables as Markdown: kinds, survivors, rules."""
    return "\n".join(_lines(measurement, known))


def to_json(measurement: Measurement, known: Mapping[str, str]) -> Json:
    """Return everything as JSON-compatible data."""
    by_name = {one.fault: one for one in measurement.results}
    return {
        "contract": measurement.contract,
        "false_alarms": list(measurement.clean.rules),
        "clean": measurement.clean.to_json(),
        "faults": [
            {
                **fault.to_json(),
                **(by_name[fault.name].to_json() if fault.name in by_name else {}),
                "known": known.get(fault.name),
            }
            for fault in measurement.faults
        ],
    }


_MISSED = frozenset({Fate.SURVIVED, Fate.INCONCLUSIVE})


def _lines(measurement: Measurement, known: Mapping[str, str]) -> Iterator[str]:
    kinds = {one.name: one.kind for one in measurement.faults}
    hidden = Counter(one.kind for one in measurement.faults if one.unobservable is not None)
    fates = Counter((kinds[one.fault], one.fate) for one in measurement.results)
    requests, seconds = Counter[str](), Counter[str]()
    for one in measurement.results:
        requests[kinds[one.fault]] += one.requests
        seconds[kinds[one.fault]] += one.seconds  # type: ignore[assignment]  # Counter adds any numbers
    yield f"{measurement.contract}: {_share(measurement)}"
    yield ""
    yield "| kind | faults | caught | warned | missed | found | unobservable | requests each | seconds each |"
    yield "|---|---:|---:|---:|---:|---:|---:|---:|---:|"
    for kind in dict.fromkeys(kinds.values()):
        tried = sum(fates[kind, fate] for fate in Fate)
        caught, warned = fates[kind, Fate.CAUGHT], fates[kind, Fate.WARNED]
        if tried:
            yield (
                f"| {kind} | {tried} | {caught} | {warned} | {tried - caught - warned} "
                f"| {100 * (caught + warned) / tried:.0f} % | {hidden[kind]} "
                f"| {requests[kind] / tried:.0f} | {seconds[kind] / tried:.2f} |"
            )
    yield ""
    alarms = ", ".join(measurement.clean.rules) or "none"
    yield f"Without a fault: {measurement.clean.requests} requests, false alarms: {alarms}"
    for title, names in (
        ("Survived, and not known to", unexpected(measurement, known)),
        ("Known to survive, and found", outlived(measurement, known)),
    ):
        if names:
            yield ""
            yield f"{title}:"
            fate = {one.fault: one.fate for one in measurement.results}
            yield from (f"- {name}{f' ({fate[name]})' if name in fate else ''}" for name in names)


def rules(measurement: Measurement) -> str:
    """Return a table of how many faults each rule found, the busiest first."""
    counted = Counter(rule for one in measurement.results for rule in one.rules)
    rows = (f"| {rule} | {count} |" for rule, count in counted.most_common())
    return "\n".join(["| rule | faults it found |", "|---|---:|", *rows])


def _share(measurement: Measurement) -> str:
    found = sum(1 for one in measurement.results if one.fate not in _MISSED)
    total = len(measurement.results)
    return f"{found} of {total} faults found ({100 * found / max(1, total):.1f} %)"
