"""A typed asynchronous client of the HTTP API (docs/client.md).

It imports nothing of OneQueue: this folder can be copied, or shipped alone, with httpx, msgspec and
websockets. Inside it, imports are relative for that reason.
"""

from .client import OneQueue
from .desktop import Desktop
from .desktop_messages import (
    Assigned,
    CustomerKnown,
    DialogueShown,
    Idled,
    Message,
    MessageDelivered,
    MessageSaid,
    Offered,
    OfferOver,
    Picture,
    PresenceChanged,
    Released,
    StandingChanged,
    Told,
    Waking,
    Woken,
)
from .errors import (
    BadAnswer,
    ClientError,
    Conflict,
    DesktopClosed,
    Forbidden,
    Gone,
    Invalid,
    NotFound,
    PreconditionFailed,
    Problem,
    RateLimited,
    Refused,
    ServerFault,
    Unauthenticated,
    Unavailable,
    Undecided,
    Unreachable,
)
from .events import Event
from .retries import Retries

__all__ = (
    "Assigned",
    "BadAnswer",
    "ClientError",
    "Conflict",
    "CustomerKnown",
    "Desktop",
    "DesktopClosed",
    "DialogueShown",
    "Event",
    "Forbidden",
    "Gone",
    "Idled",
    "Invalid",
    "Message",
    "MessageDelivered",
    "MessageSaid",
    "NotFound",
    "OfferOver",
    "Offered",
    "OneQueue",
    "Picture",
    "PreconditionFailed",
    "PresenceChanged",
    "Problem",
    "RateLimited",
    "Refused",
    "Released",
    "Retries",
    "ServerFault",
    "StandingChanged",
    "Told",
    "Unauthenticated",
    "Unavailable",
    "Undecided",
    "Unreachable",
    "Waking",
    "Woken",
)
