"""The audit entry of a request, which is written in one step with its command."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.api.access import Access
from adapters.audit import Actor, AuditEntry, Origin
from adapters.audit.values import changed_part
from adapters.privacy.redaction import redact

__all__ = ("actor_of", "audited", "origin_of")


def audited(
    access: Access,
    resource: str,
    resource_id: str = "",
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> bytes:
    """Who asks for what, from where, and what it changes, but for what is personal."""
    was, became = (_hidden(access, part) for part in changed_part(before, after))
    return AuditEntry(
        actor=actor_of(access),
        action=str(access.permission),
        resource=resource,
        resource_id=resource_id,
        origin=origin_of(access),
        before=was,
        after=became,
    ).to_bytes()


def _hidden(access: Access, part: dict[str, Any] | None) -> dict[str, Any] | None:
    return None if part is None else redact(part, access.hosted.marks)


def actor_of(access: Access) -> Actor:
    """Who asks."""
    principal = access.principal
    return Actor(principal.subject, tuple(sorted(principal.roles)))


def origin_of(access: Access) -> Origin:
    """Where the request came from."""
    request = access.request
    return Origin(
        address=request.client.host if request.client else "",
        user_agent=request.headers.get("user-agent", ""),
        request_id=request.state.request_id,
    )
