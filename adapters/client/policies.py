"""The policy: the one in force, its versions, what another would change, and its replacement."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, Unpack

from . import terms
from .models import Policy, PolicyChange, PolicyCheck, PolicyVersion
from .transport import Transport, path_of

__all__ = ("Policies",)


class Policies:
    """``/v1/policy``."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def get(self, *, min_position: str | None = None) -> Policy:
        """The policy in force."""
        path = path_of("policy")
        return await self._transport.read_after_writes(path, Policy, min_position=min_position)

    async def replace(
        self,
        policy: Mapping[str, Any],
        *,
        comment: str = "",
        reclassify: bool = False,
        if_version: int | None = None,
    ) -> Policy:
        """Put a whole document in force: given when it is. Raises :class:`Invalid`, with its
        ``faults``; :class:`PreconditionFailed` where another than ``if_version`` is in force."""
        asked: dict[str, object] = {"policy": policy, "comment": comment, "reclassify": reclassify}
        if if_version is not None:
            asked["if_version"] = str(if_version)
        return await self._transport.write("PUT", path_of("policy"), Policy, asked)

    async def rollback(self, **fields: Unpack[terms.RollbackTerms]) -> Policy:
        """Put an earlier version in force again, as a new one."""
        return await self._transport.write("POST", path_of("policy", "rollback"), Policy, fields)

    async def check(self, policy: Mapping[str, Any]) -> PolicyCheck:
        """Whether a document would be taken, and what it would change."""
        path = path_of("policy", "check")
        return await self._transport.ask(path, PolicyCheck, {"policy": policy})

    def versions(self, *, limit: int | None = None) -> AsyncIterator[PolicyVersion]:
        """Every version that the history holds, the newest first; ``limit`` of each page."""
        path = path_of("policy", "versions")
        return self._transport.pages(path, PolicyVersion, is_of_now=False, limit=limit)

    async def version(self, version: int) -> Policy:
        """One version, with its document."""
        return await self._transport.read(path_of("policy", "versions", version), Policy)

    async def changes(self, *, before: int, after: int | None = None) -> tuple[PolicyChange, ...]:
        """How two versions differ; without ``after``, how the one in force differs."""
        path = path_of("policy", "changes")
        kind = tuple[PolicyChange, ...]
        return await self._transport.read(path, kind, before=before, after=after)
