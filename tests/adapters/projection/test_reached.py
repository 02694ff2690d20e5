"""Waiting for an entry of the inbound stream."""

from __future__ import annotations

import asyncio

import pytest

from adapters.projection.reached import Reached


async def test_each_waits_for_its_own_entry_in_whatever_order_they_come() -> None:
    reached = Reached()
    waits = {entry: asyncio.create_task(reached.wait(entry)) for entry in ("10-0", "9-1", "9-0")}
    await asyncio.sleep(0)
    reached.advance("9-0")
    await asyncio.sleep(0)
    assert [entry for entry, wait in waits.items() if wait.done()] == ["9-0"]
    waits["9-1"].cancel()
    reached.advance("10-0")
    await asyncio.gather(*waits.values(), return_exceptions=True)
    assert waits["10-0"].result() is None
    with pytest.raises(asyncio.CancelledError):
        waits["9-1"].result()


async def test_what_was_decided_already_is_not_waited_for() -> None:
    reached = Reached()
    reached.advance("9-5")
    await asyncio.wait_for(reached.wait("9-5"), 1)
