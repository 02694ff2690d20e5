"""Explanations: why this agent, and why not another."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query
from msgspec import Struct
from starlette.responses import Response

from adapters.api.contract.access import Access, allowed
from adapters.api.contract.answers import answer
from adapters.api.contract.description import Operation, describe
from adapters.api.contract.reports import ask_past
from adapters.api.paths import IdInPath
from adapters.api.reading.explaining import (
    Life,
    explained_interaction,
    explained_offer,
    recorded_decision,
)
from adapters.identity.permissions import Permission

__all__ = ("router",)

Top = Annotated[
    int,
    Query(
        ge=1,
        le=10_000,
        description="How many candidates are told, and how many who were stopped by each filter; "
        "`counts` tells of all.",
    ),
]
TOP: Final = 1_000

router = APIRouter(prefix="/v1/explanations", tags=["explanations"])

Explain = Annotated[Access, Depends(allowed(Permission.EXPLAIN))]
WhyNot = Annotated[
    list[Annotated[str, Query(min_length=1, max_length=128)]],
    Query(max_length=20, description="Agents about whom it is asked why not; may be repeated."),
]


@router.get(
    "/offers/{offer_id}",
    **describe(
        Operation(
            summary="Why an offer went to its agent",
            description="As `onequeue explain OFFER --json`, see docs/explain.md.",
            answers=dict[str, Any],
            codes=("unknown_offer", "unknown_agent", "history_trimmed", "too_much"),
        )
    ),
)
async def explain_offer(
    offer_id: IdInPath,
    access: Explain,
    why_not: WhyNot = [],  # noqa: B006  # FastAPI copies it
    top: Top = TOP,
) -> Response:
    """One offer, with every agent who was compared."""
    told = await ask_past(
        access, explained_offer, offer_id, why_not, top, show_attributes=access.sees_personal
    )
    return answer(access, told)


@router.get(
    "/interactions/{interaction_id}",
    **describe(
        Operation(
            summary="Why an interaction went where it did, or why it waits",
            description="As `onequeue explain --interaction ID --json`, see docs/explain.md.",
            answers=dict[str, Any],
            codes=("unknown_interaction", "unknown_agent", "history_trimmed", "too_much"),
        )
    ),
)
async def explain_interaction(
    interaction_id: IdInPath,
    access: Explain,
    why_not: WhyNot = [],  # noqa: B006  # FastAPI copies it
    top: Top = TOP,
) -> Response:
    """All offers of one interaction; or, while it waits, what every agent lacks."""
    told = await ask_past(
        access,
        explained_interaction,
        interaction_id,
        _life(access, interaction_id),
        why_not,
        top,
        show_attributes=access.sees_personal,
    )
    return answer(access, told)


class DecisionRecordView(Struct, frozen=True, kw_only=True):
    """An offer as the journal has it: ``decision`` is its decision record (docs/protocol.md)."""

    offer_id: str
    interaction_id: str
    agent_id: str
    record_id: str
    now_ms: int
    decision: dict[str, Any]


@router.get(
    "/offers/{offer_id}/decision",
    **describe(
        Operation(
            summary="Show the decision record of an offer",
            description="What the journal says of it: how many fell at which filter, and the terms "
            "of the best few. Found in milliseconds, however long the journal is; nothing is "
            "recomputed.",
            answers=DecisionRecordView,
            codes=("unknown_offer", "history_trimmed", "too_much"),
        )
    ),
)
async def get_decision(offer_id: IdInPath, access: Explain) -> Response:
    """One decision, as it was written down."""
    told = await ask_past(access, recorded_decision, offer_id)
    return answer(access, DecisionRecordView(**told))


def _life(access: Access, interaction_id: str) -> Life:
    """What is known of when it came and ended, so that no more of the journal is read."""
    projection = access.hosted.projection
    interaction = projection.state.interactions.get(interaction_id)
    if interaction is not None:
        return Life(interaction.created_ms, None)
    ended = projection.ended.get(interaction_id)
    return Life(ended.created_ms, ended.ended_ms) if ended else Life(0, None)
