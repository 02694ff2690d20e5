"""One draft: its weights, targets, workflows and text in forms, and how it goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from adapters.client.draft_models import WholeDraft
from adapters.client.errors import PreconditionFailed, Problem
from adapters.client.models import Fault
from adapters.console.addresses import address
from adapters.console.cookies import zone_of
from adapters.console.drafting import (
    STATES,
    TERMS,
    Bench,
    bench_of,
    fault_words,
    shares,
    slider_step,
    step_words,
    value_text,
)
from adapters.console.editing import at, edited, faults_by_field, rearranged
from adapters.console.raw_policy import RawFault, raw_faults, raw_text, read_raw
from adapters.console.shaping import shaped
from adapters.console.visit import Visit, visiting
from adapters.identity.permissions import Permission
from adapters.policies.differences import changes

__all__ = ("router",)

router = APIRouter(prefix="/drafts/{draft_id}")

Viewing = Annotated[Visit, Depends(visiting(Permission.POLICY_READ))]
DraftId = Annotated[str, Path(pattern=r"^pd_[0-9a-f]{16}$")]

TABS: Final = (
    ("changes", "Changes"),
    ("weights", "Weights"),
    ("targets", "Service levels"),
    ("workflows", "Workflows"),
    ("raw", "As text"),
)
QUEUES_A_PAGE: Final = 25


@router.get("")
async def show_draft(
    visit: Viewing,
    draft_id: DraftId,
    tab: str = "",
    q: Annotated[str, Query(max_length=128)] = "",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:
    """One tab of a draft."""
    bench, draft = await bench_of(visit, draft_id)
    if tab not in dict(TABS):
        tab = "weights" if not bench.changes or not bench.changes.of_draft else "changes"
    return await _page(bench, draft, tab, draft.policy, q=q, page=page)


@router.post("")
async def save_draft(visit: Viewing, draft_id: DraftId, tab: str = "weights") -> Response:
    """What a form says, kept; faults or not."""
    fields = await visit.fields()
    bench, draft = await bench_of(visit, draft_id)
    try:
        document = await _document(draft.policy, fields)
        version = fields.get("revision", "")
        await visit.queue.drafts.change(draft_id, policy=document, if_version=version)
    except RawFault as error:
        return await _page(
            bench, draft, "raw", draft.policy, 422, text=fields["raw"], fault=str(error)
        )
    except PreconditionFailed:
        told = "Somebody else has changed this draft meanwhile. Look again, and save once more."
        return await _page(bench, draft, tab, document, 409, fault=told)
    except Problem as problem:
        return await _page(
            bench, draft, tab, document, 422, fault=problem.detail or problem.body.title
        )
    place = {name: fields.get(name, "") for name in ("q", "page")}
    return visit.go(address("drafts", draft_id, tab=tab, **place), told="Saved.")


@router.post("/check")
async def check_draft(visit: Viewing, draft_id: DraftId) -> Response:
    """What is to be said of a form as it is being written; nothing is kept."""
    fields = await visit.fields()
    draft = await visit.queue.drafts.get(draft_id)
    try:
        document = await _document(draft.policy, fields)
        checked = await visit.queue.drafts.check(draft_id, policy=document)
    except RawFault as error:
        return visit.page("draft_verdict.html", checked=None, told=[str(error)], by_field={})
    by_field = faults_by_field(checked.errors, fields)
    unsaved = sum(1 for _ in changes(draft.policy, document))
    told = [_line(fault) for fault in checked.errors]
    if "raw" in fields:
        told = await asyncio.to_thread(raw_faults, fields["raw"])
    return visit.page(
        "draft_verdict.html",
        checked=checked,
        told=told,
        by_field={
            field: fault_words(by_field.get(field, "")) for field in fields if field[1:3] == ":/"
        },
        unsaved=unsaved,
    )


@router.post("/{step}")
async def take_step(visit: Viewing, draft_id: DraftId, step: str) -> Response:
    """Hand it in, approve it, send it back, apply it, now or at a time, or let go of it."""
    fields = await visit.fields()
    known = _STEPS.get(step)
    if known is None or "revision" not in fields:
        return visit.go(f"/drafts/{draft_id}", told="There is no such step.", tone="bad")
    try:
        told = await known(visit, draft_id, fields)
    except Problem as problem:
        detail = problem.detail or problem.body.title
        return visit.go(f"/drafts/{draft_id}?tab=changes", told=detail, tone="bad")
    return visit.go("/tuning" if step == "discard" else f"/drafts/{draft_id}?tab=changes", told)


def _line(fault: Fault) -> str:
    return f"{fault.pointer.removeprefix('/policy/')}: {fault_words(fault.detail)}"


async def _document(saved: dict[str, Any], fields: Mapping[str, str]) -> dict[str, Any]:
    """What a form makes of the document. Raises :class:`RawFault`."""
    if "raw" in fields:
        return await asyncio.to_thread(read_raw, fields["raw"])
    return rearranged(edited(saved, fields), fields.get("do", ""))


async def _page(
    bench: Bench,
    draft: WholeDraft,
    tab: str,
    document: dict[str, Any],
    status: int = 200,
    *,
    text: str | None = None,
    fault: str = "",
    q: str = "",
    page: int = 1,
) -> Response:
    form = shaped(document)
    names = [name for name in form["queues"] if q.lower() in name.lower()]
    first = (page - 1) * QUEUES_A_PAGE
    if text is None and tab == "raw":
        text = await asyncio.to_thread(raw_text, document)
    return bench.visit.page(
        "draft.html",
        status,
        bench=bench,
        draft=draft,
        states=STATES,
        tabs=TABS,
        tab=tab,
        document=form,
        terms=TERMS,
        names=names[first : first + QUEUES_A_PAGE],
        names_count=len(names),
        q=q,
        page=page,
        pages=-(-len(names) // QUEUES_A_PAGE),
        text=text,
        fault=fault,
        faults=[_line(each) for each in draft.errors],
        at=at,
        shares=shares,
        slider_step=slider_step,
        step_words=step_words,
        value_text=value_text,
    )


async def _submit(visit: Visit, draft_id: str, fields: Mapping[str, str]) -> str:
    comment = fields.get("comment", "")
    await visit.queue.drafts.submit(draft_id, comment=comment, if_version=fields["revision"])
    return "Handed in."


async def _approve(visit: Visit, draft_id: str, fields: Mapping[str, str]) -> str:
    comment = fields.get("comment", "")
    await visit.queue.drafts.approve(draft_id, comment=comment, if_version=fields["revision"])
    return "Approved."


async def _reject(visit: Visit, draft_id: str, fields: Mapping[str, str]) -> str:
    comment = fields.get("comment", "")
    await visit.queue.drafts.reject(draft_id, comment=comment, if_version=fields["revision"])
    return "Sent back."


async def _apply(visit: Visit, draft_id: str, fields: Mapping[str, str]) -> str:
    reclassify = fields.get("reclassify") == "yes"
    done = await visit.queue.drafts.apply(
        draft_id, reclassify=reclassify, if_version=fields["revision"]
    )
    return f"Version {done.version} is in force."


async def _schedule(visit: Visit, draft_id: str, fields: Mapping[str, str]) -> str:
    try:
        at_local = datetime.fromisoformat(fields.get("at", "")).replace(
            tzinfo=zone_of(visit.request)
        )
    except ValueError:
        return "Give a day and a time."
    await visit.queue.drafts.apply(
        draft_id,
        apply_at_ms=round(at_local.timestamp() * 1_000),
        reclassify=fields.get("reclassify") == "yes",
        if_version=fields["revision"],
    )
    return f"It will be put in force on {at_local:%d %b %Y, %H:%M}."


async def _cancel(visit: Visit, draft_id: str, fields: Mapping[str, str]) -> str:
    await visit.queue.drafts.cancel(draft_id, if_version=fields["revision"])
    return "It will not be put in force by itself."


async def _rebase(visit: Visit, draft_id: str, fields: Mapping[str, str]) -> str:
    choices: dict[str, Literal["draft", "in_force"]] = {
        name.removeprefix("choice:"): "draft" if value == "draft" else "in_force"
        for name, value in fields.items()
        if name.startswith("choice:")
    }
    await visit.queue.drafts.rebase(draft_id, choices=choices, if_version=fields["revision"])
    return "Its changes are on the policy in force now."


async def _rename(visit: Visit, draft_id: str, fields: Mapping[str, str]) -> str:
    title = fields.get("title", "")[:200]
    await visit.queue.drafts.change(draft_id, title=title, if_version=fields["revision"])
    return "Renamed."


async def _discard(visit: Visit, draft_id: str, fields: Mapping[str, str]) -> str:
    await visit.queue.drafts.discard(draft_id, if_version=fields["revision"])
    return "Discarded."


_STEPS: Final[Mapping[str, Callable[[Visit, str, Mapping[str, str]], Awaitable[str]]]] = {
    "submit": _submit,
    "approve": _approve,
    "reject": _reject,
    "apply": _apply,
    "schedule": _schedule,
    "cancel": _cancel,
    "rebase": _rebase,
    "rename": _rename,
    "discard": _discard,
}
