"""An event loop in virtual time, without sockets or threads, whose order is drawn from a seed.

Time stands still while anything can run and jumps to the next timer when nothing can. Which of the
callbacks that are ready runs next is drawn, so that every order that asyncio allows is met, and
some that only other loops show.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Coroutine
from contextvars import Context, ContextVar
from functools import partial
from random import Random
from typing import Any, TypeVar, TypeVarTuple

__all__ = ("LIFE", "Life", "Runaway", "VirtualLoop")

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class Runaway(AssertionError):
    """Nothing more can ever happen, or far too much does."""


class Life:
    """One process, as the loop sees it: all that runs in its context is its own."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_alive = True
        self.is_frozen = False
        self.steps_left = -1
        """Steps until it is killed, whatever it is doing then; negative: no end is set."""

        self.main: asyncio.Task[Any] | None = None
        self.signals: dict[int, Callable[[], object]] = {}
        self.on_kill: dict[object, Callable[[], None]] = {}
        self._held: list[asyncio.Handle] = []

    def kill(self) -> None:
        """End it as ``kill -9`` does: cut off first, so that what its tasks still do is nothing."""
        if not self.is_alive:
            return
        self.is_alive = self.is_frozen = False
        for cut in list(self.on_kill.values()):
            cut()
        if self.main is not None:
            self.main.cancel()

    def freeze(self) -> None:
        """Let nothing of it run (SIGSTOP)."""
        self.is_frozen = self.is_alive

    def thaw(self, loop: VirtualLoop) -> None:
        """Let it go on (SIGCONT)."""
        self.is_frozen = False
        held, self._held = self._held, []
        loop.make_ready(held)

    def takes(self, handle: asyncio.Handle) -> bool:
        """Whether one of its callbacks may run now; it is kept until later if not."""
        if self.is_frozen:
            self._held.append(handle)
            return False
        if self.steps_left >= 0 and self.is_alive:
            self.steps_left -= 1
            if self.steps_left < 0:
                self.kill()
        return True


LIFE: ContextVar[Life | None] = ContextVar("life", default=None)
"""Whose code is running; None for the world around."""


class _Task(asyncio.Task[Any]):
    """A task that stands in sets by its number, not by its address, which no seed repeats."""

    def __init__(self, number: int, coroutine: Any, **options: Any) -> None:
        # asyncio puts it into a set while it is being made
        self._number = number
        super().__init__(coroutine, **options)

    def __hash__(self) -> int:
        return self._number


class VirtualLoop(asyncio.AbstractEventLoop):
    """``run`` a coroutine; :meth:`time` begins at 0. Without ``shuffles`` all run as they come."""

    def __init__(self, dice: Random, *, shuffles: bool = True, steps_max: int = 2_000_000) -> None:
        self._dice = dice
        self._shuffles = shuffles
        self._steps_left = steps_max
        self._now_s = 0.0
        self._ready: list[asyncio.Handle] = []
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._count = 0
        self.faults: list[dict[str, Any]] = []
        """Exceptions that nobody has taken."""

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run until the coroutine has ended, then end all other tasks."""
        main: asyncio.Task[T] = self.create_task(coroutine, context=Context())
        asyncio._set_running_loop(self)
        try:
            self._until(main)
            self._end_tasks()
        finally:
            asyncio._set_running_loop(None)
        return main.result()

    def make_ready(self, handles: list[asyncio.Handle]) -> None:
        """Let callbacks run that were held back."""
        self._ready += handles

    def _until(self, task: asyncio.Task[Any]) -> None:
        while not task.done():
            self._steps_left -= 1
            if self._steps_left < 0:
                raise Runaway(f"it goes on and on at {self._now_s:.3f} s")
            self._step()

    def _end_tasks(self) -> None:
        left = sorted(asyncio.all_tasks(self), key=hash)
        for task in left:
            task.cancel()
        for task in left:
            self._until(task)

    def _step(self) -> None:
        handle = self._next()
        if handle.cancelled():
            return
        life = handle._context.get(LIFE)  # type: ignore[attr-defined]  # part of no public interface
        if life is None or life.takes(handle):
            handle._run()

    def _next(self) -> asyncio.Handle:
        ready, timers = self._ready, self._timers
        if not ready and not timers:
            raise Runaway(f"nothing more can happen after {self._now_s:.3f} s")
        if not ready:
            self._now_s = max(self._now_s, timers[0][0])
        while timers and timers[0][0] <= self._now_s:
            ready.append(heapq.heappop(timers)[2])
        if not self._shuffles:
            return ready.pop(0)
        index = int(self._dice.random() * len(ready))
        ready[index], ready[-1] = ready[-1], ready[index]
        return ready.pop()

    # --- what asyncio asks of a loop ---

    def time(self) -> float:
        """Seconds since the loop was made."""
        return self._now_s

    def call_soon(
        self,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.Handle:
        """Run it at this moment, in no particular order."""
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def call_at(
        self,
        when: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Run it at a time."""
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        self._count += 1
        heapq.heappush(self._timers, (when, self._count, handle))
        return handle

    def call_later(
        self,
        delay: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Run it after some seconds."""
        return self.call_at(self._now_s + delay, callback, *args, context=context)

    def create_future(self) -> asyncio.Future[Any]:
        """A future of this loop."""
        return asyncio.Future(loop=self)

    def create_task(
        self,
        coro: Any,
        *,
        name: str | None = None,
        context: Context | None = None,
    ) -> asyncio.Task[Any]:
        """A task of this loop."""
        self._count += 1
        return _Task(self._count, coro, loop=self, name=name, context=context)

    def add_signal_handler(self, sig: int, callback: Callable[[*Ts], object], *args: *Ts) -> None:
        """Remember what the process whose code is running does at a signal."""
        life = LIFE.get()
        if life is not None:
            life.signals[sig] = partial(callback, *args)

    def remove_signal_handler(self, sig: int) -> bool:
        """Forget it again."""
        life = LIFE.get()
        return life is not None and life.signals.pop(sig, None) is not None

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Keep what nobody has taken."""
        self.faults.append(context)

    def get_debug(self) -> bool:
        """Without asyncio's own checks, which look at real clocks."""
        return False

    def is_running(self) -> bool:
        """While it runs."""
        return asyncio._get_running_loop() is self

    def is_closed(self) -> bool:
        """There is nothing to close."""
        return False

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """It is passed over when its time comes."""
