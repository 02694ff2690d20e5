"""Positions in a tenant's history: a record of the journal, or one event in it."""

from __future__ import annotations

from typing import Final, NamedTuple

from adapters.cloudevents.errors import PositionError
from adapters.redis.stream_ids import StreamId

__all__ = ("BEGIN", "WHOLE", "Position")

WHOLE: Final = 1 << 62
"""Stands for the last event of a record, however many it has."""

PART_MAX: Final = (1 << 64) - 1
TEXT_MAX: Final = 64


class Position(NamedTuple):
    """What somebody has had: all up to, and with, this event of this record. They are ordered."""

    epoch: int
    lsn: int
    number: int = WHOLE

    @classmethod
    def parse(cls, text: str) -> Position:
        """From ``<epoch>-<lsn>`` (all of that record) or ``<epoch>-<lsn>/<n>`` (up to its event
        ``n``, from 0). Raises :class:`PositionError`."""
        record, slash, index = text.partition("/")
        epoch, dash, lsn = record.partition("-")
        parts = (epoch, lsn, *((index,) if slash else ()))
        if len(text) > TEXT_MAX or not dash or not all(map(_is_number, parts)):
            raise PositionError(text)
        return cls(int(epoch), int(lsn), int(index) if slash else WHOLE)

    @classmethod
    def of_record(cls, record_id: str) -> Position:
        """All of a record."""
        return cls(*StreamId.parse(record_id))

    @property
    def record_id(self) -> str:
        """The record in question."""
        return f"{self.epoch}-{self.lsn}"

    @property
    def is_whole(self) -> bool:
        """Whether nothing of the record is left."""
        return self.number == WHOLE

    def __str__(self) -> str:
        return self.record_id if self.is_whole else f"{self.record_id}/{self.number}"


BEGIN: Final = Position(0, 0)
"""Before everything."""


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and int(text) <= PART_MAX
