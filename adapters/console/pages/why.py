"""Why: the winner and the runners-up, who was filtered out by what, and why not somebody else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from adapters.api.contract.requests import IdInPath
from adapters.client.errors import NotFound
from adapters.console.naming import agent_names
from adapters.console.reasons import asked_rows, groups_of, rows_of, term_names, trigger_words
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


@router.get("/offers/{offer_id}/why")
async def explain_offer(offer_id: IdInPath, visit: Viewing, why_not: WhyNot = []) -> Response:  # noqa: B006  # FastAPI copies it
    """One offer."""
    asked = _asked(why_not)
    found, unknown = await _explained(visit.queue.explanations.offer, offer_id, asked)
    return visit.page(
        "why_offer.html",
        found=found,
        verdict=_verdict(found),
        outcome=None,
        unknown=unknown,
        asked=asked,
        agents=await _agents(visit),
    )


@router.get("/interactions/{interaction_id}/why")
async def explain_interaction(
    interaction_id: IdInPath,
    visit: Viewing,
    why_not: WhyNot = [],  # noqa: B006  # FastAPI copies it
) -> Response:
    """Every offer of an interaction; or why it waits."""
    asked = _asked(why_not)
    found, unknown = await _explained(visit.queue.explanations.interaction, interaction_id, asked)
    waiting = found["waiting"]
    return visit.page(
        "why_interaction.html",
        found=found,
        offers=[(offer, _verdict(offer)) for offer in reversed(found["offers"])],
        waiting=waiting,
        verdict=_verdict(waiting) if waiting else None,
        unknown=unknown,
        asked=asked,
        agents=await _agents(visit),
    )


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
