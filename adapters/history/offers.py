"""Where the record of an offer stands: found by halving, as offers of an epoch are numbered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from adapters.history.history import History
from adapters.redis.journal_stream import record_of
from adapters.redis.stream_ids import StreamId
from router.events import OfferIssued

__all__ = ("Issued", "find_offer")


class Issued(NamedTuple):
    """An offer, and the record in which it was issued, with its time."""

    record_id: str
    now_ms: int
    event: OfferIssued


def find_offer(
    history: History, offer_id: str, is_over: Callable[[], bool] = lambda: False
) -> Issued | None:
    """The offer of that id; None where the history does not hold it, or ``is_over`` says that
    looking for it has taken long enough.

    Some tens of records are read, however many there are: those in the middle of what is left, up
    to the first that issues an offer. Raises ``ValueError`` for what is no offer's id, and what
    reading a history raises.
    """
    epoch, number = StreamId.parse(offer_id)
    lowest, highest = 0, _last_lsn(history, epoch) + 1
    while lowest < highest and not is_over():
        middle = (lowest + highest) // 2
        found = _first_issuing(history, epoch, middle, highest, is_over)
        if found is None:
            highest = middle
            continue
        lsn, issued = found
        for one in issued:
            if one.event.offer_id == offer_id:
                return one
        if StreamId.parse(issued[0].event.offer_id).minor > number:
            highest = middle
        else:
            lowest = lsn + 1
    return None


def _last_lsn(history: History, epoch: int) -> int:
    """Of the last record of an epoch; -1 where the history holds none."""
    before = f"{epoch + 1}-0" if StreamId.parse(history.last).major > epoch else ""
    found = next(history.backward(before), None)
    if found is None:
        return -1
    last = StreamId.parse(found[0])
    return last.minor if last.major == epoch else -1


def _first_issuing(
    history: History, epoch: int, begin: int, end: int, is_over: Callable[[], bool]
) -> tuple[int, list[Issued]] | None:
    """The first record from an lsn on, below another, that issues offers of the epoch."""
    for record_id, data in _from(history, epoch, begin):
        place = StreamId.parse(record_id)
        if place.major != epoch or place.minor >= end or is_over():
            return None
        issued = _issued(record_id, data)
        if issued:
            return place.minor, issued
    return None


def _from(history: History, epoch: int, begin: int) -> Iterator[tuple[str, bytes]]:
    # ids of streams reach up to 2^64 - 1 within an epoch: the one before the first of it
    after = f"{epoch}-{begin - 1}" if begin else f"{epoch - 1}-{2**64 - 1}"
    return history.records(after)


def _issued(record_id: str, data: bytes) -> list[Issued]:
    if b"offer_issued" not in data:
        return []
    record = record_of(record_id, data)
    offers = (event for event in record.events if isinstance(event, OfferIssued))
    return [Issued(record_id, record.now_ms, event) for event in offers]
