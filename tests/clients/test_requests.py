"""Claims about the requests that all other clients here send: each documented answer is there to be asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.clients.conftest import Client

NOT_TO_BE_HAD = {
    ("streamRun", "400"): "no page says which job has no stream",
    **{
        (operation, "500"): "the mock does not fail"
        for operation in (
            *("getRunResult", "submitRun", "listRuns", "getRun"),
            *("deleteRun", "cancelRun", "streamRun"),
        )
    },
}


def test_each_documented_status_has_a_request_or_a_reason(client: Client) -> None:
    documented = {(one.key, status) for one in client.contract.operations for status in one.responses}
    asked = {(ask.operation, str(ask.status)) for ask in client.asks}
    assert documented - asked == {one for one in NOT_TO_BE_HAD if one[0] in {key for key, _ in documented}}
    assert asked <= documented


def test_each_request_is_answered_with_the_status_it_asks_for(client: Client) -> None:
    answered = [(ask, client.send(ask).status_code) for ask in client.asks]
    assert [(ask, status) for ask, status in answered if status != ask.status] == []
