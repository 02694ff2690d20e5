"""What a process of ours has said in its log of JSON lines."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from router.errors import OneQueueError

__all__ = ("NotStarted", "last_words", "said")

PATIENCE_S: Final = 60.0
POLL_S: Final = 0.05
TAIL_LINES: Final = 15


class NotStarted(OneQueueError):
    """A process has not come up; the text ends with its last lines."""


def last_words(log: Path) -> str:
    """The last lines of a log."""
    lines = log.read_text(errors="replace").splitlines()
    return "\n".join(lines[-TAIL_LINES:])


async def said(
    log: Path, event: str, wait_s: float = PATIENCE_S, **having: object
) -> dict[str, Any]:
    """The first line of a log about an event that has these fields. Raises :class:`NotStarted` when
    it does not come."""
    wanted = {"event": event, **having}.items()
    deadline_s = time.monotonic() + wait_s
    while time.monotonic() < deadline_s:
        found = next((line for line in _lines(log) if wanted <= line.items()), None)
        if found is not None:
            return found
        await asyncio.sleep(POLL_S)
    raise NotStarted(f"{log.stem} has not said {event!r}:\n{last_words(log)}")


def _lines(log: Path) -> Iterator[dict[str, Any]]:
    for line in log.read_text(errors="replace").splitlines():
        # the last line may be half-written
        if line.startswith("{") and line.endswith("}"):
            yield json.loads(line)
