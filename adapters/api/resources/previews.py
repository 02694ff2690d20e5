"""Previews: recorded traffic replayed under another policy, beside the one that ran."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends
from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response

from adapters.api.contract.access import Access, allowed
from adapters.api.contract.answers import answer
from adapters.api.contract.bodies import Body
from adapters.api.contract.description import Operation, describe
from adapters.api.contract.paging import Page
from adapters.api.contract.requests import read_body
from adapters.api.problems import Fault, ProblemError
from adapters.api.resources.jobs import (
    AtMs,
    DraftIdAsked,
    JobId,
    JobName,
    JobProgress,
    Seed,
    end_job,
    policy_asked,
    recorded,
    show_job,
    start_job,
    view_terms,
    where,
)
from adapters.api.resources.policies import EXAMPLE as POLICY_EXAMPLE
from adapters.identity.permissions import Permission
from adapters.jobs.job import Job, JobKind, JobState
from adapters.jobs.orders import preview_order

__all__ = ("router",)

router = APIRouter(prefix="/v1/previews", tags=["previews"])

Read = Annotated[Access, Depends(allowed(Permission.POLICY_READ))]
Try = Annotated[Access, Depends(allowed(Permission.POLICY_PREVIEW))]

REPLICATIONS: Final = 10
Replications = Annotated[int, Meta(ge=1, le=200)]


class PreviewWanted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A policy, or a draft as it stands, to be tried on the traffic from one moment to another (ms
    since 1970), in so many replications; ``name`` is for people."""

    policy: dict[str, Any] | None = None
    draft_id: DraftIdAsked = ""
    from_ms: AtMs
    to_ms: AtMs
    seed: Seed = 1
    replications: Replications = REPLICATIONS
    name: JobName = ""


class PreviewView(Struct, frozen=True, kw_only=True):
    """A preview. ``result`` is what `onequeue preview --json` writes, as of the replications that
    are done, and ``is_final`` once all are; it and ``policy`` are null in a list."""

    id: str
    state: JobState
    name: str
    draft_id: str
    made_by: str
    made_ms: int
    began_ms: int
    ended_ms: int
    from_ms: int
    to_ms: int
    seed: int
    replications: int
    progress: JobProgress
    failure: str
    is_final: bool
    policy: dict[str, Any] | None = None
    result: dict[str, Any] | None = None


WANTED: Final = Body(PreviewWanted)
EXAMPLE: Final = {
    "policy": POLICY_EXAMPLE["policy"],
    "from_ms": 1_790_000_000_000,
    "to_ms": 1_790_086_400_000,
}


@router.get(
    "",
    **describe(
        Operation(
            summary="List previews",
            description="The newest first, for seven days after they ended.",
            answers=Page[PreviewView],
        )
    ),
)
async def list_previews(access: Read) -> Response:
    """All of them, without their results."""
    jobs = await access.hosted.jobs.all(JobKind.PREVIEW)
    return answer(access, Page(items=[_view(job) for job in jobs]))


@router.post(
    "",
    **describe(
        Operation(
            summary="Try a policy on recorded traffic",
            description="It runs beside the API, for minutes; ask for it again to see how far it "
            "has come. Nothing is put in force.",
            answers=PreviewView,
            status=201,
            body=PreviewWanted,
            body_examples={"example": EXAMPLE},
            codes=("policy_invalid", "unknown_draft", "limit"),
            is_write=True,
            takes_key=True,
        )
    ),
)
async def create_preview(request: Request, access: Try) -> Response:
    """A new one."""
    wanted = await read_body(request, WANTED)
    traffic = recorded(wanted.from_ms, wanted.to_ms)
    policy = await policy_asked(access, wanted.policy, wanted.draft_id)
    if policy is None:
        detail = "give a policy, or a draft"
        raise ProblemError("invalid", detail, errors=[Fault(detail, "/policy")])
    order = preview_order(
        where(access), traffic, policy, seed=wanted.seed, replications=wanted.replications
    )
    terms = {
        "name": wanted.name,
        "draft_id": wanted.draft_id,
        "from_ms": wanted.from_ms,
        "to_ms": wanted.to_ms,
        "seed": wanted.seed,
        "replications": wanted.replications,
    }
    job = await start_job(access, JobKind.PREVIEW, terms, {"policy": policy}, order)
    headers = {"Location": f"/v1/previews/{job.asked.id}"}
    return answer(access, _view(job), 201, headers)


@router.get(
    "/{preview_id}",
    **describe(
        Operation(
            summary="Show a preview",
            description="Its result grows while replications finish: ask each second or two, with "
            "If-None-Match.",
            answers=PreviewView,
            codes=("unknown_job",),
            is_tagged=True,
        )
    ),
)
async def get_preview(preview_id: JobId, access: Read) -> Response:
    """One of them."""
    return await show_job(access, preview_id, JobKind.PREVIEW, _view)


@router.delete(
    "/{preview_id}",
    **describe(
        Operation(
            summary="Cancel or remove a preview",
            description="One that waits or runs is cancelled, within seconds; one that has ended "
            "is removed. Answers with how it was.",
            answers=PreviewView,
            codes=("unknown_job",),
            is_write=True,
        )
    ),
)
async def delete_preview(preview_id: JobId, access: Try) -> Response:
    """One less."""
    return await end_job(access, preview_id, JobKind.PREVIEW, _view)


def _view(job: Job) -> PreviewView:
    return PreviewView(**view_terms(job))
