"""Entries that could not be written are kept in order, and not without limit."""

from __future__ import annotations

from router.ports import WorkEntry
from router.state import State
from router.undelivered import Undelivered


def entries(inbox: str, *payloads: bytes) -> list[WorkEntry]:
    return [WorkEntry(inbox, "m", payload) for payload in payloads]


def test_they_come_again_once_and_in_order() -> None:
    undelivered = Undelivered()
    assert not undelivered.is_due(99.0)
    undelivered.keep(entries("desk", b"1", b"2"), due_s=5.0)
    undelivered.keep(entries("hall", b"3"), due_s=6.0)
    assert not undelivered.is_due(5.9)
    assert undelivered.is_due(6.0)
    assert [entry.payload for entry in undelivered.take(State())] == [b"1", b"2", b"3"]
    assert not undelivered.is_due(99.0)


def test_an_inbox_with_too_many_does_not_cost_the_others_theirs() -> None:
    undelivered = Undelivered(entries_max=3)
    undelivered.keep(entries("hall", b"1"), due_s=0.0)
    undelivered.keep(entries("desk", b"2", b"3", b"4"), due_s=0.0)
    undelivered.keep(entries("desk", b"5"), due_s=0.0)
    undelivered.keep(entries("hall", b"6"), due_s=0.0)
    assert [entry.payload for entry in undelivered.take(State())] == [b"1", b"6"]
    undelivered.keep(entries("desk", b"7"), due_s=0.0)
    assert [entry.payload for entry in undelivered.take(State())] == [b"7"]
