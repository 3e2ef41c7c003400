"""What `specwitness mock` says when it starts: routes, what reaches which state, and a command to try."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from itertools import groupby

import click

from specwitness.contract.model import Contract, Operation
from specwitness.mock.desk import UNKNOWN, Desk, MockValues

_MOST_ROUTES = 40
_MOST_IDS = 6
_COLOURS = {"GET": "green", "POST": "cyan", "PUT": "yellow", "PATCH": "yellow", "DELETE": "red"}


def banner(url: str, desks: Iterable[Desk], *, seed: int, tick: float | None, faulty: Iterable[str]) -> str:
    """Return the text, with colours for a terminal."""
    time = "a poll is a tick" if tick is None else f"a state lasts {tick:g} s"
    lines = [f"{click.style('specwitness mock', bold=True)} at {click.style(url, bold=True)}  (seed {seed}, {time})"]
    for desk in desks:
        lines += ["", *_contract(url, desk)]
    lines.append("")
    faulty = tuple(faulty)
    if faulty:
        lines.append(click.style(f"Wrong on purpose: {', '.join(faulty)}", fg="red", bold=True))
    else:
        lines.append("Choose an answer   -H 'Prefer: code=404' | example=NAME | dynamic=true | seed=7 | fault=NAME")
    lines.append(f"Test it            pytest --base-url {url}")
    lines.append("Stop it            Ctrl-C")
    return "\n".join(lines)


def _contract(url: str, desk: Desk) -> Iterator[str]:
    contract = desk.contract
    title = f"  {contract.manifest.title}" if contract.manifest.title != contract.name else ""
    yield f"{click.style(contract.name, bold=True)}{title}"
    shown = contract.operations[:_MOST_ROUTES]
    width = max((len(operation.path) for operation in shown), default=0)
    for operation in shown:
        method = click.style(f"{operation.method:<7}", fg=_COLOURS.get(operation.method))
        yield f"  {method}{operation.path:<{min(width, 70)}}  {' '.join(operation.responses)}"
    if len(contract.operations) > len(shown):
        yield f"  and {len(contract.operations) - len(shown)} more operations"
    values = desk.values_of(shown)
    for parameter, ids in values.parameters.items():
        if len(ids) > 1:
            yield f"  {parameter:<14} {_ids(ids)}"
    if any(one.id and one.store is None for one in contract.lifecycles):
        yield f"  {'':<14} any other id has a state of its own, {UNKNOWN}... is 404"
    for operation in sorted(shown, key=lambda one: _is_worth_trying(contract, one), reverse=True)[:1]:
        yield f"  {'try':<14} {_curl(url, contract, operation, values)}"


def _is_worth_trying(contract: Contract, operation: Operation) -> tuple[bool, bool]:
    """Say whether an operation is a plain read, and whether it is answered whatever the state."""
    refused = any(operation.key in lifecycle.refused for lifecycle in contract.lifecycles)
    return operation.method == "GET", bool(operation.path_parameters) and not refused


def _ids(ids: tuple[str, ...]) -> str:
    """Word ids as families: `run-failed-2` is one of `run-failed`."""
    families = [
        (family, len(list(members)))
        for family, members in groupby(ids, key=lambda name: name.rstrip("0123456789").removesuffix("-") or name)
    ]
    words = [family if count == 1 else f"{family}(-2..{count})" for family, count in families]
    return " ".join(words[: _MOST_IDS * 2]) + (" ..." if len(words) > _MOST_IDS * 2 else "")


def _curl(url: str, contract: Contract, operation: Operation, values: MockValues) -> str:
    path = operation.path
    for parameter in operation.path_parameters:
        path = path.replace(f"{{{parameter.name}}}", values.parameters.get(parameter.name, ("1",))[-1])
    words = ["curl", "-i"]
    for name in next(iter(operation.security), ()):
        scheme = contract.security_schemes.get(name)
        if scheme is not None and scheme.place == "header":
            words += ["-H", ": ".join(scheme.header(values.credentials[name]))]
    if operation.method != "GET":
        words += ["-X", operation.method]
    return " ".join(shlex.quote(word) for word in [*words, url + path])
