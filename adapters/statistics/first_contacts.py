"""First contact resolution: whether a customer came back after what was handled.

A first contact is one that was answered and ended, of a customer or in a conversation of which
nothing else had ended within the time before it came. It is resolved if nothing else of the same
customer or conversation comes within that time after its end, on whatever medium; until the time is
over, nothing can be said of it. What names neither customer nor conversation is not looked at.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from adapters.statistics.windows import Intervals
from router import events as ev
from router.record import Record

__all__ = ("contacts", "first_contacts_of_intervals", "resolved")

_Key: TypeAlias = tuple[str, str]


def contacts(within_s: int) -> str:
    """The cell that counts first contacts of which it is known whether they were resolved."""
    return f"contacts:{within_s}"


def resolved(within_s: int) -> str:
    """The cell that counts those of them that were."""
    return f"resolved:{within_s}"


class _Open(NamedTuple):
    queue: str
    channel: str
    keys: tuple[_Key, ...]
    after_ms: int | None
    """How long before it something else of the same had ended; None: nothing that is known."""


@dataclass(slots=True)
class _Contact:
    """One that was handled; ``again_ms``: how long after it the next came."""

    queue: str
    channel: str
    done_ms: int
    after_ms: int | None
    again_ms: int | None = None


class _Contacts:
    """Folds events; remembers when something of each customer and conversation has ended."""

    def __init__(self) -> None:
        self._open: dict[str, _Open] = {}
        self._answered: set[str] = set()
        self._last_done_ms: dict[_Key, int] = {}
        self._unrepeated: defaultdict[_Key, list[_Contact]] = defaultdict(list)
        self.done: list[_Contact] = []

    def fold(self, record: Record) -> None:
        """Take in a record."""
        for event in record.events:
            match event:
                case ev.InteractionCreated():
                    self._created(event, record.now_ms)
                case ev.InteractionMoved():
                    self._moved(event)
                case ev.OfferAccepted():
                    self._answered.add(event.interaction_id)
                case ev.InteractionWrappedUp():
                    self._wrapped_up(event.interaction_id, record.now_ms)
                case ev.InteractionCancelled() | ev.InteractionDiverted():
                    self._open.pop(event.interaction_id, None)
                    self._answered.discard(event.interaction_id)

    def _created(self, event: ev.InteractionCreated, now_ms: int) -> None:
        named = (("customer", event.customer_id), ("conversation", event.conversation_id))
        keys = tuple(key for key in named if key[1])
        ended = [self._last_done_ms[key] for key in keys if key in self._last_done_ms]
        after_ms = now_ms - max(ended) if ended else None
        for key in keys:
            for contact in self._unrepeated.pop(key, ()):
                if contact.again_ms is None:
                    contact.again_ms = now_ms - contact.done_ms
        self._open[event.interaction_id] = _Open(event.queue, event.channel, keys, after_ms)

    def _moved(self, event: ev.InteractionMoved) -> None:
        found = self._open.get(event.interaction_id)
        if found is not None:
            self._open[event.interaction_id] = found._replace(queue=event.queue)

    def _wrapped_up(self, interaction_id: str, now_ms: int) -> None:
        found = self._open.pop(interaction_id, None)
        if interaction_id not in self._answered or found is None:
            return  # it came before what is told here
        self._answered.discard(interaction_id)
        contact = _Contact(found.queue, found.channel, now_ms, found.after_ms)
        for key in found.keys:
            self._last_done_ms[key] = now_ms
            self._unrepeated[key].append(contact)
        if found.keys:
            self.done.append(contact)


def first_contacts_of_intervals(
    records: Iterable[Record], intervals: Intervals, withins_s: Sequence[int], now_ms: int
) -> list[dict[str, Any]]:
    """For each interval ``from_ms`` and ``rows``: by queue and channel the :func:`contacts` that
    ended in it, and those :func:`resolved`, for each of these times. ``now_ms`` is up to when
    nothing has come that is not among the records."""
    fold = _Contacts()
    for record in records:
        fold.fold(record)
    spans = list(intervals)
    begins = [span.begin_ms for span in spans]
    cells: list[defaultdict[tuple[str, str], Counter[str]]] = [defaultdict(Counter) for _ in spans]
    for one in fold.done:
        at = bisect_right(begins, one.done_ms) - 1
        counted = _counted(one, withins_s, now_ms)
        if counted and at >= 0 and one.done_ms < spans[at].end_ms:
            cells[at][one.queue, one.channel].update(counted)
    return [
        {"from_ms": span.begin_ms, "rows": _rows(found)}
        for span, found in zip(spans, cells, strict=True)
    ]


def _counted(one: _Contact, withins_s: Sequence[int], now_ms: int) -> Counter[str]:
    counts: Counter[str] = Counter()
    for within_s in withins_s:
        within_ms = within_s * 1_000
        is_first = one.after_ms is None or one.after_ms > within_ms
        if is_first and one.done_ms + within_ms <= now_ms:
            counts[contacts(within_s)] += 1
            counts[resolved(within_s)] += one.again_ms is None or one.again_ms > within_ms
    return counts


def _rows(found: dict[tuple[str, str], Counter[str]]) -> list[dict[str, Any]]:
    return [
        {"queue": queue, "channel": channel, **counts} for (queue, channel), counts in found.items()
    ]
