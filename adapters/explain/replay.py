"""The journal folded event by event, so that every decision can be looked at as it was made.

The fold is the engine's own; what the state does not hold (why an agent is unavailable, why one is
excluded, whom the batch has touched) is noted beside it from the same events.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from adapters.explain.beginning import Beginning
from adapters.explain.notes import Notes
from adapters.explain.touched import Touched
from adapters.history.errors import REMEDY
from adapters.redis.journal_stream import record_of
from adapters.verify.terms import PolicyTerms, read_policy
from adapters.verify.wire import Unreadable
from router.engine import Engine
from router.errors import CallerError, CorruptJournal, InvariantError
from router.events import Event
from router.record import FORMAT, GENESIS, Record
from router.state import State
from router.tail import Tail

__all__ = ("JournalCut", "Moment", "Replay", "decoded")


class JournalCut(CallerError):
    """The journal's beginning is gone, so nothing can be folded from it."""

    def __init__(self, first_record: str) -> None:
        super().__init__(first_record)
        self.first_record = first_record

    def __str__(self) -> str:
        return (
            f"the journal begins at {self.first_record}, without what came before it: "
            f"the state cannot be recomputed; {REMEDY}"
        )


@dataclass(frozen=True, slots=True)
class Moment:
    """The state at one event; ``state`` lives on, so a moment must be used before the next."""

    record_id: str
    event_index: int
    now_ms: int
    state: State
    policy: PolicyTerms
    notes: Notes
    touched: Touched
    show_attributes: bool = False
    """Whether what expressions read may be told; attributes may be personal data."""


class Replay:
    """Folds records in order, from the first or from a ``beginning``. ``settled``: matching has
    left nothing over, as far as is known."""

    def __init__(
        self, *, show_attributes: bool = False, beginning: Beginning | None = None
    ) -> None:
        self._show_attributes = show_attributes
        self._engine = beginning.engine if beginning else Engine()
        self._tail = beginning.tail if beginning else Tail()
        self._policy: PolicyTerms | None = None
        self.begun_after = beginning.record_id if beginning else ""
        """The record of the snapshot that it has begun with ("": none, it folds all)."""

        self.notes = Notes()
        self.touched = Touched()
        self.record_id = self.begun_after
        self.event_index = 0
        self.now_ms = self._tail.now_ms
        self.settled = True
        if beginning is not None:
            self.notes.begin(self.state, self.now_ms)
            self.touched.certain = self.settled = False

    @property
    def show_attributes(self) -> bool:
        """Whether what may be personal data is told."""
        return self._show_attributes

    @property
    def state(self) -> State:
        """The state after the events taken so far."""
        return self._engine.state

    def moment(self) -> Moment:
        """What stands right now. Raises :class:`CorruptJournal` without a policy in force."""
        return Moment(
            self.record_id,
            self.event_index,
            self.now_ms,
            self.state,
            self._terms(),
            self.notes,
            self.touched,
            self._show_attributes,
        )

    def events(self, record_id: str, data: bytes) -> Iterator[Event]:
        """The events of the next record, each before it is applied.

        An event is applied when the next is asked for: read to the end to take the record in whole.
        Raises :class:`CorruptJournal` for what cannot be read or does not follow, and
        :class:`JournalCut` for a journal without its beginning.
        """
        record = self._follows(record_id, data)
        self.record_id, self.now_ms = record_id, record.now_ms
        for index, event in enumerate(record.events):
            self.event_index = index
            yield event
            self._apply(event)
        self._tail = self._tail.after(record, data)
        self._end(record)

    def take(self, record_id: str, data: bytes) -> None:
        """Apply a whole record."""
        for _ in self.events(record_id, data):
            pass

    def _follows(self, record_id: str, data: bytes) -> Record:
        record = decoded(record_id, data)
        if record.prev != self._tail.hash:
            if self._tail.hash == GENESIS:
                raise JournalCut(record_id)
            raise CorruptJournal(record_id, "its prev is not the hash of the record before it")
        if record.now_ms < self._tail.now_ms:
            raise CorruptJournal(record_id, "its time is lower than that of the record before it")
        return record

    def _apply(self, event: Event) -> None:
        self.notes.note(event, self.state, self.now_ms)
        try:
            self._engine.apply(event, self.now_ms)
        except (InvariantError, KeyError, ValueError) as error:
            kind = event.__struct_config__.tag
            detail = f"{kind} does not follow from the state: {error}"
            raise CorruptJournal(self.record_id, detail) from error
        self.touched.note(event, self.state)

    def _end(self, record: Record) -> None:
        if self._tail.is_takeover:
            self.touched.end_batch(carry=True)
            return
        self.touched.end_batch(carry=record.partial)
        # a record without events that says "partial" has only written offers again
        if record.events or not record.partial:
            self.settled = not record.partial

    def _terms(self) -> PolicyTerms:
        version = self.state.policy_version
        if self._policy is None or self._policy.version != version:
            try:
                self._policy = read_policy(version, self.state.policy)
            except Unreadable as error:
                raise CorruptJournal(self.record_id, str(error)) from error
        return self._policy


def decoded(record_id: str, data: bytes) -> Record:
    """A record from its bytes. Raises :class:`CorruptJournal`."""
    record = record_of(record_id, data)
    if record.v != FORMAT:
        detail = f"its format is {record.v}; this release reads {FORMAT}"
        raise CorruptJournal(record_id, detail)
    return record
