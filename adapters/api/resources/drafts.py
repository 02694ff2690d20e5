"""Drafts of the policy: written, checked, compared, handed in, approved, and put in force."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Final, TypeVar

from fastapi import APIRouter, Depends, Path
from msgspec import UNSET, UnsetType
from starlette.requests import Request
from starlette.responses import Response

from adapters.api.contract.access import Access, allowed
from adapters.api.contract.answers import answer, tagged
from adapters.api.contract.auditing import actor_of, origin_of
from adapters.api.contract.bodies import Body
from adapters.api.contract.conditions import ANY_VERSION, asked_version
from adapters.api.contract.description import Operation, describe
from adapters.api.contract.paging import Page
from adapters.api.contract.reports import ask_past
from adapters.api.contract.requests import read_body
from adapters.api.problems import Fault, ProblemError
from adapters.api.reading.past import policy_version
from adapters.api.resources.draft_views import (
    ApplicationBody,
    ApprovalBody,
    DraftBody,
    DraftChangeBody,
    DraftChangesView,
    DraftCheckBody,
    DraftView,
    RebaseBody,
    RejectionBody,
    SubmissionBody,
    WholeDraftView,
    changes_view,
    draft_view,
    whole_view,
)
from adapters.api.resources.policy_views import CheckView, change_view, faults_of
from adapters.drafts.bounds import require_shallow
from adapters.drafts.checking import check
from adapters.drafts.draft import DRAFT_ID_PATTERN, Draft, InForce
from adapters.drafts.errors import DraftChanged, DraftError, InvalidDraft, UnresolvedConflicts
from adapters.drafts.merging import patched
from adapters.drafts.register import Register
from adapters.identity.permissions import Permission
from adapters.policies.differences import changes

__all__ = ("router",)

router = APIRouter(prefix="/v1/policy/drafts", tags=["drafts"])

Read = Annotated[Access, Depends(allowed(Permission.POLICY_READ))]
Write = Annotated[Access, Depends(allowed(Permission.POLICY_DRAFT))]
Approve = Annotated[Access, Depends(allowed(Permission.POLICY_APPROVE))]
Apply = Annotated[Access, Depends(allowed(Permission.POLICY_WRITE))]
DraftId = Annotated[str, Path(pattern=DRAFT_ID_PATTERN)]

AHEAD_MS_MAX: Final = 366 * 86_400_000
"""How far ahead a draft may be scheduled: a year and a day."""

T = TypeVar("T")

DRAFT: Final = Body(DraftBody)
CHANGE: Final = Body(DraftChangeBody)
CHECK: Final = Body(DraftCheckBody)
REBASE: Final = Body(RebaseBody)
SUBMISSION: Final = Body(SubmissionBody)
APPROVAL: Final = Body(ApprovalBody)
REJECTION: Final = Body(RejectionBody)
APPLICATION: Final = Body(ApplicationBody)

PATCH_EXAMPLE: Final = {"patch": {"weights": {"history": 5}}}
CODES: Final = ("unknown_draft", "wrong_state")
READINESS: Final = ("policy_invalid", "approval_required", "draft_outdated")


@router.get("", **describe(Operation(summary="List drafts", answers=Page[DraftView])))
async def list_drafts(access: Read) -> Response:
    """All of them, the oldest first; there are at most a hundred."""
    found = await _register(access).all()
    return answer(access, Page(items=[draft_view(one, _in_force(access)) for one in found]))


@router.post(
    "",
    **describe(
        Operation(
            summary="Begin a draft",
            description="Of the policy in force, an earlier version, or a document. One with "
            "faults is kept, and cannot be submitted.",
            answers=WholeDraftView,
            status=201,
            body=DraftBody,
            is_body_optional=True,
            body_examples={"example": {"title": "more for regular customers", "from_version": 3}},
            codes=("unknown_version", "too_much", "policy_invalid", "limit"),
            is_tagged=True,
            is_write=True,
            takes_key=True,
        )
    ),
)
async def create_draft(request: Request, access: Write) -> Response:
    """A new one."""
    body = await read_body(request, DRAFT)
    document = body.policy
    if body.from_version is not None:
        if document is not None:
            raise _both("from_version")
        document = (await ask_past(access, policy_version, body.from_version))["document"]
    with _problems():
        made = await _register(access).create(_in_force(access), document, body.title, body.comment)
        return await _whole(access, made.id, 201, {"Location": f"/v1/policy/drafts/{made.id}"})


@router.get(
    "/{draft_id}",
    **describe(
        Operation(
            summary="Show a draft",
            description="With its document, and all faults of that.",
            answers=WholeDraftView,
            codes=("unknown_draft",),
            is_tagged=True,
        )
    ),
)
async def get_draft(draft_id: DraftId, access: Read) -> Response:
    """One of them."""
    with _problems():
        return await _whole(access, draft_id)


@router.patch(
    "/{draft_id}",
    **describe(
        Operation(
            summary="Change a draft",
            description="What is left out stays. It is open again, and approvals are void.",
            answers=WholeDraftView,
            body=DraftChangeBody,
            is_body_optional=True,
            body_examples={"weight": PATCH_EXAMPLE},
            codes=(*CODES, "policy_invalid"),
            has_version=True,
            is_tagged=True,
            is_write=True,
        )
    ),
)
async def change_draft(request: Request, draft_id: DraftId, access: Write) -> Response:
    """One, changed."""
    body = await read_body(request, CHANGE)
    if body.policy is not UNSET and body.patch is not UNSET:
        raise _both("patch")
    with _problems():
        await _register(access).change(
            draft_id,
            document=_told(body.policy),
            patch=_told(body.patch),
            title=_told(body.title),
            comment=_told(body.comment),
            if_revision=_revision(access),
        )
        return await _whole(access, draft_id)


@router.delete(
    "/{draft_id}",
    **describe(
        Operation(
            summary="Discard a draft",
            answers=DraftView,
            codes=CODES,
            has_version=True,
            is_write=True,
        )
    ),
)
async def discard_draft(draft_id: DraftId, access: Write) -> Response:
    """One less; answers with what it was."""
    with _problems():
        register = _register(access)
        was, _ = await register.get(draft_id)
        await register.discard(draft_id, _revision(access))
        return answer(access, draft_view(was, _in_force(access)))


@router.post(
    "/{draft_id}/check",
    **describe(
        Operation(
            summary="Check a draft, or what it would be",
            description="All faults, each with its place, and what it changes of what it was made "
            "from. With a document or a patch: of the draft changed so. Nothing is kept.",
            answers=CheckView,
            body=DraftCheckBody,
            is_body_optional=True,
            body_examples={"weight": PATCH_EXAMPLE},
            codes=("unknown_draft", "policy_invalid"),
            is_write=True,
        )
    ),
)
async def check_draft(request: Request, draft_id: DraftId, access: Read) -> Response:
    """What is to be said of it."""
    body = await read_body(request, CHECK)
    if body.policy is not UNSET and body.patch is not UNSET:
        raise _both("patch")
    with _problems():
        _, documents = await _register(access).get(draft_id)
        document = documents.document if body.policy is UNSET else body.policy
        document = patched(document, _told(body.patch) or {})
        require_shallow(document)
        return answer(access, await asyncio.to_thread(_checked, documents.base, document))


@router.get(
    "/{draft_id}/changes",
    **describe(
        Operation(
            summary="What a draft changes",
            description="Of what it was made from, and of the policy in force; and, where that is "
            "another by now, what has come into force since, and which fields both have changed.",
            answers=DraftChangesView,
            codes=("unknown_draft",),
        )
    ),
)
async def draft_changes(draft_id: DraftId, access: Read) -> Response:
    """The differences, three ways."""
    with _problems():
        draft, documents = await _register(access).get(draft_id)
    told = await asyncio.to_thread(changes_view, draft, documents, _in_force(access))
    return answer(access, told)


@router.post(
    "/{draft_id}/rebase",
    **describe(
        Operation(
            summary="Put a draft's changes on the policy in force",
            description="For one whose policy has been replaced since. Where both have changed a "
            "field somebody has to say which stands.",
            answers=WholeDraftView,
            body=RebaseBody,
            is_body_optional=True,
            body_examples={"example": {"choices": {"weights.skill": "draft"}}},
            codes=(*CODES, "draft_conflict"),
            has_version=True,
            is_tagged=True,
            is_write=True,
            takes_key=True,
        )
    ),
)
async def rebase_draft(request: Request, draft_id: DraftId, access: Write) -> Response:
    """One that is made from the policy in force."""
    body = await read_body(request, REBASE)
    with _problems():
        await _register(access).rebase(
            draft_id, _in_force(access), body.prefer, body.choices, _revision(access)
        )
        return await _whole(access, draft_id)


def _step(summary: str, description: str, body: type, **more: Any) -> dict[str, Any]:
    return describe(
        Operation(
            summary=summary,
            description=description,
            answers=DraftView,
            body=body,
            has_version=True,
            is_tagged=True,
            is_write=True,
            takes_key=True,
            **more,
        )
    )


@router.post(
    "/{draft_id}/submit",
    **_step(
        "Hand a draft in",
        "One without faults, with why it is wanted.",
        SubmissionBody,
        body_examples={"example": {"comment": "regulars waited too long for their agents"}},
        codes=(*CODES, "policy_invalid"),
    ),
)
async def submit_draft(request: Request, draft_id: DraftId, access: Write) -> Response:
    """One that is submitted."""
    body = await read_body(request, SUBMISSION)
    with _problems():
        register = _register(access)
        return _told_of(access, await register.submit(draft_id, body.comment, _revision(access)))


@router.post(
    "/{draft_id}/approve",
    **_step(
        "Approve a draft",
        "As it was looked at: If-Match names its revision. A change makes it void. Nobody approves "
        "what they have worked on.",
        ApprovalBody,
        requires_version=True,
        is_body_optional=True,
        body_examples={"example": {"comment": "looked at the preview"}},
        codes=CODES,
    ),
)
async def approve_draft(request: Request, draft_id: DraftId, access: Approve) -> Response:
    """One that somebody more agrees with."""
    body = await read_body(request, APPROVAL)
    revision = _looked_at(access)
    with _problems():
        register = _register(access)
        return _told_of(access, await register.approve(draft_id, revision, body.comment))


@router.post(
    "/{draft_id}/reject",
    **_step(
        "Send a draft back",
        "To those who have written it, with why.",
        RejectionBody,
        body_examples={"example": {"comment": "chat must not wait longer than voice"}},
        codes=CODES,
    ),
)
async def reject_draft(request: Request, draft_id: DraftId, access: Approve) -> Response:
    """One that is open again."""
    body = await read_body(request, REJECTION)
    with _problems():
        register = _register(access)
        return _told_of(access, await register.reject(draft_id, body.comment, _revision(access)))


@router.post(
    "/{draft_id}/apply",
    **_step(
        "Put a draft in force, now or at a time",
        "Now: answered when it is in force. At a time: then, if it is still made from the policy "
        "in force and has its approvals; otherwise it is submitted as before, and says why. "
        "Either way once.",
        ApplicationBody,
        is_body_optional=True,
        body_examples={"now": {}, "later": {"apply_at_ms": 1_790_000_000_000}},
        codes=(*CODES, *READINESS, "policy_conflict"),
    ),
)
async def apply_draft(request: Request, draft_id: DraftId, access: Apply) -> Response:
    """One that is applied, or will be."""
    body = await read_body(request, APPLICATION)
    register, revision = _register(access), _revision(access)
    with _problems():
        if body.apply_at_ms is not None:
            await _require_ahead(access, body.apply_at_ms)
            scheduled = await register.schedule(
                draft_id,
                _in_force(access),
                body.apply_at_ms,
                reclassify=body.reclassify,
                if_revision=revision,
            )
            return _told_of(access, scheduled)
        sent = await register.send(
            draft_id, _in_force(access), reclassify=body.reclassify, if_revision=revision
        )
        return _told_of(access, await _settled(access, sent))


@router.post(
    "/{draft_id}/cancel",
    **describe(
        Operation(
            summary="Do not put a draft in force at its time",
            answers=DraftView,
            codes=CODES,
            has_version=True,
            is_tagged=True,
            is_write=True,
            takes_key=True,
        )
    ),
)
async def cancel_draft(draft_id: DraftId, access: Write) -> Response:
    """One that is submitted as before."""
    with _problems():
        return _told_of(access, await _register(access).cancel(draft_id, _revision(access)))


async def _settled(access: Access, sent: Draft) -> Draft:
    """What the router has made of it. Raises :class:`ProblemError`."""
    access.note(entry_id=sent.entry_id)
    patience_s = access.settings.policy_timeout_s
    try:
        async with asyncio.timeout(patience_s):
            draft = await access.hosted.applying.until_settled(sent)
    except TimeoutError:
        place = {"Location": f"/v1/policy/drafts/{sent.id}"}
        detail = f"not decided within {patience_s:g} s: look at the draft"
        raise ProblemError("undecided", detail, headers=place, entry_id=sent.entry_id) from None
    if draft.code:
        raise ProblemError(draft.code, draft.detail)
    return draft


async def _require_ahead(access: Access, at_ms: int) -> None:
    ahead_ms = at_ms - await access.hosted.drafts.now_ms()
    if not 0 < ahead_ms <= AHEAD_MS_MAX:
        detail = "a time that lies ahead, by a year at the most; leave it out for now"
        raise ProblemError("invalid", detail, errors=[Fault(detail, "/apply_at_ms")])


async def _whole(
    access: Access, draft_id: str, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    draft, documents = await _register(access).get(draft_id)
    told = await asyncio.to_thread(whole_view, draft, documents, _in_force(access))
    return tagged(access, told, str(draft.revision), status, headers)


def _told_of(access: Access, draft: Draft) -> Response:
    return tagged(access, draft_view(draft, _in_force(access)), str(draft.revision))


def _checked(base: dict[str, Any], document: dict[str, Any]) -> CheckView:
    found = check(document)
    return CheckView(
        is_valid=not found.faults,
        errors=faults_of(found.faults),
        warnings=faults_of(found.warnings),
        changes=[change_view(each) for each in changes(base, found.document)],
    )


def _register(access: Access) -> Register:
    return Register(access.hosted.drafts, actor_of(access.principal), origin_of(access.request))


def _in_force(access: Access) -> InForce:
    return access.hosted.applying.in_force


def _revision(access: Access) -> int | None:
    told = asked_version(access)
    if told is None or told == ANY_VERSION:
        return None
    if not told.isdecimal():
        raise ProblemError("version_mismatch", "the ETag of a draft begins with its revision")
    return int(told)


def _looked_at(access: Access) -> int:
    """The revision that is meant. Raises :class:`ProblemError` where none is named."""
    revision = _revision(access)
    if revision is None:
        detail = "say which revision you have looked at: If-Match takes its ETag"
        fault = Fault(detail, parameter="If-Match")
        raise ProblemError("precondition_required", detail, errors=[fault])
    return revision


def _told(value: T | UnsetType) -> T | None:
    return None if isinstance(value, UnsetType) else value


def _both(name: str) -> ProblemError:
    detail = "give a whole document (policy), or this, not both"
    return ProblemError("invalid", detail, errors=[Fault(detail, f"/{name}")])


@contextmanager
def _problems() -> Iterator[None]:
    """What is wrong with what was asked, as problems."""
    try:
        yield
    except DraftError as error:
        raise ProblemError(error.code, str(error), **_more(error)) from None
    except OverflowError:
        detail = "a number is too large: integers have 64 bits"
        raise ProblemError("invalid", detail, errors=[Fault(detail)]) from None


def _more(error: DraftError) -> dict[str, Any]:
    if isinstance(error, InvalidDraft):
        return {"errors": faults_of(error.problems)}
    if isinstance(error, DraftChanged):
        return {"version": str(error.revision)}
    if isinstance(error, UnresolvedConflicts):
        return {"errors": [Fault("both have changed it", f"/choices/{p}") for p in error.paths]}
    return {}
