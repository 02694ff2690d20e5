from __future__ import annotations

from collections import Counter

import pytest

from benchmarks.demo.hour import Hour
from router.ledger import used_capacity
from tests.benchmarks.demo.journals import (
    about,
    about_offer,
    created,
    issued,
    opening,
    record,
    tally_of,
)
from tests.benchmarks.virtual_floor import VirtualFloor


def test_an_interaction_is_followed_from_arrival_to_the_end() -> None:
    tally = tally_of(
        record(0, *opening()),
        record(1_000, created(1, 990), issued(1)),
        record(3_000, about_offer("offer_accepted", 1)),
        record(63_000, about("interaction_completed", 1)),
        record(83_000, about("interaction_wrapped_up", 1)),
    )
    interaction = tally.interactions["i-1"]
    assert interaction.stage == "completed"
    assert interaction.waited_ms == 2_010
    assert (interaction.accepted_by, interaction.skill_ppm) == ("ada", 800_000)
    assert interaction.first_offer == "o-1"
    assert not interaction.is_open
    ada = tally.agents["ada"]
    assert (ada.used, ada.in_hand, ada.ringing) == (0, 0, 0)


def test_work_counts_from_accept_to_the_end_of_wrap_up_by_its_cost() -> None:
    tally = tally_of(
        record(0, *opening()),
        record(1_000, created(1, 1_000, "chat"), issued(1, cost=30)),
        record(2_000, about_offer("offer_accepted", 1)),
        record(12_000, about("interaction_completed", 1)),
        record(14_000, about("interaction_wrapped_up", 1)),
    )
    tally.settle(20_000)
    ada, ben = tally.agents["ada"], tally.agents["ben"]
    assert ada.staffed_ms == 20_000
    assert ada.worked_ms == pytest.approx(12_000 * 0.3)
    assert ada.occupancy == pytest.approx(0.18)
    assert (ben.staffed_ms, ben.occupancy) == (0, 0.0)


def test_a_break_counts_as_staffed_only_while_work_is_in_hand() -> None:
    tally = tally_of(
        record(0, *opening()),
        record(0, created(1, 0), issued(1)),
        record(0, about_offer("offer_accepted", 1)),
        record(5_000, {"type": "agent_unavailable", "agent_id": "ada"}),
        record(8_000, about("interaction_completed", 1), about("interaction_wrapped_up", 1)),
    )
    tally.settle(20_000)
    assert tally.agents["ada"].staffed_ms == 8_000
    assert tally.agents["ada"].occupancy == 1.0


def test_declined_expired_and_rescinded_offers_put_it_back_in_the_queue() -> None:
    for kind in ("offer_declined", "offer_expired", "offer_rescinded"):
        tally = tally_of(record(0, *opening()), record(1, created(1, 1), issued(1)))
        assert tally.queued == 0
        tally.apply(record(2, about_offer(kind, 1)))
        assert tally.queued == 1
        assert tally.agents["ada"].ringing == 0
        tally.apply(record(3, issued(1, offer="o-2")))
        assert tally.interactions["i-1"].offers == 2
        assert tally.offers["o-2"].waiting == 1


def test_giving_up_leaves_the_queue_whatever_comes_first() -> None:
    cancelled = {"type": "interaction_cancelled", "interaction_id": "i-1", "waited_ms": 1}
    rescinded = about_offer("offer_rescinded", 1)
    for events in ([cancelled, rescinded], [rescinded, cancelled]):
        tally = tally_of(
            record(0, *opening()), record(1, created(1, 1), issued(1)), record(2, *events)
        )
        assert tally.interactions["i-1"].stage == "cancelled"
        assert tally.queued == 0
        assert tally.agents["ada"].ringing == 0


def test_a_requeued_interaction_keeps_its_first_accept_and_frees_the_agent() -> None:
    tally = tally_of(
        record(0, *opening()),
        record(1, created(1, 1), issued(1)),
        record(5, about_offer("offer_accepted", 1)),
        record(9, about("interaction_requeued", 1)),
    )
    assert tally.queued == 1
    assert tally.agents["ada"].used == 0
    assert tally.interactions["i-1"].accepted_ms == 5


def test_rejections_are_counted_by_command_and_code() -> None:
    refused = {"type": "rejected", "command": "accept", "code": "offer_over", "detail": "late"}
    assert tally_of(record(0, refused, refused)).rejections == {"accept (offer_over)": 2}


def test_unknown_events_are_counted_and_passed_over() -> None:
    assert tally_of(record(0, {"type": "of_a_later_release"})).counts.total() == 1


def test_a_new_login_moves_the_agent_to_another_inbox() -> None:
    again = {"type": "agent_logged_in", "agent_id": "ada", "inbox": "desk", "capacity": 50}
    tally = tally_of(record(0, *opening()), record(5, again))
    assert tally.inboxes == {"desk", "floor"}
    assert tally.agents["ada"].capacity == 50


def test_it_agrees_with_the_engine_after_a_whole_hour(hour: tuple[Hour, VirtualFloor]) -> None:
    tally, state = hour[0].tally, hour[1].engine.state
    counted = Counter(
        interaction.stage for interaction in tally.interactions.values() if interaction.is_open
    )
    assert counted == Counter(str(i.state) for i in state.interactions.values())
    for agent_id, agent in tally.agents.items():
        assert agent.used + sum(
            offer.event["cost"]
            for offer_id, offer in tally.offers.items()
            if offer_id in state.offers and offer.event["agent_id"] == agent_id
        ) == used_capacity(state.agents[agent_id])
