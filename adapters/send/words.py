"""Words that exports use for the columns and the media that a mapping needs.

Only for guessing: a wrong guess is seen and corrected in the mapping that is shown.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ("COLUMN_WORDS", "PRIORITY_WORDS", "channel_of", "name_score", "normalised")

COLUMN_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "channel": (
        "channel", "channeltype", "channel type", "medium", "media type", "mediatype", "media",
        "contact channel", "contact method", "origin", "case origin", "source", "intake", "via",
        "contact type", "communication type", "submitted via", "method received", "method",
        "kanal",
    ),
    "id": (
        "id", "interaction id", "unique key", "case number", "case id", "ticket id",
        "ticket number", "ticket", "contact id", "call id", "reference", "request id",
        "service request id", "conversation id", "case", "number", "key", "uuid", "guid", "nr",
        "no",
    ),
    "created": (
        "created", "created date", "created at", "creation date", "opened", "opened at",
        "open date", "received", "received at", "date received", "start time", "start",
        "started at", "arrival", "arrival time", "arrived", "timestamp", "datetime", "date time",
        "time", "date", "requested", "submitted", "submitted at", "initiated", "call date",
        "erstellt",
    ),
    "customer": (
        "customer id", "customer", "customer number", "client id", "client", "account id",
        "account", "account number", "caller id", "caller", "contact", "member id", "user id",
        "user", "citizen", "citizen id", "person id", "requester", "requester id", "phone number",
        "customer phone", "email address", "customer email", "from", "ani", "kunde",
        "incident zip", "zip", "zip code", "postcode", "postal code", "incident address",
        "address",
    ),
    "queue": (
        "queue", "queue name", "skill group", "line of business", "department", "team", "agency",
        "division", "group", "topic", "category", "complaint type", "request type",
        "subject area",
    ),
    "priority": ("priority", "severity", "urgency", "importance", "prio"),
}  # fmt: skip
"""Normalised names, the best first."""

_ENDED: Final = re.compile(
    r"\b(closed|close|resolved|ended|end|completed|updated|due|modified|last)\b"
)
_WORD: Final = re.compile(r"[\W_]+")
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

_MEDIA: Final[tuple[tuple[str, str], ...]] = (
    ("callback", r"call ?back|return call|rückruf"),
    ("sms", r"sms|text|texts|text message|mms"),
    ("social", r"social|twitter|facebook|instagram|tweet|dm|linkedin|tiktok|whats ?app|telegram"),
    ("chat", r"chat|live ?chat|webchat|messag\w*|bot|mobile|app|ios|android"),
    ("email", r"e ?mails?|electronic mail"),
    ("fax", r"fax|telefax"),
    ("letter", r"letter|postal|post|mail|paper|brief"),
    ("voice", r"phone|telephone|tel|calls?|voice|voip|ivr|inbound|hotline|telefon"),
    ("web", r"web|website|online|portal|internet|form|web ?form|self service|webportal"),
)
"""The first line whose words stand in a value names its medium: "web chat" is chat, not web."""

PRIORITY_WORDS: Final[dict[str, int]] = {
    "critical": 10, "urgent": 10, "emergency": 10, "highest": 10, "immediate": 10, "very high": 8,
    "high": 5, "major": 5, "vip": 5, "medium": 2, "moderate": 2, "normal": 1, "standard": 1,
    "routine": 0, "minor": 0, "low": 0, "lowest": 0, "none": 0, "p1": 10, "p2": 5, "p3": 2, "p4": 0,
    "p5": 0, "sev1": 10, "sev2": 5, "sev3": 2, "sev4": 0,
}  # fmt: skip


def normalised(name: str) -> str:
    """Lower case, words apart: `CaseNumber`, `case_number` and `Case Number` are one name."""
    return _WORD.sub(" ", _CAMEL.sub(" ", name).casefold()).strip()


def name_score(name: str, role: str) -> float:
    """How much a column's name speaks for a role, from 0 to 1."""
    plain = normalised(name)
    words = COLUMN_WORDS[role]
    penalty = 0.5 if role == "created" and _ENDED.search(plain) else 0.0
    for rank, known in enumerate(words):
        closeness = _closeness(plain, known)
        if closeness:
            return max(0.05, closeness * (1 - 0.4 * rank / len(words)) - penalty)
    return 0.0


def _closeness(plain: str, known: str) -> float:
    if plain == known or plain.replace(" ", "") == known.replace(" ", ""):
        return 1.0
    return 0.7 if re.search(rf"\b{re.escape(known)}\b", plain) else 0.0


def channel_of(value: str) -> str | None:
    """The medium that a cell speaks of, by the names of the built-in policy."""
    plain = normalised(value)
    for channel, pattern in _MEDIA:
        if re.search(rf"\b({pattern})\b", plain):
            return channel
    return None
