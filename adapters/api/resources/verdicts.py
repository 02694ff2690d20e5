"""Verdicts: what became of a command whose answer did not come in time."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path
from msgspec import Struct
from starlette.responses import Response

from adapters.api.contract.access import Access, allowed
from adapters.api.contract.answers import answer
from adapters.api.contract.conditions import POSITION_PATTERN
from adapters.api.contract.description import Operation, describe
from adapters.api.contract.reports import ask_past
from adapters.api.problems import ProblemError
from adapters.api.reading.past import verdict_of
from adapters.identity.permissions import Permission
from adapters.redis.stream_ids import StreamId

__all__ = ("router",)

router = APIRouter(prefix="/v1", tags=["commands"])

Read = Annotated[Access, Depends(allowed(Permission.INTERACTIONS_READ))]


class VerdictView(Struct, frozen=True, kw_only=True):
    """What became of a command: ``events`` are the types of the facts that it caused (none: nothing
    was to be changed), ``code`` and ``detail`` say why it was refused, if it was."""

    entry_id: str
    state: Literal["pending", "decided", "rejected"]
    record_id: str = ""
    events: tuple[str, ...] = ()
    code: str = ""
    detail: str = ""


@router.get(
    "/commands/{entry_id}",
    **describe(
        Operation(
            summary="What became of a command",
            description="For a write that was answered with 504: `entry_id` of that problem, and "
            "`OneQueue-Entry` of every other answer, is its name. `pending`: the router has not "
            "come to it.",
            answers=VerdictView,
            codes=("unknown_command", "history_trimmed", "too_much"),
        )
    ),
)
async def get_verdict(
    entry_id: Annotated[str, Path(pattern=POSITION_PATTERN)], access: Read
) -> Response:
    """The verdict on one command."""
    access.require()
    if StreamId.parse(access.hosted.projection.position) < StreamId.parse(entry_id):
        return answer(access, VerdictView(entry_id=entry_id, state="pending"))
    found: dict[str, Any] | None = await ask_past(access, verdict_of, entry_id)
    if found is None:
        raise ProblemError("unknown_command", f"no record that is kept tells of {entry_id}")
    return answer(access, _view(entry_id, found))


def _view(entry_id: str, found: dict[str, Any]) -> VerdictView:
    rejected = found["rejected"] or {}
    return VerdictView(
        entry_id=entry_id,
        state="rejected" if rejected else "decided",
        record_id=found["record_id"],
        events=tuple(found["events"]),
        code=rejected.get("code", ""),
        detail=rejected.get("detail", ""),
    )
