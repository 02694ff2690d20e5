"""The fold: what cannot be read or does not follow is named, never guessed at."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from adapters.explain import JournalCut, Replay, explain_offer
from router import events as ev
from router.errors import CorruptJournal
from router.record import Record, decode_record, encode_record
from tests.adapters.explain.written import Written, a_floor, create, login
from tests.policies import POLICY

FLOOR = a_floor()


def fold(records: list[tuple[str, bytes]]) -> Replay:
    replay = Replay()
    for record in records:
        replay.take(*record)
    return replay


def bent(place: int, **changes: Any) -> list[tuple[str, bytes]]:
    records = list(FLOOR.records)
    record_id, data = records[place]
    records[place] = (record_id, encode_record(replaced(decode_record(data), **changes)))
    return records


def replaced(record: Record, **changes: Any) -> Record:
    return msgspec.structs.replace(record, **changes)


def test_the_fold_is_the_engine_s_own() -> None:
    assert fold(FLOOR.records).state.to_bytes() == FLOOR.engine.state_bytes()


def test_an_event_is_seen_before_it_is_applied() -> None:
    replay, seen = Replay(), 0
    for record_id, data in FLOOR.records:
        for event in replay.events(record_id, data):
            if isinstance(event, ev.OfferIssued):
                assert event.offer_id not in replay.state.offers
                assert replay.state.interactions[event.interaction_id].state == "queued"
                seen += 1
    assert seen == len(FLOOR.offers)


@pytest.mark.parametrize(
    ("records", "words"),
    [
        ([("1-0", b"\xc1")], "journal record 1-0: "),
        (bent(3, v=2), "journal record 1-3: its format is 2; this release reads 1"),
        (bent(3, prev=b"12345678"), "its prev is not the hash of the record before it"),
        (bent(3, now_ms=5), "its time is lower than that of the record before it"),
        (bent(2, events=[]), "journal record 1-3: its prev is not the hash"),
    ],
)
def test_a_record_that_does_not_follow(records: list[tuple[str, bytes]], words: str) -> None:
    with pytest.raises(CorruptJournal) as caught:
        fold(records)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (ev.OfferAccepted(offer_id="9-9", interaction_id="i", agent_id="a", waited_ms=0), "follow"),
        (ev.AgentAvailable(agent_id="nobody"), "agent_available does not follow from the state"),
        (ev.PolicyReplaced(version=2, policy={}), "policy_replaced does not follow"),
    ],
)
def test_an_event_that_cannot_happen(event: ev.Event, words: str) -> None:
    floor = Written(POLICY)
    floor.append([event])
    with pytest.raises(CorruptJournal, match=words):
        fold(floor.records)


def test_an_offer_of_what_does_not_wait() -> None:
    floor = Written(POLICY)
    floor.send(login("ann"), create("i"))
    floor.append([msgspec.structs.replace(floor.offers[0], offer_id="1-2")])
    with pytest.raises(CorruptJournal, match="offer 1-2 is of an interaction that does not wait"):
        explain_offer(floor.records, "1-2")


def test_a_journal_without_its_beginning_is_not_guessed_at() -> None:
    with pytest.raises(JournalCut) as caught:
        fold(FLOOR.records[4:])
    assert "the journal begins at 1-4, without what came before it" in str(caught.value)
