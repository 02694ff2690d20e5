"""Delivering from a real journal to real receivers: order, retries, dead letters, stops, replay."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from adapters.cloudevents import EventFilter
from adapters.redis.embedded import EmbeddedServer
from adapters.webhooks.posting import Outcome, Poster, Result
from adapters.webhooks.register import WantedWebhook, WebhookChange
from adapters.webhooks.showing import shown
from adapters.webhooks.subscription import Subscription
from adapters.webhooks.terms import Terms
from tests.adapters.edge.hook import Exchange
from tests.adapters.webhooks.receiver import Delivering, Receiver, delivering, receiving, told_by
from tests.tenant import POLICY, running_service

pytestmark = [
    pytest.mark.servers,
    pytest.mark.parametrize("session_server", ["valkey"], indirect=True),
]
CREATED = EventFilter(types=("interaction_created",))


@pytest.fixture
async def floor(server: EmbeddedServer) -> AsyncIterator[Delivering]:
    async with running_service(server.url), delivering(server) as floor:
        yield floor


async def subscribed(floor: Delivering, receiver: Receiver, **wanted: Any) -> Subscription:
    made = await floor.register.create(WantedWebhook(url=receiver.hook.url, **wanted))
    receiver.secrets += [secret.value for secret in made.secrets]
    return made


def send(floor: Delivering, numbers: range) -> None:
    for n in numbers:
        create = {"type": "create", "interaction_id": f"i{n}", "channel": "voice"}
        floor.tenant.send(
            {**create, "customer_id": f"c{n}", "attributes": {"number": f"+49{n}"}},
            {"type": "note", "interaction_id": f"i{n}", "text": "a note"},
            {"type": "cancel", "interaction_id": f"i{n}"},
        )


async def until_stopped(floor: Delivering, webhook: str) -> str:
    """Why it has stopped, once it has."""
    async with asyncio.timeout(20):
        while (stopped := shown(await floor.register.get(webhook)).stopped) is None:  # noqa: ASYNC110  # nobody tells of it
            await asyncio.sleep(0.01)
    return stopped.why


async def test_all_of_it_once_and_in_its_order(floor: Delivering) -> None:
    with receiving() as receiver:
        made = await subscribed(floor, receiver, begin="begin")
        send(floor, range(60))
        await floor.tenant.until(
            lambda: (
                len(told_by(floor.tenant)) > 180
                and len(receiver.taken) == len(told_by(floor.tenant))
            )
        )
        ids = [event["id"] for event in receiver.taken]
        assert Counter(ids) == Counter(told_by(floor.tenant))
        assert receiver.ids == [f"t/{name}" for name in ids]
        by_subject = defaultdict[str, list[str]](list)
        for event in receiver.taken:
            by_subject[event["subject"]].append(event["type"].split(".")[1])
        assert by_subject["interactions/i7"] == [
            "interaction_created", "interaction_noted", "interaction_cancelled"
        ]  # fmt: skip
        await floor.tenant.until(lambda: floor.counted(made.id, "delivered") == len(ids))

        async def saved() -> str:
            return str(shown(await floor.register.get(made.id)).position)

        newest = floor.tenant.journal().ids[-1]
        for _ in range(100):
            if await saved() == newest:
                break
            await asyncio.sleep(0.01)
        assert await saved() == newest


async def test_filters_and_a_replay(floor: Delivering) -> None:
    with receiving() as receiver:
        made = await subscribed(floor, receiver, filter=CREATED, concurrency=1)
        send(floor, range(3))
        await floor.tenant.until(lambda: len(receiver.taken) == 3)
        first = receiver.taken[0]
        assert first["data"]["attributes"] == {"number": "+490"}
        assert (first["channel"], first["queue"]) == ("voice", "general")
        await floor.register.replay(made.id, first["id"])
        await floor.tenant.until(lambda: len(receiver.taken) == 5)
        again = [event["subject"] for event in receiver.taken[3:]]
        assert again == ["interactions/i1", "interactions/i2"]
        assert receiver.ids[3:] == receiver.ids[1:3]


async def test_what_fails_for_a_while_comes_late_and_nothing_else_does(floor: Delivering) -> None:
    with receiving() as receiver, receiving() as other:
        failed = Counter[str]()

        def answer(event: dict[str, Any], exchange: Exchange) -> int:
            failed[event["id"]] += 1
            return (
                503 if event["subject"] == "interactions/i1" and failed[event["id"]] == 1 else 204
            )

        receiver.answer = answer
        await subscribed(floor, receiver, filter=CREATED)
        await subscribed(floor, other, filter=CREATED)
        send(floor, range(8))
        await floor.tenant.until(lambda: len(other.taken) == 8)
        await floor.tenant.until(lambda: len(receiver.taken) == 8)
        subjects = [event["subject"] for event in receiver.taken]
        assert sorted(subjects) == [f"interactions/i{n}" for n in range(8)]
        assert subjects.index("interactions/i1") > 3
        assert Counter(receiver.ids) == Counter(other.ids)


async def test_what_is_never_taken_becomes_a_dead_letter_and_can_be_sent_again(
    floor: Delivering,
) -> None:
    with receiving() as receiver:
        bad = {"interactions/i0"}
        receiver.answer = lambda event, _: 500 if event["subject"] in bad else 204
        made = await subscribed(floor, receiver, filter=CREATED, concurrency=1)
        send(floor, range(3))
        await floor.tenant.until(lambda: len(receiver.taken) == 2)
        (letter,) = await floor.register.letters(made.id, "", 9)
        assert (letter.reason, letter.status, letter.attempts) == ("status 500", 500, 2)
        assert letter.webhook_id == f"t/{letter.position}"
        assert floor.counted(made.id, "dead_letter") == 1
        bad.clear()
        await floor.register.send_again(made.id, letter.id)
        await floor.tenant.until(lambda: len(receiver.taken) == 3)
        assert receiver.ids[-1] == letter.webhook_id
        await floor.tenant.until(
            lambda: not floor.tenant.client.xlen(floor.tenant.keys.webhook_again)
        )
        assert await floor.letters.count() == 0


async def test_a_receiver_that_is_gone_is_told_no_more(floor: Delivering) -> None:
    with receiving() as receiver:
        receiver.answer = lambda event, _: 410
        made = await subscribed(floor, receiver, filter=CREATED, concurrency=1)
        send(floor, range(3))
        await floor.tenant.until(lambda: receiver.hook.asked)
        assert await until_stopped(floor, made.id) == "gone"
        assert len(receiver.hook.asked) == 1
        receiver.answer = lambda event, _: 204
        await floor.register.change(made.id, WebhookChange(state="active"))
        await floor.tenant.until(lambda: len(receiver.taken) == 3)


async def test_who_is_paused_waits_and_loses_nothing(floor: Delivering) -> None:
    with receiving() as receiver:
        made = await subscribed(floor, receiver, filter=CREATED)
        send(floor, range(1))
        await floor.tenant.until(lambda: len(receiver.taken) == 1)
        await floor.register.change(made.id, WebhookChange(state="paused"))
        await asyncio.sleep(0.7)
        send(floor, range(1, 4))
        await floor.tenant.until_consumed(floor.tenant.send({"type": "nothing"})[0])
        assert len(receiver.taken) == 1
        await floor.register.change(made.id, WebhookChange(state="active"))
        await floor.tenant.until(lambda: len(receiver.taken) == 4)
        assert len(set(receiver.ids)) == 4


async def test_what_fails_for_long_is_stopped_and_says_so(server: EmbeddedServer) -> None:
    terms = Terms(timeout_s=1.0, retry_for_s=60.0, pause_after_s=0.5)
    async with running_service(server.url), delivering(server, terms) as floor:
        with receiving() as receiver:
            receiver.answer = lambda event, _: 500
            made = await subscribed(floor, receiver, filter=CREATED, concurrency=2)
            send(floor, range(4))
            why = await until_stopped(floor, made.id)
            told = shown(await floor.register.get(made.id))
            assert (why, told.state) == ("failing", "stopped")
            assert told.stopped is not None
            assert told.stopped.detail == "nothing has come through for 0.5 s: status 500"
            receiver.answer = lambda event, _: 204
            await floor.register.change(made.id, WebhookChange())
            await floor.tenant.until(lambda: len(receiver.taken) == 4)


async def test_personal_fields_go_only_to_whom_they_may(floor: Delivering) -> None:
    personal = {**POLICY, "personal": {"attributes": ["number"], "customer_id": True}}
    with receiving() as receiver, receiving() as trusted:
        await subscribed(floor, receiver, filter=CREATED)
        await subscribed(floor, trusted, filter=CREATED, personal=True)
        floor.tenant.send({"type": "replace_policy", "policy": personal})
        send(floor, range(1))
        await floor.tenant.until(lambda: receiver.taken and trusted.taken)
        hidden, shown_ = receiver.taken[0]["data"], trusted.taken[0]["data"]
        assert hidden["attributes"] == {"number": "[personal]"}
        assert hidden["customer_id"] == "[personal]"
        assert (shown_["attributes"], shown_["customer_id"]) == ({"number": "+490"}, "c0")


async def test_a_rotation_is_seen_by_receivers_with_either_secret(floor: Delivering) -> None:
    with receiving() as receiver:
        made = await subscribed(floor, receiver, filter=CREATED)
        await floor.register.rotate(made.id, overlap_s=3_600)
        send(floor, range(1))
        await floor.tenant.until(lambda: receiver.taken)
        signatures = receiver.hook.asked[-1].headers["webhook-signature"].split()
        assert len(signatures) == 2


async def test_many_events_in_one_post(floor: Delivering) -> None:
    with receiving() as receiver:
        send(floor, range(60))
        await floor.tenant.until(lambda: len(told_by(floor.tenant)) > 180)
        refused = set[str]()

        def answer(event: dict[str, Any], exchange: Exchange) -> int:
            if len(refused) < 1:
                refused.add(exchange.headers["webhook-id"])
                return 503
            return 204

        receiver.answer = answer
        made = await subscribed(floor, receiver, begin="begin", batch=20, concurrency=1)
        await floor.tenant.until(lambda: len(receiver.taken) >= len(told_by(floor.tenant)))
        ids = [event["id"] for event in receiver.taken]
        assert ids == told_by(floor.tenant)
        (first,) = refused
        assert receiver.ids[0] == first
        assert len(receiver.ids) < len(ids) / 10
        asked = receiver.hook.asked[-1]
        assert asked.headers["content-type"] == "application/cloudevents-batch+json"
        begin, _, end = next(name for name in receiver.ids if ".." in name).partition("..")
        assert begin.removeprefix("t/") in ids
        assert end in ids
        newest = floor.tenant.journal().ids[-1]
        async with asyncio.timeout(60):
            while shown(await floor.register.get(made.id)).position != newest:  # noqa: ASYNC110  # nobody tells of it
                await asyncio.sleep(0.01)


async def test_a_batch_that_is_never_taken_is_one_dead_letter(floor: Delivering) -> None:
    with receiving() as receiver:
        send(floor, range(3))
        await floor.tenant.until(lambda: len(told_by(floor.tenant)) > 9)
        receiver.answer = lambda event, _: 500 if event["type"] != "onequeue.repeated.v1" else 204
        made = await subscribed(floor, receiver, filter=CREATED, begin="begin", batch=9,
                                concurrency=1)  # fmt: skip
        await floor.tenant.until(lambda: floor.counted(made.id, "dead_letter"))
        (letter,) = await floor.register.letters(made.id, "", 9)
        receiver.answer = lambda event, _: 204
        await floor.register.send_again(made.id, letter.id)
        await floor.tenant.until(lambda: receiver.taken)
        subjects = [event["subject"] for event in receiver.taken]
        assert subjects == ["interactions/i0", "interactions/i1", "interactions/i2"]
        asked = receiver.hook.asked[-1]
        assert asked.headers["content-type"] == "application/cloudevents-batch+json"


async def test_a_test_delivery(floor: Delivering) -> None:
    with receiving() as receiver:
        made = await subscribed(floor, receiver, filter=CREATED)
        pinged = await floor.register.ping(made.id)
        assert pinged.outcome.result is Result.DELIVERED
        (event,) = receiver.taken
        assert event["type"] == "onequeue.ping.v1"
        assert receiver.ids[0].startswith("t/ping/")


async def test_a_fault_in_one_delivery_stops_that_one_alone(
    floor: Delivering, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = Poster.post

    async def fails_for_one(self: Poster, body: bytes, headers: Mapping[str, str]) -> Outcome:
        if self._url == broken:
            raise LookupError("secret")
        return await post(self, body, headers)

    monkeypatch.setattr(Poster, "post", fails_for_one)
    with receiving() as receiver, receiving() as other:
        broken = receiver.hook.url
        made = await subscribed(floor, receiver, filter=CREATED)
        await subscribed(floor, other, filter=CREATED)
        send(floor, range(3))
        assert await until_stopped(floor, made.id) == "fault"
        stopped = shown(await floor.register.get(made.id)).stopped
        assert stopped is not None
        assert "LookupError at test_delivering.py" in stopped.detail
        assert "secret" not in stopped.detail
        await floor.tenant.until(lambda: len(other.taken) == 3)
