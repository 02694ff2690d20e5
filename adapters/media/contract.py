"""Contract tests for media, for whoever writes one: killed between any two steps, nothing is lost.

The author of a medium gives a rig: the other side, real or made for the test, and the medium on it.
:func:`check_medium` lets customers write and agents answer, ends the medium at each step that it
takes at its desk, before the step is done and after, starts it again as a new process would, and
holds what has come about against what must (docs/media.md#tests)::

    steps = await check_medium(make_rig, tmp_path)
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from pathlib import Path
from typing import Final, Protocol

from adapters.media.checkpoint import CheckpointFile
from adapters.media.notebook import Notebook, NotebookDesk
from adapters.media.plugin import Medium
from router.errors import OneQueueError

__all__ = ("ContractBroken", "Rig", "check_medium")

ARRIVALS: Final = 2
LOOK_S: Final = 0.005
PATIENCE_S: Final = 60.0
STEPS_MAX: Final = 200


class ContractBroken(OneQueueError):
    """A medium has lost or doubled something, or does not come to an end."""


class Rig(Protocol):
    """The other side of a medium, and the medium on it; a fresh one for each step."""

    deduplicates: bool
    """Whether customers receive a message once that is sent twice with the same id."""

    def medium(self) -> Medium:
        """The medium as a new process would make it."""
        ...

    async def arrive(self, text: str) -> None:
        """Let a customer write this."""
        ...

    async def received(self) -> Sequence[str]:
        """The texts that customers have received, each as often as they did."""
        ...


async def check_medium(
    make_rig: Callable[[], AbstractAsyncContextManager[Rig]],
    folder: Path,
    *,
    patience_s: float = PATIENCE_S,
) -> int:
    """Check a medium, and say how many steps it was ended at; ``folder`` is for what it remembers.

    Raises :class:`ContractBroken`.
    """
    for step in itertools.count():
        if step > STEPS_MAX:
            raise ContractBroken(f"the medium takes more than {STEPS_MAX} steps for {ARRIVALS}")
        async with make_rig() as rig:
            own = folder / f"step-{step}"
            own.mkdir()
            trial = _Trial(rig, own / "checkpoint.json", step, patience_s)
            if not await trial.run():
                return step
    raise AssertionError  # pragma: no cover  # the count has no end


class _Trial:
    """One life of a medium, ended at a step, and the one after it."""

    def __init__(self, rig: Rig, checkpoint: Path, step: int, patience_s: float) -> None:
        self._rig = rig
        self._checkpoint = CheckpointFile(checkpoint)
        self._step = step
        self._patience_s = patience_s
        self._notebook = Notebook()
        self._texts = [f"message {number} of {step}" for number in range(ARRIVALS)]

    async def run(self) -> bool:
        """Whether it came to the step at all. Raises :class:`ContractBroken`."""
        for text in self._texts:
            await self._rig.arrive(text)
        desk = self._desk(self._step)
        was_ended = await self._live(desk)
        if was_ended:
            await self._live(self._desk(-1))
        await self._hold(was_ended, f"ended at step {self._step} ({desk.at})")
        return was_ended

    def _desk(self, end_at: int) -> NotebookDesk:
        return NotebookDesk(self._notebook, self._checkpoint, end_at)

    async def _live(self, desk: NotebookDesk) -> bool:
        """Let the medium work until all is done (False), or it was ended (True)."""
        running = asyncio.create_task(self._rig.medium().run(desk, desk.stop))
        try:
            async with asyncio.timeout(self._patience_s):
                while not desk.has_ended and not self._notebook.is_done(self._texts):
                    if running.done():
                        break
                    await asyncio.sleep(LOOK_S)
                if not desk.has_ended:
                    desk.stop.set()
                    await running
        except TimeoutError:
            raise ContractBroken(self._what_lacks(desk)) from None
        finally:
            running.cancel()
            with suppress(BaseException):
                await running
        return desk.has_ended

    async def _hold(self, was_ended: bool, when: str) -> None:  # noqa: FBT001  # of one's own
        for text in self._texts:
            names = self._notebook.names_of(text)
            if len(names) != 1:
                told = f"stands under {len(names)} ids ({', '.join(names)})"
                raise ContractBroken(f"{when}: what a customer wrote once {told}")
        received = await self._rig.received()
        for reply in self._notebook.replies:
            times = sum(reply.text in text for text in received)
            if not times or (times > 1 and (self._rig.deduplicates or not was_ended)):
                raise ContractBroken(f"{when}: a customer received a reply {times} times")

    def _what_lacks(self, desk: NotebookDesk) -> str:
        lacking = [text for text in self._texts if not self._notebook.names_of(text)]
        unsent = [
            one.text for one in self._notebook.replies if one.message_id in self._notebook.unsent
        ]
        told = f"lost: {lacking}; not sent: {unsent}" if lacking or unsent else "it does not end"
        return f"started after step {self._step} ({desk.at}), within {self._patience_s:g} s: {told}"
