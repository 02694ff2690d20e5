"""The audit entry of a request, which is written in one step with its command."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from adapters.api.contract.access import Access
from adapters.api.contract.description import ACTION_FIELD
from adapters.audit import Actor, AuditEntry, Origin
from adapters.audit.values import changed_part
from adapters.identity.principal import Principal
from adapters.privacy.redaction import redact

__all__ = ("action_of", "actor_of", "audited", "origin_of")


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
        actor=actor_of(access.principal),
        action=action_of(access.request),
        resource=resource,
        resource_id=resource_id,
        origin=origin_of(access.request),
        before=was,
        after=became,
    ).to_bytes()


def _hidden(access: Access, part: dict[str, Any] | None) -> dict[str, Any] | None:
    return None if part is None else redact(part, access.hosted.marks)


def action_of(request: Request) -> str:
    """What the audit calls what is asked for: as its endpoint says, or by the endpoint's name
    (``create_key`` is ``key.create``)."""
    route = request.scope["route"]
    told: str | None = (route.openapi_extra or {}).get(ACTION_FIELD)
    if told is not None:
        return told
    verb, _, resource = route.name.partition("_")
    return f"{resource}.{verb}"


def actor_of(principal: Principal) -> Actor:
    """Who asks."""
    return Actor(principal.subject, tuple(sorted(principal.roles)), principal.key_id)


def origin_of(request: Request) -> Origin:
    """Where a request came from."""
    return Origin(
        address=request.client.host if request.client else "",
        user_agent=request.headers.get("user-agent", ""),
        request_id=request.state.request_id,
    )
