"""One stream: its entries, the ids that it gives out, and how it is trimmed."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Final, NamedTuple, TypeAlias

from tests.simulation.store.replies import ErrorReply

__all__ = ("LARGEST", "SMALLEST", "ZERO", "Entry", "Id", "Stream", "id_text", "parse_id")

Id: TypeAlias = tuple[int, int]
PART_MAX: Final = 2**64 - 1
SMALLEST: Final[Id] = (0, 0)
LARGEST: Final[Id] = (PART_MAX, PART_MAX)

BAD_ID: Final = "ERR Invalid stream ID specified as stream command argument"
NOT_ABOVE: Final = (
    "ERR The ID specified in XADD is equal or smaller than the target stream top item"
)
ZERO: Final = "ERR The ID specified in XADD must be greater than 0-0"


class Entry(NamedTuple):
    """An entry; ``block`` numbers the block of memory that it shares with its neighbours."""

    id: Id
    fields: Sequence[bytes]
    block: int


def id_text(ident: Id) -> bytes:
    """An id as it is answered."""
    return b"%d-%d" % ident


def parse_id(text: bytes, missing_minor: int = 0) -> Id:
    """The id in an argument."""
    major, dash, minor = text.partition(b"-")
    if not (major.isdigit() and (minor.isdigit() if dash else True)):
        raise ErrorReply(BAD_ID)
    ident = (int(major), int(minor) if dash else missing_minor)
    if max(ident) > PART_MAX:
        raise ErrorReply(BAD_ID)
    return ident


class Stream:
    """Entries in the order of their ids. ``block_entries`` is the server's
    ``stream-node-max-entries``: trimming "about" drops whole blocks of so many, never a part."""

    def __init__(self, block_entries: int) -> None:
        self.entries: list[Entry] = []
        self.last_id = SMALLEST
        self.max_deleted_id = SMALLEST
        self.added = 0
        self.groups: set[bytes] = set()
        self._block_entries = block_entries
        self._block = 0
        self._held = 0

    def next_id(self, asked: bytes, now_ms: int) -> Id:
        """The id of the entry that is to be added, from what the command says of it."""
        major, _, minor = asked.partition(b"-")
        if asked == b"*":
            ident = (now_ms, 0) if now_ms > self.last_id[0] else _after(self.last_id)
        elif minor == b"*":
            (milliseconds, _) = parse_id(major)
            same = milliseconds == self.last_id[0]
            ident = _after(self.last_id) if same else (milliseconds, 0)
        else:
            ident = parse_id(asked)
        if ident <= self.last_id:
            raise ErrorReply(NOT_ABOVE)
        return ident

    def append(self, ident: Id, fields: Sequence[bytes]) -> None:
        """Add an entry; its id must be above all that were there."""
        if self._held >= self._block_entries or not self._block_lives():
            self._block, self._held = self._block + 1, 0
        self._held += 1
        self.entries.append(Entry(ident, fields, self._block))
        self.last_id = ident
        self.added += 1

    def between(self, first: Id, last: Id) -> list[Entry]:
        """Entries from one id to another, both included."""
        return self.entries[
            bisect_left(self.entries, first, key=_id) : bisect_right(self.entries, last, key=_id)
        ]

    def delete(self, ident: Id) -> bool:
        """Delete one entry; whether it was there."""
        index = bisect_left(self.entries, ident, key=_id)
        if index == len(self.entries) or self.entries[index].id != ident:
            return False
        del self.entries[index]
        self.max_deleted_id = max(self.max_deleted_id, ident)
        return True

    def trim(self, going: int, *, about: bool) -> int:
        """Drop so many of the oldest entries; ``about``: those of whole blocks alone."""
        if about:
            going = self._whole_blocks(going)
        del self.entries[:going]
        return going

    def below(self, ident: Id) -> int:
        """How many entries have a lower id."""
        return bisect_left(self.entries, ident, key=_id)

    def _whole_blocks(self, going: int) -> int:
        while 0 < going < len(self.entries):
            if self.entries[going].block != self.entries[going - 1].block:
                break
            going -= 1
        return going

    def _block_lives(self) -> bool:
        return bool(self.entries) and self.entries[-1].block == self._block


def _id(entry: Entry) -> Id:
    return entry.id


def _after(ident: Id) -> Id:
    major, minor = ident
    return (major, minor + 1) if minor < PART_MAX else (major + 1, 0)
