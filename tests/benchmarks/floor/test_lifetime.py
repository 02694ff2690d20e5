"""How a command or a process of the floor ends."""

from __future__ import annotations

import asyncio
import os
import signal

from benchmarks.floor.lifetime import run_until_told


def test_work_that_ends_gives_its_result() -> None:
    async def work() -> int:
        return 7

    assert run_until_told(work()) == 7


def test_a_signal_stops_it_and_a_second_one_leaves_it_its_tidying_up() -> None:
    tidied: list[str] = []

    async def work() -> int:
        os.kill(os.getpid(), signal.SIGTERM)
        try:
            await asyncio.sleep(60)
        finally:
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.sleep(0.05)
            tidied.append("all")
        return 7

    assert run_until_told(work()) is None
    assert tidied == ["all"]
