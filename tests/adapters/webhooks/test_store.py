"""Subscriptions and dead letters in Redis: bounded, changed by one at a time, audited with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from msgspec.structs import replace

from adapters.audit import Actor
from adapters.audit.entry import decode_entry
from adapters.cloudevents import EventFilter, FilterError, Past
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint
from adapters.webhooks import store as store_module
from adapters.webhooks.dead_letters import BODY_BYTES_MAX, LETTERS_MAX, DeadLetter, DeadLetters
from adapters.webhooks.destinations import Destinations
from adapters.webhooks.errors import (
    SubscriptionChanged,
    SubscriptionError,
    TooManySubscriptions,
    UnknownDeadLetter,
    UnknownSubscription,
)
from adapters.webhooks.register import Register, WantedWebhook, WebhookChange
from adapters.webhooks.showing import shown
from adapters.webhooks.store import WebhookStore
from adapters.webhooks.subscription import Progress, Stopped
from tests.servers import plain_client

pytestmark = pytest.mark.servers
KEYS = Keys("t")
URL = "https://example.com/hook"


class Floor:
    def __init__(self, server: EmbeddedServer) -> None:
        endpoint = Endpoint(server.url)
        self.client = plain_client(server)
        self.store = WebhookStore(endpoint, KEYS)
        self.letters = DeadLetters(endpoint, KEYS)
        self.past = Past(endpoint, KEYS)
        self.register = Register(
            self.store, self.letters, self.past, Destinations(), Actor("user:ada")
        )

    async def close(self) -> None:
        for one in (self.store, self.letters, self.past):
            await one.close()
        self.client.close()

    def audited(self) -> list[Any]:
        return [
            decode_entry(name.decode(), fields[b"a"])
            for name, fields in self.client.xrange(KEYS.audit)
        ]


@pytest.fixture
async def floor(server: EmbeddedServer) -> AsyncIterator[Floor]:
    floor = Floor(server)
    yield floor
    await floor.close()


async def test_a_life(floor: Floor) -> None:
    register = floor.register
    made = await register.create(WantedWebhook(url=URL, filter=EventFilter(types=("offer_*",))))
    assert made.begin == "0-0"
    assert made.secrets[0].value.startswith("whsec_")
    (listed,) = await register.all()
    assert listed.subscription == made
    assert listed.progress is None
    told = shown(listed)
    assert told.filter == EventFilter(types=("offer_*",))
    assert told.state == "active"
    assert made.secrets[0].value not in str(told)
    assert made.secrets[0].value not in repr(made)

    changed = await register.change(made.id, WebhookChange(state="paused", concurrency=2))
    assert (changed.state, changed.concurrency, changed.revision) == ("paused", 2, 2)
    assert changed.url == URL
    rotated = await register.rotate(made.id, overlap_s=60)
    now_ms = rotated.changed_ms
    assert rotated.signing(now_ms) == [one.value for one in rotated.secrets]
    assert rotated.secrets[1].value == made.secrets[0].value
    assert rotated.signing(now_ms + 61_000) == [rotated.secrets[0].value]
    twice = await register.rotate(made.id, overlap_s=60)
    assert len(twice.secrets) == 2
    assert len((await register.rotate(made.id, overlap_s=0)).secrets) == 1
    await register.delete(made.id)
    assert await register.all() == []
    with pytest.raises(UnknownSubscription, match="there is no webhook 'wh_"):
        await register.get(made.id)

    audited = floor.audited()
    verbs = [entry.action for entry in audited]
    assert verbs == [f"webhook.{v}" for v in ("create", "update", *["rotate"] * 3, "delete")]
    assert audited[1].before["state"] == "active"
    assert audited[1].after["state"] == "paused"
    assert {entry.resource_id for entry in audited} == {made.id}
    everything = b"".join(v for _, f in floor.client.xrange(KEYS.audit) for v in f.values())
    assert b"whsec_" not in everything


@pytest.mark.parametrize(
    ("wanted", "error", "words"),
    [
        ({"url": "http://example.com"}, SubscriptionError, "url: it must begin with https"),
        ({"concurrency": 0}, SubscriptionError, "concurrency: it is 1 to 8"),
        ({"batch": 0}, SubscriptionError, "batch: it is 1 to 100"),
        ({"batch": 101}, SubscriptionError, "batch: it is 1 to 100"),
        ({"concurrency": 9}, SubscriptionError, "concurrency: it is 1 to 8"),
        ({"description": "d" * 201}, SubscriptionError, "description: at most 200"),
        ({"secret": "short"}, SubscriptionError, "secret: a secret is whsec_"),
        ({"filter": EventFilter(types=("nothing",))}, FilterError, "types: no event is called"),
    ],
)
async def test_what_cannot_be(
    floor: Floor, wanted: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        await floor.register.create(WantedWebhook(**{"url": URL, **wanted}))
    assert await floor.register.all() == floor.audited() == []


async def test_two_who_change_it_at_once(floor: Floor) -> None:
    made = await floor.register.create(WantedWebhook(url=URL))
    await asyncio.gather(
        *(floor.register.change(made.id, WebhookChange(description=str(n))) for n in range(4))
    )
    listed = await floor.register.get(made.id)
    assert listed.subscription.revision == 5
    with pytest.raises(SubscriptionChanged, match="has changed meanwhile"):
        await floor.register.change(made.id, WebhookChange(state="paused"), if_revision=4)
    await floor.register.change(made.id, WebhookChange(state="paused"), if_revision=5)


async def test_there_are_so_many_at_most(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "SUBSCRIPTIONS_MAX", 3)
    for _ in range(3):
        await floor.register.create(WantedWebhook(url=URL))
    with pytest.raises(TooManySubscriptions, match="there are 3 webhooks, which is the most"):
        await floor.register.create(WantedWebhook(url=URL))


async def test_only_who_delivers_writes_how_far_it_has_come(floor: Floor) -> None:
    made = await floor.register.create(WantedWebhook(url=URL))
    progress = {made.id: Progress(position="3-1/0"), "wh_gone": Progress(position="3-1")}
    assert not await floor.store.save(progress, "me")
    floor.client.set(KEYS.webhook_leader, "me")
    assert await floor.store.save(progress, "me")
    assert await floor.store.progress() == {made.id: Progress(position="3-1/0")}
    floor.client.set(KEYS.webhook_leader, "somebody else")
    assert not await floor.store.save({made.id: Progress(position="1-1")}, "me")
    assert shown(await floor.register.get(made.id)).position == "3-1/0"


async def test_what_has_stopped_goes_on_once_it_is_changed(floor: Floor) -> None:
    made = await floor.register.create(WantedWebhook(url=URL))
    stopped = Stopped("gone", "410", 1, made.revision)
    floor.client.set(KEYS.webhook_leader, "me")
    await floor.store.save({made.id: Progress(position="3-1", stopped=stopped)}, "me")
    told = shown(await floor.register.get(made.id))
    assert (told.state, told.stopped and told.stopped.why) == ("stopped", "gone")
    await floor.register.change(made.id, WebhookChange(state="active"))
    assert shown(await floor.register.get(made.id)).state == "active"
    await floor.register.replay(made.id, "begin")
    told = shown(await floor.register.get(made.id))
    assert told.position == "0-0"


def letter(subscription: str, body: bytes = b"{}") -> DeadLetter:
    return DeadLetter(
        subscription=subscription, webhook_id="t/1-1/0", position="1-1/0", reason="status 500",
        status=500, attempts=9, failed_ms=1_700_000_000_000, body=body,
    )  # fmt: skip


async def test_dead_letters_are_kept_and_sent_again(floor: Floor) -> None:
    made = await floor.register.create(WantedWebhook(url=URL))
    for n in range(120):
        await floor.letters.bury(letter(made.id if n % 2 else "wh_other", b'{"n":%d}' % n))
    found = await floor.register.letters(made.id, "", 50)
    rest = await floor.register.letters(made.id, found[-1].id, 50)
    assert [one.body for one in found + rest] == [b'{"n":%d}' % n for n in range(1, 120, 2)]
    again = await floor.register.send_again(made.id, found[3].id)
    assert [replace(one, id="") for one in [again]] == [letter(made.id, b'{"n":7}')]
    waiting = [one async for one in floor.letters.waiting()]
    assert [one.body for one in waiting] == [b'{"n":7}']
    assert await floor.letters.count() == 119
    with pytest.raises(UnknownDeadLetter, match="there is none of that id"):
        await floor.register.send_again(made.id, found[3].id)
    await floor.letters.sent(waiting[0].id)
    assert [one async for one in floor.letters.waiting()] == []


async def test_dead_letters_are_bounded(floor: Floor) -> None:
    made = await floor.register.create(WantedWebhook(url=URL))
    await floor.letters.bury(letter(made.id, b"x" * (BODY_BYTES_MAX + 1)))
    (large,) = await floor.register.letters(made.id, "", 9)
    with pytest.raises(UnknownDeadLetter, match="too large to be kept: replay from its position"):
        await floor.register.send_again(made.id, large.id)
    for bad in ("nonsense", "1-2-3"):
        with pytest.raises(UnknownDeadLetter, match="this is no id"):
            await floor.register.send_again(made.id, bad)
    fields = {"subscription": "wh_x"}
    pipeline = floor.client.pipeline(transaction=False)
    for _ in range(LETTERS_MAX):
        pipeline.xadd(KEYS.webhook_dead_letter, fields)
    pipeline.execute()
    await floor.letters.bury(letter(made.id))
    assert await floor.letters.count() == LETTERS_MAX
