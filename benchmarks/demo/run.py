"""Runs the demo: server, router, agents and customers; the hour; the report."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import yaml
from redis.asyncio import Redis
from rich.console import Console

from adapters.identity.permissions import Role
from adapters.redis.wire import display_url
from benchmarks.demo.api_process import (
    API,
    CONSOLE,
    DemoApi,
    demo_key,
    listening,
    start_api,
    start_console,
)
from benchmarks.demo.hour import Frame, Hour
from benchmarks.demo.invocation import onequeue
from benchmarks.demo.live import LiveView
from benchmarks.demo.policy import compress, load_policy, with_calls
from benchmarks.demo.processes import Children, NotReady
from benchmarks.demo.report import Report, make_report
from benchmarks.demo.scenario import HOUR_S, SURGE
from benchmarks.demo.store import ServerGone, Store, fresh_tenant, server_name
from benchmarks.demo.verdict import judge, offer_times
from benchmarks.floor.journal_reader import JournalRecord, follow_journal
from benchmarks.floor.wire import DROPPED, connect, server_ms

if TYPE_CHECKING:
    from benchmarks.demo.media.beside import MediaBeside

__all__ = ("Settings", "run_demo")

READY_S_MAX: Final = 20.0
"""From the start of the router until everyone is logged in."""

TRAFFIC_START_MS: Final = 1_500
"""Time for the customers' process to start before the hour opens."""

DRAW_EVERY_S: Final = 0.15
LAST_RECORDS_S: Final = 1.0
"""How long to wait for records that were written just before the hour closed."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user asked for."""

    seconds: float
    seed: int
    agents: int
    has_media: bool = True
    """Whether real media run beside the hour."""

    @property
    def speed(self) -> float:
        """Seconds of the hour in a real second."""
        return HOUR_S / self.seconds


async def run_demo(settings: Settings, store: Store, console: Console) -> Report:
    """Route the hour and return its report.

    Raises ``ChildDied``, ``ServerGone`` or :class:`NotReady`.
    """
    client = connect(store.url)
    try:
        tenant = await fresh_tenant(client)
        follow = f"{onequeue()} journal --follow --tenant {tenant}"
        where = f"--redis {display_url(store.url)}"
        _tell(console, ("Watch every decision from another terminal:", f"  {follow} {where}"))
        demo = _Demo(settings, store, tenant, client, console)
        hour = await demo.play()
        return await demo.report(hour)
    except DROPPED as error:
        raise ServerGone(store.url, str(error)) from error
    finally:
        await client.aclose()


class _Demo:
    """One run, step by step."""

    def __init__(
        self, settings: Settings, store: Store, tenant: str, client: Redis, console: Console
    ) -> None:
        self._settings = settings
        self._store = store
        self._tenant = tenant
        self._client = client
        self._console = console
        self._policy = load_policy()
        self._children = Children(store.logs)
        self._answer: dict[str, str] | None = None
        self._media: MediaBeside | None = None

    async def play(self) -> Hour:
        """Start everything, watch the hour pass, stop everything."""
        terms = self._store.url, self._tenant, self._settings.seconds
        async with AsyncExitStack() as stack:
            key = await stack.enter_async_context(demo_key(*terms))
            own_key = ""
            if self._settings.has_media:
                own_key = await stack.enter_async_context(demo_key(*terms, Role.INTEGRATION))
                # as much to import as all else
                from benchmarks.demo.media.beside import media_beside

                beside = media_beside(self._store.logs / "media")
                self._media = await stack.enter_async_context(beside)
                if self._media.has_calls:
                    self._policy = with_calls(self._policy, self._settings.speed)
            try:
                return await self._children.supervise(self._play(key, own_key))
            finally:
                await self._children.stop_all()

    async def report(self, hour: Hour) -> Report:
        """The figures and the verdict, once nothing runs any more."""
        return make_report(
            hour,
            policy=self._policy,
            offered_ms=await offer_times(self._client, self._tenant, hour.tally.inboxes),
            verdict=await judge(self._store.url, self._tenant),
            settings=await self._described(),
            api=self._answer,
            media=None if self._media is None else self._media.figures(self._settings.speed),
        )

    async def _play(self, key: str, media_key: str) -> Hour:
        await self._start_router()
        await start_api(self._children, self._where())
        url = await listening(self._children, API, READY_S_MAX)
        await start_console(self._children, url)
        if self._media is not None:
            await self._media.start(self._children, url, media_key)
        await self._start_agents()
        api = DemoApi(url, key, await listening(self._children, CONSOLE, READY_S_MAX))
        _tell(self._console, api.invitation())
        if self._media is not None:
            _tell(self._console, await self._media.open(self._children, READY_S_MAX))
        hour = Hour(await self._open())
        with LiveView(hour, self._console) as view:
            async with self._following(hour):
                await self._watch(hour, view, api)
        await self._children.stop_all()
        hour.close()
        return hour

    async def _start_router(self) -> None:
        policy_file = self._store.logs / "policy.yaml"
        document = compress(self._policy, self._settings.speed)
        policy_file.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
        await self._children.start(
            "router",
            "adapters.cli.main",
            ["serve", *self._where(), "--policy", str(policy_file)],
        )

    async def _start_agents(self) -> None:
        asked = self._settings
        await self._children.start(
            "agents",
            "benchmarks.demo.agents_process",
            [*self._where(), f"--agents={asked.agents}", *self._pace()],
        )
        await self._until_logged_in(asked.agents)

    async def _open(self) -> Frame:
        opens_ms = await server_ms(self._client) + TRAFFIC_START_MS
        await self._children.start(
            "customers",
            "benchmarks.demo.traffic_process",
            [
                *self._where(),
                f"--agents={self._settings.agents}",
                *self._pace(),
                f"--opens-ms={opens_ms}",
            ],
            may_end=True,
        )
        speed = self._settings.speed
        return Frame(
            opens_ms=opens_ms,
            closes_ms=opens_ms + round(HOUR_S * 1_000 / speed),
            surge_starts_ms=opens_ms + round(SURGE.starts_s * 1_000 / speed),
            surge_ends_ms=opens_ms + round(SURGE.ends_s * 1_000 / speed),
            speed=speed,
        )

    async def _until_logged_in(self, count: int) -> None:
        present: set[str] = set()
        try:
            async with asyncio.timeout(READY_S_MAX):
                async for record in follow_journal(self._client, self._tenant):
                    present |= _logins(record)
                    if len(present) >= count:
                        return
        except TimeoutError:
            waiting_for = f"{count} agents to log in ({len(present)} have)"
            raise NotReady(waiting_for, READY_S_MAX, self._store.logs) from None

    async def _watch(self, hour: Hour, view: LiveView, api: DemoApi) -> None:
        now_ms = await server_ms(self._client)
        if self._media is not None:
            self._media.begin(self._settings.seconds)
        while now_ms < hour.frame.closes_ms:
            view.show(now_ms)
            if self._media is not None:
                self._media.check()
            await asyncio.sleep(DRAW_EVERY_S)
            now_ms = await server_ms(self._client)
        self._answer = await api.answer()
        if self._media is not None:
            await self._media.finish()
        await self._children.stop("customers")
        await self._children.stop("agents")
        view.show(hour.frame.closes_ms)

    @asynccontextmanager
    async def _following(self, hour: Hour) -> AsyncIterator[None]:
        # agents log out after the hour, so there is always a record behind its end
        task = asyncio.create_task(self._follow(hour))
        try:
            yield
            await asyncio.wait({task}, timeout=LAST_RECORDS_S)
            if task.done():
                task.result()
        finally:
            task.cancel()

    async def _follow(self, hour: Hour) -> None:
        async for record in follow_journal(self._client, self._tenant):
            hour.feed(record)
            if self._media is not None:
                self._media.feed(record)
            if hour.over and (self._media is None or self._media.is_over):
                return

    def _where(self) -> list[str]:
        return ["--redis", self._store.url, "--tenant", self._tenant]

    def _pace(self) -> list[str]:
        return [f"--seed={self._settings.seed}", f"--speed={self._settings.speed}"]

    async def _described(self) -> dict[str, Any]:
        asked = self._settings
        return {
            "tenant": self._tenant,
            "seconds": asked.seconds,
            "speed": asked.speed,
            "seed": asked.seed,
            "agents": asked.agents,
            "server": await server_name(self._client),
        }


def _tell(console: Console, lines: Iterable[str]) -> None:
    for line in lines:
        console.print(line, style="dim", markup=False, soft_wrap=True)


def _logins(record: JournalRecord) -> set[str]:
    return {event["agent_id"] for event in record.events if event["type"] == "agent_logged_in"}
