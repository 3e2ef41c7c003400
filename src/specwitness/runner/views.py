"""The same resources, seen through every operation that shows them, in one test: its checks compare what they say."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from specwitness.contract.lifecycle import Lifecycle
from specwitness.contract.model import Operation
from specwitness.runner import phases
from specwitness.runner.session import ContractSession

MAX_VIEWED = 30
"""How many resources are looked at."""


def compare(session: ContractSession) -> None:
    """Read every known resource of each lifecycle in every way, and then the list of them."""
    for lifecycle in session.contract.lifecycles:
        views = list(_views(session, lifecycle))
        listing = lifecycle.store.list.operation if lifecycle.store and lifecycle.store.list else None
        overview = session.contract.operation(listing)
        if len(views) + (overview is not None) > 1:
            _compare(session, views, overview)


def _compare(session: ContractSession, views: list[Operation], overview: Operation | None) -> None:
    fullest = max(views, key=lambda one: len(one.path_parameters), default=None)
    if fullest is not None:
        with phases.ending_on_silence(session, fullest):
            for parameters in itertools.islice(phases.known_or_made(session, fullest), MAX_VIEWED):
                for view in views:
                    _look(session, view, parameters)
    if overview is not None and overview.method == "GET":
        _look(session, overview, {})


def _look(session: ContractSession, view: Operation, parameters: dict[str, str]) -> None:
    names = [parameter.name for parameter in view.path_parameters]
    if all(name in parameters for name in names):
        with phases.ending_on_silence(session, view):
            content = next(iter(phases.contents(session, view)))
            session.call(view, {name: parameters[name] for name in names}, **content)


def _views(session: ContractSession, lifecycle: Lifecycle) -> Iterator[Operation]:
    """Yield the operations that read one resource; a stream of events is looked at elsewhere, and takes its time."""
    for operation in session.contract.operations:
        kinds = {one.media_type for status in operation.success for one in operation.responses[status].content}
        names = {parameter.name for parameter in operation.path_parameters}
        if operation.method == "GET" and lifecycle.id in names and "text/event-stream" not in kinds:
            yield operation
