"""The records that a router wrote or read last, kept as they were, in case the journal loses them.

Redis replicates behind the answer: when a replica is promoted, the last records may be missing,
though they were acknowledged and others have acted on them. Who still has them can write them
again, byte for byte, under the same ids.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec
from msgspec import Struct

from router import limits
from router.errors import Fenced, RecordsLost
from router.events import InteractionCreated, OfferAccepted, OfferIssued
from router.ports import DeadLetter, RecentRecord, Stretch, WorkEntry
from router.record import decode_record, previous_hash, record_hash
from router.snapshot.manifest import place_of

__all__ = ("Recent", "epoch_of", "stretch_of")


class Recent:
    """The last records in a row, bounded in number and bytes."""

    def __init__(
        self,
        records_max: int = limits.RECENT_RECORDS_MAX,
        bytes_max: int = limits.RECENT_BYTES_MAX,
    ) -> None:
        self._records_max = records_max
        self._bytes_max = bytes_max
        self._records: deque[RecentRecord] = deque()
        self._bytes = 0

    @property
    def last_id(self) -> str:
        """The id of the last record; "" while there is none."""
        return self._records[-1].record_id if self._records else ""

    @property
    def first_id(self) -> str:
        """The id of the oldest record; "" while there is none."""
        return self._records[0].record_id if self._records else ""

    def add(
        self,
        record_id: str,
        data: bytes,
        work: Sequence[WorkEntry] = (),
        dead: Sequence[DeadLetter] = (),
    ) -> list[RecentRecord]:
        """Take in the next record; one that is known already is passed over.

        Returns those that the journal has gone on without, which are remembered no longer.
        """
        lost: list[RecentRecord] = []
        if self._records:
            (epoch, lsn), (last_epoch, last_lsn) = place_of(record_id), place_of(self.last_id)
            if (epoch, lsn) <= (last_epoch, last_lsn):
                return lost
            if (epoch, lsn) != (last_epoch, last_lsn + 1):
                lost = self._parted(previous_hash(data))
        record = RecentRecord(record_id, data, work, dead)
        self._records.append(record)
        self._bytes += _size(record)
        while len(self._records) > self._records_max or self._bytes > self._bytes_max:
            self._bytes -= _size(self._records.popleft())
        return lost

    def clear(self) -> None:
        """Forget everything."""
        self._records.clear()
        self._bytes = 0

    def erase(
        self, found: Mapping[str, bytes], interactions: Collection[str], after: str, count: int
    ) -> tuple[int, str]:
        """Of the next ``count`` records behind ``after``, keep what the journal holds of them since
        it was rewritten (``found``, by id), and no work entry of these interactions nor any dead
        letter; how many that has changed, and the id of the last of them ("": there are no more).

        A record in ``found`` that does not stand for ours is another router's: ours is kept.
        """
        begin = bisect_right(self._records, place_of(after), key=_place)
        end = min(begin + count, len(self._records))
        changed = sum(self._replace(at, found, interactions) for at in range(begin, end))
        return changed, self._records[end - 1].record_id if end < len(self._records) else ""

    def _replace(self, at: int, found: Mapping[str, bytes], interactions: Collection[str]) -> bool:
        ours = self._records[at]
        data = found.get(ours.record_id, ours.data)
        if record_hash(data) != record_hash(ours.data):
            data = ours.data
        work = [entry for entry in ours.work if _interaction_of(entry) not in interactions]
        if data == ours.data and len(work) == len(ours.work) and not ours.dead:
            return False
        kept = RecentRecord(ours.record_id, data, work)
        self._records[at] = kept
        self._bytes += _size(kept) - _size(ours)
        return True

    def _parted(self, prev: bytes) -> list[RecentRecord]:
        # a journal that has gone on without our last records goes on from one before them
        if prev == record_hash(self._records[-1].data):
            return []
        lost: list[RecentRecord] = []
        for record in reversed(self._records):
            if prev == record_hash(record.data):
                break
            lost.append(record)
        else:
            # or from one that was never read: then nobody knows that anything is missing
            if prev != previous_hash(lost[-1].data):
                lost = []
        self.clear()
        return lost[::-1]

    def later_than(self, record_id: str) -> list[RecentRecord]:
        """The records with a higher id."""
        place = place_of(record_id)
        return [record for record in self._records if place_of(record.record_id) > place]

    def after(self, found_id: str, found: bytes) -> list[RecentRecord]:
        """The records that a journal lacks which ends with the record ``found``.

        Raises :class:`Fenced` when that is none of these: another router has written it; and
        :class:`RecordsLost` when it lies so far back that the next one is not remembered.
        """
        later = self.later_than(found_id)
        if len(later) < len(self._records):
            same = self._records[-1 - len(later)]
            ours = (same.record_id, record_hash(same.data))
            if ours != (found_id, record_hash(found)):
                raise Fenced(self.last_id, found_id)
        for record in later:
            if previous_hash(record.data) != record_hash(found):
                raise RecordsLost(found_id, record.record_id, self.last_id)
            found = record.data
        return later


def stretch_of(records: Iterable[RecentRecord]) -> Stretch:
    """What these records (one at least) hold."""
    kept = list(records)
    events = [event for record in kept for event in decode_record(record.data).events]
    return Stretch(
        first=kept[0].record_id,
        last=kept[-1].record_id,
        records=len(kept),
        events=len(events),
        work_entries=sum(len(record.work) for record in kept),
        created=[e.interaction_id for e in events if isinstance(e, InteractionCreated)],
        issued=[e.offer_id for e in events if isinstance(e, OfferIssued)],
        accepted=[e.offer_id for e in events if isinstance(e, OfferAccepted)],
    )


def epoch_of(record_id: str) -> int:
    """The epoch of a record."""
    return place_of(record_id)[0]


class _About(Struct, frozen=True):
    interaction_id: str = ""


_in_msgpack = msgspec.msgpack.Decoder(_About)
_in_json = msgspec.json.Decoder(_About)


def _interaction_of(entry: WorkEntry) -> str:
    """Whom a work entry is about; "" where it names none."""
    decoder = _in_json if entry.field == "j" else _in_msgpack
    return decoder.decode(entry.payload).interaction_id


def _place(record: RecentRecord) -> tuple[int, int]:
    return place_of(record.record_id)


def _size(record: RecentRecord) -> int:
    work = sum(len(entry.payload) for entry in record.work)
    return len(record.data) + work + sum(len(letter.payload) for letter in record.dead)
