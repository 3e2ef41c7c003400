"""The asynchronous client of Intuned reads what the other one does, of which `tests/mock/test_intuned_sdk.py` tells."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from intuned_client import AsyncIntunedClient, IntunedClient
from intuned_client.exceptions import ApiError, AuthenticationError, NotFoundError, ValidationError

from specwitness import mock

WORKSPACE = "123e4567-e89b-12d3-a456-426614174000"


def options_for(server: mock.MockServer, **changed: Any) -> dict[str, Any]:
    key = server.values("intuned").credentials["api_key"]
    return {"base_url": server.url, "api_key": key, "workspace_id": WORKSPACE, **changed}


def test_both_clients_read_the_same_in_every_state(running: mock.MockServer) -> None:
    ids = running.values("intuned").parameters

    async def read() -> list[Any]:
        async with AsyncIntunedClient(**options_for(running)) as one:
            runs = [await one.projects.runs.result(project_name="p", run_id=run) for run in ids["runId"]]
            job_runs = one.projects.jobs.runs
            return runs + [await job_runs.get(project_name="p", job_id="j", job_run_id=run) for run in ids["jobRunId"]]

    with IntunedClient(**options_for(running)) as one:
        runs: list[Any] = [one.projects.runs.result(project_name="p", run_id=run) for run in ids["runId"]]
        job_runs = one.projects.jobs.runs
        runs += [job_runs.get(project_name="p", job_id="j", job_run_id=run) for run in ids["jobRunId"]]
    assert asyncio.run(read()) == runs


@pytest.mark.parametrize(
    ("changed", "run", "expected"),
    [
        pytest.param({"workspace_id": "no-uuid"}, "run-failed", ValidationError, id="400"),
        pytest.param({"api_key": "wrong"}, "run-failed", AuthenticationError, id="401"),
        pytest.param({}, "missing-run", NotFoundError, id="404"),
    ],
)
def test_an_error_is_the_exception_the_asynchronous_client_has_for_it(
    running: mock.MockServer, changed: dict[str, Any], run: str, expected: type[ApiError]
) -> None:
    async def read() -> None:
        async with AsyncIntunedClient(**options_for(running, **changed)) as one:
            with pytest.raises(expected):
                await one.projects.runs.result(project_name="p", run_id=run)
            with pytest.raises(expected):
                await one.projects.jobs.runs.get(project_name="p", job_id="j", job_run_id=run)

    asyncio.run(read())
