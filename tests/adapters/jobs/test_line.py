"""The line of jobs: real children, on a real server; cancelled, lost, too many, too greedy."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
import structlog

from adapters.jobs.child import ChildLimits
from adapters.jobs.errors import LineFull, TooManyJobs, UnknownJob
from adapters.jobs.job import Asked, Job, JobKind, JobState, new_job_id
from adapters.jobs.line import InFolder, JobLine, LineLimits, Order
from adapters.jobs.store import JOBS_MAX, JobStore
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint
from router.errors import StoreUnavailable
from tests.servers import plain_client

pytestmark = [pytest.mark.servers, pytest.mark.any_server]

CHILD = ChildLimits(seconds=60.0, memory_bytes=2 << 30)
LIMITS = LineLimits(running_max=1, unended_each_max=3, unended_max=4, child=CHILD)
PROGRAM = (sys.executable, str(Path(__file__).with_name("said.py")))
KEYS = Keys("t")


class Stand:
    """A line, and the tenant's jobs as another process sees them."""

    def __init__(self, endpoint: Endpoint, limits: LineLimits) -> None:
        self.line = JobLine(limits, structlog.get_logger(), PROGRAM)
        self.endpoint = endpoint
        self.store, self.elsewhere = JobStore(endpoint, KEYS), JobStore(endpoint, KEYS)

    async def ask(self, *arguments: str | InFolder, store: JobStore | None = None) -> str:
        store = store or self.store
        asked = Asked(
            id=new_job_id(),
            kind=JobKind.PREVIEW,
            by="ada",
            made_ms=await store.now_ms(),
            terms={"name": "mine"},
        )
        order = Order(arguments, {"policy.yaml": b"{}"}, {"ONEQUEUE_REDIS_URL": "redis://secret"})
        job = await self.line.start(store, asked, {"policy": {"a": 1}}, order, b"audit")
        assert job.standing.state is JobState.WAITING
        return job.asked.id

    async def job(self, job_id: str) -> Job:
        return await self.elsewhere.get(job_id, JobKind.PREVIEW)

    async def until(self, job_id: str, seen: Callable[[Job], object]) -> Job:
        deadline = time.monotonic() + 60.0
        while not seen(job := await self.job(job_id)):
            assert time.monotonic() < deadline, job
            await asyncio.sleep(0.02)
        return job

    async def outcome(self, *arguments: str) -> Job:
        job_id = await self.ask(*arguments)
        return await self.until(job_id, lambda job: job.standing.ended_ms)


@pytest.fixture
async def stand(endpoint: Endpoint, request: pytest.FixtureRequest) -> AsyncIterator[Stand]:
    found = Stand(endpoint, getattr(request, "param", LIMITS))
    yield found
    await found.line.end()
    await found.store.close()
    await found.elsewhere.close()


async def test_a_job_runs_with_limits_and_tells_every_process(stand: Stand) -> None:
    job_id = await stand.ask("tell", InFolder("policy.yaml"))
    job = await stand.until(job_id, lambda job: job.standing.ended_ms)
    assert job.standing.state is JobState.DONE, job.standing
    assert job.standing.is_final
    assert job.standing.progress.stage == "reading"
    assert job.asked.made_ms <= job.standing.began_ms <= job.standing.ended_ms
    found: dict[str, Any] = job.result or {}
    (policy,) = found["arguments"]
    assert found["files"] == {policy: "{}"}
    assert not Path(policy).parent.exists()
    assert found["url"] == "redis://secret"
    assert found["memory"] == CHILD.memory_bytes
    assert found["nice"] >= 10
    assert found["leads"]
    assert job.documents == {"policy": {"a": 1}}
    (listed,) = await stand.elsewhere.all(JobKind.PREVIEW)
    assert (listed.documents, listed.result) == (None, None)
    assert await stand.elsewhere.all(JobKind.TUNING) == []
    with pytest.raises(UnknownJob):
        await stand.elsewhere.get(job_id, JobKind.TUNING)


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("fail", "There is no traffic in that period"),
        ("silent", "its process ended with status 0 and no result"),
        ("garbage", "its report cannot be read"),
        ("long", "its result is longer than"),
        ("hungry", "MemoryError"),
    ],
)
async def test_what_comes_to_nothing_says_why(stand: Stand, what: str, reason: str) -> None:
    job = await stand.outcome(what)
    assert job.standing.state is JobState.FAILED
    assert job.standing.failure.startswith(reason)
    assert not job.standing.is_final


@pytest.mark.parametrize(
    "stand", [LineLimits(1, 3, 4, ChildLimits(seconds=0.2, memory_bytes=2 << 30))], indirect=True
)
async def test_it_may_not_take_for_ever(stand: Stand) -> None:
    job = await stand.outcome("forever")
    assert job.standing.failure == "it took longer than 0.2 s: ask for less"


def is_there(folder: str) -> bool:
    return Path(folder).is_dir()


async def test_cancelled_from_another_process_it_ends_with_all_it_has_started(
    stand: Stand,
) -> None:
    job_id = await stand.ask("forever")
    job = await stand.until(job_id, lambda job: job.standing.progress.stage == "forever")
    grandchild, child = job.standing.progress.done, job.standing.progress.of
    assert psutil.pid_exists(child)
    assert job.result is not None
    left = job.result["left"]
    assert is_there(left)
    await stand.elsewhere.cancel(job, b"audit")
    job = await stand.until(job_id, lambda job: job.standing.ended_ms)
    assert job.standing.state is JobState.CANCELLED
    for pid in (child, grandchild):
        assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == "zombie"
    # killed, it could not tidy up, and what customers sent lies in its files
    assert not is_there(left)
    await stand.elsewhere.remove(job, b"audit")
    with pytest.raises(UnknownJob):
        await stand.job(job_id)
    assert await stand.elsewhere.all(JobKind.PREVIEW) == []


async def test_one_at_a_time_and_so_many_in_the_line(stand: Stand, tmp_path: Path) -> None:
    go = tmp_path / "go"
    first = await stand.ask("wait", str(go))
    second = await stand.ask("tell")
    third = await stand.ask("tell")
    await stand.until(first, lambda job: job.standing.progress.stage)
    with pytest.raises(TooManyJobs):
        await stand.ask("tell")
    other = JobStore(stand.endpoint, Keys("other"))
    fourth = await stand.ask("tell", store=other)
    with pytest.raises(LineFull):
        await stand.ask("tell", store=other)
    assert (await stand.job(second)).standing.state is JobState.WAITING
    waiting = await stand.job(third)
    await stand.elsewhere.cancel(waiting, b"audit")
    await stand.until(third, lambda job: job.standing.state is JobState.CANCELLED)
    go.touch()
    done = await stand.until(second, lambda job: job.standing.ended_ms)
    assert done.standing.state is JobState.DONE
    begun = (await stand.job(first)).standing
    assert begun.ended_ms <= done.standing.began_ms
    deadline = time.monotonic() + 60.0
    while not (await other.get(fourth, JobKind.PREVIEW)).standing.ended_ms:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)
    await other.close()


async def test_a_process_that_ends_loses_its_jobs_and_says_so(stand: Stand) -> None:
    running = await stand.ask("forever")
    waiting = await stand.ask("tell")
    job = await stand.until(running, lambda job: job.standing.progress.stage == "forever")
    await stand.line.end()
    for job_id in (running, waiting):
        lost = await stand.job(job_id)
        assert lost.standing.state is JobState.LOST
        assert "has ended" in lost.standing.failure
    assert not psutil.pid_exists(job.standing.progress.of)


async def test_a_process_that_died_has_lost_its_jobs(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = await stand.ask("forever")
    await stand.until(job_id, lambda job: job.standing.progress.stage == "forever")
    monkeypatch.setattr("adapters.jobs.job.LOST_AFTER_MS", -1)
    lost = await stand.job(job_id)
    assert lost.standing.state is JobState.LOST
    assert "died" in lost.standing.failure


async def test_a_list_has_an_end_and_forgets_what_has_expired(
    stand: Stand, server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.jobs.store.JOBS_MAX", 2)
    assert JOBS_MAX == 200
    first = (await stand.outcome("silent")).asked.id
    second = (await stand.outcome("silent")).asked.id
    third = (await stand.outcome("silent")).asked.id
    listed = await stand.elsewhere.all(JobKind.PREVIEW)
    assert [job.asked.id for job in listed] == [third, second]
    with pytest.raises(UnknownJob):
        await stand.job(first)
    with plain_client(server) as client:
        key = KEYS.job(second)
        assert 0 < client.pttl(key) <= 7 * 86_400_000
        client.delete(key)
        assert [job.asked.id for job in await stand.elsewhere.all(JobKind.PREVIEW)] == [third]
        assert client.hkeys(KEYS.jobs) == [third.encode()]
        # of a later release: kept, and passed over
        client.hset(KEYS.job(third), "now", b'{"state":"resting"}')
        assert await stand.elsewhere.all(JobKind.PREVIEW) == []
        assert client.hkeys(KEYS.jobs) == [third.encode()]
        with pytest.raises(UnknownJob):
            await stand.job(third)


async def test_a_server_that_is_away_for_a_while_does_no_harm(
    stand: Stand, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    go, report, failed = tmp_path / "go", stand.store.report, list[str]()
    job_id = await stand.ask("wait", str(go))
    await stand.until(job_id, lambda job: job.standing.progress.stage)

    async def away(*arguments: Any) -> Any:
        if len(failed) < 3:
            failed.append("away")
            raise StoreUnavailable("away")
        return await report(*arguments)

    monkeypatch.setattr(stand.store, "report", away)
    go.touch()
    job = await stand.until(job_id, lambda job: job.standing.ended_ms)
    assert job.standing.state is JobState.DONE
    assert len(failed) == 3
    assert os.environ.get("ONEQUEUE_REDIS_URL") != "redis://secret"
