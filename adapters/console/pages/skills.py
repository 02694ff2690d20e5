"""Skills of agents: a grid that is written in like a sheet."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from adapters.client.errors import ClientError, Problem
from adapters.client.models import Agent
from adapters.console.addresses import address
from adapters.console.skill_grid import (
    COLUMNS_A_PAGE,
    ROWS_A_PAGE,
    Edit,
    changed,
    edits,
    known_levels,
    scales_of,
    seen,
)
from adapters.console.visit import Visit, visiting
from adapters.identity.permissions import Permission
from router.scales import Scale

__all__ = ("router",)

router = APIRouter()

Viewing = Annotated[Visit, Depends(visiting(Permission.AGENTS_READ))]
Writing = Annotated[Visit, Depends(visiting(Permission.AGENTS_WRITE))]
Text = Annotated[str, Query(max_length=128)]
Cursor = Annotated[str, Query(max_length=4_096)]
PageNumber = Annotated[int, Query(ge=1, le=100_000)]

AT_ONCE: Final = 8
"""Agents whose skills are changed at the same time."""


@router.get("/skills")
async def show_skills(
    visit: Viewing,
    q: Text = "",
    skill: Text = "",
    cursor: Cursor = "",
    columns: PageNumber = 1,
) -> Response:
    """A page of agents, and of skills."""
    return await _grid(visit, {"q": q, "skill": skill, "cursor": cursor, "columns": columns})


@router.post("/skills")
async def save_skills(visit: Writing) -> Response:
    """Change every agent whose row was written in; what is refused stays on the page."""
    fields = await visit.fields()
    place: dict[str, str | int] = {
        "q": fields.get("q", ""),
        "skill": fields.get("skill", ""),
        "cursor": fields.get("cursor", ""),
        "columns": _number(fields.get("columns", "")),
    }
    scales = scales_of((await visit.queue.policies.get()).policy)
    asked = edits(fields)
    room = asyncio.Semaphore(AT_ONCE)
    told = await asyncio.gather(*(_save(visit, each, scales, room) for each in asked))
    faults = {each.agent_id: fault for each, fault in zip(asked, told, strict=True) if fault}
    done = sum(fault == "" for fault in told)
    if not faults:
        people = "1 agent has" if done == 1 else f"{done} agents have"
        return visit.go(address("skills", **place), told=f"{people} other skills now.")
    return await _grid(visit, place, faults=faults, done=done, typed=asked)


async def _save(
    visit: Visit, edit: Edit, scales: Mapping[str, Scale], room: asyncio.Semaphore
) -> str | None:
    """What is wrong with a row; "": it is done, None: there was nothing to be done."""
    async with room:
        try:
            agent = await visit.queue.agents.get(edit.agent_id)
            skills = changed(edit, agent, scales)
            if skills is None:
                return None
            if seen(agent) != edit.seen:
                return "somebody else has changed these skills meanwhile: look again"
            inactive = [name for name in agent.inactive_skills if name in skills]
            await visit.queue.agents.set_skills(
                edit.agent_id, skills=skills, inactive_skills=inactive, if_version=agent.version
            )
        except Problem as problem:
            return problem.detail or problem.body.title
        except ClientError as error:
            return str(error)
    return ""


async def _grid(
    visit: Visit,
    place: Mapping[str, Any],
    *,
    faults: Mapping[str, str] | None = None,
    done: int = 0,
    typed: Sequence[Edit] = (),
) -> Response:
    scales = scales_of((await visit.queue.policies.get()).policy)
    agents, behind = await _agents(visit, place)
    first = (place["columns"] - 1) * COLUMNS_A_PAGE
    return visit.page(
        "skills.html",
        422 if faults else 200,
        agents=agents,
        behind=behind,
        place=place,
        names=list(scales)[first : first + COLUMNS_A_PAGE],
        all_names=list(scales),
        column_pages=-(-len(scales) // COLUMNS_A_PAGE),
        scales=scales,
        levels={agent.agent_id: known_levels(agent, scales) for agent in agents},
        seen=seen,
        faults=faults or {},
        done=done,
        typed={each.agent_id: each.cells for each in typed},
        may_write=visit.may(Permission.AGENTS_WRITE),
    )


async def _agents(visit: Visit, place: Mapping[str, Any]) -> tuple[tuple[Agent, ...], str]:
    """The agents of a page, and the cursor of those behind it ("": there are none)."""
    listing = visit.queue.agents.list(
        skill=place["skill"] or None, contains=place["q"] or None, limit=ROWS_A_PAGE
    )
    return await listing.page(place["cursor"])


def _number(text: str) -> int:
    return min(100_000, max(1, int(text))) if text.isdecimal() else 1
