"""Jobs of one tenant in Redis, each a hash with an expiry, and the list of them.

The process that runs a job writes how it stands, and hears by the same exchange whether it is still
wanted; every other process only reads, or says that it is not wanted any more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from adapters.audit.appending import append_alone
from adapters.jobs.errors import UnknownJob
from adapters.jobs.job import ENDED, KEPT_MS, Asked, Job, JobKind, JobState, Standing
from adapters.redis.journal_stream import time_ms
from adapters.redis.keys import Keys
from adapters.redis.wire import Argument, Endpoint, Reply, checked

__all__ = ("JOBS_MAX", "JobStore")

JOBS_MAX: Final = 200
"""That a tenant has at one time; the oldest that have ended are dropped for new ones."""

_TIME: Final = ("TIME",)


class JobStore:
    """All methods may raise :class:`router.errors.StoreUnavailable`."""

    def __init__(self, endpoint: Endpoint, keys: Keys) -> None:
        self._keys = keys
        self._wire = endpoint.wire("jobs")

    @property
    def tenant(self) -> str:
        """Whose they are."""
        return self._keys.tenant

    async def now_ms(self) -> int:
        """The server's time."""
        return time_ms(await self._wire.call(*_TIME))

    async def create(self, asked: Asked, documents: Mapping[str, Any], audit: bytes) -> Standing:
        """Keep a new one, that waits, with its audit entry in one step."""
        await self._make_room()
        standing = Standing(beat_ms=asked.made_ms)
        key = self._keys.job(asked.id)
        fields = ("asked", _pack(asked), "documents", _pack(documents), "now", _pack(standing))
        await self._together(
            ("HSET", key, *fields),
            ("PEXPIRE", key, KEPT_MS),
            ("HSET", self._keys.jobs, asked.id, asked.made_ms),
            append_alone(self._keys, audit),
        )
        return standing

    async def all(self, kind: JobKind) -> list[Job]:
        """Those of one kind, the newest first, without their documents and results."""
        return [job for job in await self._all() if job.asked.kind is kind]

    async def get(self, job_id: str, kind: JobKind) -> Job:
        """One, whole. Raises :class:`UnknownJob`, also for one of another kind."""
        asked_for = ("HMGET", self._keys.job(job_id), "asked", "now", "documents", "result")
        found, time = await self._exchange(asked_for, _TIME)
        job = _job(found, time_ms(time))
        if job is None or job.asked.kind is not kind:
            raise UnknownJob(job_id)
        return job

    async def report(
        self, job_id: str, standing: Standing, result: bytes | None
    ) -> tuple[Standing, bool]:
        """Say how a job stands, and what was found if that is new: how it stands with its times,
        which are the server's, and whether it is still wanted."""
        key = self._keys.job(job_id)
        now = _timed(standing, await self.now_ms())
        fields: tuple[Argument, ...] = ("now", _pack(now))
        if result is not None:
            fields += ("result", result)
        replies = await self._together(
            ("HEXISTS", key, "asked"),
            ("HEXISTS", key, "cancelled"),
            ("HSET", key, *fields),
            ("PEXPIRE", key, KEPT_MS),
        )
        is_kept, is_cancelled = bool(replies[0]), bool(replies[1])
        if not is_kept:
            await self._wire.call("DEL", key)  # what was written just now is all there is of it
        return now, is_kept and not is_cancelled

    async def cancel(self, job: Job, audit: bytes) -> None:
        """Say that nobody wants it any more; the process that runs it ends it within seconds."""
        key = self._keys.job(job.asked.id)
        await self._together(
            ("HSET", key, "cancelled", 1),
            ("PEXPIRE", key, KEPT_MS),
            append_alone(self._keys, audit),
        )

    async def remove(self, job: Job, audit: bytes) -> None:
        """Forget one that has ended."""
        await self._together(*self._drop(job.asked.id), append_alone(self._keys, audit))

    async def close(self) -> None:
        """Close the connection."""
        await self._wire.close()

    async def _all(self) -> list[Job]:
        """Every job, the newest first; what has expired is taken off the list."""
        flat = await self._wire.call("HGETALL", self._keys.jobs)
        names = [name.decode() for name in flat[::2]]
        if not names:
            return []
        asked_for = [("HMGET", self._keys.job(name), "asked", "now") for name in names]
        *found, time = await self._exchange(*asked_for, _TIME)
        now_ms = time_ms(time)
        gone = [name for name, each in zip(names, found, strict=True) if None in each]
        if gone:
            await self._wire.call("HDEL", self._keys.jobs, *gone)
        kept = [job for each in found if (job := _job(each, now_ms)) is not None]
        return sorted(kept, key=lambda job: (job.asked.made_ms, job.asked.id), reverse=True)

    async def _make_room(self) -> None:
        jobs = await self._all()
        over = len(jobs) - JOBS_MAX + 1
        ended = [job for job in reversed(jobs) if job.standing.state in ENDED]
        for job in ended[: max(over, 0)]:
            await self._together(*self._drop(job.asked.id))

    def _drop(self, job_id: str) -> tuple[Sequence[Argument], ...]:
        return ("DEL", self._keys.job(job_id)), ("HDEL", self._keys.jobs, job_id)

    async def _exchange(self, *commands: Sequence[Argument]) -> list[Reply]:
        return [checked(reply) for reply in await self._wire.exchange(*commands)]

    async def _together(self, *commands: Sequence[Argument]) -> list[Reply]:
        """All of them in one step; their replies."""
        replies = await self._wire.exchange(("MULTI",), *commands, ("EXEC",))
        done: list[Reply] = checked(replies[-1])
        return [checked(reply) for reply in done]


def _timed(standing: Standing, now_ms: int) -> Standing:
    """The same as of now; it begins when it is first said to run, and ends likewise."""
    began_ms, ended_ms = standing.began_ms, standing.ended_ms
    if standing.state is not JobState.WAITING:
        began_ms = began_ms or now_ms
    if standing.state in ENDED:
        ended_ms = ended_ms or now_ms
    return replace(standing, beat_ms=now_ms, began_ms=began_ms, ended_ms=ended_ms)


def _job(found: Sequence[bytes | None], now_ms: int) -> Job | None:
    """A job from its fields: ``asked``, ``now`` and, if they were asked for, the large ones; None
    for one that is gone, or that only a later release can read."""
    asked, now, *large = found
    if asked is None or now is None:
        return None
    try:
        known, standing = _asked.decode(asked), _standing.decode(now).seen(now_ms)
    except msgspec.MsgspecError:
        return None
    documents, result = (
        None if each is None else _map.decode(each) for each in large or (None, None)
    )
    return Job(asked=known, standing=standing, documents=documents, result=result)


_pack = msgspec.json.Encoder().encode
_asked = msgspec.json.Decoder(Asked)
_standing = msgspec.json.Decoder(Standing)
_map = msgspec.json.Decoder(dict[str, Any])
