"""The versions of a policy, as the journal keeps them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple, TypeAlias, cast

import redis

from adapters.journal_text import events_of
from router.errors import CallerError

__all__ = ("PolicyVersion", "UnknownVersion", "newest_first", "version_of")

PAGE_RECORDS: Final = 500
_MARK: Final = b"policy_replaced"

Entries: TypeAlias = list[tuple[bytes, dict[bytes, bytes]]]


class UnknownVersion(CallerError):
    """The journal holds no such version of the policy; ``found`` are the versions that it holds."""

    def __init__(self, version: int | None, found: tuple[int, ...]) -> None:
        super().__init__(version, found)
        self.version = version
        self.found = found

    def __str__(self) -> str:
        if not self.found:
            return "the journal holds no policy: has a router run here?"
        held = f"{self.found[0]} to {self.found[-1]}" if self.found[1:] else str(self.found[0])
        return f"the journal holds no version {self.version} of the policy; it holds {held}"


class PolicyVersion(NamedTuple):
    """One version: when it came into force, by whom, and the whole document."""

    version: int
    record_id: str
    now_ms: int
    changed_by: str
    comment: str
    document: dict[str, Any]


def newest_first(client: redis.Redis, journal: str) -> Iterator[PolicyVersion]:
    """Every version that a journal holds, the one in force first."""
    end = "+"
    while page := cast("Entries", client.xrevrange(journal, end, "-", count=PAGE_RECORDS)):
        for entry_id, fields in page:
            data = fields.get(b"r", b"")
            if _MARK in data:  # most records hold none, and need not be unpacked
                yield from reversed(list(_versions(entry_id.decode(), data)))
        end = f"({page[-1][0].decode()}"


def version_of(client: redis.Redis, journal: str, version: int | None) -> PolicyVersion:
    """One version, or (None) the one in force. Raises :class:`UnknownVersion`."""
    found: list[int] = []
    for one in newest_first(client, journal):
        if version is None or one.version == version:
            return one
        found.append(one.version)
    raise UnknownVersion(version, tuple(sorted(found)))


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
