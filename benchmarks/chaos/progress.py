"""Progress on standard error: one line that changes, or now and then a line in a log."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from typing import Final

from adapters.cli.output import error_console
from benchmarks.chaos.faults import Fault
from benchmarks.chaos.watch import Watch

__all__ = ("Progress",)

TERMINAL_S: Final = 0.5
LOG_S: Final = 10.0


class Progress:
    """Tells how a run of ``length_s`` seconds gets on."""

    def __init__(self, length_s: float) -> None:
        self._length_s = length_s
        self._on_terminal = error_console().is_terminal

    def say(self, words: str) -> None:
        """Tell what begins now."""
        self._write(words)
        if self._on_terminal:
            self._write("\n")

    async def show(self, watch: Watch, faults: Sequence[Fault]) -> None:
        """Tell again and again; does not end."""
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        try:
            while True:
                await asyncio.sleep(TERMINAL_S if self._on_terminal else LOG_S)
                self._write(_line(loop.time() - began_s, self._length_s, watch, faults))
        finally:
            if self._on_terminal:
                self._write("")

    def _write(self, line: str) -> None:
        sys.stderr.write(f"\r\x1b[K{line}" if self._on_terminal else f"{line}\n")
        sys.stderr.flush()


def _line(at_s: float, length_s: float, watch: Watch, faults: Sequence[Fault]) -> str:
    counts = watch.counts
    return (
        f"{_clock(at_s)} of {_clock(length_s)}  {len(faults):,} faults and what clients repeat  "
        f"{counts['leader_started']:,} leads taken  {counts['interaction_created']:,} created  "
        f"{counts['offer_issued']:,} offers  {watch.open:,} open"
    )


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
