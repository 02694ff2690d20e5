"""What the API answers about drafts of the policy, typed."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from .models import Fault, PolicyChange

__all__ = ("Approval", "Draft", "DraftChanges", "DraftConflict", "WholeDraft")


class _Model(Struct, frozen=True, kw_only=True):
    pass


class Approval(_Model, frozen=True):
    """Who has agreed with a draft as it stands."""

    by: str
    at_ms: int
    comment: str


class Draft(_Model, frozen=True):
    """A draft: ``open``, ``submitted``, ``scheduled``, ``applying`` or ``applied``; its
    ``revision`` is for ``if_version``. ``code`` and ``detail`` say why it was sent back, or was not
    put in force."""

    id: str
    revision: int
    state: str
    title: str
    comment: str
    base_version: int
    version_in_force: int
    is_outdated: bool
    is_valid: bool
    made_by: str
    made_ms: int
    changed_ms: int
    authors: tuple[str, ...]
    approvals: tuple[Approval, ...]
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


class WholeDraft(Draft, frozen=True):
    """A draft with its document, its faults, and what in it can hardly be meant."""

    policy: dict[str, Any]
    errors: tuple[Fault, ...] = ()
    warnings: tuple[Fault, ...] = ()


class DraftConflict(_Model, frozen=True):
    """A field that the draft and the policy in force have both changed."""

    path: str
    base: Any = None
    draft: Any = None
    in_force: Any = None


class DraftChanges(_Model, frozen=True):
    """What a draft has changed of what it was made from, what has come into force since, and what
    applying it would change of that."""

    base_version: int
    version_in_force: int
    of_draft: tuple[PolicyChange, ...]
    in_force_since: tuple[PolicyChange, ...]
    if_applied: tuple[PolicyChange, ...]
    conflicts: tuple[DraftConflict, ...]
