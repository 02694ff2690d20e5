"""API keys: who may come in, and as what. Nobody gives more than they have."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path
from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response

from adapters.api.contract.access import Access, allowed
from adapters.api.contract.answers import answer
from adapters.api.contract.auditing import actor_of, origin_of
from adapters.api.contract.bodies import Body
from adapters.api.contract.description import Operation, describe
from adapters.api.contract.paging import LIMIT, Page, key_of, next_link, paged
from adapters.api.contract.requests import Limit, read_body
from adapters.api.problems import ProblemError
from adapters.identity.api_key import KEY_ID, ApiKey, written
from adapters.identity.errors import KeyEnded, KeyRequestError, UnknownKey
from adapters.identity.issuing import (
    AGENT_ID_CHARACTERS_MAX,
    LIFETIME_MS_MAX,
    NAME_CHARACTERS_MAX,
    Issued,
    Terms,
)
from adapters.identity.permissions import Permission, Role
from adapters.identity.register import Register, shown
from adapters.identity.stored_keys import StoredKeys

__all__ = ("router",)

router = APIRouter(prefix="/v1/keys", tags=["keys"])

Read = Annotated[Access, Depends(allowed(Permission.KEYS_READ))]
Write = Annotated[Access, Depends(allowed(Permission.KEYS_WRITE))]
KeyId = Annotated[str, Path(pattern=f"^{KEY_ID.pattern}$")]

Name = Annotated[str, Meta(min_length=1, max_length=NAME_CHARACTERS_MAX)]
AgentId = Annotated[str, Meta(min_length=1, max_length=AGENT_ID_CHARACTERS_MAX)]
LifetimeS = Annotated[int, Meta(ge=1, le=LIFETIME_MS_MAX // 1_000)]

OVERLAP_S: Final = 86_400
OVERLAP_S_MAX: Final = 366 * 86_400
NO_STORE: Final = {"Cache-Control": "no-store"}
"""A secret is in the answer: nobody keeps it, nor do we for an Idempotency-Key."""


class KeyView(Struct, frozen=True, kw_only=True):
    """A key, without its secret. ``scopes`` null: all that the roles give; times in ms, null:
    never; ``rotated_to`` is the id of the key that takes its place."""

    key_id: str
    name: str
    roles: list[Role]
    scopes: list[Permission] | None
    agent_id: str | None
    created_ms: int
    created_by: str
    expires_ms: int | None
    revoked_ms: int | None
    rotated_to: str | None
    used_ms: int | None = None


class NewKey(Struct, frozen=True, kw_only=True):
    """A key that has just been made. ``secret_key`` is the whole of it, shown this once."""

    key: KeyView
    secret_key: str


class KeyWanted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a key is to be. ``scopes`` narrow what the roles give; ``lifetime_s`` null: for good."""

    name: Name
    roles: Annotated[list[Role], Meta(min_length=1, max_length=len(Role))]
    scopes: Annotated[list[Permission], Meta(min_length=1)] | None = None
    agent_id: AgentId | None = None
    lifetime_s: LifetimeS | None = None


class KeyRotation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For how long the old key goes on working, and the new one lasts (null: as the old was to)."""

    overlap_s: Annotated[int, Meta(ge=0, le=OVERLAP_S_MAX)] = OVERLAP_S
    lifetime_s: LifetimeS | None = None


_wanted: Final = Body(KeyWanted)
_rotation: Final = Body(KeyRotation)
_EXAMPLE: Final = {
    "name": "desk of anna",
    "roles": ["agent"],
    "agent_id": "anna",
    "lifetime_s": 36_000,
}


@router.get(
    "",
    **describe(
        Operation(
            summary="List API keys",
            description="The oldest first; those that have ended stay for 90 days.",
            answers=Page[KeyView],
        )
    ),
)
async def list_keys(
    request: Request, access: Read, limit: Limit = LIMIT, cursor: str | None = None
) -> Response:
    """A page of keys."""
    behind = key_of(cursor, tuple[int, str], (-1, ""))
    async with _register(access) as register:
        listed = await register.listed()
    found, more = paged((one for one in listed if _place(one.key) > behind), limit)
    link = next_link(request, _place(found[-1].key)) if more else None
    return answer(access, Page(items=[_view(one.key, one.used_ms) for one in found], next=link))


@router.post(
    "",
    **describe(
        Operation(
            summary="Make an API key",
            description="Its secret is in the answer and nowhere else. Nobody gives a permission "
            "that they do not have themselves, but for `desktop`.",
            answers=NewKey,
            status=201,
            body=KeyWanted,
            body_examples={"example": _EXAMPLE},
            is_write=True,
        )
    ),
)
async def create_key(request: Request, access: Write) -> Response:
    """A new key."""
    body: KeyWanted = await read_body(request, _wanted)
    async with _register(access) as register:
        scopes = None if body.scopes is None else frozenset(body.scopes)
        terms = Terms(body.name, frozenset(body.roles), scopes, body.agent_id, _ms(body.lifetime_s))
        _require_may_give(access, terms)
        return _made(access, await register.create(terms))


@router.post(
    "/{key_id}/rotate",
    **describe(
        Operation(
            summary="Put another API key in the place of one",
            description="The old one goes on working for a while (by default for a day).",
            answers=NewKey,
            status=201,
            body=KeyRotation,
            is_body_optional=True,
            body_examples={"example": {"overlap_s": 3_600}},
            codes=("not_found", "wrong_state"),
            is_write=True,
        )
    ),
)
async def rotate_key(request: Request, key_id: KeyId, access: Write) -> Response:
    """A key on the same terms."""
    body: KeyRotation = await read_body(request, _rotation)
    async with _register(access) as register:
        key = (await register.find(key_id)).key
        _require_may_give(access, Terms(key.name, key.roles, key.scopes, key.agent_id))
        _, issued = await register.rotate(key_id, body.overlap_s * 1_000, _ms(body.lifetime_s))
        return _made(access, issued)


@router.delete(
    "/{key_id}",
    **describe(
        Operation(
            summary="Revoke an API key",
            description="It is refused everywhere within 5 seconds, and cannot be brought back.",
            answers=KeyView,
            codes=("not_found", "wrong_state"),
            is_write=True,
        )
    ),
)
async def revoke_key(key_id: KeyId, access: Write) -> Response:
    """A key that has ended."""
    async with _register(access) as register:
        return answer(access, _view(await register.revoke(key_id)))


@asynccontextmanager
async def _register(access: Access) -> AsyncIterator[Register]:
    hosted = access.hosted
    stored = StoredKeys(hosted.endpoint, hosted.keys)
    try:
        yield Register(stored, actor_of(access.principal), origin_of(access.request))
    except UnknownKey as error:
        raise ProblemError("not_found", str(error)) from None
    except KeyEnded as error:
        raise ProblemError("wrong_state", str(error)) from None
    except KeyRequestError as error:
        raise ProblemError("invalid", str(error)) from None
    finally:
        await stored.close()


def _require_may_give(access: Access, terms: Terms) -> None:
    if not access.principal.may_give(terms.roles, terms.agent_id, terms.scopes):
        raise ProblemError("forbidden", "nobody gives a permission that they do not have")


def _made(access: Access, issued: Issued) -> Response:
    text = written(access.hosted.tenant, issued.key.key_id, issued.secret)
    return answer(access, NewKey(key=_view(issued.key), secret_key=text), 201, NO_STORE)


def _view(key: ApiKey, used_ms: int | None = None) -> KeyView:
    return KeyView(**shown(key), used_ms=used_ms)


def _place(key: ApiKey) -> tuple[int, str]:
    return key.created_ms, key.key_id


def _ms(seconds: int | None) -> int | None:
    return None if seconds is None else seconds * 1_000
