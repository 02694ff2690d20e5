"""Webhooks, keys, the audit, and forgetting: what administrators do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Unpack

from . import terms
from .administration_models import (
    ApiKey,
    AuditEntry,
    Customer,
    DeadLetter,
    Forgotten,
    Me,
    NewKey,
    NewWebhook,
    Ping,
    Subjects,
    Webhook,
)
from .models import Leg
from .transport import Transport, path_of

__all__ = ("Audit", "Customers", "Keys", "Webhooks")


class Webhooks:
    """``/v1/webhooks``."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self) -> AsyncIterator[Webhook]:
        """All of them, the oldest first."""
        return self._transport.pages(path_of("webhooks"), Webhook, is_of_now=False)

    async def get(self, webhook_id: str) -> Webhook:
        """One of them; its ``revision`` is for ``if_version``."""
        return await self._transport.read(path_of("webhooks", webhook_id), Webhook)

    async def create(self, **fields: Unpack[terms.WebhookTerms]) -> NewWebhook:
        """Make one. Its secret is shown this once."""
        return await self._transport.write("POST", path_of("webhooks"), NewWebhook, fields)

    async def update(self, webhook_id: str, **fields: Unpack[terms.WebhookChangeTerms]) -> Webhook:
        """Change it; one that has stopped by itself goes on."""
        path = path_of("webhooks", webhook_id)
        return await self._transport.write("PATCH", path, Webhook, fields)

    async def delete(self, webhook_id: str, **fields: Unpack[terms.WebhookDeleteTerms]) -> Webhook:
        """Delete it; given as it was."""
        path = path_of("webhooks", webhook_id)
        return await self._transport.write("DELETE", path, Webhook, fields)

    async def rotate(
        self, webhook_id: str, **fields: Unpack[terms.WebhookRotateTerms]
    ) -> NewWebhook:
        """Make another secret; both sign for a while."""
        path = path_of("webhooks", webhook_id, "rotate")
        return await self._transport.write("POST", path, NewWebhook, fields)

    async def ping(self, webhook_id: str) -> Ping:
        """Post a test event, once, now."""
        return await self._transport.ask(path_of("webhooks", webhook_id, "ping"), Ping, {})

    async def replay(self, webhook_id: str, **fields: Unpack[terms.WebhookReplayTerms]) -> Webhook:
        """Deliver what came after a position."""
        path = path_of("webhooks", webhook_id, "replay")
        return await self._transport.write("POST", path, Webhook, fields)

    def dead_letters(
        self, webhook_id: str, *, limit: int | None = None
    ) -> AsyncIterator[DeadLetter]:
        """What could not be delivered, the oldest first; ``limit`` of each page."""
        path = path_of("webhooks", webhook_id, "dead-letters")
        return self._transport.pages(path, DeadLetter, is_of_now=False, limit=limit)

    async def replay_dead_letter(
        self, webhook_id: str, letter_id: str, **fields: Unpack[terms.Keyed]
    ) -> DeadLetter:
        """Deliver one once more."""
        path = path_of("webhooks", webhook_id, "dead-letters", letter_id, "replay")
        return await self._transport.write("POST", path, DeadLetter, fields)


class Keys:
    """``/v1/keys``. What makes a secret is never sent twice: it may have been made."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self, *, limit: int | None = None) -> AsyncIterator[ApiKey]:
        """All keys, the oldest first; ``limit`` of each page."""
        return self._transport.pages(path_of("keys"), ApiKey, is_of_now=False, limit=limit)

    async def create(self, **fields: Unpack[terms.KeyTerms]) -> NewKey:
        """Make a key. It is shown this once."""
        return await self._make(path_of("keys"), fields)

    async def me(self) -> Me:
        """Whose key this client has, and what it may do."""
        return await self._transport.read(path_of("me"), Me)

    async def names(self, *, subject: Sequence[str]) -> Subjects:
        """What the keys are called by which others have done something, 100 at the most."""
        return await self._transport.read(path_of("subjects"), Subjects, subject=subject)

    async def rotate(self, key_id: str, **fields: Unpack[terms.KeyRotateTerms]) -> NewKey:
        """Put another in its place; the old one goes on working for a while."""
        return await self._make(path_of("keys", key_id, "rotate"), fields)

    async def revoke(self, key_id: str) -> ApiKey:
        """End it: refused everywhere within 5 s."""
        return await self._transport.write("DELETE", path_of("keys", key_id), ApiKey, {})

    async def _make(self, path: str, fields: Mapping[str, object]) -> NewKey:
        return await self._transport.write("POST", path, NewKey, fields, is_keyed=False)


class Customers:
    """``/v1/customers``."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(
        self,
        *,
        prefix: str | None = None,
        limit: int | None = None,
        min_position: str | None = None,
    ) -> AsyncIterator[Customer]:
        """Whoever wants something now or did in the last hour, in the order of their ids."""
        return self._transport.pages(
            path_of("customers"), Customer, prefix=prefix, limit=limit, min_position=min_position
        )

    def interactions(self, customer_id: str, *, limit: int | None = None) -> AsyncIterator[Leg]:
        """All that a customer wanted, on every medium, the newest first; ``limit`` of each page."""
        path = path_of("customers", customer_id, "interactions")
        return self._transport.pages(path, Leg, is_of_now=False, limit=limit)

    async def forget(self, customer_id: str, **fields: Unpack[terms.ForgetTerms]) -> Forgotten:
        """Erase what is personal of a customer, everywhere. It goes on if this gives up waiting."""
        path = path_of("customers", customer_id, "forget")
        return await self._transport.write("POST", path, Forgotten, fields, is_keyed=False)


class Audit:
    """``/v1/audit``."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(
        self,
        *,
        who: str | None = None,
        what: str | None = None,
        target: str | None = None,
        from_ms: int | None = None,
        to_ms: int | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[AuditEntry]:
        """Who changed what, newest first; ``limit`` of each page."""
        return self._transport.pages(
            path_of("audit"),
            AuditEntry,
            is_of_now=False,
            who=who,
            what=what,
            target=target,
            from_ms=from_ms,
            to_ms=to_ms,
            limit=limit,
        )
