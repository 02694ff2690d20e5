"""A draft, and how it goes on: open, submitted, scheduled, applying, applied."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from adapters.drafts.errors import WrongState
from router.policy import APPROVALS_MAX

__all__ = (
    "AUTHORS_MAX",
    "DRAFT_ID_PATTERN",
    "Approval",
    "Documents",
    "Draft",
    "DraftState",
    "InForce",
    "new_draft_id",
    "required_approvals",
)

DRAFT_ID_PATTERN: Final = r"^pd_[0-9a-f]{16}$"
AUTHORS_MAX: Final = 32
"""People who have worked on one draft; none of them may approve it."""

DraftState = Literal["open", "submitted", "scheduled", "applying", "applied"]


class Approval(Struct, frozen=True, omit_defaults=True):
    """Somebody has looked at a draft as it stands, and agrees."""

    by: str
    at_ms: int
    comment: str = ""


class Draft(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """All of a draft but its documents. Times are the server's, in ms; 0 and "": not yet.

    ``entry_id`` is the inbound entry that was written in the same step as the draft became
    ``applying``; ``version`` is the one that it has become; ``code`` and ``detail`` say why it was
    not put in force when that was last tried.
    """

    id: str
    revision: int = 1
    state: DraftState = "open"
    title: str = ""
    comment: str = ""
    base_version: int
    made_by: str
    made_ms: int
    changed_ms: int
    authors: tuple[str, ...] = ()
    approvals: tuple[Approval, ...] = ()
    is_valid: bool = True
    submitted_by: str = ""
    submitted_ms: int = 0
    apply_at_ms: int = 0
    applied_by: str = ""
    applied_ms: int = 0
    reclassify: bool = False
    entry_id: str = ""
    version: int = 0
    code: str = ""
    detail: str = ""

    def reopened(self, subject: str) -> Draft:
        """The same, to be submitted and approved anew, with one who has worked on it. Raises
        :class:`WrongState` where there is no room for their name: they could approve it."""
        authors = self.authors if subject in self.authors else (*self.authors, subject)
        if len(authors) > AUTHORS_MAX:
            most = f"{AUTHORS_MAX} people have worked on {self.id}, as many as may"
            raise WrongState(f"{most}: apply it, or begin another draft with its document")
        return replace(
            self,
            state="open",
            approvals=(),
            authors=authors,
            submitted_by="",
            submitted_ms=0,
            code="",
            detail="",
        )


class Documents(NamedTuple):
    """The document of a draft, and the one from which it was made."""

    base: dict[str, Any]
    document: dict[str, Any]


class InForce(NamedTuple):
    """The policy in force."""

    version: int
    document: dict[str, Any]


def new_draft_id() -> str:
    """An id that no other draft has."""
    return f"pd_{secrets.token_hex(8)}"


def required_approvals(in_force: Mapping[str, Any]) -> int:
    """How many must approve, by the policy in force."""
    asked = in_force.get("approvals") or {}
    return min(int(asked.get("required", 1)), APPROVALS_MAX) if asked else 0
