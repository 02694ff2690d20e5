"""Answers: JSON bytes with what every read tells of itself, and the tags by which it is cached."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from adapters.api.contract.access import Access
from adapters.api.contract.hiding import hidden
from adapters.api.holding.hosted import Hosted

__all__ = ("AGE_HEADER", "JSON_TYPE", "POSITION_HEADER", "answer", "encode", "fresh", "tagged")

JSON_TYPE: Final = "application/json"
POSITION_HEADER: Final = "OneQueue-Position"
AGE_HEADER: Final = "OneQueue-Age-Ms"

encode: Final = msgspec.json.Encoder().encode


def fresh(hosted: Hosted) -> dict[str, str]:
    """How fresh what is read is, as headers."""
    freshness = hosted.projection.freshness()
    return {POSITION_HEADER: freshness.position, AGE_HEADER: str(freshness.age_ms)}


def answer(
    access: Access, value: Any, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """A value as JSON, with how fresh it is."""
    told = {**fresh(access.hosted), **(headers or {})}
    return Response(
        encode(hidden(access, value)), status_code=status, headers=told, media_type=JSON_TYPE
    )


def tagged(
    access: Access,
    value: Any,
    version: str = "",
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A value as JSON with its ``ETag``; to a read that has the very same already, 304.

    The tag begins with the version of what it is about, if it has one: ``If-Match`` looks at that
    part alone, as only what somebody has said or done is worth a conflict. The rest is a digest of
    the bytes, so that ``If-None-Match`` never hides a change.
    """
    body = encode(hidden(access, value))
    tag = _tag(body, version)
    told = {**fresh(access.hosted), **(headers or {}), "ETag": tag}
    if access.request.method in {"GET", "HEAD"} and _has(access.request, tag):
        return Response(status_code=304, headers=told)
    return Response(body, status_code=status, headers=told, media_type=JSON_TYPE)


def _tag(body: bytes, version: str) -> str:
    digest = blake2b(body, digest_size=6).hexdigest()
    return f'"{version}.{digest}"' if version else f'"{digest}"'


def _has(request: Request, tag: str) -> bool:
    known = request.headers.get("if-none-match")
    if known is None:
        return False
    tags = (each.strip().removeprefix("W/") for each in known.split(","))
    return any(each in {tag, "*"} for each in tags)
