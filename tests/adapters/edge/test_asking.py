"""Asking: in time or not at all, in bounded numbers, and not whoever keeps failing."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from adapters.edge.answers import Answer
from adapters.edge.asking import Asking, Outcome, SourceError
from adapters.edge.breaker import Breaker
from adapters.edge.functions import FunctionSource
from adapters.edge.threads import Threads


def ignore() -> None:
    pass


class Scripted:
    """A source that does what it is told, one question after another."""

    def __init__(self, *script: object) -> None:
        self.script = list(script)

    async def ask(self, interaction: Mapping[str, Any], begin: Callable[[], None]) -> Answer:
        begin()
        step = self.script.pop(0)
        if isinstance(step, Exception):
            raise step
        if isinstance(step, float):
            await asyncio.sleep(step)
        return Answer()

    def close(self) -> None:
        pass


class Stubborn:
    """A source that does not let itself be cancelled."""

    def __init__(self) -> None:
        self.released = asyncio.Event()

    async def ask(self, interaction: Mapping[str, Any], begin: Callable[[], None]) -> Answer:
        begin()
        while not self.released.is_set():
            try:
                await self.released.wait()
            except asyncio.CancelledError:
                continue
        return Answer()

    def close(self) -> None:
        pass


async def test_outcomes() -> None:
    source = Scripted(None, SourceError("no"), ValueError("secret"), 9.0)
    asking = Asking(source, 0.05, Breaker(10, 1.0))
    found = [await asking.ask({}) for _ in range(4)]
    assert [each.outcome for each in found] == ["answered", "failed", "failed", "late"]
    assert [each.reason for each in found[1:3]] == ["no", "ValueError"]
    assert found[3].took_s >= 0.05


async def test_who_ignores_the_end_is_left_alone() -> None:
    source = Stubborn()
    begin_s = time.monotonic()
    assert (await Asking(source, 0.05, Breaker(10, 1.0)).ask({})).outcome is Outcome.LATE
    assert time.monotonic() - begin_s < 30.0
    source.released.set()
    await asyncio.sleep(0)


async def test_whose_turn_does_not_come_is_no_failure_of_whom_it_asks() -> None:
    release = threading.Event()
    source = FunctionSource(lambda _: release.wait() and None, Threads(1))
    asking = Asking(source, 0.1, Breaker(2, 60.0))
    found = await asyncio.gather(*[asking.ask({}) for _ in range(4)])
    outcomes = [each.outcome for each in found]
    assert outcomes == ["late", "crowded", "crowded", "crowded"]
    for outcome in outcomes:
        asking.judge(outcome)
    assert not asking.breaker.pausing
    release.set()
    await asyncio.sleep(0.05)
    assert (await asking.ask({})).outcome is Outcome.ANSWERED


async def test_a_breaker_stops_asking_and_tries_again() -> None:
    now_s = 100.0
    source = Scripted(*[SourceError("no")] * 3, None, None)
    asking = Asking(source, 1.0, Breaker(2, 10.0), monotonic=lambda: now_s)

    async def ask() -> str:
        outcome = (await asking.ask({})).outcome
        asking.judge(outcome)
        return outcome.value

    assert [await ask() for _ in range(4)] == ["failed", "failed", "paused", "paused"]
    now_s += 10.0
    assert [await ask(), await ask()] == ["failed", "paused"]
    now_s += 10.0
    assert [await ask(), await ask()] == ["answered", "answered"]
    assert not asking.breaker.pausing


def test_one_question_alone_decides_after_a_pause() -> None:
    breaker = Breaker(1, 10.0)
    breaker.failed(0.0)
    assert [breaker.passes(at) for at in (9.9, 10.0, 10.0, 19.9, 20.0)] == [
        False, True, False, False, True,
    ]  # fmt: skip


async def test_threads_that_hang_keep_their_slots_and_no_others() -> None:
    release, threads = threading.Event(), Threads(2)
    hanging = [asyncio.create_task(threads.run(release.wait, ignore)) for _ in range(2)]
    await asyncio.sleep(0.01)
    for task in hanging:
        task.cancel()
    await asyncio.gather(*hanging, return_exceptions=True)
    third = asyncio.create_task(threads.run(lambda: 3, ignore))
    await asyncio.sleep(0.05)
    assert not third.done()
    release.set()
    assert await third == 3


async def test_what_a_thread_raises_is_raised() -> None:
    def fail() -> None:
        raise KeyError("x")

    (found,) = await asyncio.gather(Threads(1).run(fail, ignore), return_exceptions=True)
    assert isinstance(found, KeyError)
