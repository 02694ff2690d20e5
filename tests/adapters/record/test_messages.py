"""What is said comes into the record once, is found by customer, and goes with them."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.media.dialogues import Delivery, Dialogues
from adapters.media.message import Address, Attachment, Message
from adapters.record.database import Database
from adapters.record.errors import RecordFenced
from adapters.record.messages import Feed
from adapters.record.people import find_identity
from adapters.record.position import take_over
from adapters.record.reading import messages_of, record_of
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint
from tests.adapters.record.told import Floor, follower_of, rows_of
from tests.tenant import running_service

pytestmark = [
    pytest.mark.servers,
    pytest.mark.parametrize("session_server", ["valkey"], indirect=True),
]


def message(name: str, at_ms: int, **more: Any) -> Message:
    given: dict[str, Any] = {"direction": "in", "conversation_id": "k2", "text": f"text {name}"}
    given |= {"account": "desk", "channel": "chat", **more}
    return Message(message_id=name, at_ms=at_ms, **given)


async def test_each_message_once_with_what_became_of_it(
    server: EmbeddedServer, record_url: str, database: Database
) -> None:
    endpoint, keys = Endpoint(server.url), Keys("t")
    dialogues, feed = Dialogues(endpoint, keys), Feed(endpoint, keys)
    mia = Address(medium="email", address="Mia@example.org")
    file = Attachment(uri="https://files.example/1", name="bill.pdf")
    async with running_service(server.url), follower_of(server, record_url, database) as follower:
        await dialogues.say(message("m1", 1, sender=mia, attachments=(file,)), "")
        assert await follower.hear_next(feed) == 1
        (early,) = (await rows_of(database))["messages"]
        assert (early["customer_id"], early["text"]) == ("", "text m1")
        floor = Floor(server)
        await floor.create("i2", channel="chat", conversation_id="k2")
        await floor.create("i3", channel="chat", conversation_id="k2", customer_id="c2")
        while await follower.step():
            pass
        reply = message("m2", 2, direction="out", agent_id="ann", subject="a\x00b")
        await dialogues.say(reply, "")
        await dialogues.say(message("m3", 3, sender=mia, customer_id="c2"), "")
        await dialogues.say(message("m3", 3, sender=mia, customer_id="c2"), "")
        await dialogues.deliver("desk", "m2", Delivery("delivered"))
        await dialogues.say(message("m4", 4, conversation_id="other"), "")
        await server_forgets(floor, "other")
        assert await follower.hear_next(feed) == 4
        assert await follower.hear_next(feed) == 0
        async with database.session() as session:
            said = await messages_of(session, "t", ["c2"], None, 10)
            assert [(one.message_id, one.delivery) for one in said] == [
                ("m3", ""),
                ("m2", "delivered"),
                ("m1", ""),
            ]
            assert said[1].subject == "a\ufffdb"
            assert said[2].attachments == ["https://files.example/1"]
            view, _ = await record_of(session, "t", "c2", 0, 10)
            assert [one.text for one in view.messages] == ["text m3", "text m2", "text m1"]
            known = await find_identity(session, "t", "email", "mia@EXAMPLE.org")
            assert (known.customer_id, known.source) == ("c2", "messages")
        await take_over(database, "t")
        await dialogues.say(message("m5", 5), "")
        with pytest.raises(RecordFenced):
            await follower.hear_next(feed)
        assert len((await rows_of(database))["messages"]) == 3
        await follower.erase({"i2": None})
        assert (await rows_of(database))["messages"] == []
    await feed.close()
    await dialogues.close()


async def server_forgets(floor: Floor, conversation: str) -> None:
    """A dialogue has run out before anybody took it in."""
    floor.tenant.client.delete(floor.tenant.keys.dialogue(conversation))
