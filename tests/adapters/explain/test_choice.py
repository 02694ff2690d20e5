"""Which freed agent chose, from what, and when nobody can tell."""

from __future__ import annotations

import pytest

from adapters.explain import choice as choice_module
from adapters.explain import explain_offer
from adapters.explain.choice import Chooser, QueueView
from adapters.explain.text import offer_page
from tests.adapters.explain.written import Written, create, login
from tests.policies import POLICY


def view(floor: Written, interaction_id: str) -> QueueView:
    return explain_offer(floor.records, floor.offer_of(interaction_id).offer_id).queue_view


def chooser_of(floor: Written, interaction_id: str) -> Chooser:
    found = view(floor, interaction_id).chooser
    assert found is not None
    return found


@pytest.fixture
def floor() -> Written:
    """Three calls wait; bob, who becomes free, may serve two of them."""
    floor = Written(POLICY)
    french = [{"skill": "french", "level": 1}]
    floor.send(create("old", requirements=[{"skill": "vip", "level": 1}]))
    floor.send(create("mid", requirements=french))
    floor.send(create("new", requirements=french))
    floor.send(login("bob", french=3))
    return floor


def test_an_agent_who_became_free_chooses_the_most_valuable(floor: Written) -> None:
    found = view(floor, "mid")
    assert (found.waiting, found.more_urgent) == (3, 1)
    assert found.chooser is not None
    assert (found.chooser.agent_id, found.chooser.certain) == ("bob", True)
    mid, new = found.chooser.choices
    assert (mid.interaction_id, new.interaction_id) == ("mid", "new")
    assert (mid.urgency_ppm, new.urgency_ppm) == (100_000, 50_000)
    assert mid.pair == new.pair
    assert mid.value == mid.urgency_ppm + mid.pair


def test_who_chooses_need_not_be_who_gets_it() -> None:
    floor = Written(POLICY | {"joint_cells": 0})
    floor.send(login("ann", "unavailable", french=5), login("bob", french=1))
    floor.send(create("first"))
    assert view(floor, "first").chooser is None, "the interaction looked for an agent itself"
    floor.send(create("i", requirements=[{"skill": "french"}]))
    # both can take more at once; bob is idle for longer and looks first, ann is the better agent
    floor.send(
        {"type": "decline", "offer_id": "1-1", "agent_id": "bob"},
        {"type": "agent_state", "agent_id": "ann", "state": "available"},
        login("cyd", "unavailable", french=5),
    )
    offer = floor.offer_of("i")
    assert offer.agent_id == "ann"
    assert chooser_of(floor, "i").agent_id == "bob"
    told = offer_page(explain_offer(floor.records, offer.offer_id), 2)
    assert any("agent: bob had become free and chose it" in str(part) for part in told)
    assert any("ann is the better agent for it" in str(part) for part in told)


def test_history_and_exclusions_count_for_the_one_who_chooses() -> None:
    floor = Written(POLICY)
    floor.send(create("plain"))
    floor.send(create("hers", history=[{"agent_id": "ann", "kind": "owner"}]))
    floor.send(create("not hers", excluded_agents=["ann"], priority=100))
    floor.send(login("ann"))
    assert [one.interaction_id for one in chooser_of(floor, "hers").choices] == ["hers", "plain"]


def test_after_a_takeover_it_is_only_most_likely(floor: Written) -> None:
    floor.send(login("vic", "unavailable", vip=3))
    floor.send({"type": "agent_state", "agent_id": "vic", "state": "available"})
    assert chooser_of(floor, "old").certain
    floor.take_lead()
    floor.send(create("chat", "chat"), login("cid"))
    assert not chooser_of(floor, "chat").certain
    floor.send({"type": "cancel", "interaction_id": "chat"})
    floor.send(create("chat again", "chat"))
    floor.send(login("dan"))
    assert view(floor, "chat again").chooser is None


def test_too_much_to_look_at_leaves_it_open(
    floor: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choice_module, "LOOKS_MAX", 1)
    found = explain_offer(floor.records, floor.offer_of("mid").offer_id)
    assert (found.queue_view.waiting, found.queue_view.chooser) == (3, None)
    assert any("the journal does not tell who" in str(part) for part in offer_page(found, 2))
