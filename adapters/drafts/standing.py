"""Whether whoever has had a draft applied at a time still may when that has come.

An API key may have been revoked, have expired or have been made again with less. Of people who come
in by an identity provider nothing can be asked while they are not there, and whoever called the
command line writes to Redis anyway: theirs are applied.
"""

from __future__ import annotations

from typing import Final

from adapters.drafts.draft import Draft
from adapters.drafts.errors import NoLongerAllowed
from adapters.identity.api_key import ApiKey, key_id_of
from adapters.identity.permissions import Permission
from adapters.identity.stored_keys import StoredKeys

__all__ = ("ROTATIONS_MAX", "Standing")

ROTATIONS_MAX: Final = 100
"""Keys that have taken each other's place, one after the other: a year has fewer, by the week."""


class Standing:
    """What the keys of one tenant may. May raise :class:`router.errors.StoreUnavailable`."""

    def __init__(self, keys: StoredKeys, tenant: str) -> None:
        self._keys = keys
        self._tenant = tenant

    async def require(self, draft: Draft, now_ms: int) -> None:
        """Raises :class:`NoLongerAllowed`."""
        key_id = key_id_of(draft.applied_by)
        if key_id is None:
            return
        key = await self._in_use(key_id, now_ms)
        fault = "is gone" if key is None else _fault(key, self._tenant, now_ms)
        if fault:
            raise NoLongerAllowed(draft.applied_by, fault)

    async def close(self) -> None:
        """Close the connection."""
        await self._keys.close()

    async def _in_use(self, key_id: str, now_ms: int) -> ApiKey | None:
        """The key itself, or the one that has taken its place when it was rotated."""
        found = await self._keys.find(key_id)
        for _ in range(ROTATIONS_MAX):
            if found is None or not found.rotated_to or found.fault(now_ms) != "expired":
                break
            found = await self._keys.find(found.rotated_to)
        return found


def _fault(key: ApiKey, tenant: str, now_ms: int) -> str:
    ended = key.fault(now_ms)
    if ended:
        return "has expired" if ended == "expired" else f"was {ended}"
    if not key.principal(tenant).may_everywhere(Permission.POLICY_WRITE):
        return f"lacks the permission {Permission.POLICY_WRITE}"
    return ""
