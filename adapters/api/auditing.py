"""The audit entry of a request, which is written in one step with its command."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.api.access import Access
from adapters.audit import Actor, AuditEntry, Origin
from adapters.audit.values import changed_part

__all__ = ("audited",)


def audited(
    access: Access,
    resource: str,
    resource_id: str = "",
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> bytes:
    """Who asks for what, from where, and what it changes."""
    was, became = changed_part(before, after)
    return AuditEntry(
        actor=_actor(access),
        action=str(access.permission),
        resource=resource,
        resource_id=resource_id,
        origin=_origin(access),
        before=was,
        after=became,
    ).to_bytes()


def _actor(access: Access) -> Actor:
    principal = access.principal
    return Actor(principal.subject, tuple(sorted(principal.roles)))


def _origin(access: Access) -> Origin:
    request = access.request
    return Origin(
        address=request.client.host if request.client else "",
        user_agent=request.headers.get("user-agent", ""),
        request_id=request.state.request_id,
    )
