"""A command on its way, and those whose verdicts are awaited."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Final

from adapters.projection.folded import Folded
from adapters.redis.stream_ids import StreamId
from adapters.submitting.verdict import Lost, Undecided, Verdict, verdict_of
from router.events import Event, PolicyAnnounced, PolicyReplaced
from router.record import Record

__all__ = ("Awaited", "Pending")

RECENT_MAX: Final = 10_000
"""Records that are kept while a write is unanswered, some seconds' worth: one of them may hold the
verdict on what was written."""


@dataclass(slots=True, eq=False)
class Pending:
    """A command: its bytes, what is to be written with it, and who waits for the verdict."""

    payload: bytes
    audit: bytes | None
    is_idempotent: bool
    """Whether it may be sent twice without a change of meaning."""

    verdict: asyncio.Future[Verdict]
    entry_id: str = ""
    was_sent: bool = False
    """Whether it may have arrived."""

    events: tuple[Event, ...] = ()
    is_announced: bool = False
    """Whether it is decided later than it was read, as a large policy is."""


@dataclass(slots=True)
class Awaited:
    """Those of which the entry ids are known, with the records that came while they were not."""

    # in the order of the inbound stream; only those for whom somebody waits, so that a router that
    # is gone costs no memory
    _by_id: OrderedDict[str, Pending] = field(default_factory=OrderedDict)
    _unanswered: int = 0
    _recent: deque[tuple[str, Record]] = field(default_factory=lambda: deque(maxlen=RECENT_MAX))

    def writing(self) -> None:
        """Commands are about to be written: from now on, a record may hold a verdict on them."""
        self._unanswered += 1

    def written(self, pending: Iterable[tuple[str, Pending]]) -> None:
        """They have these entry ids; none at all, if the write has failed."""
        for entry_id, one in pending:
            one.entry_id = entry_id
            one.payload, one.audit = b"", None  # it stands in the stream: it is not sent again
            if not one.verdict.done():
                self._by_id[entry_id] = one
        for record_id, record in self._recent:
            self._settle(record_id, record)
        self._unanswered -= 1
        if not self._unanswered:
            self._recent.clear()

    def forget(self, pending: Pending) -> None:
        """Nobody waits for it any more."""
        self._by_id.pop(pending.entry_id, None)

    def folded(self, folded: Folded) -> None:
        """Take in the verdicts of a record."""
        if self._unanswered:
            self._recent.append((folded.record_id, folded.record))
        if self._by_id:
            self._settle(folded.record_id, folded.record)

    def began_anew(self, position: str, announced: str) -> None:
        """The records up to this position may have held verdicts that were not seen. ``announced``
        is the cause of the policy that is on its way into force."""
        self._recent.clear()
        for one in list(self._by_id.values()):
            one.is_announced = one.entry_id == announced
            is_passed = StreamId.parse(one.entry_id) <= StreamId.parse(position)
            if is_passed and not one.is_announced:
                self._fail(one, Undecided(one.entry_id))

    def _settle(self, record_id: str, record: Record) -> None:
        named = [event for event in record.events if event.cause in self._by_id]
        if named:
            self._decide(record_id, named)
        for one in self._passed(StreamId.parse(record.position)):
            self._fail(one, Lost(one.entry_id))

    def _passed(self, position: StreamId) -> list[Pending]:
        """Those up to this position of whom nothing was said, and nothing will be."""
        upto = takewhile(lambda one: StreamId.parse(one.entry_id) <= position, self._by_id.values())
        return [one for one in upto if not one.is_announced]

    def _decide(self, record_id: str, named: Sequence[Event]) -> None:
        for event in named:
            one = self._by_id[event.cause]
            one.events += (event,)
            if isinstance(event, PolicyAnnounced):
                one.is_announced = True
        for entry_id in dict.fromkeys(event.cause for event in named):
            one = self._by_id[entry_id]
            if not one.is_announced or _is_over(one.events):
                del self._by_id[entry_id]
                if not one.verdict.done():
                    one.verdict.set_result(verdict_of(entry_id, record_id, one.events))

    def _fail(self, pending: Pending, error: Exception) -> None:
        del self._by_id[pending.entry_id]
        if not pending.verdict.done():
            pending.verdict.set_exception(error)


def _is_over(events: Sequence[Event]) -> bool:
    """Whether a policy that was announced is in force, or was refused."""
    return isinstance(events[-1], PolicyReplaced) or bool(
        verdict_of("", "", tuple(events)).rejected
    )
