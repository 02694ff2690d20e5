"""The window: how far all is done, whatever ends first."""

from __future__ import annotations

import asyncio
from random import Random

from adapters.cloudevents import BEGIN, Position
from adapters.webhooks.window import EVENTS_MAX, Window


async def test_all_up_to_the_position_is_done() -> None:
    random = Random(7)
    window, open_, done = Window(BEGIN), list[Position](), set[Position]()
    positions = [Position(1, lsn, n) for lsn in range(60) for n in range(3)]
    for position in positions:
        if random.random() < 0.3:
            window.passed(position)
            done.add(position)
        else:
            await window.begin(position, position.lsn)
            open_.append(position)
        while open_ and random.random() < 0.6:
            done.add(gone := open_.pop(random.randrange(len(open_))))
            window.done(gone)
        assert all(one in done for one in positions if one <= window.position)
        assert window.oldest_ms == (min(open_).lsn if open_ else 0)
    for one in open_:
        window.done(one)
    assert window.position == positions[-1]


async def test_it_has_room_for_so_many() -> None:
    window = Window(BEGIN)
    for number in range(EVENTS_MAX):
        await window.begin(Position(1, 1, number), 1)
    waiting = asyncio.create_task(window.begin(Position(1, 1, EVENTS_MAX), 1))
    await asyncio.sleep(0.01)
    assert not waiting.done()
    window.done(Position(1, 1, 9))
    await asyncio.wait_for(waiting, 60)
    assert window.position == BEGIN
