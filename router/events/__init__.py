"""Events: the facts that make up the journal, as frozen values.

State is the fold of events and nothing else. Every field that routing or an explanation needs is in
the event, so that a later release never has to decide anything again to read an old journal.
Fields may be added with a default; none is renamed, removed or given another meaning.
"""

from __future__ import annotations

from typing import TypeAlias

from router.events.agents import (
    AgentActivityChanged,
    AgentAttributesChanged,
    AgentAvailable,
    AgentCapacityChanged,
    AgentChannelsChanged,
    AgentLoggedIn,
    AgentLoggedOut,
    AgentNotResponding,
    AgentSkillsChanged,
    AgentUnavailable,
)
from router.events.interactions import (
    AttemptFailed,
    ExclusionEnded,
    Given,
    InteractionCancelled,
    InteractionCompleted,
    InteractionCreated,
    InteractionDiverted,
    InteractionDue,
    InteractionIdled,
    InteractionMoved,
    InteractionNoted,
    InteractionReclassified,
    InteractionRequeued,
    InteractionResumed,
    InteractionStepped,
    InteractionSuspended,
    InteractionUpdated,
    InteractionWaking,
    InteractionWoken,
    InteractionWrappedUp,
    InteractionWrapUpExtended,
    RequirementsExpired,
    SuspensionEnd,
    WaitEstimated,
    WrapUpEnd,
)
from router.events.offers import (
    Candidate,
    Chosen,
    Decision,
    Joint,
    OfferAccepted,
    OfferDeclined,
    OfferExpired,
    OfferHeld,
    OfferIssued,
    OfferRescinded,
    Trigger,
)
from router.events.tenant import (
    Confirmed,
    GroupsReviewed,
    IntakeChanged,
    LeaderStarted,
    PolicyAnnounced,
    PolicyDropped,
    PolicyReplaced,
    ReclassificationEnded,
    RecordsRestored,
    Rejected,
    Repeated,
    ScarcityPriced,
    VersionMatched,
    VersionTold,
)

__all__ = (
    "AgentActivityChanged",
    "AgentAttributesChanged",
    "AgentAvailable",
    "AgentCapacityChanged",
    "AgentChannelsChanged",
    "AgentLoggedIn",
    "AgentLoggedOut",
    "AgentNotResponding",
    "AgentSkillsChanged",
    "AgentUnavailable",
    "AttemptFailed",
    "Candidate",
    "Chosen",
    "Confirmed",
    "Decision",
    "Event",
    "ExclusionEnded",
    "Given",
    "GroupsReviewed",
    "IntakeChanged",
    "InteractionCancelled",
    "InteractionCompleted",
    "InteractionCreated",
    "InteractionDiverted",
    "InteractionDue",
    "InteractionIdled",
    "InteractionMoved",
    "InteractionNoted",
    "InteractionReclassified",
    "InteractionRequeued",
    "InteractionResumed",
    "InteractionStepped",
    "InteractionSuspended",
    "InteractionUpdated",
    "InteractionWaking",
    "InteractionWoken",
    "InteractionWrapUpExtended",
    "InteractionWrappedUp",
    "Joint",
    "LeaderStarted",
    "OfferAccepted",
    "OfferDeclined",
    "OfferExpired",
    "OfferHeld",
    "OfferIssued",
    "OfferRescinded",
    "PolicyAnnounced",
    "PolicyDropped",
    "PolicyReplaced",
    "ReclassificationEnded",
    "RecordsRestored",
    "Rejected",
    "Repeated",
    "RequirementsExpired",
    "ScarcityPriced",
    "SuspensionEnd",
    "Trigger",
    "VersionMatched",
    "VersionTold",
    "WaitEstimated",
    "WrapUpEnd",
)

Event: TypeAlias = (
    LeaderStarted
    | RecordsRestored
    | PolicyAnnounced
    | PolicyDropped
    | PolicyReplaced
    | ReclassificationEnded
    | IntakeChanged
    | GroupsReviewed
    | InteractionCreated
    | InteractionUpdated
    | RequirementsExpired
    | InteractionStepped
    | InteractionCancelled
    | InteractionDiverted
    | InteractionMoved
    | InteractionReclassified
    | InteractionRequeued
    | AttemptFailed
    | InteractionSuspended
    | InteractionDue
    | InteractionResumed
    | WaitEstimated
    | InteractionIdled
    | InteractionWaking
    | InteractionWoken
    | InteractionNoted
    | OfferIssued
    | OfferHeld
    | OfferAccepted
    | OfferDeclined
    | OfferExpired
    | OfferRescinded
    | ExclusionEnded
    | InteractionCompleted
    | InteractionWrapUpExtended
    | InteractionWrappedUp
    | AgentLoggedIn
    | AgentLoggedOut
    | AgentAvailable
    | AgentUnavailable
    | AgentNotResponding
    | AgentActivityChanged
    | AgentSkillsChanged
    | AgentChannelsChanged
    | AgentAttributesChanged
    | AgentCapacityChanged
    | ScarcityPriced
    | VersionMatched
    | VersionTold
    | Rejected
    | Repeated
    | Confirmed
)
