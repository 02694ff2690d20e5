"""What a draft may be asked for, by its state and by the policy in force."""

from __future__ import annotations

from typing import Final

from adapters.drafts.draft import Draft, DraftState, InForce, required_approvals
from adapters.drafts.errors import DraftOutdated, NotApproved, WrongState

__all__ = ("require_ready", "require_state")

_WAYS_OUT: Final = {
    "open": "it has to be submitted first",
    "submitted": "change it, or have it approved and applied",
    "scheduled": "cancel that first",
    "applying": "the router has it",
    "applied": "make another one",
}


def require_state(draft: Draft, *states: DraftState) -> None:
    """Raises :class:`WrongState` where it is in none of them."""
    if draft.state not in states:
        raise WrongState(f"{draft.id} is {draft.state}: {_WAYS_OUT[draft.state]}")


def require_ready(draft: Draft, in_force: InForce) -> None:
    """See that a draft may be put in force. Raises :class:`WrongState`,
    :class:`DraftOutdated` and :class:`NotApproved`."""
    require_state(draft, "submitted", "scheduled")
    if draft.base_version != in_force.version:
        raise DraftOutdated(draft.base_version, in_force.version)
    required = required_approvals(in_force.document)
    if len(draft.approvals) < required:
        raise NotApproved(len(draft.approvals), required)
