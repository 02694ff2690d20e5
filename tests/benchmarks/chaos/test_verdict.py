"""The verdict on ledgers and journals in which something is wrong, and on some in order."""

from __future__ import annotations

from typing import Any

from adapters.redis.stream_ids import StreamId
from benchmarks.chaos.server import Survivors
from benchmarks.chaos.verdict import judge
from tests.benchmarks.chaos.ledgers import assigned, ledger, outcomes_of, released, said

CREATED = {"type": "interaction_created", "interaction_id": "i", "cause": "1-0"}
ACCEPTED = {
    "type": "offer_accepted",
    "offer_id": "offer of i to ann",
    "interaction_id": "i",
    "agent_id": "ann",
    "cause": "2-0",
}
COMPLETED = {"type": "interaction_completed", "interaction_id": "i", "agent_id": "ann"}
ENDED = {"type": "interaction_wrapped_up", "interaction_id": "i", "agent_id": "ann", "cause": "3-0"}

CUSTOMERS = ledger(said(1, "create", "i"))
DESK = ledger(
    said(2, "accept", "offer of i to ann"),
    assigned(2, "ann", "i"),
    said(3, "end_wrap_up", "i"),
    released(3, "ann", "i"),
)
LEDGERS = {"customers": CUSTOMERS, "desk": DESK}


def by(event: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**event, **changes}


def test_nothing_is_found_where_nothing_is_wrong() -> None:
    found = judge(LEDGERS, outcomes_of([CREATED], [ACCEPTED], [COMPLETED, ENDED]), [])
    assert found.acknowledged == 3
    assert (found.lost, found.doubled, found.lost_by_server) == ((), (), ())


def test_an_acknowledged_command_without_an_outcome_is_lost() -> None:
    found = judge(LEDGERS, outcomes_of([CREATED], [ACCEPTED], [COMPLETED]), [])
    assert found.lost == ("command 3-0: end_wrap_up i has no outcome",)


def test_a_refusal_is_an_outcome() -> None:
    refused = {"type": "rejected", "command": "end_wrap_up", "cause": "3-0"}
    found = judge(LEDGERS, outcomes_of([CREATED], [ACCEPTED], [COMPLETED], [refused]), [])
    assert found.lost == ()


def test_a_command_that_is_carried_out_twice_is_doubled() -> None:
    again = {"type": "repeated", "command": "create", "target": "i", "cause": "1-0"}
    found = judge(LEDGERS, outcomes_of([CREATED], [again], [ACCEPTED], [COMPLETED, ENDED]), [])
    assert found.doubled == ("command 1-0: in records 1-0 and 1-1",)


def test_an_interaction_is_created_completed_and_ended_once() -> None:
    twice = [by(event, cause="") for event in (CREATED, COMPLETED, ENDED)]
    found = judge(LEDGERS, outcomes_of([CREATED], [ACCEPTED], [COMPLETED, ENDED], twice), [])
    assert [text.split(": ")[1] for text in found.doubled] == [
        "created again in 1-3",
        "completed again in 1-3",
        "ended again in 1-3",
    ]


def test_an_interaction_that_somebody_has_cannot_be_accepted() -> None:
    other = by(ACCEPTED, agent_id="bob", offer_id="offer of i to bob", cause="")
    found = judge(LEDGERS, outcomes_of([CREATED], [ACCEPTED], [other], [COMPLETED, ENDED]), [])
    assert found.doubled == ("interaction i: accepted by bob in 1-2, ann had it",)


def test_one_that_was_taken_back_can_be_accepted_again() -> None:
    requeued = {"type": "interaction_requeued", "interaction_id": "i", "agent_id": "ann"}
    other = by(ACCEPTED, agent_id="bob", offer_id="offer of i to bob", cause="")
    records = outcomes_of([CREATED], [ACCEPTED], [requeued], [other], [COMPLETED, ENDED])
    assert judge(LEDGERS, records, []).doubled == ()


def test_two_agents_who_were_told_to_have_the_same_are_one_too_many() -> None:
    """Also where the journal knows nothing of it."""
    ledgers = {
        "desk-1": ledger(assigned(10, "ann", "i"), released(30, "ann", "i")),
        "desk-2": ledger(assigned(20, "bob", "i")),
    }
    found = judge(ledgers, outcomes_of([ACCEPTED]), [])
    assert found.doubled == ("interaction i: bob was told to have it at 20-0, while ann had it",)
    assert found.lost == (
        "offer offer of i to bob: bob was told to have i, and the journal does not know",
    )


def test_one_may_be_told_to_have_it_in_the_moment_in_which_another_has_left_it() -> None:
    ledgers = {
        "desk-1": ledger(assigned(10, "ann", "i"), released(20, "ann", "i")),
        "desk-2": ledger(assigned(20, "bob", "i")),
    }
    assert judge(ledgers, outcomes_of([ACCEPTED]), []).doubled == ()


def test_what_the_server_lost_is_told_apart() -> None:
    killed = Survivors(100, StreamId(90, 0), frozenset({"95-0"}))
    ledgers = {"customers": ledger(*(said(at, "create", f"i{at}") for at in (89, 95, 96, 101)))}
    found = judge(ledgers, outcomes_of(), [killed])
    # 89 was consumed, 95 was there, 101 came later: these are the router's
    assert found.lost_by_server == ("command 96-0: create i96 has no outcome",)
    assert len(found.lost) == 3
