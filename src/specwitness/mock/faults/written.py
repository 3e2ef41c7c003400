"""The hand-written faults of a contract: what breaks that no schema says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http import HTTPStatus

from specwitness.contract.faulting import Answer, WrittenFault
from specwitness.findings import Json
from specwitness.mock.desk import Desk
from specwitness.mock.faults.fault import Fault, Kind, Moment, with_json
from specwitness.mock.reply import Reply, decoded


def faults(desk: Desk) -> Iterator[Fault]:
    """Yield the faults of `faults.py` in its order."""
    for written in desk.contract.faults:
        yield Fault(
            name=written.name,
            kind=Kind.SEMANTICS,
            claim=written.claim,
            apply=partial(_applied, written),
            operations=written.operations,
            breaks=written.breaks,
            overlay=written.overlay,
        )


def _applied(written: WrittenFault, moment: Moment) -> Reply:
    reply = moment.answer()
    wanted = reply.status in written.statuses if written.statuses else reply.status < HTTPStatus.MULTIPLE_CHOICES
    if moment.operation is None or not wanted:
        return reply
    before = decoded(reply)
    if before is None and reply.content:
        return reply  # Another fault has been there: what is no JSON cannot be changed as JSON.
    answer = Answer(
        operation=moment.operation.key,
        method=moment.call.method,
        parameters={name: value for name, value in moment.call.parameters.items() if value is not None},
        sent=_sent(moment.call.body),
        status=reply.status,
        headers=dict(reply.headers),
        body=before,
        memory=moment.memory,
    )
    written.function(answer)
    changed = replace(reply, status=answer.status, headers=tuple(answer.headers.items()))
    return changed if before is None else with_json(changed, answer.body)


def _sent(body: bytes) -> Json:
    try:
        return json.loads(body)
    except ValueError:
        return None
