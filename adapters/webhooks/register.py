"""The subscriptions of a tenant, as people change them: checked, audited, and shown without their
secrets. The HTTP API and the command line are two ways in."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from adapters.audit import Actor, AuditEntry, Origin
from adapters.audit.values import changed_part
from adapters.cloudevents.envelope import CONTENT_TYPE, SPEC_VERSION, source_of, type_of
from adapters.cloudevents.filters import EventFilter
from adapters.cloudevents.reading import Past
from adapters.webhooks.dead_letters import DeadLetter, DeadLetters
from adapters.webhooks.destinations import Destinations
from adapters.webhooks.posting import Outcome, Poster
from adapters.webhooks.showing import Listed, shown
from adapters.webhooks.signing import signed_headers
from adapters.webhooks.store import Audit, WebhookStore
from adapters.webhooks.subscription import CONCURRENCY, State, Subscription, begun

__all__ = ("Pinged", "Register", "WantedWebhook", "WebhookChange")

PING_TIMEOUT_S: Final = 10.0
PING: Final = "ping"
OVERLAP_S: Final = 86_400


class WantedWebhook(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A subscription that somebody wants. ``begin`` is ``now``, ``begin``, or a position;
    ``secret`` is made where none is given."""

    url: str
    filter: EventFilter = EventFilter()
    begin: str = "now"
    state: State = "active"
    personal: bool = False
    concurrency: int = CONCURRENCY
    batch: int = 1
    description: str = ""
    secret: str = ""


class WebhookChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be otherwise; the rest stays."""

    url: str | UnsetType = UNSET
    filter: EventFilter | UnsetType = UNSET
    state: State | UnsetType = UNSET
    personal: bool | UnsetType = UNSET
    concurrency: int | UnsetType = UNSET
    batch: int | UnsetType = UNSET
    description: str | UnsetType = UNSET


class Pinged(NamedTuple):
    """What became of a test delivery."""

    outcome: Outcome
    took_ms: int


class Register:
    """The subscriptions of one tenant, as ``actor`` changes them from ``origin``.

    All methods may raise :class:`router.errors.StoreUnavailable`, and what is wrong with what was
    asked: :mod:`adapters.webhooks.errors`, :mod:`adapters.cloudevents.errors`.
    """

    def __init__(
        self,
        store: WebhookStore,
        letters: DeadLetters,
        past: Past,
        destinations: Destinations,
        actor: Actor,
        origin: Origin = Origin(),  # noqa: B008  # frozen
    ) -> None:
        self._store = store
        self._letters = letters
        self._past = past
        self._destinations = destinations
        self._actor = actor
        self._origin = origin

    async def all(self) -> list[Listed]:
        """Every subscription, the oldest first."""
        progress = await self._store.progress()
        return [Listed(one, progress.get(one.id)) for one in await self._store.all()]

    async def get(self, subscription_id: str) -> Listed:
        """One of them."""
        subscription = await self._store.get(subscription_id)
        return Listed(subscription, (await self._store.progress()).get(subscription_id))

    async def create(self, wanted: WantedWebhook) -> Subscription:
        """Make one; its secret is in what is returned."""
        begin = str(await self._past.position_of(wanted.begin))
        made = begun(
            wanted.url,
            begin,
            await self._store.now_ms(),
            filter=wanted.filter,
            secret=wanted.secret,
            state=wanted.state,
            personal=wanted.personal,
            concurrency=wanted.concurrency,
            batch=wanted.batch,
            description=wanted.description,
        ).checked(self._destinations)
        await self._store.create(made, self._audit("create"))
        return made

    async def change(
        self, subscription_id: str, change: WebhookChange, if_revision: int | None = None
    ) -> Subscription:
        """Change one; it is tried again if it had stopped by itself."""
        fields = {
            name: value
            for name in change.__struct_fields__
            if (value := getattr(change, name)) is not UNSET
        }
        return await self._changed(
            subscription_id, lambda one: replace(one, **fields), "update", if_revision
        )

    async def rotate(
        self,
        subscription_id: str,
        overlap_s: int = OVERLAP_S,
        secret: str = "",
        if_revision: int | None = None,
    ) -> Subscription:
        """Another secret; the old one signs as well for ``overlap_s`` more."""
        now_ms = await self._store.now_ms()
        return await self._changed(
            subscription_id,
            lambda one: one.rotated(now_ms, overlap_s, secret),
            "rotate",
            if_revision,
        )

    async def replay(self, subscription_id: str, begin: str) -> Subscription:
        """Deliver everything after a position, again or for the first time."""
        position = str(await self._past.position_of(begin))
        return await self._changed(
            subscription_id, lambda one: one.replayed(position), "replay", None
        )

    async def delete(self, subscription_id: str, if_revision: int | None = None) -> None:
        """End one."""
        audit = self._audit("delete")
        await self._store.delete(subscription_id, audit=audit, if_revision=if_revision)

    async def ping(self, subscription_id: str) -> Pinged:
        """Post a test event now, from here, once."""
        subscription = await self._store.get(subscription_id)
        now_ms = await self._store.now_ms()
        webhook_id = f"{self._store.tenant}/{PING}/{secrets.token_hex(8)}"
        body = json.dumps(_ping(self._store.tenant, webhook_id)).encode()
        signed = signed_headers(webhook_id, now_ms // 1_000, body, subscription.signing(now_ms))
        poster = Poster(subscription.url, self._destinations, PING_TIMEOUT_S, 1)
        begun_s = time.monotonic()
        try:
            outcome = await poster.post(body, {"content-type": CONTENT_TYPE, **signed})
        finally:
            await poster.close()
        return Pinged(outcome, round((time.monotonic() - begun_s) * 1_000))

    async def letters(self, subscription_id: str, after: str, count: int) -> list[DeadLetter]:
        """Dead letters of a subscription, the oldest first."""
        await self._store.get(subscription_id)
        return await self._letters.page(subscription_id, after, count)

    async def send_again(self, subscription_id: str, letter_id: str) -> DeadLetter:
        """Have a dead letter delivered once more."""
        await self._store.get(subscription_id)

        def entry(letter: DeadLetter) -> bytes:
            after = {"dead_letter": letter.id, "position": letter.position}
            return self._entry("send_again", subscription_id, None, after)

        return await self._letters.send_again(letter_id, subscription_id, entry)

    async def _changed(
        self,
        subscription_id: str,
        changed: Callable[[Subscription], Subscription],
        verb: str,
        if_revision: int | None,
    ) -> Subscription:
        return await self._store.change(
            subscription_id,
            lambda one: changed(one).checked(self._destinations),
            audit=self._audit(verb),
            if_revision=if_revision,
        )

    def _audit(self, verb: str) -> Audit:
        def entry(before: Subscription | None, after: Subscription | None) -> bytes:
            known = after or before
            parts = changed_part(_plain(before), _plain(after))
            return self._entry(verb, known.id if known else "", *parts)

        return entry

    def _entry(self, verb: str, subscription_id: str, before: Any, after: Any) -> bytes:
        return AuditEntry(
            actor=self._actor,
            action=f"webhook.{verb}",
            resource="webhook",
            resource_id=subscription_id,
            origin=self._origin,
            outcome="done",
            before=before,
            after=after,
        ).to_bytes()


def _plain(subscription: Subscription | None) -> dict[str, Any] | None:
    if subscription is None:
        return None
    told: dict[str, Any] = msgspec.to_builtins(shown(Listed(subscription, None)))
    return told


def _ping(tenant: str, webhook_id: str) -> dict[str, Any]:
    return {
        "specversion": SPEC_VERSION,
        "id": webhook_id.removeprefix(f"{tenant}/"),
        "source": source_of(tenant),
        "type": type_of(PING),
        "subject": "tenant",
        "datacontenttype": "application/json",
        "data": {"type": PING},
    }
