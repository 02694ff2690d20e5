"""What is told of drafts of the policy, and what is asked of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType, field

from adapters.api.problems import Fault
from adapters.api.resources.policy_views import ChangeView, change_view, faults_of
from adapters.drafts.checking import check
from adapters.drafts.draft import (
    Approval,
    Documents,
    Draft,
    DraftState,
    InForce,
    required_approvals,
)
from adapters.drafts.merging import Choice, Conflict, merge
from adapters.policies.differences import ABSENT, changes

__all__ = (
    "ApplicationBody",
    "ApprovalBody",
    "DraftBody",
    "DraftChangeBody",
    "DraftChangesView",
    "DraftCheckBody",
    "DraftView",
    "RebaseBody",
    "RejectionBody",
    "SubmissionBody",
    "WholeDraftView",
    "changes_view",
    "draft_view",
    "whole_view",
)

Title: TypeAlias = Annotated[str, Meta(max_length=200)]
Comment: TypeAlias = Annotated[str, Meta(max_length=1_000)]
Reason: TypeAlias = Annotated[str, Meta(min_length=1, max_length=1_000, pattern=r"\S")]
Place: TypeAlias = Annotated[str, Meta(max_length=1_000)]


class ApprovalView(Struct, frozen=True, kw_only=True):
    """Who has agreed with a draft as it stands, and when."""

    by: str
    at_ms: int
    comment: str


class DraftView(Struct, frozen=True, kw_only=True):
    """A draft, without its document. ``revision`` is for If-Match; times in ms, 0: not yet.

    ``is_outdated``: another policy is in force than the one that it was made from. ``version`` is
    the one that it has become. ``code`` and ``detail`` say why it was sent back, or was not put in
    force when that was last tried.
    """

    id: str
    revision: int
    state: DraftState
    title: str
    comment: str
    base_version: int
    version_in_force: int
    is_outdated: bool
    is_valid: bool
    made_by: str
    made_ms: int
    changed_ms: int
    authors: list[str]
    approvals: list[ApprovalView]
    approvals_required: int
    is_approved: bool
    submitted_by: str
    submitted_ms: int
    apply_at_ms: int
    applied_by: str
    applied_ms: int
    reclassify: bool
    entry_id: str
    version: int
    code: str
    detail: str


class WholeDraftView(DraftView, frozen=True, kw_only=True):
    """A draft with its document, and what is to be said of that."""

    policy: dict[str, Any]
    errors: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)


class DraftConflictView(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A field that both have changed; what is absent of ``base``, ``draft`` and ``in_force`` is not
    there, or null."""

    path: str
    base: Any = None
    draft: Any = None
    in_force: Any = None


class DraftChangesView(Struct, frozen=True, kw_only=True):
    """Three ways to compare: what the draft has changed of what it was made from, what has come
    into force since, and what applying it would change of that; ``conflicts`` are fields that both
    have changed."""

    base_version: int
    version_in_force: int
    of_draft: list[ChangeView]
    in_force_since: list[ChangeView]
    if_applied: list[ChangeView]
    conflicts: list[DraftConflictView]


class DraftBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A draft that somebody begins: of a document, of an earlier version, or else of the policy in
    force."""

    policy: dict[str, Any] | None = None
    from_version: Annotated[int, Meta(ge=1, le=2**53)] | None = None
    title: Title = ""
    comment: Comment = ""


class DraftChangeBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be otherwise: another document (``policy``), a JSON merge patch on it (``patch``,
    RFC 7396), another title or comment; the rest stays."""

    policy: dict[str, Any] | UnsetType = UNSET
    patch: dict[str, Any] | UnsetType = UNSET
    title: Title | UnsetType = UNSET
    comment: Comment | UnsetType = UNSET


class DraftCheckBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the draft would be: another document, or a JSON merge patch on it. Nothing is kept."""

    policy: dict[str, Any] | UnsetType = UNSET
    patch: dict[str, Any] | UnsetType = UNSET


class RebaseBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands where both have changed a field: by path (``choices``), and for all others
    (``prefer``)."""

    prefer: Choice | None = None
    choices: Annotated[dict[Place, Choice], Meta(max_length=1_000)] = {}


class SubmissionBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why it is wanted; stands in the history with the version."""

    comment: Reason


class ApprovalBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What there is to say with an approval."""

    comment: Comment = ""


class RejectionBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why it goes back to those who have written it."""

    comment: Reason


class ApplicationBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When (ms since 1970; null: now), and whether what waits is classified anew by it."""

    apply_at_ms: Annotated[int, Meta(ge=1, le=2**53)] | None = None
    reclassify: bool = False


def draft_view(draft: Draft, in_force: InForce) -> DraftView:
    """A draft, as it is told."""
    return DraftView(**_told(draft, in_force))


def whole_view(draft: Draft, documents: Documents, in_force: InForce) -> WholeDraftView:
    """The same with its document; takes some milliseconds."""
    found = check(documents.document)
    return WholeDraftView(
        **_told(draft, in_force),
        policy=documents.document,
        errors=faults_of(found.faults),
        warnings=faults_of(found.warnings),
    )


def changes_view(draft: Draft, documents: Documents, in_force: InForce) -> DraftChangesView:
    """What it changes, and what has been changed beside it."""
    base, document = documents
    conflicts = merge(base, document, in_force.document).conflicts
    return DraftChangesView(
        base_version=draft.base_version,
        version_in_force=in_force.version,
        of_draft=_changes(base, document),
        in_force_since=_changes(base, in_force.document),
        if_applied=_changes(in_force.document, document),
        conflicts=[_conflict_view(each) for each in conflicts],
    )


def _told(draft: Draft, in_force: InForce) -> dict[str, Any]:
    required = required_approvals(in_force.document)
    is_over = draft.state == "applied"
    told = {name: getattr(draft, name) for name in draft.__struct_fields__}
    return told | {
        "authors": list(draft.authors),
        "approvals": list(_approval_views(draft.approvals)),
        "version_in_force": in_force.version,
        "is_outdated": not is_over and draft.base_version != in_force.version,
        "approvals_required": required,
        "is_approved": len(draft.approvals) >= required,
    }


def _approval_views(approvals: Iterable[Approval]) -> Iterable[ApprovalView]:
    for each in approvals:
        yield ApprovalView(by=each.by, at_ms=each.at_ms, comment=each.comment)


def _changes(before: dict[str, Any], after: dict[str, Any]) -> list[ChangeView]:
    return [change_view(each) for each in changes(before, after)]


def _conflict_view(conflict: Conflict) -> DraftConflictView:
    base, draft, in_force = (
        None if value is ABSENT else value
        for value in (conflict.base, conflict.draft, conflict.in_force)
    )
    return DraftConflictView(path=conflict.path, base=base, draft=draft, in_force=in_force)
