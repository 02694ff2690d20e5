"""Carrying out: a command goes to the router, and what it has decided becomes an answer."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

import msgspec

from adapters.api.contract.access import Access
from adapters.api.problems import Fault, ProblemError, rejection_error, retry_after
from adapters.submitting.verdict import Overloaded, Undecided, Verdict
from router import limits

__all__ = ("ENTRY_HEADER", "REPEATED_HEADER", "SURELY_SMALL_BYTES", "carry_out", "decided")

ENTRY_HEADER: Final = "OneQueue-Entry"
"""Names the entry of the inbound stream, under which journal and audit tell of the command."""

REPEATED_HEADER: Final = "OneQueue-Repeated"
"""``true`` where the command said what was so already."""

SURELY_SMALL_BYTES: Final = 64_000
"""Of a body whose command cannot be too large, whatever is in it."""


async def carry_out(
    access: Access,
    command: dict[str, Any],
    *,
    in_path: Collection[str] = (),
    body_bytes: int = 0,
    audit: bytes | None = None,
    is_slow: bool = False,
) -> Verdict:
    """Send a command, and wait for what the router decides.

    Raises :class:`ProblemError` when it is refused, cannot be sent, or is not decided in time;
    :class:`router.errors.StoreUnavailable`.
    """
    try:
        if body_bytes > SURELY_SMALL_BYTES:
            _check_size(command)
        verdict = await access.hosted.submitter.submit(
            command, audit=audit, timeout_s=_patience_s(access, is_slow=is_slow)
        )
    except OverflowError:
        detail = "a number is too large: integers have 64 bits"
        raise ProblemError("invalid", detail, errors=[Fault(detail)]) from None
    except Overloaded as error:
        wait_ms = round(error.retry_after_s * 1_000)
        headers = retry_after(wait_ms)
        raise ProblemError("busy", str(error), headers=headers, retry_after_ms=wait_ms) from None
    except Undecided as error:
        raise _undecided(error) from None
    access.note(entry_id=verdict.entry_id)
    if verdict.rejected is not None:
        raise rejection_error(verdict.rejected, in_path)
    return verdict


def _patience_s(access: Access, *, is_slow: bool) -> float:
    return access.settings.policy_timeout_s if is_slow else access.settings.decision_timeout_s


def decided(verdict: Verdict) -> dict[str, str]:
    """What an answer tells of its command, as headers."""
    told = {ENTRY_HEADER: verdict.entry_id}
    return told | {REPEATED_HEADER: "true"} if verdict.repeated else told


def _check_size(command: dict[str, Any]) -> None:
    size = len(msgspec.msgpack.encode(command))
    if size > limits.COMMAND_BYTES_MAX:
        detail = f"the command has {size} bytes; at most {limits.COMMAND_BYTES_MAX} are taken"
        raise ProblemError("too_large", detail)


def _undecided(error: Undecided) -> ProblemError:
    place = {"Location": f"/v1/commands/{error.entry_id}"} if error.entry_id else {}
    return ProblemError("undecided", str(error), headers=place, entry_id=error.entry_id)
