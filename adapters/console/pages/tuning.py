"""Tuning: the drafts of the policy, the versions that were in force, and a way back to each."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from adapters.client.errors import Problem
from adapters.client.models import PolicyChange, PolicyVersion
from adapters.console.drafting import STATES, value_text
from adapters.console.raw_policy import raw_text
from adapters.console.visit import Visit, visiting
from adapters.identity.permissions import Permission

__all__ = ("router",)

router = APIRouter()

Viewing = Annotated[Visit, Depends(visiting(Permission.POLICY_READ))]
Drafting = Annotated[Visit, Depends(visiting(Permission.POLICY_DRAFT))]
Applying = Annotated[Visit, Depends(visiting(Permission.POLICY_WRITE))]
Version = Annotated[int | None, Query(ge=1, le=2**53)]

SHOWN_MAX: Final = 100


@router.get("/tuning")
async def show_tuning(visit: Viewing) -> Response:
    """All drafts, those that are on their way first."""
    drafts = [draft async for draft in visit.queue.drafts.list()]
    in_force = await visit.queue.policies.get()
    drafts.sort(key=lambda one: (one.state == "applied", -one.changed_ms))
    await visit.people.meet(*(draft.made_by for draft in drafts))
    return visit.page("tuning.html", drafts=drafts, in_force=in_force, states=STATES)


@router.post("/tuning/begin")
async def begin_draft(visit: Drafting) -> Response:
    """A new draft, of the policy in force or of an earlier version."""
    fields = await visit.fields()
    version = fields.get("version", "")
    if version.isdecimal():
        made = await visit.queue.drafts.create(
            title=fields.get("title", "")[:200], from_version=int(version)
        )
    else:
        made = await visit.queue.drafts.create(title=fields.get("title", "")[:200])
    return visit.go(f"/drafts/{made.id}")


@router.get("/versions")
async def show_versions(visit: Viewing, before: Version = None, after: Version = None) -> Response:
    """The versions, and how two of them differ."""
    versions: list[PolicyVersion] = []
    async for version in visit.queue.policies.versions(limit=SHOWN_MAX):
        versions.append(version)
        if len(versions) == SHOWN_MAX:
            break
    await visit.people.meet(*(version.changed_by for version in versions))
    if versions and before is None and len(versions) > 1:
        before, after = versions[1].version, versions[0].version
    changes: tuple[PolicyChange, ...] = ()
    fault = ""
    if before is not None:
        try:
            changes = await visit.queue.policies.changes(before=before, after=after)
        except Problem as problem:
            fault = problem.detail
    return visit.page(
        "versions.html",
        versions=versions,
        before=before,
        after=after,
        changes=changes,
        fault=fault,
        value_text=value_text,
    )


@router.get("/versions/{version}")
async def show_version(visit: Viewing, version: Annotated[int, Path(ge=1, le=2**53)]) -> Response:
    """One version: what it changed, and its whole document."""
    found = await visit.queue.policies.version(version)
    await visit.people.meet(found.changed_by)
    changes: tuple[PolicyChange, ...] = ()
    fault = ""
    if version > 1:
        try:
            changes = await visit.queue.policies.changes(before=version - 1, after=version)
        except Problem as problem:  # the history does not reach so far back
            fault = problem.detail
    return visit.page(
        "version.html",
        found=found,
        version=version,
        changes=changes,
        fault=fault,
        text=raw_text(found.policy),
        value_text=value_text,
    )


@router.post("/versions/{version}/rollback")
async def roll_back(visit: Applying, version: int) -> Response:
    """Put an earlier version in force again."""
    fields = await visit.fields()
    comment = fields.get("comment", "")
    now = await visit.queue.policies.rollback(version=version, comment=comment)
    told = f"Version {now.version} is in force: it says what version {version} did."
    return visit.go("/versions", told=told)
