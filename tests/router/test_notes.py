"""Notes about interactions, in plain words; the oracle looks on."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from router import commands as cm
from router import events as ev
from router import limits
from router.outbox import work_entries
from router.state import Note
from tests.audited import AuditedEngine, only
from tests.policies import POLICY


@pytest.fixture
def engine() -> AuditedEngine:
    engine = AuditedEngine(POLICY)
    engine.send(cm.Create("i", "chat"))
    return engine


def notes_of(engine: AuditedEngine, interaction_id: str = "i") -> tuple[Note, ...] | None:
    return engine.engine.state.notes.get(interaction_id)


def refused(events: list[ev.Event]) -> tuple[str, str]:
    (event,) = events
    assert isinstance(event, ev.Rejected)
    return event.code, event.field


def told(engine: AuditedEngine, *commands: cm.Command) -> dict[str, Any]:
    """The entries that come of commands, by type."""
    events = engine.send(*commands)
    entries = work_entries(events, engine.engine.state, {})
    maps: list[dict[str, Any]] = [msgspec.json.decode(entry.payload) for entry in entries]
    return {entry["type"]: entry for entry in maps}


def test_notes_are_added_with_their_time(engine: AuditedEngine) -> None:
    engine.send(cm.Note("i", "wants a new card", "ann"))
    (event,) = engine.send(cm.Note("i", "sent the form"), after_ms=5_000)
    assert event == ev.InteractionNoted(cause=event.cause, interaction_id="i", text="sent the form")
    assert notes_of(engine) == (
        Note(engine.now_ms - 5_000, "ann", "wants a new card"),
        Note(engine.now_ms, "", "sent the form"),
    )


def test_the_same_note_twice_in_a_row_is_one(engine: AuditedEngine) -> None:
    note = cm.Note("i", "calls again", "ann")
    engine.send(note)
    assert only(ev.Repeated, engine.send(note)).target == "i"
    engine.send(cm.Note("i", "calls again", "bob"))
    assert only(ev.InteractionNoted, engine.send(note))
    assert len(notes_of(engine) or ()) == 3


def test_whoever_is_asked_reads_what_was_written_before(engine: AuditedEngine) -> None:
    engine.send(cm.Note("i", "wants a new card", "ann"))
    note = {"at_ms": engine.now_ms, "author": "ann", "text": "wants a new card"}
    entries = told(engine, cm.AgentLogin("bob", "desk", encoding="json"))
    assert entries["offer"]["notes"] == [note]
    assert told(engine, cm.Note("i", "is in a hurry")) == {}
    entries = told(engine, cm.Assign("i", "bob"))
    assert [one["text"] for one in entries["assigned"]["notes"]] == [
        "wants a new card",
        "is in a hurry",
    ]


def test_without_notes_nothing_is_said_of_them(engine: AuditedEngine) -> None:
    assert "notes" not in told(engine, cm.AgentLogin("bob", "desk", encoding="json"))["offer"]


def test_notes_go_with_the_interaction(engine: AuditedEngine) -> None:
    engine.send(cm.Note("i", "wants a new card"))
    engine.send(cm.Suspend("i"))
    engine.send(cm.Note("i", "waits for the form"))
    engine.send(cm.Resume("i"))
    assert len(notes_of(engine) or ()) == 2
    engine.send(cm.Cancel("i"))
    assert notes_of(engine) is None


def test_what_is_over_can_be_written_about(engine: AuditedEngine) -> None:
    engine.send(cm.Cancel("i"))
    assert only(ev.InteractionNoted, engine.send(cm.Note("i", "hung up"))).text == "hung up"
    assert notes_of(engine) is None
    assert refused(engine.send(cm.Note("nobody", "?"))) == (
        "unknown_interaction",
        "interaction_id",
    )


def test_so_many_are_kept_and_no_more(engine: AuditedEngine) -> None:
    for number in range(limits.NOTES_MAX):
        engine.send(cm.Note("i", str(number)))
    assert refused(engine.send(cm.Note("i", "one more"))) == ("limit", "interaction_id")
    assert len(notes_of(engine) or ()) == limits.NOTES_MAX


@pytest.mark.parametrize("text", ["", "x" * (limits.NOTE_CHARACTERS_MAX + 1)])
def test_a_note_says_something_and_not_too_much(engine: AuditedEngine, text: str) -> None:
    note = {"type": "note", "interaction_id": "i", "text": text}
    assert refused(engine.send_map(note)) == ("invalid", "text")


def test_a_restart_forgets_no_note(engine: AuditedEngine) -> None:
    engine.send(cm.Note("i", "wants a new card"))
    before = notes_of(engine)
    engine.restart()
    assert notes_of(engine) == before is not None
