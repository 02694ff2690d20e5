"""Lifecycles of interactions, offers, assignments and agents, as tables.

Theory of operation
-------------------
Four things have a life. Each is in exactly one state at a time, and moves only when an event says
so; the tables below are *all* the moves there are. Rule 1: whatever decides which state follows
which stands in this file. Rule 2: this file knows no state but the names of states; it holds no
data, looks at no clock and has no opinion on when an event should happen.

* An **interaction** is born ``queued``, is ``suspended`` while nobody is to get it (from its birth
  on, if it is for later), is ``offered`` while offers for it are open (as many at once as its
  queue says),
  ``assigned`` while an agent works on it, in ``wrap_up`` while the agent finishes, and ends
  ``completed``, ``cancelled`` or ``diverted`` (its queue does not take it). A requeue, or the
  failure of the last open offer, brings it back to ``queued`` with its original age. While its
  customer is silent it may be ``idle``: with its agent, and without capacity; it is ``waking``
  while it waits for room there. A customer can cancel only while no agent works on it; open offers
  are rescinded first.
* An **offer** is ``issued`` and ends in exactly one of four ways.
* An **assignment** begins with an accepted offer and ends ``completed`` or ``requeued``. Capacity
  is taken from the offer on, until the assignment is over, wrap-up included, but not while it is
  ``idle`` or ``waking``.
* An **agent** is ``offline`` before the first login; only ``available`` agents get offers. An
  offer that nobody answers makes the agent ``not_responding`` until they say that they are back.
  Whoever signs out with work in hand is offline, and still owns the work.

docs/lifecycle.md is generated from these tables (``python -m router.diagrams``).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final, TypeAlias, TypeVar

from router import events as ev
from router.errors import InvariantError

__all__ = (
    "AGENT",
    "ASSIGNMENT",
    "BESIDE_OTHERS",
    "INTERACTION",
    "IN_HAND",
    "LIFECYCLES",
    "LOOKING",
    "OFFER",
    "AgentStatus",
    "AssignmentState",
    "InteractionState",
    "OfferState",
    "following",
)


class InteractionState(StrEnum):
    """Where an interaction stands."""

    NEW = "new"
    QUEUED = "queued"
    SUSPENDED = "suspended"
    OFFERED = "offered"
    ASSIGNED = "assigned"
    IDLE = "idle"
    WAKING = "waking"
    WRAP_UP = "wrap_up"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    DIVERTED = "diverted"


class OfferState(StrEnum):
    """Where an offer stands."""

    NEW = "new"
    ISSUED = "issued"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    RESCINDED = "rescinded"


class AssignmentState(StrEnum):
    """Where an assignment stands."""

    NEW = "new"
    ACTIVE = "active"
    IDLE = "idle"
    WAKING = "waking"
    WRAP_UP = "wrap_up"
    COMPLETED = "completed"
    REQUEUED = "requeued"


class AgentStatus(StrEnum):
    """Whether an agent can be offered work."""

    OFFLINE = "offline"
    UNAVAILABLE = "unavailable"
    AVAILABLE = "available"
    NOT_RESPONDING = "not_responding"


State = TypeVar("State", bound=StrEnum)
Table: TypeAlias = dict[tuple[State, type[ev.Event]], State]

LOOKING: Final = frozenset((InteractionState.QUEUED, InteractionState.OFFERED))
"""States in which an interaction looks for an agent."""

IN_HAND: Final = frozenset(
    (InteractionState.ASSIGNED, InteractionState.IDLE, InteractionState.WAKING)
)
"""States in which a conversation is an agent's, active or not."""

_I, _O, _A, _G = InteractionState, OfferState, AssignmentState, AgentStatus

INTERACTION: Final[Table[InteractionState]] = {
    (_I.NEW, ev.InteractionCreated): _I.QUEUED,
    (_I.QUEUED, ev.InteractionUpdated): _I.QUEUED,
    (_I.QUEUED, ev.RequirementsExpired): _I.QUEUED,
    (_I.QUEUED, ev.InteractionStepped): _I.QUEUED,
    (_I.QUEUED, ev.InteractionMoved): _I.QUEUED,
    (_I.QUEUED, ev.InteractionReclassified): _I.QUEUED,
    (_I.QUEUED, ev.ExclusionEnded): _I.QUEUED,
    (_I.QUEUED, ev.InteractionSuspended): _I.SUSPENDED,
    (_I.QUEUED, ev.OfferIssued): _I.OFFERED,
    (_I.QUEUED, ev.InteractionCancelled): _I.CANCELLED,
    (_I.QUEUED, ev.InteractionDiverted): _I.DIVERTED,
    (_I.SUSPENDED, ev.InteractionUpdated): _I.SUSPENDED,
    (_I.SUSPENDED, ev.InteractionReclassified): _I.SUSPENDED,
    (_I.SUSPENDED, ev.InteractionSuspended): _I.SUSPENDED,
    (_I.SUSPENDED, ev.InteractionDue): _I.SUSPENDED,
    (_I.SUSPENDED, ev.ExclusionEnded): _I.SUSPENDED,
    (_I.SUSPENDED, ev.AttemptFailed): _I.SUSPENDED,
    (_I.SUSPENDED, ev.InteractionResumed): _I.QUEUED,
    (_I.SUSPENDED, ev.InteractionCancelled): _I.CANCELLED,
    (_I.OFFERED, ev.InteractionUpdated): _I.OFFERED,
    (_I.OFFERED, ev.RequirementsExpired): _I.OFFERED,
    (_I.OFFERED, ev.InteractionStepped): _I.OFFERED,
    (_I.OFFERED, ev.InteractionMoved): _I.OFFERED,
    (_I.OFFERED, ev.ExclusionEnded): _I.OFFERED,
    (_I.OFFERED, ev.OfferHeld): _I.OFFERED,
    (_I.OFFERED, ev.OfferAccepted): _I.ASSIGNED,
    (_I.OFFERED, ev.OfferDeclined): _I.QUEUED,
    (_I.OFFERED, ev.OfferExpired): _I.QUEUED,
    (_I.OFFERED, ev.OfferRescinded): _I.QUEUED,
    (_I.ASSIGNED, ev.InteractionUpdated): _I.ASSIGNED,
    (_I.ASSIGNED, ev.ExclusionEnded): _I.ASSIGNED,
    (_I.ASSIGNED, ev.AttemptFailed): _I.ASSIGNED,
    (_I.IDLE, ev.AttemptFailed): _I.IDLE,
    (_I.WAKING, ev.AttemptFailed): _I.WAKING,
    (_I.ASSIGNED, ev.InteractionRequeued): _I.QUEUED,
    (_I.ASSIGNED, ev.InteractionCompleted): _I.WRAP_UP,
    (_I.ASSIGNED, ev.InteractionIdled): _I.IDLE,
    (_I.IDLE, ev.InteractionUpdated): _I.IDLE,
    (_I.IDLE, ev.ExclusionEnded): _I.IDLE,
    (_I.IDLE, ev.InteractionWaking): _I.WAKING,
    (_I.IDLE, ev.InteractionWoken): _I.ASSIGNED,
    (_I.IDLE, ev.InteractionRequeued): _I.QUEUED,
    (_I.IDLE, ev.InteractionCompleted): _I.WRAP_UP,
    (_I.WAKING, ev.InteractionUpdated): _I.WAKING,
    (_I.WAKING, ev.ExclusionEnded): _I.WAKING,
    (_I.WAKING, ev.InteractionIdled): _I.IDLE,
    (_I.WAKING, ev.InteractionWoken): _I.ASSIGNED,
    (_I.WAKING, ev.InteractionRequeued): _I.QUEUED,
    (_I.WAKING, ev.InteractionCompleted): _I.WRAP_UP,
    (_I.WRAP_UP, ev.InteractionWrapUpExtended): _I.WRAP_UP,
    (_I.WRAP_UP, ev.ExclusionEnded): _I.WRAP_UP,
    (_I.WRAP_UP, ev.InteractionWrappedUp): _I.COMPLETED,
}

BESIDE_OTHERS: Final[Table[InteractionState]] = {
    (_I.OFFERED, ev.OfferIssued): _I.OFFERED,
    (_I.OFFERED, ev.OfferDeclined): _I.OFFERED,
    (_I.OFFERED, ev.OfferExpired): _I.OFFERED,
    (_I.OFFERED, ev.OfferRescinded): _I.OFFERED,
}
"""Moves of an interaction by one offer while others of it are open. None of these is accepted."""

OFFER: Final[Table[OfferState]] = {
    (_O.NEW, ev.OfferIssued): _O.ISSUED,
    (_O.ISSUED, ev.OfferHeld): _O.ISSUED,
    (_O.ISSUED, ev.OfferAccepted): _O.ACCEPTED,
    (_O.ISSUED, ev.OfferDeclined): _O.DECLINED,
    (_O.ISSUED, ev.OfferExpired): _O.EXPIRED,
    (_O.ISSUED, ev.OfferRescinded): _O.RESCINDED,
}

ASSIGNMENT: Final[Table[AssignmentState]] = {
    (_A.NEW, ev.OfferAccepted): _A.ACTIVE,
    (_A.ACTIVE, ev.InteractionCompleted): _A.WRAP_UP,
    (_A.ACTIVE, ev.InteractionRequeued): _A.REQUEUED,
    (_A.ACTIVE, ev.InteractionIdled): _A.IDLE,
    (_A.IDLE, ev.InteractionWaking): _A.WAKING,
    (_A.IDLE, ev.InteractionWoken): _A.ACTIVE,
    (_A.IDLE, ev.InteractionCompleted): _A.WRAP_UP,
    (_A.IDLE, ev.InteractionRequeued): _A.REQUEUED,
    (_A.WAKING, ev.InteractionIdled): _A.IDLE,
    (_A.WAKING, ev.InteractionWoken): _A.ACTIVE,
    (_A.WAKING, ev.InteractionCompleted): _A.WRAP_UP,
    (_A.WAKING, ev.InteractionRequeued): _A.REQUEUED,
    (_A.WRAP_UP, ev.InteractionWrapUpExtended): _A.WRAP_UP,
    (_A.WRAP_UP, ev.InteractionWrappedUp): _A.COMPLETED,
}

AGENT: Final[Table[AgentStatus]] = {
    (_G.OFFLINE, ev.AgentLoggedIn): _G.UNAVAILABLE,
    (_G.UNAVAILABLE, ev.AgentLoggedIn): _G.UNAVAILABLE,
    (_G.UNAVAILABLE, ev.AgentAvailable): _G.AVAILABLE,
    (_G.UNAVAILABLE, ev.AgentUnavailable): _G.UNAVAILABLE,
    (_G.UNAVAILABLE, ev.AgentLoggedOut): _G.OFFLINE,
    (_G.AVAILABLE, ev.AgentLoggedIn): _G.AVAILABLE,
    (_G.AVAILABLE, ev.AgentUnavailable): _G.UNAVAILABLE,
    (_G.AVAILABLE, ev.AgentNotResponding): _G.NOT_RESPONDING,
    (_G.AVAILABLE, ev.AgentLoggedOut): _G.OFFLINE,
    (_G.NOT_RESPONDING, ev.AgentLoggedIn): _G.UNAVAILABLE,
    (_G.NOT_RESPONDING, ev.AgentAvailable): _G.AVAILABLE,
    (_G.NOT_RESPONDING, ev.AgentUnavailable): _G.UNAVAILABLE,
    (_G.NOT_RESPONDING, ev.AgentLoggedOut): _G.OFFLINE,
}

LIFECYCLES: Final[dict[str, Table[Any]]] = {
    "Interaction": INTERACTION,
    "Offer": OFFER,
    "Assignment": ASSIGNMENT,
    "Agent": AGENT,
}


def following(table: Table[State], state: State, event: ev.Event) -> State:
    """The state after ``event``; :class:`InvariantError` when the table has no such move."""
    try:
        return table[state, type(event)]
    except KeyError:
        raise InvariantError(
            f"{type(event).__name__} cannot happen to a thing that is {state}"
        ) from None
