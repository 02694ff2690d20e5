"""Previews: a policy on recorded contacts, beside the one that ran."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path
from starlette.responses import Response

from adapters.client.errors import Invalid
from adapters.client.jobs_models import Preview
from adapters.console.asking import FormError, faults_by_field, map_in, number_in, period_in
from adapters.console.pages.suggestions import point_of
from adapters.console.periods import usual_period
from adapters.console.visit import Visit, visiting
from adapters.identity.permissions import Permission
from adapters.jobs.job import ID_PATTERN

__all__ = ("router",)

router = APIRouter(prefix="/previews")

Viewing = Annotated[Visit, Depends(visiting(Permission.POLICY_READ))]
Asking = Annotated[Visit, Depends(visiting(Permission.POLICY_PREVIEW))]
JobId = Annotated[str, Path(pattern=ID_PATTERN)]

EVERY_S: Final = 2
USUAL: Final = {
    "draft": "",
    "suggestion": "",
    "point": "",
    "policy": "",
    "name": "",
    "replications": "10",
    "seed": "1",
}
FIELDS: Final = {
    "policy": "policy",
    "draft_id": "draft",
    "from_ms": "from",
    "to_ms": "to",
    "replications": "replications",
    "seed": "seed",
}
"""Fields of the form, by the field of the body."""


@router.get("")
async def show_previews(visit: Viewing) -> Response:
    """All of them."""
    return visit.page(
        "previews.html",
        jobs=[job async for job in visit.queue.previews.list()],
        title_of=_title,
        may_ask=visit.may(Permission.POLICY_PREVIEW),
        every_s=EVERY_S,
    )


@router.get("/new")
async def ask_for_one(
    visit: Asking, draft: str = "", suggestion: str = "", point: str = ""
) -> Response:
    """The form, for a draft or a point of a search if one is named."""
    named = {"draft": draft, "suggestion": suggestion, "point": point}
    return await _form(visit, USUAL | usual_period(visit.request).fields() | named)


@router.post("/new")
async def begin_one(visit: Asking) -> Response:
    """Begin it, and on to its page."""
    fields = USUAL | await visit.fields()
    try:
        made = await visit.queue.previews.create(**await _wanted(visit, fields))
    except FormError as error:
        return await _form(visit, fields, {error.field: error.detail})
    except Invalid as error:
        return await _form(visit, fields, faults_by_field(error, FIELDS))
    return visit.go(f"/previews/{made.id}")


@router.post("/{job_id}/end")
async def end_preview(job_id: JobId, visit: Asking) -> Response:
    """Cancel it, or remove it if it has ended."""
    was = await visit.queue.previews.delete(job_id)
    if was.has_ended:
        return visit.go("/previews", told="Removed.")
    return visit.go(f"/previews/{job_id}", told="It ends within seconds.")


async def _form(
    visit: Visit, values: Mapping[str, Any], errors: Mapping[str, str] | None = None
) -> Response:
    drafts = [
        (draft.id, draft.title or f"Draft of version {draft.base_version}")
        async for draft in visit.queue.drafts.list()
        if draft.is_valid and draft.state != "applied"
    ]
    return visit.page(
        "preview_new.html",
        status=422 if errors else 200,
        drafts=drafts or [("", "There is no draft")],
        values=values,
        errors=errors or {},
    )


async def _wanted(visit: Visit, fields: Mapping[str, str]) -> dict[str, Any]:
    """The body of the request. Raises :class:`FormError`."""
    period = period_in(visit.request, fields)
    wanted: dict[str, Any] = {
        "from_ms": period.from_ms,
        "to_ms": period.to_ms,
        "replications": number_in(fields, "replications"),
        "seed": number_in(fields, "seed"),
        "name": fields["name"],
    }
    if fields["suggestion"]:
        return wanted | await _of_point(visit, fields["suggestion"], fields["point"])
    if fields["policy"]:
        return wanted | {"policy": map_in(fields, "policy", "A policy is a map.")}
    if not fields["draft"]:
        raise FormError("draft", "Choose a draft, or give a document.")
    return wanted | {"draft_id": fields["draft"]}


async def _of_point(visit: Visit, job_id: str, name: str) -> dict[str, Any]:
    """The policy of a point of a search."""
    job = await visit.queue.tunings.get(job_id)
    point = point_of(job, name)
    if point is None or not point.get("policy"):
        raise FormError("form", "There is no such point any more.")
    return {"policy": point["policy"], "name": f"Point {name} of {job.name or 'a search'}"[:200]}


def _title(job: Preview) -> str:
    return job.name or "Preview"
