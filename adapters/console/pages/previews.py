"""Previews: a policy on recorded contacts, beside the one that ran."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from adapters.client.errors import Invalid
from adapters.client.jobs_models import Preview
from adapters.console.addresses import here
from adapters.console.asking import FormError, faults_by_field, map_in, number_in, period_in
from adapters.console.jobs import EVERY_S, Asking, JobId, Viewing, point_of
from adapters.console.periods import usual_period
from adapters.console.preview_view import HEADLINES, MEASURES, differences, rows, said
from adapters.console.rendering import is_fragment
from adapters.console.visit import Visit
from adapters.console.whiskers import TONE_CLASSES, difference_text
from adapters.identity.permissions import Permission

__all__ = ("router",)

router = APIRouter(prefix="/previews")

MOVED_MAX: Final = 50
USUAL: Final = {
    "draft": "",
    "suggestion": "",
    "point": "",
    "policy": "",
    "name": "",
    "replications": "10",
    "seed": "1",
    "from": "",
    "to": "",
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
    jobs = [job async for job in visit.queue.previews.list()]
    await visit.people.meet(*(job.made_by for job in jobs))
    return visit.page(
        "previews.html",
        jobs=jobs,
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


@router.get("/{job_id}")
async def show_preview(
    job_id: JobId, visit: Viewing, measure: Annotated[str, Query(max_length=64)] = ""
) -> Response:
    """One, as far as it has come."""
    job = await visit.queue.previews.get(job_id)
    if job.has_ended and is_fragment(visit.request):
        return visit.go(here(visit.request))  # the whole page: it is over
    await visit.people.meet(job.made_by)
    return visit.page("preview.html", **_shown(visit, job, measure))


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
        return wanted | {"policy": await map_in(fields, "policy", "A policy is a map.")}
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


def _shown(visit: Visit, job: Preview, measure: str) -> dict[str, Any]:
    """What the page is made of."""
    found = job.result
    table = rows(found) if found else []
    columns = [name for name in MEASURES if any(name in row.cells for row in table)]
    choices = [name for name in columns if MEASURES[name].more_is_better is not None]
    chosen = measure if measure in choices else "service_level"
    tested = list(_tested(found["back_test"])) if found else []
    return {
        "job": job,
        "title": _title(job),
        "found": found,
        "rows": table,
        "columns": columns,
        "choices": choices,
        "measure": chosen,
        "measures": MEASURES,
        "headlines": HEADLINES,
        "drawn": differences(found, chosen) if found else None,
        "axis": difference_text(_unit(MEASURES[chosen].kind)),
        "moved": found["elsewhere"]["interactions"][:MOVED_MAX] if found else [],
        "tested": tested,
        "is_judged": any(one["tolerance"] is not None for _, _, one in tested),
        "said": said,
        "kind_of": _kind,
        "tones": TONE_CLASSES,
        "may_ask": visit.may(Permission.POLICY_PREVIEW),
        "every_s": 0 if job.has_ended else EVERY_S,
    }


def _unit(kind: str) -> Literal["share", "s", ""]:
    return "share" if kind == "share" else "s" if kind == "seconds" else ""


def _tested(back_test: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Every measure that was compared with what was: of what, which, and how."""
    for name, one in back_test["all"].items():
        yield "everything", name, one
    for by in ("channel", "queue"):
        for scope, measures in back_test[f"{by}s"].items():
            yield from ((f"{by} {scope}", name, one) for name, one in measures.items())


def _kind(name: str) -> str:
    known = MEASURES.get(name)
    return known.kind if known else "seconds" if name.endswith("_s") else "share"


def _title(job: Preview) -> str:
    return job.name or "Preview"
