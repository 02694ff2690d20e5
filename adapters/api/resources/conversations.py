"""Conversations: all interactions about the same matter, on whatever medium."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from msgspec import Struct
from starlette.responses import Response

from adapters.api.contract.access import Access, allowed
from adapters.api.contract.answers import tagged
from adapters.api.contract.conditions import at_least
from adapters.api.contract.description import Operation, describe
from adapters.api.contract.requests import MinPosition
from adapters.api.paths import IdInPath
from adapters.api.problems import ProblemError
from adapters.api.resources.finding import shown_interaction
from adapters.api.resources.views import InteractionView
from adapters.identity.permissions import Permission

__all__ = ("router",)

router = APIRouter(prefix="/v1", tags=["conversations"])

Read = Annotated[Access, Depends(allowed(Permission.INTERACTIONS_READ))]


class ConversationView(Struct, frozen=True):
    """A conversation: its interactions, open and over, in the order in which they came; at most
    1,000, the newest."""

    conversation_id: str
    interactions: list[InteractionView]


@router.get(
    "/conversations/{conversation_id}",
    **describe(
        Operation(
            summary="Show a conversation",
            description="Every interaction of it that is open, or over and still remembered.",
            answers=ConversationView,
            codes=("unknown_conversation",),
            is_tagged=True,
        )
    ),
)
async def get_conversation(
    conversation_id: IdInPath, access: Read, min_position: MinPosition = None
) -> Response:
    """One conversation; of it, to whom sees only their own agent's work, only that."""
    await at_least(access, min_position)
    known = access.hosted.projection.conversations.of(conversation_id)
    shown = [view for name in known if (view := _seen(access, name)) is not None]
    if not shown:
        detail = f"no interaction of the conversation {conversation_id!r} is remembered"
        raise ProblemError("unknown_conversation", detail)
    return tagged(access, ConversationView(conversation_id, shown))


def _seen(access: Access, interaction_id: str) -> InteractionView | None:
    try:
        return shown_interaction(access, interaction_id)
    except ProblemError:
        return None
