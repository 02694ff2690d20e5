"""Requests in flight: from when they are taken until their answer begins.

Streams last for long after that, and cost little.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ("until_answered",)


async def until_answered(
    app: ASGIApp, scope: Scope, receive: Receive, send: Send, answered: Callable[[], None]
) -> None:
    """Let an app answer a request; ``answered`` is called once, when it begins to, or has ended."""
    is_in_flight = True

    async def noting(message: Message) -> None:
        nonlocal is_in_flight
        if is_in_flight:
            is_in_flight = False
            answered()
        await send(message)

    try:
        await app(scope, receive, noting)
    finally:
        if is_in_flight:
            answered()
