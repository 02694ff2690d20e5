"""Actions of supervisors: a dialog that says what will happen, and what came of it."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from adapters.api.paths import IdInPath
from adapters.client.errors import Problem
from adapters.console.acting import ACTIONS, Act, Kind, Subject
from adapters.console.addresses import address, is_own_path, shown_at
from adapters.console.naming import agent_names
from adapters.console.visit import AnyVisit, Barred, Visit
from adapters.identity.permissions import Permission

__all__ = ("router", "subject_of")

router = APIRouter(prefix="/act")

TITLES: Final[dict[Kind, str]] = {
    "interactions": "interaction",
    "offers": "offer",
    "agents": "agent",
}


@router.get("/{kind}/{name}/{action}")
async def ask(kind: Kind, name: IdInPath, action: str, visit: AnyVisit) -> Response:
    """What will happen, and what is to be said about it."""
    act = _known(kind, action, visit)
    subject = await subject_of(visit, kind, name)
    return await _form(visit, kind, name, act, subject, _back(visit.request, kind, name), {})


@router.post("/{kind}/{name}/{action}")
async def act(kind: Kind, name: IdInPath, action: str, visit: AnyVisit) -> Response:
    """Do it; or say why it was refused."""
    asked = _known(kind, action, visit, is_write=True)
    fields = await visit.fields()
    back = fields.get("back", "")
    back = back if is_own_path(back) else _page_of(kind, name)
    try:
        subject = await subject_of(visit, kind, name)
        await asked.carry_out(visit.queue, subject, fields)
    except Problem as refused:
        if refused.status in {401, 403}:
            raise
        return await _form(visit, kind, name, asked, None, back, fields, refused)
    return visit.go(back, told=f"{asked.done} ({name})")


async def subject_of(visit: Visit, kind: Kind, name: str) -> Subject:
    """What it is about. Raises what the client raises."""
    if kind == "interactions":
        return await visit.queue.interactions.get(name)
    if kind == "offers":
        return await visit.queue.offers.get(name)
    return await visit.queue.agents.get(name)


def _known(kind: Kind, action: str, visit: Visit, *, is_write: bool = False) -> Act:
    """The action of this name, for whom may do it; what they ask the API to do it refuses itself,
    and so that it stands in the audit."""
    found = next((one for one in ACTIONS[kind] if one.name == action), None)
    if found is None:
        raise HTTPException(404)
    if not is_write and not visit.may(found.permission):
        raise Barred(found.permission)
    return found


async def _form(
    visit: Visit,
    kind: Kind,
    name: str,
    act: Act,
    subject: Subject | None,
    back: str,
    fields: dict[str, str],
    refused: Problem | None = None,
) -> Response:
    is_dialog = visit.request.headers.get("hx-target") == "dialog#act"
    return visit.page(
        "act_part.html" if is_dialog else "act.html",
        status=refused.status if refused else 200,
        is_dialog=is_dialog,
        act=act,
        action=address("act", kind, name, act.name),
        about=f"{TITLES[kind]} {name}",
        subject=subject,
        back=back,
        fields=fields,
        refused=refused,
        **await _choices(visit, act),
    )


async def _choices(visit: Visit, act: Act) -> dict[str, Any]:
    """What may be chosen."""
    found: dict[str, Any] = {"queues": [], "agents": [], "activities": {}}
    if {"queue", "availability"} & set(act.parts) and visit.may(Permission.POLICY_READ):
        policy = (await visit.queue.policies.get()).policy
        found["queues"] = sorted(policy.get("queues", {}))
        found["activities"] = policy.get("activities") or {}
    if "agent" in act.parts and visit.may(Permission.AGENTS_READ):
        found["agents"] = await agent_names(visit)
    return found


def _back(request: Request, kind: Kind, name: str) -> str:
    """The page from which it was asked for."""
    path = shown_at(request)
    return path if is_own_path(path) else _page_of(kind, name)


def _page_of(kind: Kind, name: str) -> str:
    return address(kind, name) if kind != "offers" else "/interactions"
