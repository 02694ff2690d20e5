"""Why: the winner and the runners-up, who was filtered out by what, and why not somebody else.

A page of an offer shows at once what the journal has recorded of the decision. What is recomputed
takes as long as it takes, and is put in its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from adapters.api.paths import IdInPath
from adapters.client.errors import NotFound
from adapters.console.naming import agent_names
from adapters.console.reasons import (
    asked_rows,
    groups_of,
    recorded_groups,
    recorded_rows,
    rows_of,
    term_names,
    trigger_words,
)
from adapters.console.visit import Visit, visiting
from adapters.identity.permissions import Permission

__all__ = ("router",)

router = APIRouter()

Viewing = Annotated[Visit, Depends(visiting(Permission.EXPLAIN))]
WhyNot = Annotated[list[str], Query(max_length=20)]

ROWS: Final = 8
"""Agents whose score is drawn."""

TOLD: Final = 200
"""Agents who are named under each filter."""

PART: Final = "div#recomputed"
"""What htmx calls the part of the page that is recomputed."""


@router.get("/offers/{offer_id}/why")
async def explain_offer(
    offer_id: IdInPath,
    visit: Viewing,
    why_not: WhyNot = [],  # noqa: B006  # FastAPI copies it
    whole: bool = False,  # noqa: FBT001, FBT002  # FastAPI gives it by its name
) -> Response:
    """One offer."""
    asked = _asked(why_not)
    if not (whole or _is_part(visit.request)):
        recorded = await visit.queue.explanations.decision(offer_id)
        decision = recorded.decision
        return visit.page(
            "why_offer.html",
            found=recorded,
            decision=decision,
            rows=recorded_rows(decision),
            groups=recorded_groups(decision),
            trigger=trigger_words(decision),
            whole=False,
        )
    found, unknown = await _explained(visit.queue.explanations.offer, offer_id, asked)
    return visit.page(
        "why_offer.html" if whole else "why_offer_part.html",
        found=found,
        verdict=_verdict(found),
        outcome=None,
        unknown=unknown,
        asked=asked,
        agents=await _agents(visit),
        whole=True,
    )


@router.get("/interactions/{interaction_id}/why")
async def explain_interaction(
    interaction_id: IdInPath,
    visit: Viewing,
    why_not: WhyNot = [],  # noqa: B006  # FastAPI copies it
    whole: bool = False,  # noqa: FBT001, FBT002  # FastAPI gives it by its name
) -> Response:
    """Every offer of an interaction; or why it waits."""
    if not (whole or _is_part(visit.request)):
        return visit.page("why_interaction.html", interaction_id=interaction_id, whole=False)
    asked = _asked(why_not)
    found, unknown = await _explained(visit.queue.explanations.interaction, interaction_id, asked)
    waiting = found["waiting"]
    return visit.page(
        "why_interaction.html" if whole else "why_interaction_part.html",
        interaction_id=interaction_id,
        found=found,
        offers=[(offer, _verdict(offer)) for offer in reversed(found["offers"])],
        waiting=waiting,
        verdict=_verdict(waiting) if waiting else None,
        unknown=unknown,
        asked=asked,
        agents=await _agents(visit),
        whole=True,
    )


def _is_part(request: Request) -> bool:
    return request.headers.get("hx-target") == PART


def _asked(why_not: list[str]) -> list[str]:
    return [name for one in why_not if (name := one.strip())]


async def _explained(explain: Any, name: str, asked: list[str]) -> tuple[Mapping[str, Any], str]:
    """The explanation; without an agent whom nobody knows, and what is said of them."""
    try:
        return await explain(name, why_not=asked, top=TOLD), ""
    except NotFound as error:
        if error.code != "unknown_agent":
            raise
        return await explain(name, top=TOLD), error.detail


async def _agents(visit: Visit) -> list[str]:
    return await agent_names(visit) if visit.may(Permission.AGENTS_READ) else []


def _verdict(found: Mapping[str, Any]) -> dict[str, Any]:
    """What a page shows of an offer, or of what waits."""
    rows = rows_of(found, ROWS)
    asked = asked_rows(found)
    return {
        "rows": rows,
        "more": max(0, found["counts"]["candidates"] - len(rows)),
        "asked": asked,
        "terms": term_names(rows or [one for one in asked if one.terms]),
        "groups": groups_of(found),
        "trigger": trigger_words(found) if "trigger" in found else "",
        "subject": found["interaction"],
        "urgency": found["urgency_ppm"] / 1_000_000,
    }
