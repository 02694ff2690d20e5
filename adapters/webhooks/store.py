"""Subscriptions to webhooks, and how far their deliveries have come, in Redis."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import msgspec
from msgspec.structs import replace

from adapters.audit.appending import STREAM_ENTRIES_MAX
from adapters.redis.journal_stream import time_ms
from adapters.redis.keys import Keys
from adapters.redis.script import load_script
from adapters.redis.wire import Endpoint
from adapters.webhooks.errors import (
    SubscriptionChanged,
    TooManySubscriptions,
    UnknownSubscription,
)
from adapters.webhooks.subscription import Progress, Subscription

__all__ = ("SUBSCRIPTIONS_MAX", "Audit", "WebhookStore")

SUBSCRIPTIONS_MAX: Final = 100
TRIES: Final = 5

Audit: TypeAlias = Callable[[Subscription | None, Subscription | None], bytes]
"""Makes the audit's entry of a change, from what was and what is."""


class WebhookStore:
    """All methods may raise :class:`router.errors.StoreUnavailable`."""

    def __init__(self, endpoint: Endpoint, keys: Keys) -> None:
        self._keys = keys
        self._wire = endpoint.wire("webhooks")
        self._put = load_script("webhook_put.lua")
        self._save = load_script("webhook_progress.lua")

    @property
    def tenant(self) -> str:
        """Whose they are."""
        return self._keys.tenant

    async def all(self) -> list[Subscription]:
        """Every subscription, in the order in which they were made."""
        found = await self._hash(self._keys.webhooks)
        made = [_subscription.decode(value) for value in found.values()]
        return sorted(made, key=lambda one: (one.made_ms, one.id))

    async def get(self, subscription_id: str) -> Subscription:
        """One of them. Raises :class:`UnknownSubscription`."""
        data = await self._bytes_of(subscription_id)
        return _subscription.decode(data)

    async def create(self, subscription: Subscription, audit: Audit | None = None) -> None:
        """Add one. Raises :class:`TooManySubscriptions`."""
        data = _encoder.encode(subscription)
        entry = audit(None, subscription) if audit else b""
        await self._written(subscription.id, b"", data, entry)

    async def change(
        self,
        subscription_id: str,
        changed: Callable[[Subscription], Subscription],
        *,
        audit: Audit | None = None,
        if_revision: int | None = None,
    ) -> Subscription:
        """Change one, and give it as it is then; ``changed`` may be called several times.

        Raises :class:`UnknownSubscription`, :class:`SubscriptionChanged`, and what ``changed``
        raises.
        """
        for _ in range(TRIES):
            data = await self._bytes_of(subscription_id)
            before = _subscription.decode(data)
            _require_revision(before, if_revision)
            now_ms = await self.now_ms()
            after = replace(changed(before), revision=before.revision + 1, changed_ms=now_ms)
            entry = audit(before, after) if audit else b""
            if await self._written(subscription_id, data, _encoder.encode(after), entry):
                return after
        raise SubscriptionChanged(subscription_id)

    async def delete(
        self,
        subscription_id: str,
        *,
        audit: Audit | None = None,
        if_revision: int | None = None,
    ) -> None:
        """Delete one. Raises :class:`UnknownSubscription` and :class:`SubscriptionChanged`."""
        for _ in range(TRIES):
            data = await self._bytes_of(subscription_id)
            before = _subscription.decode(data)
            _require_revision(before, if_revision)
            entry = audit(before, None) if audit else b""
            if await self._written(subscription_id, data, b"", entry):
                return
        raise SubscriptionChanged(subscription_id)

    async def progress(self) -> dict[str, Progress]:
        """How far each has come, by the id of its subscription; one that has not begun has none."""
        found = await self._hash(self._keys.webhook_progress)
        return {name: _progress.decode(value) for name, value in found.items()}

    async def save(self, progress: Mapping[str, Progress], process_id: str) -> bool:
        """Write how far some have come; False when another process delivers by now."""
        keys = (self._keys.webhook_progress, self._keys.webhook_leader, self._keys.webhooks)
        pairs = [part for name, one in progress.items() for part in (name, _encoder.encode(one))]
        return bool(await self._save.run(self._wire, keys, (process_id, *pairs)))

    async def now_ms(self) -> int:
        """The server's time."""
        return time_ms(await self._wire.call("TIME"))

    async def close(self) -> None:
        """Close the connection."""
        await self._wire.close()

    async def _hash(self, key: str) -> dict[str, bytes]:
        flat = await self._wire.call("HGETALL", key)
        return {name.decode(): value for name, value in zip(flat[::2], flat[1::2], strict=True)}

    async def _bytes_of(self, subscription_id: str) -> bytes:
        data: bytes | None = await self._wire.call("HGET", self._keys.webhooks, subscription_id)
        if data is None:
            raise UnknownSubscription(subscription_id)
        return data

    async def _written(self, name: str, before: bytes, after: bytes, audit: bytes) -> bool:
        keys = (self._keys.webhooks, self._keys.webhook_progress, self._keys.audit)
        arguments = (name, before, after, SUBSCRIPTIONS_MAX, audit, STREAM_ENTRIES_MAX)
        answer = int(await self._put.run(self._wire, keys, arguments))
        if answer < 0:
            raise TooManySubscriptions(SUBSCRIPTIONS_MAX)
        return bool(answer)


def _require_revision(subscription: Subscription, revision: int | None) -> None:
    if revision is not None and revision != subscription.revision:
        raise SubscriptionChanged(subscription.id)


_encoder = msgspec.json.Encoder()
_subscription = msgspec.json.Decoder(Subscription)
_progress = msgspec.json.Decoder(Progress)
