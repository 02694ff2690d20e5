"""Visitors of a real chat, on a real router and API."""

from __future__ import annotations

import time

import pytest

from adapters.chat.medium import Chat
from adapters.chat.tokens import Tokens
from tests.chat.house import ChatHouse, until
from tests.chat.visitor import Visitor, came, fresh_id

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_a_chat_from_the_first_word_to_the_last(house: ChatHouse) -> None:
    async with house.chat() as chat, came(chat.url) as visitor:
        token = visitor.heard[0]["token"]
        own_id = await visitor.say("My bill is too high.")
        await visitor.taken(own_id)
        waiting = await visitor.stands("waiting")
        assert (waiting["position"], waiting["moves"]) == (1, ["email", "callback"])
        said = await visitor.until("message")
        assert (said["id"], said["by"], said["text"]) == (own_id, "visitor", "My bill is too high.")
        await house.login("anna", attributes={"name": "Anna Berg"})
        assert (await visitor.stands("with_agent"))["agent"] == "Anna Berg"
        (held,) = (await house.queue.agents.get("anna")).held
        about = await house.queue.interactions.get(held.interaction_id)
        reply = await house.queue.conversations.say(about.conversation_id, text="I look at it.")
        heard = await visitor.until("message", lambda one: one["by"] == "agent")
        assert (heard["id"], heard["text"], heard["name"]) == (
            reply.message_id,
            "I look at it.",
            "Anna Berg",
        )
        await visitor.ask("had", order=heard["order"])

        async def is_delivered() -> bool:
            *_, last = await house.dialogue(about.conversation_id)
            return last.delivery is not None and last.delivery.state == "delivered"

        await until(is_delivered)
        await house.logout("anna")
        await visitor.stands("over")
        assert token


async def test_whoever_comes_back_has_everything_once(house: ChatHouse) -> None:
    async with house.chat() as chat:
        async with came(chat.url) as visitor:
            token = visitor.heard[0]["token"]
            for text in ("one", "two"):
                await visitor.taken(await visitor.say(text))
            had = await visitor.until("message", lambda one: one["text"] == "one")
        async with came(chat.url, token, after=had["order"]) as again:
            assert not again.heard[0]["is_new"]
            await again.until("message", lambda one: one["text"] == "two")
            await again.taken(await again.say("three"))
            await again.until("message", lambda one: one["text"] == "three")
            assert again.texts() == [("visitor", "two"), ("visitor", "three")]
        async with came(chat.url, token) as anew:
            await anew.until("message", lambda one: one["text"] == "three")
            assert [text for _, text in anew.texts()] == ["one", "two", "three"]


async def test_what_is_said_again_stands_once(house: ChatHouse) -> None:
    async with house.chat() as chat, came(chat.url) as visitor:
        own_id = fresh_id()
        for _ in range(3):
            await visitor.say("just once", own_id)
        await visitor.taken(own_id)
        await visitor.taken(await visitor.say("and on"))
        conversation = conversation_of(chat, house, visitor)
        assert [one.text for one in await house.dialogue(conversation)] == ["just once", "and on"]
        assert len(await house.chats(conversation)) == 1


async def test_another_process_with_the_same_state_knows_the_session(house: ChatHouse) -> None:
    async with house.chat(account="twice", leaves=True) as chat, came(chat.url) as visitor:
        token = visitor.heard[0]["token"]
        await visitor.taken(await visitor.say("still here?"))
    async with house.chat(account="twice") as chat, came(chat.url, token) as again:
        await again.until("message", lambda one: one["text"] == "still here?")
        assert (await again.stands("waiting"))["position"] == 1


async def test_nobody_gets_in_with_a_token_that_was_made_up(house: ChatHouse) -> None:
    async with house.chat() as chat, came(chat.url) as visitor:
        token = visitor.heard[0]["token"]
        await visitor.taken(await visitor.say("mine alone"))
        forged = token[:-1] + ("A" if token[-1] != "A" else "B")
        for wrong in (forged, "x", "6912.y.z", "é.é.é"):
            async with came(chat.url, wrong) as other:
                assert other.heard[0]["is_new"]
                assert other.heard[0]["token"] not in {token, wrong}


async def test_a_visitor_who_stays_away_does_not_wait_any_more(house: ChatHouse) -> None:
    async with house.chat(away_s=1) as chat:
        async with came(chat.url) as visitor:
            await visitor.taken(await visitor.say("a moment"))
            conversation = conversation_of(chat, house, visitor)
        await until(lambda: is_over(house, conversation))
        (chat_over,) = await house.chats(conversation)
        assert (chat_over.state, chat_over.reason) == ("cancelled", "visitor_left")


async def test_who_had_a_chat_when_the_process_died_is_missed_too(house: ChatHouse) -> None:
    async with house.chat(account="dies", leaves=True) as chat, came(chat.url) as visitor:
        await visitor.taken(await visitor.say("hello?"))
        conversation = conversation_of(chat, house, visitor)
    async with house.chat(account="dies", away_s=1):
        await until(lambda: is_over(house, conversation))


async def test_an_agent_whose_visitor_is_away_has_room_for_others(house: ChatHouse) -> None:
    await house.login("bea")
    async with house.chat(away_s=1) as chat:
        async with came(chat.url) as visitor:
            token = visitor.heard[0]["token"]
            await visitor.taken(await visitor.say("with you"))
            await visitor.stands("with_agent")
            conversation = conversation_of(chat, house, visitor)

        async def state() -> str:
            return (await house.chats(conversation))[0].state

        await until(lambda: stands(house, conversation, "idle"))
        async with came(chat.url, token) as again:
            assert await state() == "idle"
            await again.taken(await again.say("back again"))
            assert await state() == "assigned"
    await house.logout("bea")


async def test_a_chat_that_is_ended_by_its_visitor(house: ChatHouse) -> None:
    async with house.chat() as chat, came(chat.url) as visitor:
        await visitor.taken(await visitor.say("never mind"))
        await visitor.stands("waiting")
        await visitor.ask("leave")
        await visitor.stands("over")
        conversation = conversation_of(chat, house, visitor)
        (ended,) = await house.chats(conversation)
        assert ended.reason == "ended_by_visitor"
        await visitor.taken(await visitor.say("or yet"))
        _, again = await house.chats(conversation)
        assert again.link is not None
        assert (again.link.kind, again.link.interaction_id) == ("reopened", ended.interaction_id)


async def test_a_page_chooses_among_the_queues_that_it_may(house: ChatHouse) -> None:
    async with house.chat() as chat:
        for asked, found in (("billing", "billing"), ("secret", "general")):
            async with came(chat.url, queue=asked) as visitor:
                await visitor.taken(await visitor.say("hello"))
                (made,) = await house.chats(conversation_of(chat, house, visitor))
                assert made.queue == found


def conversation_of(chat: Chat, house: ChatHouse, visitor: Visitor) -> str:
    """Where a visitor's messages are: from the token, as the chat does it."""
    token = visitor.heard[0]["token"]
    tokens = Tokens(bytes.fromhex(house.secret(chat)), house.accounts[id(chat)])
    found = tokens.session(token, time.time())
    assert found is not None
    return found.conversation_id


async def stands(house: ChatHouse, conversation_id: str, state: str) -> bool:
    found = await house.chats(conversation_id)
    return bool(found) and found[-1].state == state


async def is_over(house: ChatHouse, conversation_id: str) -> bool:
    return await stands(house, conversation_id, "cancelled")
