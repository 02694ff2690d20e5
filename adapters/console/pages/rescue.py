"""The rescue page: what nobody takes or can serve, and what is done about many of it at once."""

from __future__ import annotations

from typing import Annotated, Final, NamedTuple

from fastapi import APIRouter, Depends
from starlette.exceptions import HTTPException
from starlette.responses import Response

from adapters.client.errors import Problem
from adapters.console.acting import ACTIONS, Act
from adapters.console.naming import agent_names
from adapters.console.visit import AnyVisit, Visit, visiting
from adapters.identity.permissions import Permission

__all__ = ("router",)

router = APIRouter()

Viewing = Annotated[Visit, Depends(visiting(Permission.INTERACTIONS_READ))]

SHOWN: Final = 100
"""Shown, and handled at once."""

BULK: Final = tuple(act for act in ACTIONS["interactions"] if act.is_bulk)
WORDS: Final = {
    "often_declined": "declined often",
    "rescue_queue": "in a rescue queue",
    "nobody_can_serve": "nobody can serve it",
}


class Done(NamedTuple):
    """What came of one; ``refused``: why nothing was done, "" where it was."""

    interaction_id: str
    refused: str


@router.get("/rescue")
async def show_rescue(visit: Viewing) -> Response:
    """What is to be rescued."""
    return await _page(visit)


@router.post("/rescue")
async def handle(visit: AnyVisit) -> Response:
    """Do one thing to all that are ticked, one after the other."""
    form = await visit.form()
    fields = {name: str(value).strip() for name, value in form.items() if name != "pick"}
    chosen = next((act for act in BULK if act.name == fields.get("action")), None)
    if chosen is None:
        raise HTTPException(404)
    picked = list(dict.fromkeys(map(str, form.getlist("pick"))))[:SHOWN]
    done = [await _handled(visit, chosen, name, fields) for name in picked]
    return await _page(visit, chosen, done)


async def _handled(visit: Visit, act: Act, name: str, fields: dict[str, str]) -> Done:
    try:
        subject = await visit.queue.interactions.get(name)
        await act.carry_out(visit.queue, subject, fields)
    except Problem as refused:
        if refused.status in {401, 403}:
            raise
        return Done(name, refused.detail or refused.body.title)
    return Done(name, "")


async def _page(visit: Visit, act: Act | None = None, done: list[Done] | None = None) -> Response:
    found = await visit.queue.rescue.get(limit=SHOWN)
    may = visit.may(Permission.INTERACTIONS_WRITE)
    return visit.page(
        "rescue.html",
        found=found,
        words=WORDS,
        may=may,
        bulk=BULK,
        queues=await _queues(visit) if may else [],
        agents=await agent_names(visit) if may and visit.may(Permission.AGENTS_READ) else [],
        act=act,
        done=done or [],
        every_s=0 if done else 3,
    )


async def _queues(visit: Visit) -> list[str]:
    return sorted([queue.queue async for queue in visit.queue.queues.list()])
