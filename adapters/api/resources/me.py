"""Who asks: what a credential has shown, so that nobody need try what they would be refused."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Depends
from msgspec import Struct
from starlette.responses import Response

from adapters.api.contract.access import known
from adapters.api.contract.answers import JSON_TYPE, encode, fresh
from adapters.api.contract.description import Operation, describe
from adapters.api.holding.hosted import Hosted
from adapters.identity.principal import Principal
from router.errors import StoreUnavailable

__all__ = ("router",)

router = APIRouter(prefix="/v1", tags=["keys"])

Whoever = Annotated[tuple[Principal, Hosted], Depends(known)]


class MeView(Struct, frozen=True, kw_only=True):
    """Whoever asks. ``permissions`` hold for all of the tenant, ``own_permissions`` only for what
    is the agent's (``agent_id``, "": none); ``name`` is that of the API key ("": there is none)."""

    tenant: str
    subject: str
    name: str
    roles: tuple[str, ...]
    agent_id: str
    permissions: tuple[str, ...]
    own_permissions: tuple[str, ...]


@router.get(
    "/me",
    **describe(
        Operation(
            summary="Show who asks",
            description="The tenant, the roles and the permissions of the credential of this "
            "request. It takes none of them.",
            answers=MeView,
            example={
                "tenant": "main",
                "subject": "key:fqd3x5vjk2m7abcd",
                "name": "desk of anna",
                "roles": ["agent"],
                "agent_id": "anna",
                "permissions": ["queues:read"],
                "own_permissions": ["agents:read", "agents:state"],
            },
        )
    ),
)
async def get_me(whoever: Whoever) -> Response:
    """Whoever asks."""
    principal, hosted = whoever
    everywhere = {each for each in principal.permissions if principal.may_everywhere(each)}
    names: Mapping[str, str] = {}
    with suppress(StoreUnavailable):  # who they are is known without
        names = await hosted.names((principal.subject,))
    view = MeView(
        tenant=principal.tenant,
        subject=principal.subject,
        name=names.get(principal.subject, ""),
        roles=tuple(sorted(principal.roles)),
        agent_id=principal.agent_id or "",
        permissions=tuple(sorted(everywhere)),
        own_permissions=tuple(sorted(principal.permissions - everywhere)),
    )
    return Response(encode(view), headers=fresh(hosted), media_type=JSON_TYPE)
