"""Visitors who go on elsewhere: by e-mail, by a callback, in a call with the same agent."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from tests.chat.house import ChatHouse
from tests.chat.visitor import Visitor, came, fresh_id

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def conversation_of(house: ChatHouse, own_id: str) -> str:
    """Where the message with an id of a widget stands."""
    found = [one async for one in house.queue.interactions.list(channel="chat")]
    return next(one.conversation_id for one in found if one.interaction_id.endswith(own_id))


def is_about(own_id: str, frame: dict[str, Any]) -> bool:
    return bool(frame["id"] == own_id)


async def waits(visitor: Visitor) -> str:
    own_id = await visitor.say("My bill is too high.")
    await visitor.taken(own_id)
    await visitor.stands("waiting")
    return own_id


@pytest.mark.parametrize(
    ("to", "address", "medium", "account"),
    [
        ("email", "mia@example.org", "email", "support@example.com"),
        ("callback", "+49 30 1234567", "phone", "callbacks"),
    ],
)
async def test_a_visitor_goes_on_elsewhere(
    house: ChatHouse, to: str, address: str, medium: str, account: str
) -> None:
    async with house.chat() as chat, came(chat.url) as visitor:
        conversation = await conversation_of(house, await waits(visitor))
        asked = {"id": fresh_id(), "to": to, "address": address, "text": "Please do."}
        for _ in range(2):  # told again, as after a crash, it is the same
            await visitor.ask("move", **asked)
        await visitor.taken(asked["id"])
        assert (await visitor.stands("over"))["moved_to"] == to
        (left,) = await house.chats(conversation)
        assert (left.state, left.reason) == ("cancelled", f"moved_to_{to}")
        (there,) = await house.chats(conversation, to)
        assert there.state == "queued"
        said = [one for one in await house.dialogue(conversation) if one.channel == to]
        assert [(one.account, one.text) for one in said] == [(account, "Please do.")]
        assert said[0].sender is not None
        assert (said[0].sender.medium, said[0].sender.address) == (medium, address)
        # what is answered there is to be sent there, and not shown here
        await house.queue.conversations.say(conversation, text="By another way.")
        (waiting,) = await house.queue.outgoing.list(account)
        assert waiting.message.recipients[0].address == address
        await house.queue.outgoing.report(account, waiting.message.message_id, state="sent")
        await visitor.taken(await visitor.say("one more thing"))
        await visitor.until("message", lambda one: one["text"] == "one more thing")
        assert "By another way." not in [text for _, text in visitor.texts()]
        await house.queue.interactions.cancel(there.interaction_id)


async def test_who_is_with_an_agent_is_called_by_them(house: ChatHouse) -> None:
    await house.login("cem")
    async with house.chat() as chat, came(chat.url) as visitor:
        assert visitor.heard[0]["can_call"]
        own_id = await visitor.say("It is complicated.")
        await visitor.taken(own_id)
        await visitor.stands("with_agent")
        asked = {"id": fresh_id(), "number": "+49 30 1234567", "text": "Call me: +49 30 1234567"}
        for _ in range(2):
            await visitor.ask("call", **asked)
        await visitor.taken(asked["id"])
        conversation = await conversation_of(house, own_id)
        (call,) = await house.chats(conversation, "voice")
        offers = (await house.queue.agents.get("cem")).offers
        assert (call.state, call.offers) == ("offered", offers)
        assert call.attributes == {"number": "+49 30 1234567"}
        assert call.link is not None
        assert (call.link.kind, call.link.interaction_id) == (
            "moved",
            (await house.chats(conversation))[0].interaction_id,
        )
        assert [one.text for one in await house.dialogue(conversation)][-1] == asked["text"]
        await house.queue.interactions.cancel(call.interaction_id)
    await house.logout("cem")


async def test_what_is_not_offered_is_refused(house: ChatHouse) -> None:
    async with house.chat(email=None, call=None) as chat, came(chat.url) as visitor:
        assert not visitor.heard[0]["can_call"]
        await waits(visitor)
        text = {"text": "please"}
        refused = {
            "not_offered": ("move", {"to": "email", "address": "mia@example.org"}),
            "bad_address": ("move", {"to": "callback", "address": "<script>"}),
            "no_number": ("call", {"number": "soon"}),
        }
        for code, (kind, fields) in refused.items():
            own_id = fresh_id()
            await visitor.ask(kind, id=own_id, **fields, **text)
            found = await visitor.until("refused", partial(is_about, own_id))
            assert found["code"] == code.replace("no_number", "bad_address")
        await visitor.ask("call", id=(own_id := fresh_id()), number="+49301234", **text)
        found = await visitor.until("refused", lambda one: one["id"] == own_id)
        assert found["code"] == "not_offered"


async def test_nobody_is_called_by_no_agent(house: ChatHouse) -> None:
    async with house.chat() as chat, came(chat.url) as visitor:
        await waits(visitor)
        await visitor.ask("call", id=(own_id := fresh_id()), number="+49301234", text="please")
        found = await visitor.until("refused", lambda one: one["id"] == own_id)
        assert found["code"] == "no_agent"


async def test_other_media_are_offered_once_the_wait_is_long(house: ChatHouse) -> None:
    soon = {"account": "support@example.com", "channel": "email", "after_wait_s": 1}
    late = {"account": "callbacks", "channel": "callback", "after_wait_s": 3_600}
    async with house.chat(email=soon, callback=late) as chat, came(chat.url) as visitor:
        await waits(visitor)
        found = await visitor.until("standing", lambda one: one.get("moves") == ["email"])
        assert found["state"] == "waiting"
