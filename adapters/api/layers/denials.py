"""Denials: whoever is known and asks for a change that they may not make stands in the audit.

A few a second are written, so that nobody floods the audit with what they may not do; the next
entry says how many were not.
"""

from __future__ import annotations

import time
from collections import Counter
from typing import Final

import structlog
from starlette.requests import Request

from adapters.api.contract.auditing import action_of, actor_of, origin_of
from adapters.api.holding.hosted import Hosted
from adapters.api.meters import ApiMeters
from adapters.api.paths import SLASH
from adapters.audit import AuditEntry
from adapters.audit.stream import AuditStream
from adapters.identity.principal import Principal
from adapters.identity.rates import Rates
from router.errors import StoreUnavailable

__all__ = ("Denials",)

EACH_PER_S: Final = 0.2
EACH_BURST: Final = 20
"""Of one principal."""

ALL_PER_S: Final = 5.0
ALL_BURST: Final = 200
"""Of one tenant."""

CHANGING: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
TOLD_IDS: Final = ("interaction_id", "agent_id", "offer_id", "key_id", "webhook_id", "draft_id")
"""What a path may name; never a customer."""


class Denials:
    """Those of one API process."""

    def __init__(self, meters: ApiMeters, logger: structlog.stdlib.BoundLogger) -> None:
        self._each = Rates(EACH_PER_S, EACH_BURST, time.monotonic)
        self._all = Rates(ALL_PER_S, ALL_BURST, time.monotonic)
        self._meters = meters
        self._log = logger
        self._unwritten: Counter[str] = Counter()

    async def note(self, request: Request, detail: str) -> None:
        """Write down what was denied, if it would have changed something and there is room."""
        principal = getattr(request.state, "principal", None)
        if not isinstance(principal, Principal) or request.method not in CHANGING:
            return
        hosted: Hosted | None = request.app.state.hosted.get(principal.tenant)
        if hosted is None:
            return
        self._meters.denied()
        tenant = principal.tenant
        if self._each.take(f"{tenant} {principal.subject}") or self._all.take(tenant):
            self._unwritten[tenant] += 1
            return
        unwritten = self._unwritten.pop(tenant, 0)
        try:
            await _append(hosted, _entry(request, principal, detail, unwritten))
        except StoreUnavailable as error:
            self._unwritten[tenant] += unwritten + 1
            self._log.warning("a denial does not stand in the audit", error=str(error))


def _entry(request: Request, principal: Principal, detail: str, unwritten: int) -> bytes:
    action, path = action_of(request), request.path_params
    return AuditEntry(
        actor=actor_of(principal),
        action=action,
        resource=action.partition(".")[0],
        resource_id=next((str(path[name]) for name in TOLD_IDS if name in path), "").replace(
            SLASH, "/"
        ),
        origin=origin_of(request),
        outcome=f"denied: {detail}",
        after={"denied_unwritten": unwritten} if unwritten else None,
    ).to_bytes()


async def _append(hosted: Hosted, entry: bytes) -> None:
    stream = AuditStream(hosted.endpoint, hosted.keys)
    try:
        await stream.append(entry)
    finally:
        await stream.close()
