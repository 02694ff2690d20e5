"""The process of one adapter: its medium runs, and is started again when it has failed."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import structlog

from adapters.archive.errors import ArchiveUnusable
from adapters.archive.lock import locked
from adapters.client import ClientError, OneQueue, Retries
from adapters.client.retries import DEFAULT_RETRIES
from adapters.media.checkpoint import CheckpointFile
from adapters.media.desk import ApiDesk
from adapters.media.document import AdapterFile
from adapters.media.meters import MediaMeters
from adapters.media.plugin import DeskClosed, Medium, MediumUnavailable
from adapters.process.stop_signals import stop_signals
from router.errors import CallerError

__all__ = ("MediumHealth", "StateInUse", "open_queue", "run_medium", "serve_medium")

PASSING: Final = (DeskClosed, MediumUnavailable, ClientError, OSError)
"""What a medium may raise that another start may mend."""

CHECKPOINT: Final = "checkpoint.json"
GRACE_S: Final = 10.0
"""How long a medium may take to end once it is asked to."""

PAUSE_S_FIRST: Final = 0.2
PAUSE_S_MAX: Final = 60.0
HELD_S: Final = 60.0
"""A medium that has run for so long had not failed at once: the next pause is short again."""


class StateInUse(CallerError):
    """Another process works with an adapter's state."""

    def __init__(self, state: Path) -> None:
        super().__init__(state)
        self.state = state

    def __str__(self) -> str:
        return f"{self.state}: another adapter works with this state; give each a folder of its own"


class MediumHealth:
    """How an adapter is: ready while its other side can be reached."""

    def __init__(self) -> None:
        self.desk: ApiDesk | None = None

    def is_alive(self) -> bool:
        """While it runs at all: what fails is started again."""
        return True

    def is_ready(self) -> bool:
        """Whether it can be reached."""
        return self.desk is not None and self.desk.is_connected

    def details(self) -> Mapping[str, Any]:
        """Why not."""
        return {"ready": self.is_ready(), "why": self.desk.why if self.desk else "starting"}


def open_queue(file: AdapterFile, key: str, retries: Retries = DEFAULT_RETRIES) -> OneQueue:
    """A client of the API that an adapter's file names."""
    verify = ssl.create_default_context(cafile=file.api_ca) if file.api_ca else True
    return OneQueue(file.api, key, retries=retries, verify=verify)


async def serve_medium(
    medium: Medium,
    file: AdapterFile,
    key: str,
    *,
    meters: MediaMeters,
    health: MediumHealth,
    logger: structlog.stdlib.BoundLogger,
) -> None:
    """Let a medium work until SIGTERM or SIGINT. Raises :class:`StateInUse`, and what is a fault of
    the medium."""
    stop = asyncio.Event()
    try:
        with locked(file.state):
            checkpoint = CheckpointFile(file.state / CHECKPOINT)
            async with open_queue(file, key, Retries(attempts=1)) as queue:
                health.desk = ApiDesk(
                    queue, file.account, checkpoint, stop, meters=meters, logger=logger
                )
                with stop_signals(stop.set):
                    await run_medium(medium, health.desk, stop, meters, logger)
    except ArchiveUnusable:
        raise StateInUse(file.state) from None
    logger.info("stopped")


async def run_medium(
    medium: Medium,
    desk: ApiDesk,
    stop: asyncio.Event,
    meters: MediaMeters,
    logger: structlog.stdlib.BoundLogger,
) -> None:
    """Let a medium work at a desk until the event is set, or it has ended by itself."""
    loop, failed = asyncio.get_running_loop(), 0
    while not stop.is_set():
        began_s = loop.time()
        try:
            await _until_stopped(medium, desk, stop)
        except Exception as raised:
            error = _passing(raised)
            if error is None:
                raise
            if isinstance(error, DeskClosed):
                return
            failed = 1 if loop.time() - began_s >= HELD_S else failed + 1
            desk.failed(str(error) or type(error).__name__)
            meters.restarts.inc()
            if failed == 1:
                logger.warning("the medium has failed, starting it again", error=desk.why)
            pause_s = min(PAUSE_S_MAX, PAUSE_S_FIRST * 2.0 ** min(failed - 1, 20))
            with suppress(TimeoutError):
                async with asyncio.timeout(pause_s):
                    await stop.wait()
        else:
            return


def _passing(error: Exception) -> Exception | None:
    """The error, or the first of a group, if another start may mend it; None: it is a fault."""
    if isinstance(error, ExceptionGroup):
        passing = [_passing(each) for each in error.exceptions]
        failed = [each for each in passing if not isinstance(each, DeskClosed)]
        return None if None in passing else (failed or passing)[0]
    return error if isinstance(error, PASSING) else None


async def _until_stopped(medium: Medium, desk: ApiDesk, stop: asyncio.Event) -> None:
    """Run it; once it is to end it may take a while."""
    running = asyncio.create_task(medium.run(desk, stop))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not running.done():
            await asyncio.wait({running}, timeout=GRACE_S)
        if running.done():
            running.result()
    finally:
        running.cancel()
        stopping.cancel()
        await asyncio.gather(running, stopping, return_exceptions=True)
