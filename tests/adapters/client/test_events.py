"""Events through the client: over a line that is cut, none missed, none twice."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from adapters.client import BadAnswer, Event, Gone, Invalid, OneQueue, Retries
from adapters.client.events import place_of
from adapters.client.sse import EventLines, ServerSent
from tests.adapters.client.conftest import Line

QUICK = Retries(first_s=0.01, most_s=0.2)


async def test_a_cut_line_misses_and_repeats_nothing(
    admin_key: str, queue: OneQueue, line: tuple[Line, str]
) -> None:
    wire, url = line
    first = await queue.interactions.create(channel="email")
    begin = queue.freshness.position
    made: list[str] = []
    heard: list[Event] = []
    async with OneQueue(url, admin_key, retries=QUICK) as cut:
        events = cut.events(["interaction_created"], from_=begin)
        async with aclosing(events), asyncio.timeout(20):  # type: ignore[type-var]  # a generator
            for number in range(6):
                made.append((await queue.interactions.create(channel="email")).interaction_id)
                if number % 2:
                    wire.cut()
                heard.append(await anext(events))
    assert [event.data["interaction_id"] for event in heard] == made
    assert {event.kind for event in heard} == {"interaction_created"}
    assert heard[0].channel == "email"
    assert wire.connections >= 3
    for name in [first.interaction_id, *made]:
        await queue.interactions.cancel(name)


async def test_where_nothing_was_heard_it_goes_on_from_where_it_began(
    admin_key: str, queue: OneQueue, line: tuple[Line, str]
) -> None:
    wire, url = line
    async with OneQueue(url, admin_key, retries=QUICK) as cut:
        events = cut.events(["interaction_created"])
        heard = asyncio.ensure_future(anext(events))
        while not wire.connections:  # noqa: ASYNC110  # nobody tells of it
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.2)
        wire.is_up = False
        wire.cut()
        made = await queue.interactions.create(channel="email")
        wire.is_up = True
        assert (await asyncio.wait_for(heard, 60)).data["interaction_id"] == made.interaction_id
    await queue.interactions.cancel(made.interaction_id)


async def test_what_cannot_be_followed(queue: OneQueue) -> None:
    with pytest.raises(Invalid):
        await anext(queue.events(["no_such_event"]))
    with pytest.raises(Gone):
        await anext(queue.events(from_="99-1"))


def test_lines_make_events() -> None:
    lines = EventLines()
    told = [": still here", "retry: 5", "", "id: 1-2/0", "data: {", "data:}", "", "id: 1-3", ""]
    found = [event for line in told if (event := lines.take(line)) is not None]
    assert found == [ServerSent("{\n}", "1-2/0"), ServerSent("", "1-3")]


def test_positions_are_ordered() -> None:
    told = ["1-10", "2-0/0", "1-9", "1-10/2", "1-10/0"]
    assert sorted(told, key=place_of) == ["1-9", "1-10/0", "1-10/2", "1-10", "2-0/0"]
    with pytest.raises(BadAnswer):
        place_of("yesterday")
