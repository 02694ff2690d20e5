"""The register of a tenant's API keys: makes, rotates, revokes and lists them.

Every change goes into the audit in the same step as it is made.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from adapters.audit import Actor, AuditEntry, Origin
from adapters.identity.api_key import ApiKey
from adapters.identity.errors import KeyRequestError, UnknownKey
from adapters.identity.issuing import Issued, Terms, has_been_over, issue, revoke, rotate
from adapters.identity.stored_keys import Change, Listed, StoredKeys

__all__ = ("KEYS_MAX", "Register", "shown")

KEYS_MAX: Final = 10_000
ATTEMPTS_MAX: Final = 5
"""Somebody else may change the same key at the same moment; seldom so often in a row."""


class Register:
    """The keys of one tenant, as ``actor`` changes them from ``origin``.

    All methods may raise :class:`StoreUnavailable`; what cannot be done as asked raises
    :class:`KeyRequestError`.
    """

    def __init__(
        self,
        stored: StoredKeys,
        actor: Actor,
        origin: Origin = Origin(),  # noqa: B008  # frozen
        wall_s: Callable[[], float] = time.time,
    ) -> None:
        self._stored = stored
        self._actor = actor
        self._origin = origin
        self._wall_s = wall_s

    async def listed(self) -> list[Listed]:
        """Every key, the oldest first; those that have ended are kept for 90 days."""
        return list((await self._stored.all()).values())

    async def find(self, key_id: str) -> Listed:
        """The key of that id. Raises :class:`UnknownKey`."""
        found = (await self._stored.all()).get(key_id)
        if found is None:
            raise UnknownKey(key_id)
        return found

    async def create(self, terms: Terms) -> Issued:
        """A new key; its secret is in what is returned and nowhere else."""
        await self._make_room()
        issued = issue(terms, self._now_ms, self._actor.subject)
        await self._change([Change(None, issued.key)], "create")
        return issued

    async def rotate(
        self, key_id: str, overlap_ms: int, lifetime_ms: int | None = None
    ) -> tuple[ApiKey, Issued]:
        """Another key in the place of one, which goes on working for the overlap."""
        for _ in range(ATTEMPTS_MAX):
            found = await self.find(key_id)
            ending, successor = rotate(
                found.key, self._now_ms, overlap_ms, lifetime_ms, self._actor.subject
            )
            changes = [Change(found, ending), Change(None, successor.key)]
            if await self._change(changes, "rotate"):
                return ending, successor
        raise KeyRequestError(f"{key_id} is being changed by somebody else: try again")

    async def revoke(self, key_id: str) -> ApiKey:
        """The key has ended: it is refused everywhere within 5 s."""
        for _ in range(ATTEMPTS_MAX):
            found = await self.find(key_id)
            ended = revoke(found.key, self._now_ms)
            if await self._change([Change(found, ended)], "revoke"):
                return ended
        raise KeyRequestError(f"{key_id} is being changed by somebody else: try again")

    async def close(self) -> None:
        """Close the connection."""
        await self._stored.close()

    @property
    def _now_ms(self) -> int:
        return round(self._wall_s() * 1_000)

    async def _make_room(self) -> None:
        listed = await self.listed()
        over = [one for one in listed if has_been_over(one.key, self._now_ms)]
        if over and await self._change([Change(one, None) for one in over], "drop"):
            await self._stored.forget_uses([one.key.key_id for one in over])
            listed = await self.listed()
        if len(listed) >= KEYS_MAX:
            raise KeyRequestError(f"there are {KEYS_MAX:,} keys, and there may be no more")

    async def _change(self, changes: Sequence[Change], verb: str) -> bool:
        first = changes[0]
        known = first.after or (first.before.key if first.before else None)
        entry = AuditEntry(
            actor=self._actor,
            action=f"key.{verb}",
            resource="api_key",
            resource_id="" if known is None else known.key_id,
            origin=self._origin,
            outcome="done",
            before=_told(change.before.key for change in changes if change.before),
            after=_told(change.after for change in changes if change.after),
        )
        return await self._stored.change(changes, entry.to_bytes())


def shown(key: ApiKey) -> Mapping[str, Any]:
    """A key as it may be shown: all but what its secret could be checked against."""
    return {
        "key_id": key.key_id,
        "name": key.name,
        "roles": sorted(key.roles),
        "scopes": None if key.scopes is None else sorted(key.scopes),
        "agent_id": key.agent_id,
        "created_ms": key.created_ms,
        "created_by": key.created_by,
        "expires_ms": key.expires_ms,
        "revoked_ms": key.revoked_ms,
        "rotated_to": key.rotated_to,
    }


def _told(keys: Any) -> dict[str, Any] | None:
    return {key.key_id: shown(key) for key in keys} or None
