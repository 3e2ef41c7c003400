"""Serve the real PraisonAI jobs API, with jobs in every state. Needs an environment with `praisonai` and `fastapi`.

    python praisonai_server.py PORT

Everything is the server's own but the agent, which would need a model: each submitted job takes half a second and
succeeds. Standing jobs belong to no executor, so that their state stays.
"""

import asyncio
import datetime as dt
import sys

import uvicorn
from praisonai.jobs.executor import JobExecutor
from praisonai.jobs.models import Job, JobStatus
from praisonai.jobs.server import create_app
from praisonai.jobs.store import InMemoryJobStore

CREATED = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
STANDING = {
    "run_queued000001": {"status": JobStatus.QUEUED},
    "run_running00001": {"status": JobStatus.RUNNING, "started": 1, "progress_percentage": 40.0},
    "run_succeeded001": {"status": JobStatus.SUCCEEDED, "started": 1, "completed": 9, "result": "Four."},
    "run_failed000001": {"status": JobStatus.FAILED, "started": 1, "completed": 3, "error": "The model did not answer"},
    "run_cancelled001": {"status": JobStatus.CANCELLED, "started": 1, "completed": 2},
}


class StandIn(JobExecutor):  # type: ignore[misc]  # praisonai is not installed where types are checked
    """Runs no agent. Half a second is long enough for a client to cancel or delete a job while it runs."""

    async def _run_agent(self, _: Job) -> str:
        await asyncio.sleep(0.5)
        return "Four."


def job(name: str, *, status: JobStatus, started: int = 0, completed: int = 0, **facts: object) -> Job:
    """Return a job in a state; `started` and `completed` are seconds after its creation, 0 for not yet."""
    return Job(
        id=name,
        prompt="What is 2 + 2?",
        status=status,
        created_at=CREATED,
        started_at=CREATED + dt.timedelta(seconds=started) if started else None,
        completed_at=CREATED + dt.timedelta(seconds=completed) if completed else None,
        **facts,
    )


async def fill(store: InMemoryJobStore) -> None:
    """Put the standing jobs into the store."""
    for name, facts in STANDING.items():
        await store.save(job(name, **facts))


if __name__ == "__main__":
    jobs = InMemoryJobStore()
    asyncio.run(fill(jobs))
    # The store makes its lock on first use, in the loop that has just ended; the server's loop makes its own.
    jobs._InMemoryJobStore__lock = None
    executor = StandIn(store=jobs, max_concurrent=1000)
    uvicorn.run(create_app(store=jobs, executor=executor), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
