"""Hosting: who fails does so alone, is tried again or left; who comes or goes disturbs nobody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import structlog
from structlog.testing import LogCapture

from adapters.leading.serving import Order
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint
from adapters.tenants import failures, hosting
from adapters.tenants.hosting import Hosting
from adapters.tenants.serving import _afterwards
from adapters.tenants.standing import Standing, State, Watching
from router.errors import (
    CorruptJournal,
    Fenced,
    InvariantError,
    JournalGone,
    RecordsLost,
    StoreUnavailable,
)
from router.intake import DEFAULT_LIMITS


def order(tenant: str, **changes: Any) -> Order:
    return Order(
        endpoint=Endpoint("redis://localhost"),
        keys=Keys(tenant),
        policy=None,
        intake=DEFAULT_LIMITS,
        takeover=bool(changes.pop("takeover", False)),
        **changes,
    )


def orders(*tenants: str) -> dict[str, Order]:
    return {tenant: order(tenant) for tenant in tenants}


class Stage:
    """Routers that lead until they are told to fail."""

    def __init__(self) -> None:
        self.log = LogCapture()
        logger = structlog.wrap_logger(structlog.PrintLogger(), processors=[self.log])
        self.hosting: Hosting[Order] = Hosting(self._route, logger, _afterwards)
        self.stopped = asyncio.Event()
        self.starts: list[Order] = []
        self.faults: dict[str, BaseException] = {}
        self._failing: dict[str, asyncio.Event] = {}

    async def _route(self, order: Order, standing: Standing, stopped: asyncio.Event) -> None:
        tenant = standing.tenant
        self.starts.append(order)
        failing = self._failing[tenant] = asyncio.Event()
        if tenant in self.faults:
            raise self.faults[tenant]
        Watching(standing).led(1)
        ends = [asyncio.create_task(event.wait()) for event in (stopped, failing)]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for end in ends:
            end.cancel()
        if tenant in self.faults:
            raise self.faults[tenant]

    def fail(self, tenant: str, error: BaseException) -> None:
        """Let one fail now, and whenever it is started."""
        self.faults[tenant] = error
        self._failing[tenant].set()

    def states(self) -> dict[str, State]:
        return {name: standing.state for name, standing in self.hosting.standings.items()}

    def begun(self, tenant: str) -> int:
        return sum(order.keys.tenant == tenant for order in self.starts)

    async def until(self, what: Callable[[], bool]) -> None:
        async with asyncio.timeout(60):
            while not what():  # noqa: ASYNC110  (what it waits for has no event)
                await asyncio.sleep(0.001)


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures, "PAUSE_FIRST_S", 0.001)
    monkeypatch.setattr(failures, "PAUSE_S_MAX", 0.002)


@asynccontextmanager
async def hosted(*tenants: str) -> AsyncIterator[Stage]:
    stage = Stage()
    await stage.hosting.apply(orders(*tenants))
    running = asyncio.create_task(stage.hosting.run(stage.stopped))
    await stage.until(lambda: set(stage.states().values()) == {State.LEADING})
    yield stage
    stage.stopped.set()
    await asyncio.gather(running, return_exceptions=True)
    assert not stage.hosting.standings


LEFT = [
    JournalGone("onequeue:{a}:journal"),
    RecordsLost("1-1", "1-3", "1-9"),
    CorruptJournal("1-1", "torn"),
]


@pytest.mark.parametrize("error", LEFT, ids=lambda error: type(error).__name__)
async def test_who_needs_a_person_is_left_and_the_others_go_on(error: Exception) -> None:
    async with hosted("a", "b", "c") as stage:
        stage.fail("a", error)
        await stage.until(lambda: stage.states()["a"] is State.FAILED)
        assert stage.states() == {"a": State.FAILED, "b": State.LEADING, "c": State.LEADING}
        assert str(error) in stage.hosting.standings["a"].error
        (line,) = [e for e in stage.log.entries if e["event"] == "the work for a tenant has ended"]
        assert (line["tenant"], line["kind"]) == ("a", type(error).__name__)
        assert "SIGHUP" in line["remedy"]
        await asyncio.sleep(0.02)
        assert stage.begun("a") == 1


async def test_who_was_left_is_started_again_when_the_tenants_are_applied_anew() -> None:
    async with hosted("a", "b") as stage:
        stage.fail("a", LEFT[0])
        await stage.until(lambda: stage.states()["a"] is State.FAILED)
        stage.faults.clear()
        await stage.hosting.apply(orders("a", "b"))
        await stage.until(lambda: stage.states()["a"] is State.LEADING)
        assert (stage.begun("a"), stage.begun("b")) == (2, 1)


async def test_what_may_pass_is_tried_again_for_as_long_as_it_lasts() -> None:
    async with hosted("a", "b") as stage:
        stage.fail("a", StoreUnavailable("NOPERM"))
        await stage.until(lambda: stage.begun("a") > failures.AGAIN_MAX + 2)
        assert stage.states()["a"] is State.TRYING_AGAIN
        stage.faults.clear()
        await stage.until(lambda: stage.states()["a"] is State.LEADING)
        assert not stage.hosting.standings["a"].error


async def test_a_bug_that_comes_again_and_again_is_left_at_last() -> None:
    async with hosted("a", "b") as stage:
        stage.fail("a", InvariantError("the engine fails without any command"))
        await stage.until(lambda: stage.states()["a"] is State.FAILED)
        assert stage.begun("a") == failures.AGAIN_MAX + 1
        assert stage.states()["b"] is State.LEADING


async def test_who_was_fenced_follows_and_takes_nothing_back() -> None:
    stage = Stage()
    await stage.hosting.apply({"a": order("a", takeover=True, new_journal=True), **orders("b")})
    await stage.until(lambda: stage.states().get("a") is State.LEADING)
    stage.fail("a", Fenced("1-9", "2-0"))
    await stage.until(lambda: stage.begun("a") > 1)
    first, again = [order for order in stage.starts if order.keys.tenant == "a"][:2]
    assert (first.takeover, first.new_journal) == (True, True)
    assert (again.takeover, again.new_journal) == (False, False)
    stage.stopped.set()
    await stage.hosting.run(stage.stopped)


async def test_who_has_run_for_long_has_not_failed_in_a_row(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hosting, "STEADY_S", 0.0)
    async with hosted("a", "b") as stage:
        stage.fail("a", InvariantError("now and then"))
        await stage.until(lambda: stage.begun("a") > failures.AGAIN_MAX + 2)
        assert stage.states()["a"] is State.TRYING_AGAIN


async def test_tenants_come_go_and_change_and_the_others_are_not_touched() -> None:
    async with hosted("a", "b") as stage:
        changed = order("b", standby=True)
        await stage.hosting.apply({"b": changed, "c": order("c")})
        await stage.until(lambda: set(stage.states().values()) == {State.LEADING})
        assert set(stage.states()) == {"b", "c"}
        assert (stage.begun("a"), stage.begun("b"), stage.begun("c")) == (1, 2, 1)
        await stage.hosting.apply({"b": changed, "c": order("c"), **orders("a")})
        assert (stage.begun("b"), stage.begun("c")) == (2, 1)


async def test_the_process_ends_when_nobody_is_left() -> None:
    stage = Stage()
    await stage.hosting.apply(orders("a", "b"))
    running = asyncio.create_task(stage.hosting.run(stage.stopped))
    await stage.until(lambda: len(stage.starts) == 2)
    stage.fail("a", LEFT[0])
    await asyncio.sleep(0.01)
    assert not running.done()
    stage.fail("b", LEFT[1])
    with pytest.raises(JournalGone):
        await running


async def test_no_tenants_is_no_end() -> None:
    async with hosted("a") as stage:
        await stage.hosting.apply({})
        await asyncio.sleep(0.01)
        assert not stage.hosting.standings
        await stage.hosting.apply(orders("b"))
        await stage.until(lambda: stage.states() == {"b": State.LEADING})


def test_pauses_grow_and_end() -> None:
    pauses = [failures.pause_s(count) for count in range(1, 40)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == failures.PAUSE_S_MAX
