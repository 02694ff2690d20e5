"""Reading a history once: the state before a period, then the period, then the ends of its work."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple, Protocol, TypeAlias

from adapters.archive.mark import links_of
from adapters.history import Stood
from benchmarks.preview.beginning import answered_in, events_before, packed_state, restored
from benchmarks.preview.cases import Recording
from benchmarks.preview.errors import PreviewError
from benchmarks.preview.outcome import Watch
from benchmarks.preview.recorder import Recorder
from benchmarks.simulator.run import without_collector
from router import events as ev
from router.engine import Engine
from router.record import Record, decode_record
from router.recovery import follow
from router.state import State
from router.tail import Tail

__all__ = ("FOLLOWED_MS_MAX", "Records", "record")

FOLLOWED_MS_MAX: Final = 4 * 3_600_000
"""How long after the period its work is followed to its end, at most."""

TOLD_EVERY: Final = 4_096

Progress: TypeAlias = Callable[[str, int], None]
"""Told of the stage (``fold`` or ``read``) and of the records that have been read."""


class Records(Protocol):
    """A tenant's history: :class:`adapters.history.History`, or as much of it as that."""

    @property
    def tenant(self) -> str:
        """Whose it is."""

    def records(self, after: str = "") -> Iterator[tuple[str, bytes]]:
        """Every record after an id ("": from the first on), by id."""

    def stood_before(self, now_ms: int) -> Stood | None:
        """The newest state that is kept of before a time."""

    def require_whole(self) -> None:
        """Raise unless the first record is the first that the tenant ever had."""


class _Before(NamedTuple):
    """What stood when the period began, and the record that came next. ``from_ms`` is later than
    was asked for where no policy was in force by then."""

    from_ms: int
    engine: Engine
    answered: frozenset[str]
    first: Record | None
    folded: int
    """Records that were folded to get there."""

    not_known: int = 0
    """Of how many that wait it is not known whether they have been with an agent."""


def record(
    history: Records, from_ms: int, to_ms: int, progress: Progress | None = None
) -> Recording:
    """Take down a period. The engine's state at its begin is the fold of all that was before, from
    the newest state on that is kept (else from the first record). It begins with the first policy
    where none was in force by then, and notes by how much that is later (``begins_later_s``).

    Raises :class:`PreviewError` for a period without policy or interactions, ``HistoryTrimmed``
    where the first records are not to be had, and all that reading raises.
    """
    tell, began_s = progress or (lambda _stage, _done: None), time.perf_counter()
    with without_collector():
        stood = history.stood_before(from_ms)
        if stood is None:
            history.require_whole()
        after = "" if stood is None else stood.manifest.record_id
        entries = iter(_counted(history.records(after), tell))
        before = _fold(entries, from_ms, stood)
        folded_s = time.perf_counter()
        found = _read(history.tenant, before, _decoded(entries, before.first), to_ms)
    if before.from_ms > from_ms:
        found.noted["begins_later_s"] = (before.from_ms - from_ms) // 1_000
    found.seconds = {"fold": folded_s - began_s, "read": time.perf_counter() - folded_s}
    return found


def _counted(entries: Iterable[tuple[str, bytes]], tell: Progress) -> Iterator[tuple[str, bytes]]:
    for number, entry in enumerate(entries, start=1):
        yield entry
        if not number % TOLD_EVERY:
            tell("read", number)


def _fold(entries: Iterator[tuple[str, bytes]], from_ms: int, stood: Stood | None) -> _Before:
    """Fold what was before the period and its first policy, after what stood by then."""
    engine, tail, folded = Engine(), Tail(), 0
    answered: set[str] = set()
    not_known = frozenset[str]()
    if stood is not None:
        tail = stood.manifest.tail
        restored(engine, stood.state)
        known, not_known = answered_in(stood.state)
        answered |= known
    first: Record | None = None
    for record_id, data in entries:
        if links_of(record_id, data).now_ms >= from_ms and engine.state.policy_version:
            first = decode_record(data)
            break
        found = follow(engine, tail, record_id, data)
        tail, folded = tail.after(found, data), folded + 1
        _note_answered(answered, found)
    left = sum(1 for name in not_known - answered if _waits(engine.state, name))
    from_ms = max(from_ms, tail.now_ms)
    return _Before(from_ms, engine, frozenset(answered), first, folded, left)


def _note_answered(answered: set[str], record: Record) -> None:
    """Who has been with an agent, of those that are open."""
    for event in record.events:
        if isinstance(event, ev.OfferAccepted):
            answered.add(event.interaction_id)
        elif isinstance(
            event, ev.InteractionWrappedUp | ev.InteractionCancelled | ev.InteractionDiverted
        ):
            answered.discard(event.interaction_id)


def _waits(state: State, name: str) -> bool:
    return name in state.interactions and name not in state.assignments


def _decoded(entries: Iterator[tuple[str, bytes]], first: Record | None) -> Iterator[Record]:
    if first is not None:
        yield first
    for _, data in entries:
        yield decode_record(data)


def _read(tenant: str, before: _Before, records: Iterator[Record], to_ms: int) -> Recording:
    state, from_ms = before.engine.state, before.from_ms
    if not state.policy_version or from_ms >= to_ms:
        raise PreviewError("no policy was in force in that period: choose a later one")
    pages = packed_state(state)
    recorder = Recorder(state, from_ms, before.answered)
    watch = Watch(from_ms, to_ms, events_before(state, before.answered), recorder.places)
    ahead = None
    for found in records:
        if found.now_ms >= to_ms:
            ahead = found
            break
        recorder.take(found)
        watch.take(found.events, found.now_ms)
    if not recorder.cases:
        raise PreviewError("nothing was open in that period and nothing came: choose another")
    may_serve = recorder.may_serve()
    _follow(recorder, ahead, records, to_ms)
    recorder.noted["folded_before"] = before.folded
    if before.not_known:
        recorder.noted["may_have_been_answered_before"] = before.not_known
    return Recording(
        tenant=tenant,
        from_ms=from_ms,
        to_ms=to_ms,
        state=pages,
        policies=recorder.policies,
        cases=list(recorder.cases.values()),
        timetable=recorder.timetable,
        back_after_ms=recorder.back_after_ms,
        noted=dict(recorder.noted),
        happened=watch.outcome(may_serve),
        may_serve=may_serve,
        alike=recorder.alike(),
    )


def _follow(
    recorder: Recorder, ahead: Record | None, records: Iterator[Record], to_ms: int
) -> None:
    """Read on until what was open at the end is over, or for so long."""
    recorder.end_period()
    last_ms = to_ms + FOLLOWED_MS_MAX
    while ahead is not None and recorder.open and ahead.now_ms < last_ms:
        recorder.take(ahead)
        ahead = next(records, None)
    recorder.noted["ends_not_seen"] = len(recorder.open)
    recorder.finish(to_ms)
