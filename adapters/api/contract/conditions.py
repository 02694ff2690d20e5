"""Conditions of requests: ``If-Match`` on writes, ``min_position`` on reads."""

from __future__ import annotations

import asyncio
import re
from typing import Final

from adapters.api.contract.access import Access
from adapters.api.problems import Fault, ProblemError
from adapters.redis.stream_ids import StreamId

__all__ = ("ANY_VERSION", "POSITION_PATTERN", "asked_version", "at_least")

ANY_VERSION: Final = "*"
POSITION_PATTERN: Final = r"^\d{1,19}-\d{1,19}$"
POLL_S: Final = 0.002

_TAG: Final = re.compile(r'(?:W/)?"?(?P<version>[A-Za-z0-9]{1,64})(?:\.[a-z0-9]{1,64})?"?')


def asked_version(access: Access) -> str | None:
    """The version that ``If-Match`` names, "*" for any, None without the header.

    Raises :class:`ProblemError` where it names none that could be: nothing matches that.
    """
    told = access.request.headers.get("if-match")
    if told is None or told.strip() == ANY_VERSION:
        return told and ANY_VERSION
    found = _TAG.fullmatch(told.strip())
    if found is None:
        detail = 'If-Match takes one ETag as it was answered, or "*"'
        raise ProblemError("version_mismatch", detail, errors=[Fault(detail, parameter="If-Match")])
    return found["version"]


async def at_least(access: Access, position: str | None) -> None:
    """Wait until the projection has come to a position of the journal, if one is asked for.

    Raises :class:`ProblemError` when it does not within a second.
    """
    if position is None:
        return
    projection = access.hosted.projection
    wanted = StreamId.parse(position)
    try:
        async with asyncio.timeout(access.settings.position_timeout_s):
            while StreamId.parse(projection.last_id) < wanted:  # noqa: ASYNC110  # nobody tells of it
                await asyncio.sleep(POLL_S)
    except TimeoutError:
        detail = f"the journal has been read up to {projection.last_id}"
        raise ProblemError("behind", detail, headers={"Retry-After": "1"}) from None
