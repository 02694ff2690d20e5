"""Plays a plan: starts every process, opens, watches, closes, and stops them all."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import yaml
from redis.asyncio import Redis

from benchmarks.demo.processes import Children, NotReady
from benchmarks.demo.store import ServerGone, Store, fresh_tenant, server_name
from benchmarks.floor.journal_reader import follow_journal
from benchmarks.floor.wire import DROPPED, connect
from benchmarks.surge.flooding import Flooding, turn_s_of
from benchmarks.surge.plan import NEVER, Plan
from benchmarks.surge.rendezvous import Rendezvous
from benchmarks.surge.sampling import Sampler, server_pid
from benchmarks.surge.schedule import Moment, Schedule
from benchmarks.surge.standing import Stand, Standing

__all__ = ("Played", "play")

READY_S_MAX: Final = 120.0
POLL_S: Final = 0.05
WATCH_S: Final = 0.5
FINISH_AFTER_S: Final = 10.0
TENANT: Final = "surge"
START_NS: Final = 300_000_000
"""Time for the processes to see the mark before the first probe is due."""


@dataclass(slots=True)
class Played:
    """What a run leaves behind beside the files in its directory."""

    tenant: str
    server: str
    opens_ns: int = 0
    over_ns: int = 0
    """When the last contact had ended, or was given up."""

    flooding: Flooding | None = None
    """When a flood flowed beside it, if it was asked for."""

    left_open: int = 0
    processes: dict[str, Any] = field(default_factory=dict)
    redis: dict[str, Any] = field(default_factory=dict)


async def play(
    plan: Plan,
    policy: dict[str, Any],
    schedule: Schedule,
    store: Store,
    show: Callable[[Moment], None],
    *,
    is_flooded: bool = False,
) -> Played:
    """Play it with all files in the store's directory of logs; ``is_flooded``: beside an API that
    is flooded every other turn.

    Raises ``ChildDied``, ``ServerGone``, ``NotReady`` or ``NotStarted``.
    """
    client = connect(store.url)
    try:
        played = Played(await fresh_tenant(client, TENANT), await server_name(client))
        run = _Run(plan, policy, schedule, store, client, played, show)
        if is_flooded:
            run.flood()
        await run.play()
    except DROPPED as error:
        raise ServerGone(store.url, str(error)) from error
    else:
        return played
    finally:
        await client.aclose()


class _Run:
    """One run, step by step."""

    def __init__(
        self,
        plan: Plan,
        policy: dict[str, Any],
        schedule: Schedule,
        store: Store,
        client: Redis,
        played: Played,
        show: Callable[[Moment], None],
    ) -> None:
        self._plan = plan
        self._policy = policy
        self._schedule = schedule
        self._store = store
        self._client = client
        self._played = played
        self._show = show
        self._children = Children(store.logs)
        self._rendezvous = Rendezvous(store.logs)
        self._answered_at_s = 0.0
        self._arrivals_ns = plan.contacts.arrivals_ns
        self._standing = Standing(store.logs / "standing", len(plan.contacts))
        for number in np.flatnonzero(plan.contacts.at_ns == NEVER).tolist():
            self._standing.bytes[number] = Stand.ABSENT

    def flood(self) -> None:
        """Have an API beside it, flooded every other turn."""
        turn_s = turn_s_of(self._plan.length_s)
        self._played.flooding = Flooding(self._children, self._where(), self._store.logs, turn_s)

    async def play(self) -> None:
        """Start everything, let it happen, stop everything."""
        try:
            await self._children.supervise(self._play())
        finally:
            await self._children.stop_all()

    async def _play(self) -> None:
        self._plan.save(self._store.logs)
        await self._start_router()
        flooding = self._played.flooding
        if flooding is not None:
            self._show(Moment(0.0, "starting the API"))
            await flooding.start()
        for name in ("relay", "agents", "generator"):
            self._show(Moment(0.0, f"starting the {name}"))
            await self._start(name)
        pids = self._children.pids()
        server = await server_pid(self._client)
        sampler = Sampler(self._client, pids if server is None else {**pids, "redis": server})
        await self._open(sampler)
        beside = [asyncio.create_task(sampler.run())]
        if flooding is not None:
            beside.append(asyncio.create_task(flooding.run(self._played.opens_ns)))
        try:
            await self._until_over()
            self._played.over_ns = time.monotonic_ns()
            await sampler.end()
        finally:
            for task in beside:
                task.cancel()
        self._keep(sampler)
        if flooding is not None:
            await flooding.stop()
        await self._close()
        for name in ("generator", "agents", "relay", "router"):
            await self._children.stop(name)

    async def _start_router(self) -> None:
        file = self._store.logs / "policy.yaml"
        file.write_text(yaml.safe_dump(self._policy, sort_keys=False), encoding="utf-8")
        self._show(Moment(0.0, "starting the router"))
        arguments = ["serve", *self._where(), "--policy", str(file)]
        await self._children.start("router", "adapters.cli.main", arguments)

        async def policy_in_force() -> None:
            async for record in follow_journal(self._client, self._played.tenant):
                if any(event["type"] == "policy_replaced" for event in record.events):
                    return

        try:
            await asyncio.wait_for(policy_in_force(), READY_S_MAX)
        except TimeoutError:
            raise NotReady("the router", READY_S_MAX, self._store.logs) from None

    async def _start(self, name: str) -> None:
        await self._children.start(
            name,
            f"benchmarks.surge.{name}_process",
            [*self._where(), f"--directory={self._store.logs}"],
            may_end=True,
        )
        try:
            async with asyncio.timeout(READY_S_MAX):
                while self._rendezvous.get(f"{name}-ready") is None:  # noqa: ASYNC110  (processes, not tasks)
                    await asyncio.sleep(POLL_S)
        except TimeoutError:
            raise NotReady(f"the {name}", READY_S_MAX, self._store.logs) from None

    async def _open(self, sampler: Sampler) -> None:
        quiet_ns = round(self._schedule.quiet_s * 1e9)
        opens_ns = time.monotonic_ns() + START_NS + quiet_ns
        self._rendezvous.put("probe-gap", round(1e9 / self._schedule.probes_per_s))
        self._rendezvous.put("opens", opens_ns)
        self._played.opens_ns = opens_ns
        while (left_s := (opens_ns - time.monotonic_ns()) / 1e9) > POLL_S:
            self._show(Moment(-left_s, "measuring the bare relay"))
            await asyncio.sleep(min(WATCH_S, left_s - POLL_S / 2))
        await sampler.begin(opens_ns)

    async def _until_over(self) -> None:
        """Wait until every contact has ended, but not for ever."""
        last, changed_s = b"", time.monotonic()
        while True:
            await asyncio.sleep(WATCH_S)
            stands = self._standing.snapshot()[: len(self._plan.contacts)]
            now_s = time.monotonic()
            at_s = now_s - self._played.opens_ns / 1e9
            moment = self._moment(stands, at_s)
            self._show(moment)
            open_now = len(stands) - moment.ended - moment.gave_up - moment.absent
            if not open_now:
                return
            counts = np.bincount(stands, minlength=len(Stand)).tobytes()
            if counts != last:
                last, changed_s = counts, now_s
            self._finish_in_time(at_s, is_answered=open_now == moment.answered)
            quiet_since_s = max(changed_s - self._played.opens_ns / 1e9, self._schedule.length_s)
            if at_s - quiet_since_s > self._schedule.patience_s:
                self._played.left_open = open_now
                return

    def _finish_in_time(self, at_s: float, *, is_answered: bool) -> None:
        """Let agents hang up a while after the last contact was answered: a few that take very long
        would show nothing more."""
        if not is_answered:
            self._answered_at_s = at_s
        elif at_s - max(self._answered_at_s, self._schedule.length_s) > FINISH_AFTER_S:
            self._rendezvous.put("finish")

    def _moment(self, stands: np.ndarray[Any, np.dtype[np.uint8]], at_s: float) -> Moment:
        counts = np.bincount(stands, minlength=len(Stand)).tolist()
        came_again = len(stands) - len(self._arrivals_ns) - counts[Stand.ABSENT]
        due = int(np.searchsorted(self._arrivals_ns, at_s * 1e9, side="right")) + came_again
        return Moment(
            at_s,
            "",
            due,
            answered=counts[Stand.ANSWERED],
            ended=counts[Stand.ENDED],
            gave_up=counts[Stand.GAVE_UP],
            absent=counts[Stand.ABSENT],
        )

    async def _close(self) -> None:
        quiet_s = self._schedule.quiet_after_s
        closes_ns = time.monotonic_ns() + round(quiet_s * 1e9)
        self._rendezvous.put("closes", closes_ns)
        while (left_s := (closes_ns - time.monotonic_ns()) / 1e9) > -1.0:
            self._show(Moment(-left_s, "measuring the bare relay again"))
            await asyncio.sleep(WATCH_S)

    def _keep(self, sampler: Sampler) -> None:
        self._played.processes = {
            name: series.as_json() for name, series in sampler.processes.items()
        }
        self._played.redis = {**sampler.redis, "commands": sampler.commands}

    def _where(self) -> list[str]:
        return ["--redis", self._store.url, "--tenant", self._played.tenant]
