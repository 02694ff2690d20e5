"""What an operator is told, and that every observer hears everything."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from structlog.testing import LogCapture

from adapters.leading.observers import LogObserver, Observers
from adapters.redis.refusals import REMEDIES
from adapters.redis.wire import ReplyError
from router import events as ev
from router.errors import StoreUnavailable
from router.ports import Observer, Stretch
from router.record import GENESIS, Record
from router.state import State
from tests.tenant import Notes

STRETCH = Stretch(
    first="1-4",
    last="1-6",
    records=3,
    events=9,
    work_entries=5,
    created=["i1"],
    issued=["1-1", "1-2"],
    accepted=[],
)


@pytest.fixture
def log() -> Iterator[LogCapture]:
    capture = LogCapture()
    structlog.configure(processors=[capture])
    yield capture
    structlog.reset_defaults()


def record(*events: ev.Event) -> Record:
    return Record(v=1, now_ms=1, position="0-0", consumed=0, prev=GENESIS, events=list(events))


def test_outage_is_told_once_and_its_end(log: LogCapture) -> None:
    observer = LogObserver(structlog.get_logger())
    for attempt in range(1, 50):
        observer.store_error(ConnectionError("gone"), attempt)
    observer.store_recovered(49)
    observer.store_error(ConnectionError("gone again"), 1)
    assert [entry["event"] for entry in log.entries] == [
        "Redis failed us, trying again",
        "Redis answers again",
        "Redis failed us, trying again",
    ]


def test_each_kind_of_refusal_is_told_with_what_to_do(log: LogCapture) -> None:
    observer = LogObserver(structlog.get_logger())
    for attempt in range(1, 20):
        observer.store_error(StoreUnavailable("gone"), attempt)
        observer.store_error(ReplyError("OOM", "command not allowed"), attempt)
        observer.store_error(ReplyError("ODD", "never heard of"), attempt)
    told = [(entry["error"], entry["remedy"]) for entry in log.entries]
    assert told == [
        ("gone", REMEDIES[""]),
        (
            "Redis answered OOM command not allowed",
            "the server has reached its maxmemory: raise it, or delete what is not OneQueue's",
        ),
        ("Redis answered ODD never heard of", "see the server's own log and documentation"),
    ]


def test_rare_and_wrong_events_are_told(log: LogCapture) -> None:
    observer = LogObserver(structlog.get_logger())
    observer.recorded(
        record(
            ev.Rejected(command="create", code="finished", detail="", cause="1-1"),
            ev.Rejected(command="replace_policy", code="policy_conflict", detail="why"),
            ev.IntakeChanged(open=False, reason="journal is full"),
            ev.Rejected(
                command="create", code="limit", detail="internal error", target="i7", cause="1-3"
            ),
            ev.PolicyDropped(reason="why not", cause="1-4"),
        ),
        10,
        0.1,
    )
    assert [(entry["log_level"], entry["event"]) for entry in log.entries] == [
        ("error", "own command was refused"),
        ("warning", "intake changed"),
        ("error", "a fault of ours refused a command"),
        ("warning", "policy dropped"),
    ]
    assert [entry.get("entry") for entry in log.entries] == [None, None, "1-3", "1-4"]
    assert log.entries[2]["target"] == "i7"


def test_what_is_lost_is_named_to_the_last_one(log: LogCapture) -> None:
    observer = LogObserver(structlog.get_logger())
    issued = [f"1-{number}" for number in range(250)]
    observer.records_lost(STRETCH._replace(issued=issued, accepted=["1-7"]))
    first, *named = log.entries
    assert (first["first"], first["last"], first["records"]) == ("1-4", "1-6", 3)
    told = [offer for entry in named for offer in entry.get("offers_issued", ())]
    assert told == issued
    assert [entry["interactions_created"] for entry in named[:1]] == [["i1"]]
    assert named[-1]["offers_accepted"] == ["1-7"]
    observer.records_restored(STRETCH)
    assert log.entries[-1]["log_level"] == "warning"
    assert log.entries[-1]["work_entries"] == 5


def test_every_observer_hears_everything() -> None:
    calls: dict[str, tuple[Any, ...]] = {
        "recorded": (record(), 3, 0.5),
        "replayed": (record(), 3),
        "restored": ("1-2", State(), 5),
        "snapshot_refused": ("1-2", "torn"),
        "following": (4,),
        "state_dropped": (),
        "store_error": (ConnectionError(), 2),
        "store_recovered": (2,),
        "led": (7,),
        "undelivered": (("desk",),),
        "journal_trimmed": (700,),
        "engine_failed": (ValueError(), 1),
        "expressions_failed": (3,),
        "backlog": (5, 700),
        "inbound_moved": ("1-0", "2-0"),
        "records_restored": (STRETCH,),
        "records_lost": (STRETCH,),
        "epochs_missing": ("1-9", 3),
    }
    assert calls.keys() == {
        name for name, _ in inspect.getmembers(Observer, inspect.isfunction) if name[0] != "_"
    }
    first, second = Notes(), Notes()
    both = Observers((first, second))
    for name, arguments in calls.items():
        getattr(both, name)(*arguments)
    assert vars(first) == vars(second)
    assert (first.took_s, first.replays, first.recoveries) == ([0.5], 1, [2])
    assert (first.epochs, first.missed, first.moves) == ([7], ["desk"], [("1-0", "2-0")])
    assert (first.restored_from, first.refused) == (["1-2"], [("1-2", "torn")])
    assert (first.lags, first.drops, first.expression_faults) == ([4], 1, 3)
    assert first.trimmed_bytes == 700
    assert first.written_again == first.lost == [STRETCH]
    assert first.epochs_lost == [("1-9", 3)]
    assert len(first.errors) == len(first.bugs) == 1
