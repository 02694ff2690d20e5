from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from benchmarks.demo.processes import ChildDied, Children

SLEEPS = ("timeit", ["-n1", "-r1", "import time; time.sleep(60)"])
FAILS = ("timeit", ["-n1", "-r1", "raise SystemExit('out of coffee')"])
ENDS = ("timeit", ["-n1", "-r1", "pass"])


async def forever() -> None:
    await asyncio.Event().wait()


async def test_a_child_that_fails_is_told_with_its_last_lines(tmp_path: Path) -> None:
    children = Children(tmp_path)
    await children.start("clerk", *FAILS, may_end=True)
    with pytest.raises(ChildDied, match="clerk ended with status 1") as caught:
        await children.supervise(forever())
    assert "out of coffee" in caught.value.log_tail


async def test_a_child_that_must_not_end_may_not_even_end_well(tmp_path: Path) -> None:
    children = Children(tmp_path)
    await children.start("clerk", *ENDS)
    with pytest.raises(ChildDied, match="status 0"):
        await children.supervise(forever())


async def test_one_whose_work_is_done_may_end(tmp_path: Path) -> None:
    children = Children(tmp_path)
    await children.start("clerk", *ENDS, may_end=True)
    await children.start("guard", *SLEEPS)

    async def ended() -> str:
        async with asyncio.timeout(20):
            while "loop" not in children.log("clerk").read_text():  # noqa: ASYNC110  (a file)
                await asyncio.sleep(0.02)
        return "done"

    assert await children.supervise(ended()) == "done"
    await children.stop_all()


async def test_stopping_is_no_death(tmp_path: Path) -> None:
    children = Children(tmp_path)
    await children.start("clerk", *SLEEPS)

    async def work() -> str:
        await children.stop("clerk")
        await children.stop("clerk")
        return "done"

    async with asyncio.timeout(20):
        assert await children.supervise(work()) == "done"


async def test_nothing_of_a_program_outlives_it(tmp_path: Path) -> None:
    children = Children(tmp_path)
    leaves_one = f"{sys.executable} -c 'import time; time.sleep(60)' & echo $! $$; exec sleep 60"
    await children.start_program("front", ["sh", "-c", leaves_one])
    async with asyncio.timeout(30):
        while len(pids := children.log("front").read_text().split()) < 2:  # noqa: ASYNC110  (a file)
            await asyncio.sleep(0.02)
        left, leader = map(int, pids)
        os.kill(leader, signal.SIGKILL)
        with pytest.raises(ChildDied, match="front ended with status -9"):
            await children.supervise(forever())
        while _lives(left):  # noqa: ASYNC110  (a process)
            await asyncio.sleep(0.02)


def _lives(pid: int) -> bool:
    """Whether it runs; one that has ended may still be waited for, where nobody does so."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def test_errors_of_the_work_come_through(tmp_path: Path) -> None:
    async def fail() -> None:
        raise ValueError("nothing to do with children")

    with pytest.raises(ValueError, match="nothing to do"):
        await Children(tmp_path).supervise(fail())
