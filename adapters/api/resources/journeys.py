"""Journeys: what happened to an interaction, a conversation, a customer's matters, over all media
and agents, read from journal and archive."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from adapters.api.contract.access import Access, allowed
from adapters.api.contract.answers import answer
from adapters.api.contract.description import Operation, describe
from adapters.api.contract.paging import Page, key_of, next_link
from adapters.api.contract.reports import ask_past
from adapters.api.paths import IdInPath
from adapters.api.problems import Fault, ProblemError
from adapters.api.reading.past import Clock, Source, opened
from adapters.api.resources.finding import require_everywhere, require_whose
from adapters.identity.permissions import Permission
from adapters.journeys import Journey, Leg, find_creations, follow
from adapters.journeys.finding import Field, Found
from adapters.redis.stream_ids import StreamId

__all__ = ("router",)

router = APIRouter(prefix="/v1", tags=["journeys"])

Read = Annotated[Access, Depends(allowed(Permission.INTERACTIONS_READ))]

LEGS_MAX: Final = 200
"""Interactions of one conversation that are followed, the newest."""

PAGE: Final = 25
SHARE_OF_FINDING: Final = 0.5
"""Of the time of a question, that may go into looking for what it is about."""


@router.get(
    "/interactions/{interaction_id}/path",
    **describe(
        Operation(
            summary="What happened to an interaction, and to all of its conversation",
            description="Every interaction of the same conversation on whatever medium, with every "
            "step in the order of time: docs/journeys.md.",
            answers=Journey,
            codes=("unknown_interaction", "history_trimmed", "too_much"),
        )
    ),
)
async def get_interaction_path(interaction_id: IdInPath, access: Read) -> Response:
    """The way of an interaction, and of what belongs to it."""
    require_everywhere(access)
    found = await ask_past(access, path_of_interaction, interaction_id)
    if not found.legs:
        detail = f"the history has no interaction {interaction_id!r}"
        raise ProblemError("unknown_interaction", detail)
    return answer(access, found)


@router.get(
    "/conversations/{conversation_id}/path",
    **describe(
        Operation(
            summary="What happened to a conversation",
            description="As of an interaction, by the id of the conversation.",
            answers=Journey,
            codes=("unknown_conversation", "history_trimmed", "too_much"),
        )
    ),
)
async def get_conversation_path(conversation_id: IdInPath, access: Read) -> Response:
    """The way of a conversation."""
    require_everywhere(access)
    found = await ask_past(access, path_of, "conversation_id", conversation_id)
    if not found.legs:
        detail = f"the history has no interaction of the conversation {conversation_id!r}"
        raise ProblemError("unknown_conversation", detail)
    return answer(access, found)


@router.get(
    "/customers/{customer_id}/interactions",
    **describe(
        Operation(
            summary="List a customer's interactions",
            description="On every medium, open and over, the newest first, as far back as journal "
            "and archive go. A page may hold fewer than `limit`, even none, or a few more: the end "
            "is where there is no `next`.",
            answers=Page[Leg],
            codes=("history_trimmed", "too_much"),
        )
    ),
)
async def list_customer_interactions(
    request: Request,
    customer_id: IdInPath,
    access: Read,
    limit: Annotated[int, Query(ge=1, le=LEGS_MAX, description="How many at most.")] = PAGE,
    cursor: str | None = None,
) -> Response:
    """A page of what a customer wanted."""
    require_everywhere(access)
    require_whose(access)
    before = key_of(cursor, str, "")
    if before:
        _check_record_id(before)
    legs, further = await ask_past(access, customer_page, customer_id, before, limit)
    more = next_link(request, further) if further else None
    return answer(access, Page(items=legs, next=more))


def path_of_interaction(source: Source, interaction_id: str) -> Journey:
    """What happened to the conversation of an interaction, or to it alone, in another process."""
    with opened(source) as history:
        clock = Clock(source.seconds * SHARE_OF_FINDING)
        found = find_creations(history, "interaction_id", interaction_id, 1, "", clock.is_over)
        conversation = (
            found.creations[0].event.get("conversation_id", "") if found.creations else ""
        )
        if not conversation:
            return follow(history, found.creations, Clock(source.seconds / 2).is_over)
    return path_of(source, "conversation_id", conversation)


def path_of(source: Source, field: Field, value: str) -> Journey:
    """What happened to interactions whose ``field`` has this value, in another process."""
    with opened(source) as history:
        found = find_creations(
            history, field, value, LEGS_MAX, "", Clock(source.seconds * SHARE_OF_FINDING).is_over
        )
        journey = follow(history, found.creations, Clock(source.seconds / 2).is_over)
    if found.before or not _is_whole(source):
        return Journey(legs=journey.legs, steps=journey.steps, is_whole=False)
    return journey


def customer_page(
    source: Source, customer_id: str, before: str, most: int
) -> tuple[list[Leg], str]:
    """Interactions of a customer that came before a record, and where to go on, in another
    process."""
    with opened(source) as history:
        found: Found = find_creations(
            history, "customer_id", customer_id, most, before, Clock(source.seconds / 2).is_over
        )
        journey = follow(history, found.creations, Clock(source.seconds / 2).is_over)
    return journey.legs[::-1], found.before


def _is_whole(source: Source) -> bool:
    with opened(source) as history:
        return history.is_whole()


def _check_record_id(text: str) -> None:
    try:
        StreamId.parse(text)
    except ValueError:
        fault = Fault("this is no cursor of this list", parameter="cursor")
        raise ProblemError("invalid", fault.detail, errors=[fault]) from None
