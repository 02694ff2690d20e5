"""What is done when the journal lacks records, and when not even that is known."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from router.errors import RecordsLost, TailLost
from router.outage import Outage
from router.persistence import Persistence, wait_at_most
from router.ports import Journal
from tests.tenant import Notes


async def test_who_remembers_nothing_does_not_go_on_as_if_nothing_were_missing() -> None:
    notes, nothing = Notes(), cast("Any", None)
    persistence = Persistence(
        cast("Journal", nothing), notes, Outage(notes), asyncio.Event(), nothing
    )
    with pytest.raises(RecordsLost, match="the journal ends at 1-7, our last record is 1-9"):
        await persistence.repair(TailLost("1-9", "1-7"))


async def test_waiting_ends_with_the_event_or_the_time() -> None:
    event = asyncio.Event()
    await wait_at_most(event, 0.001)
    event.set()
    async with asyncio.timeout(10):
        await wait_at_most(event, 60.0)
