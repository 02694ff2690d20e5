"""Erasures in processes of their own: one at a time of a tenant, and none is cut."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import pytest

from adapters.api.problems import ProblemError
from adapters.api.reading import erasures
from adapters.api.reading.erasures import Erasures


def slow(path: Path) -> int:
    """Wait until told, and leave a trace."""
    while not path.with_suffix(".go").exists():
        time.sleep(0.01)
    path.write_text("done")
    return os.getpid()


async def test_one_at_a_time_of_a_tenant_and_none_is_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running, path = Erasures(), tmp_path / "trace"
    first = asyncio.create_task(running.run("a", slow, path))
    await asyncio.sleep(0)
    with pytest.raises(ProblemError, match="of this tenant runs"):
        await running.run("a", os.getpid)
    assert await running.run("b", os.getpid) != os.getpid()
    monkeypatch.setattr(erasures, "RUNNING_MAX", 1)
    with pytest.raises(ProblemError, match="erasures run"):
        await running.run("b", os.getpid)
    # nobody waits for it any more, as when the server drains: it goes on, and is waited for
    first.cancel()
    ending = asyncio.create_task(running.end())
    await asyncio.sleep(0.1)
    assert not ending.done()
    path.with_suffix(".go").touch()
    await ending
    assert path.read_text() == "done"
    await running.end()


async def test_one_that_is_killed_or_takes_too_long_can_be_asked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = Erasures()
    monkeypatch.setattr(erasures, "END_S_MAX", 0.5)
    cut = asyncio.create_task(running.run("a", slow, tmp_path / "never"))
    await asyncio.sleep(0)
    await running.end()
    with pytest.raises(ProblemError, match="ask for it again"):
        await cut
    with pytest.raises(ProblemError, match="ask for it again"):
        await running.run("a", os._exit, 1)
