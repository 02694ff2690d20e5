"""An agent's desktop through the client: over a real WebSocket, and over one that is cut."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TypeVar

import pytest

from adapters.client import (
    Assigned,
    BadAnswer,
    Desktop,
    DesktopClosed,
    DialogueShown,
    Message,
    MessageDelivered,
    MessageSaid,
    Offered,
    OneQueue,
    Picture,
    Refused,
    Released,
    Retries,
)
from adapters.client.desktop_messages import Missed, Standing, Welcome
from adapters.client.desktop_session import GONE, DesktopSession
from tests.adapters.client.conftest import Line
from tests.served import Served

QUICK = Retries(first_s=0.01, most_s=0.2)

M = TypeVar("M", bound=Message)


async def next_of(desk: Desktop, kind: type[M]) -> M:
    """The next message of this kind."""
    async with asyncio.timeout(60):
        async for message in desk:
            if isinstance(message, kind):
                return message
    raise AssertionError


def welcome(state: str, *missed: Missed, resumed: bool = True) -> Welcome:
    standing = Standing(state=state)
    return Welcome(
        agent_id="anna",
        position="1-9",
        resumed=resumed,
        standing=standing,
        heartbeat_s=5.0,
        missed=missed,
    )


def presence(position: str, state: str, reason: str) -> Missed:
    told = {"type": "agent_state", "agent_id": "anna", "state": state, "reason": reason}
    return Missed(position, told)


def session_that_was_lost(state: str) -> DesktopSession:
    session = DesktopSession("anna", {"state": state})
    session.welcomed(welcome(state, resumed=False))
    session.lost()
    return session


def test_who_was_available_is_so_again_after_a_long_drop() -> None:
    session = session_that_was_lost("available")
    new = session.welcomed(welcome("unavailable", presence("2-1", "unavailable", GONE)))
    assert session.back(new) == {"state": "available"}
    assert session.back(new) == {}


@pytest.mark.parametrize(
    ("before", "now", "reason"),
    [("available", "unavailable", "told to"), ("unavailable", "unavailable", GONE),
     ("available", "available", "")],
)  # fmt: skip
def test_what_somebody_else_has_said_stands(before: str, now: str, reason: str) -> None:
    session = session_that_was_lost(before)
    assert session.back(session.welcomed(welcome(now, presence("2-1", now, reason)))) == {}


def test_only_the_first_hello_says_what_the_agent_is_to_be() -> None:
    session = DesktopSession("anna", {"state": "available"})
    assert session.hello["state"] == "available"
    session.welcomed(welcome("available", resumed=False))
    assert session.hello == {"type": "hello", "id": 0, "agent_id": "anna", "resume": "1-9"}


async def finish(desk: Desktop, interaction_id: str) -> None:
    await desk.complete(interaction_id, outcome="solved")
    await desk.end_wrap_up(interaction_id)
    await next_of(desk, Released)


async def test_an_offer_is_answered(api: Served, queue: OneQueue, anna_key: str) -> None:
    async with OneQueue(api.url, anna_key) as anna, anna.desktop("anna", state="available") as desk:
        assert (await next_of(desk, Picture)).assignments == ()
        assert desk.is_connected
        made = await queue.interactions.create(channel="voice", customer_id="c-1")
        offer = await next_of(desk, Offered)
        assert (offer.interaction_id, offer.customer_id) == (made.interaction_id, "c-1")
        await desk.accept(offer.offer_id)
        await next_of(desk, Assigned)
        with pytest.raises(Refused) as late:
            await desk.decline(offer.offer_id)
        assert late.value.code
        await desk.note(made.interaction_id, "calls again")
        await finish(desk, made.interaction_id)
        await desk.set_presence(state="unavailable", reason="break")
        await desk.log_out()


async def test_a_cut_line_misses_and_repeats_nothing(
    api: Served, queue: OneQueue, anna_key: str, line: tuple[Line, str]
) -> None:
    wire, url = line
    async with (
        OneQueue(url, anna_key, retries=QUICK) as anna,
        anna.desktop("anna", state="available") as desk,
    ):
        await next_of(desk, Picture)
        offers = []
        for number in range(3):
            wire.is_up = False
            wire.cut()
            made = await queue.interactions.create(channel="voice", customer_id=f"c-{number}")
            wire.is_up = True
            offers.append(await next_of(desk, Offered))
            assert offers[-1].interaction_id == made.interaction_id
            wire.cut()
            async with asyncio.timeout(60):
                while not desk.is_connected or wire.connections < 2 * number + 3:  # noqa: ASYNC110  # nobody tells of it
                    await asyncio.sleep(0.01)
            await desk.accept(offers[-1].offer_id)
            assert (await next_of(desk, Assigned)).offer_id == offers[-1].offer_id
            await finish(desk, made.interaction_id)
        assert len({offer.offer_id for offer in offers}) == 3
        await desk.log_out()


async def test_what_is_said_is_heard_once_and_answered(
    api: Served, queue: OneQueue, anna_key: str, line: tuple[Line, str]
) -> None:
    wire, url = line
    async with (
        OneQueue(url, anna_key, retries=QUICK) as anna,
        anna.desktop("anna", state="available") as desk,
    ):
        hear = partial(queue.messages.hear, account="desk", channel="voice")
        said = await hear(message_id="1", text="one")
        place = said.conversation_id
        await desk.accept((await next_of(desk, Offered)).offer_id)
        shown = await next_of(desk, DialogueShown)
        assert [one.text for one in shown.messages] == ["one"]
        wire.is_up = False
        wire.cut()
        await hear(message_id="2", text="two", conversation_id=place)
        wire.is_up = True
        assert (await next_of(desk, MessageSaid)).message.text == "two"
        answered = await desk.say(place, "three")
        heard = await next_of(desk, MessageSaid)
        assert (heard.message.text, heard.message.message_id) == ("three", answered)
        await queue.outgoing.report("desk", answered, state="delivered")
        assert (await next_of(desk, MessageDelivered)).delivery.state == "delivered"
        await finish(desk, said.interaction_id)
        await desk.log_out()


async def test_another_desktop_takes_over(api: Served, anna_key: str) -> None:
    async with (
        OneQueue(api.url, anna_key) as anna,
        anna.desktop("anna") as first,
        anna.desktop("anna") as second,
    ):
        with pytest.raises(DesktopClosed) as caught:
            async for _ in first:
                pass
        assert caught.value.close_code == 4001
        await second.log_out()


async def test_where_no_desktops_are(api: Served, anna_key: str) -> None:
    async with OneQueue(f"{api.url}/elsewhere", anna_key) as anna:
        with pytest.raises(BadAnswer):
            async with anna.desktop("anna"):
                pass


async def test_whose_desktop_it_is_not(api: Served, anna_key: str) -> None:
    async with OneQueue(api.url, anna_key) as anna:
        with pytest.raises(Refused) as caught:
            async with anna.desktop("ben"):
                pass
    assert caught.value.code == "forbidden"
