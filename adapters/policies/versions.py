"""The versions of a policy, as the journal keeps them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from adapters.history import History
from adapters.history.errors import REMEDY
from adapters.journal_text import events_of
from router.errors import CallerError

__all__ = ("PolicyVersion", "UnknownVersion", "newest_first", "version_of")

_MARK: Final = b"policy_replaced"


class UnknownVersion(CallerError):
    """The journal holds no such version of the policy; ``found`` are the versions that it holds,
    and ``whole`` says whether it holds all that there have been."""

    def __init__(self, version: int | None, found: tuple[int, ...], *, whole: bool = True) -> None:
        super().__init__(version, found)
        self.version = version
        self.found = found
        self.whole = whole

    def __str__(self) -> str:
        remedy = "" if self.whole else f"; its beginning has been trimmed: {REMEDY}"
        if not self.found:
            what = "no policy" if remedy else "no policy: has a router run here?"
            return f"the journal holds {what}{remedy}"
        held = f"{self.found[0]} to {self.found[-1]}" if self.found[1:] else str(self.found[0])
        asked = f"the journal holds no version {self.version} of the policy; it holds {held}"
        return asked + remedy


class PolicyVersion(NamedTuple):
    """One version: when it came into force, by whom, and the whole document."""

    version: int
    record_id: str
    now_ms: int
    changed_by: str
    comment: str
    document: dict[str, Any]


def newest_first(history: History) -> Iterator[PolicyVersion]:
    """Every version that a history holds, the one in force first."""
    for record_id, data in history.backward():
        if _MARK in data:  # most records hold none, and need not be unpacked
            yield from reversed(list(_versions(record_id, data)))


def version_of(history: History, version: int | None) -> PolicyVersion:
    """One version, or (None) the one in force. Raises :class:`UnknownVersion`."""
    found: list[int] = []
    for one in newest_first(history):
        if version is None or one.version == version:
            return one
        found.append(one.version)
    raise UnknownVersion(version, tuple(sorted(found)), whole=history.is_whole())


def _versions(record_id: str, data: bytes) -> Iterator[PolicyVersion]:
    for event in events_of(record_id, data):
        if event.get("type") == "policy_replaced":
            yield PolicyVersion(
                version=event["version"],
                record_id=record_id,
                now_ms=event["now_ms"],
                changed_by=event.get("changed_by", ""),
                comment=event.get("comment", ""),
                document=event["policy"],
            )
