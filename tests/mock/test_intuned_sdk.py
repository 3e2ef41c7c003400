"""Claims about the Intuned contract that only its own client can witness: what the spec allows, the client reads."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import intuned_client
import pytest
from hypothesis import given
from hypothesis import strategies as st
from intuned_client import AsyncIntunedClient, IntunedClient, models
from intuned_client.exceptions import ApiError, AuthenticationError, NotFoundError, ValidationError
from pydantic import BaseModel
from pydantic import ValidationError as Unreadable

from specwitness import mock, pool
from specwitness.contract import load
from specwitness.findings import Json

CONTRACT = load.load(Path(__file__).parents[2] / "specs" / "intuned")
WORKSPACE = "123e4567-e89b-12d3-a456-426614174000"
IDS = mock.app([CONTRACT]).values("intuned").parameters
MODELS: dict[str, type[BaseModel]] = {"runApiResult": models.RunResultResponse, "getJobRun": models.JobsRunsGetResponse}
BODIES = {
    key: [
        body
        for seed in range(8)
        for body in pool.bodies(CONTRACT, operation.responses["200"].content[0].schema or "", seed=seed)
    ]
    for key, operation in ((key, CONTRACT.operation(key)) for key in MODELS)
    if operation is not None
}


def client_of(server: mock.MockServer, **changed: Any) -> IntunedClient:
    key = server.values("intuned").credentials["api_key"]
    return IntunedClient(**{"base_url": server.url, "api_key": key, "workspace_id": WORKSPACE, **changed})


@pytest.fixture
def client(server: mock.MockServer) -> Iterator[IntunedClient]:
    with client_of(server) as one:
        yield one


@pytest.mark.parametrize("run", IDS["runId"])
def test_the_client_reads_the_result_of_every_run(client: IntunedClient, run: str) -> None:
    result = client.projects.runs.result(project_name="my-project", run_id=run)
    assert (result.run_id, run.startswith(f"run-{result.status}")) == (run, True)
    assert (result.error is not None) == (result.status == "failed")


@pytest.mark.parametrize("job_run", IDS["jobRunId"])
def test_the_client_reads_every_job_run(client: IntunedClient, job_run: str) -> None:
    found = client.projects.jobs.runs.get(project_name="my-project", job_id="my-sample-job", job_run_id=job_run)
    assert (found.job_run.id, found.job_run.job_id, found.job_run.workspace_id) == (job_run, "my-sample-job", WORKSPACE)
    assert job_run.startswith(f"job-run-{found.job_run.status.lower()}")


def test_the_asynchronous_client_reads_the_same(server: mock.MockServer) -> None:
    async def read() -> tuple[str, str]:
        key = server.values("intuned").credentials["api_key"]
        one = AsyncIntunedClient(base_url=server.url, api_key=key, workspace_id=WORKSPACE)
        async with one:
            run = await one.projects.runs.result(project_name="p", run_id="run-failed")
            job_run = await one.projects.jobs.runs.get(project_name="p", job_id="j", job_run_id="job-run-success")
        return run.status, job_run.job_run.status

    assert asyncio.run(read()) == ("failed", "SUCCESS")


@pytest.mark.parametrize(
    ("changed", "run", "expected", "status"),
    [
        pytest.param({"workspace_id": "no-uuid"}, "run-failed", ValidationError, 400, id="400"),
        pytest.param({"api_key": "wrong"}, "run-failed", AuthenticationError, 401, id="401"),
        pytest.param({"api_key": None}, "run-failed", AuthenticationError, 401, id="401-none"),
        pytest.param({}, "missing-run", NotFoundError, 404, id="404"),
    ],
)
def test_an_error_is_the_exception_the_client_has_for_it(
    server: mock.MockServer, changed: dict[str, Any], run: str, expected: type[ApiError], status: int
) -> None:
    with client_of(server, **changed) as one, pytest.raises(expected) as caught:
        one.projects.runs.result(project_name="p", run_id=run)
    assert (caught.value.status_code, caught.value.body["category"]) == (status, "user")
    with client_of(server, **changed) as one, pytest.raises(expected):
        one.projects.jobs.runs.get(project_name="p", job_id="j", job_run_id=run)


@given(data=st.data())
def test_the_client_reads_whatever_the_spec_allows(data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(sorted(MODELS)))
    body = data.draw(st.sampled_from(BODIES[key]))
    assert unread(key, body) == []


def test_the_client_knows_fields_that_the_spec_does_not() -> None:
    """Drift the other way round: the spec is silent, and open, where the client has these."""
    known = models.generated.JobsRunsGetResponseJobRunJobConfigurationSnapshotConfiguration.model_fields
    assert "max_runs" in known
    assert "maxRuns" not in (CONTRACT.folder / "openapi.yaml").read_text(encoding="utf-8")
    assert intuned_client.__all__


def unread(key: str, body: Json) -> list[str]:
    """Return what the client's model of a response refuses in a body."""
    try:
        MODELS[key].model_validate(body)
    except Unreadable as error:
        return [f"{'/'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()]
    return []
