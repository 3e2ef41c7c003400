"""The last runs of a contract, as pictures and as numbers.

The pictures are built with svg.py: typed elements, no dependencies, and neither script nor style of its own, so that
the page's policy holds and its colours apply. It does not escape, so only numbers and our own words go into a picture;
what others named stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import svg
from markupsafe import Markup

from specwitness.findings import Outcome
from specwitness.report.history.words import has_earlier
from specwitness.report.model import ContractReport, EarlierRun, Latency
from specwitness.report.text import counted

_MOST = 30
"""Of more runs than these, the last are shown."""
_OPERATIONS = 50
"""The latencies of more operations than these are not drawn."""
_STEP, _HEIGHT = 20, 100
_LINE_WIDTH, _LINE_HEIGHT = 160, 32
_PERCENTILES = ("median", "p90", "p99")


@dataclass(frozen=True)
class Times:
    """How long an operation took: in this run, and in a picture over the last ones."""

    label: str
    now: Latency
    picture: Markup


@dataclass(frozen=True)
class Trend:
    """The last runs, oldest first, their verdicts and findings in pictures, and the latencies of each operation."""

    runs: tuple[EarlierRun, ...]
    verdicts: Markup
    findings: Markup
    most: int
    times: tuple[Times, ...]


def of(report: ContractReport) -> Trend | None:
    """Return the trend of a contract, None where no other run is known."""
    if report.history is None or not has_earlier(report.history):
        return None
    runs = report.history.trend[-_MOST:]
    labels = {operation.operation: operation.label for operation in report.coverage}
    return Trend(
        runs,
        _verdicts(runs),
        _findings(runs),
        max(_most(runs)),
        tuple(
            Times(labels.get(key, key), now, _times([run.latency.get(key) for run in runs]))
            for key, now in list(runs[-1].latency.items())[:_OPERATIONS]
        ),
    )


def _verdicts(runs: Sequence[EarlierRun]) -> Markup:
    """Draw one shape for each run: a circle, an octagon, or a diamond."""
    elements = [_shape(run.outcome, number * _STEP + _STEP / 2, _STEP / 2) for number, run in enumerate(runs)]
    last = counted(len(runs), "run")
    return _picture(elements, len(runs) * _STEP, _STEP, f"Verdicts of the last {last}, the newest at the right")


def _shape(outcome: Outcome, x: float, y: float) -> svg.Element:
    name = [outcome.value]
    title: list[svg.Element] = [svg.Title(text=outcome.value)]
    if outcome is Outcome.COMPATIBLE:
        return svg.Circle(cx=x, cy=y, r=7, class_=name, elements=title)
    corners = (
        ((-3, -7), (3, -7), (7, -3), (7, 3), (3, 7), (-3, 7), (-7, 3), (-7, -3))
        if outcome is Outcome.INCOMPATIBLE
        else ((0, -8), (8, 0), (0, 8), (-8, 0))
    )
    points = [svg.Point(x + across, y + down) for across, down in corners]
    return svg.Polygon(points=points, class_=name, elements=title)


def _findings(runs: Sequence[EarlierRun]) -> Markup:
    """Draw what was new on top of what persisted, above the line, and what was fixed below it."""
    up, down = _most(runs)
    scale = (_HEIGHT - 4) / max(1, up + down)
    line = 2 + up * scale
    width = len(runs) * _STEP
    elements: list[svg.Element] = []
    for number, run in enumerate(runs):
        x = number * _STEP + 3
        elements += _bar("persisting", x, line - run.persisting * scale, run.persisting * scale)
        elements += _bar("new", x, line - (run.persisting + run.new) * scale, run.new * scale)
        elements += _bar("fixed", x, line, run.fixed * scale)
    elements.append(svg.Line(x1=0, x2=width, y1=_short(line), y2=_short(line), class_=["axis"]))
    last = counted(len(runs), "run")
    return _picture(
        elements, width, _HEIGHT, f"New and persisting findings of the last {last}, below the line the fixed"
    )


def _bar(name: str, x: float, y: float, height: float) -> list[svg.Element]:
    if not height:
        return []
    return [svg.Rect(x=x, y=_short(y), width=_STEP - 6, height=_short(max(height, 1)), class_=[name])]


def _most(runs: Sequence[EarlierRun]) -> tuple[int, int]:
    return max(run.new + run.persisting for run in runs), max(run.fixed for run in runs)


def _times(latencies: Sequence[Latency | None]) -> Markup:
    """Draw one line for each percentile; a run that did not call the operation leaves a gap."""
    most = max((one.p99 for one in latencies if one), default=0) or 1
    step = _LINE_WIDTH / max(1, len(latencies) - 1)
    lines: list[svg.Element] = [
        svg.Polyline(points=points, class_=[name])
        for name in _PERCENTILES
        for points in _unbroken([getattr(one, name) if one else None for one in latencies], step, most)
    ]
    return _picture(
        lines, _LINE_WIDTH, _LINE_HEIGHT, f"Over the last {counted(len(latencies), 'run')}, up to {most:g} ms"
    )


def _unbroken(values: Sequence[float | None], step: float, most: float) -> Iterator[list[svg.Point]]:
    """Yield the points of each part of a line that has no gap; a part of one point is as wide as a dot."""
    points: list[svg.Point] = []
    for number, value in enumerate([*values, None]):
        if value is not None:
            points.append(svg.Point(_short(number * step), _short((_LINE_HEIGHT - 2) * (1 - value / most) + 1)))
        elif points:
            yield points if len(points) > 1 else [*points, svg.Point(points[0].x + 2, points[0].y)]
            points = []


def _picture(elements: Sequence[svg.Element], width: float, height: float, title: str) -> Markup:
    made = svg.SVG(
        xmlns=None,
        viewBox=svg.ViewBoxSpec(0, 0, width, height),
        width=width,
        height=height,
        extra={"role": "img", "aria-label": title},
        elements=list(elements),
    )
    return Markup(made.as_str())  # noqa: S704, of numbers and our own words


def _short(number: float) -> float:
    return round(number, 1)
