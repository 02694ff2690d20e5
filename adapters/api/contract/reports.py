"""Reports: answers that are read from the journal by another process, within limits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

import redis

from adapters.api.contract.access import Access
from adapters.api.problems import ProblemError, retry_after
from adapters.api.reading.past import Source, TooMuch
from adapters.explain import JournalCut, UnknownAgent, UnknownInteraction, UnknownOffer
from adapters.history.errors import HistoryTrimmed, JournalMissing
from adapters.policies.versions import UnknownVersion
from router.errors import CallerError, CorruptJournal, StoreUnavailable

__all__ = ("ask_erasure", "ask_live", "ask_past", "not_yet")

Answer = TypeVar("Answer")

_CODES: Final[dict[type[Exception], str]] = {
    TooMuch: "too_much",
    JournalCut: "history_trimmed",
    HistoryTrimmed: "history_trimmed",
    UnknownOffer: "unknown_offer",
    UnknownInteraction: "unknown_interaction",
    UnknownAgent: "unknown_agent",
    UnknownVersion: "unknown_version",
}


async def ask_past(
    access: Access, question: Callable[..., Answer], *arguments: Any, **options: Any
) -> Answer:
    """The answer to a question about the past. Raises :class:`ProblemError`, or
    :class:`StoreUnavailable`."""
    return await _asked(access, access.hosted.readers.past, question, arguments, options)


async def ask_live(access: Access, question: Callable[..., Answer], *arguments: Any) -> Answer:
    """The same for a question whose reader remembers something."""
    return await _asked(access, access.hosted.readers.live, question, arguments, {})


async def ask_erasure(access: Access, work: Callable[..., Answer], *arguments: Any) -> Answer:
    """What an erasure answers, which has a process of its own and no limit of time."""
    return await _asked(access, access.request.app.state.erasures.run, work, arguments, {})


async def _asked(
    access: Access,
    ask: Callable[..., Awaitable[Answer]],
    question: Callable[..., Answer],
    arguments: tuple[Any, ...],
    options: dict[str, Any],
) -> Answer:
    hosted = access.hosted
    source = Source(
        hosted.endpoint.url, hosted.tenant, hosted.archive, access.settings.report_timeout_s
    )
    try:
        return await ask(hosted.tenant, question, source, *arguments, **options)
    except (JournalMissing, redis.RedisError) as error:
        raise StoreUnavailable(type(error).__name__) from error
    except CorruptJournal as error:
        raise ProblemError("internal", "the history cannot be read") from error
    except CallerError as error:
        raise _problem(error) from None


def _problem(error: CallerError) -> ProblemError:
    for kind, code in _CODES.items():
        if isinstance(error, kind):
            return ProblemError(code, str(error))
    raise error


def not_yet() -> ProblemError:
    """The reader is on its way through the journal."""
    return ProblemError("starting", "the journal is being read", headers=retry_after(1_000))
