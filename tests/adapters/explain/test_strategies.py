"""Offers of queues with a strategy or an order of their own: only what counted is told."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.explain import Explanation, explain_offer
from adapters.explain.as_json import offer_as_json
from adapters.explain.grid import Grid
from adapters.explain.text import offer_page
from tests.adapters.explain.written import Written, create, login
from tests.policies import POLICY

SKILLED = [{"skill": "french", "level": 2}]


def floor_of(**queue: Any) -> Written:
    """ann knows more than bob, who has more room and a larger share, and has been idle for less."""
    queues = {"general": queue, "billing": {}}
    floor = Written(POLICY | {"queues": queues})
    floor.send(login("ann", french=5) | {"capacity": 100})
    floor.send(login("bob", french=3) | {"capacity": 1_000, "share": 2})
    return floor


def explained(floor: Written, interaction_id: str, *why_not: str) -> Explanation:
    found = explain_offer(floor.records, floor.offer_of(interaction_id).offer_id, why_not)
    assert found.mismatches == ()
    return found


def lines(found: Explanation) -> list[str]:
    parts = offer_page(found, top=None)
    return [line for part in parts for line in (part.lines() if isinstance(part, Grid) else [part])]


def columns(found: Explanation) -> list[str]:
    grid = next(part for part in offer_page(found, top=None) if isinstance(part, Grid))
    return [name for name in grid.columns if "×" in name]


@pytest.mark.parametrize(
    ("strategy", "shown", "winner", "behind"),
    [
        ("longest_idle", [], "ann", "equal score, but ann has been idle for 1 s longer"),
        ("least_loaded", ["load ×1"], "ann", "equal score, but ann has been idle for 1 s longer"),
        ("most_spare_capacity", ["spare ×1"], "bob", "0.000900 behind bob: spare -0.000900"),
        ("round_robin", [], "ann", "equal score and no offer yet to either; ann comes first"),
        ("best_skill", ["skill ×1"], "ann", "0.200000 behind ann: skill -0.200000"),
        ("least_adequate_skill", ["skill ×1"], "bob", "0.200000 behind bob: skill -0.200000"),
        ("closest_match", ["skill ×1"], "bob", "0.200000 behind bob: skill -0.200000"),
        ("target_share", [], "ann", "equal score and as much of their shares; ann comes first"),
    ],
)
def test_a_strategy_is_named_and_only_its_terms_are_shown(
    strategy: str, shown: list[str], winner: str, behind: str
) -> None:
    floor = floor_of(strategy=strategy)
    floor.send(create("i", "chat", requirements=SKILLED))
    found = explained(floor, "i", "ann", "bob")
    page = lines(found)
    assert found.event.agent_id == winner
    assert columns(found) == shown
    assert any(line.startswith(f"  strategy     {strategy}: the agent ") for line in page)
    (told,) = [answer.words for answer in found.answers if answer.agent_id != winner]
    assert told.startswith(behind)
    as_json = offer_as_json(found)
    assert as_json["interaction"]["strategy"] == strategy
    names = [term["name"] for term in as_json["candidates"][0]["terms"]]
    assert names == [name.partition(" ")[0] for name in shown]


def test_turns_and_shares_are_told_in_words() -> None:
    floor = floor_of(strategy="round_robin")
    for name in ("a", "b", "c"):
        floor.send(create(name, "letter"))
    assert "bob has had no offer yet" in explained(floor, "b", "ann").answers[0].words
    assert (
        "the last offer to ann lies further back" in explained(floor, "c", "bob").answers[0].words
    )
    assert any("tie: had a later offer" in line for line in lines(explained(floor, "c")))
    floor = floor_of(strategy="target_share")
    for name in ("a", "b", "c"):
        floor.send(create(name, "letter"))
    found = explained(floor, "c", "ann")
    assert (found.event.agent_id, found.ranking.tie_break) == ("bob", "target_share")
    assert found.answers[0].words == "equal score, but bob has had less of their share"


def test_who_is_away_is_ranked_as_if_they_came_back() -> None:
    floor = floor_of(strategy="target_share")
    for name in ("a", "b", "c"):
        floor.send(create(name, "letter"))
    floor.send(login("cyd", "unavailable") | {"share": 100})
    floor.send(create("d", "chat"))
    (answer,) = explained(floor, "d", "cyd").answers
    assert (answer.rank, answer.would_rank) == (0, 3), "level with both by share, the last by name"


@pytest.mark.parametrize(
    ("order", "first", "urgency"),
    [
        ("priority", "important", 1_440_000_216_666),
        ("ageing", "important", 10_216_666),
        ("deadline", "urgent", 866_666),
        ("oldest_first", "old", 233_333),
        ("newest_first", "urgent", 833_333),
    ],
)
def test_an_order_is_named_and_the_choice_is_recomputed(
    order: str, first: str, urgency: int
) -> None:
    queues = {"general": {"order": order, "ageing_points_per_minute": 0.1}, "billing": {}}
    floor = Written(POLICY | {"queues": queues})
    floor.send(create("old", "chat"))
    floor.send(create("important", "letter", priority=1))
    floor.send(create("urgent", "voice"))
    floor.send(login("ann"), after_ms=12_000)
    offer = floor.offers[0]
    found = explained(floor, offer.interaction_id)
    assert offer.interaction_id == first
    assert found.ranking.urgency_ppm == urgency
    chooser = found.queue_view.chooser
    assert chooser is not None
    assert chooser.choices[0].pair == 500_000
    page = lines(found)
    assert any(line.startswith(f"  order        {order}: ") for line in page)
    assert not any("for the pair" in line for line in page)


def test_an_ordering_tells_which_attribute_decided() -> None:
    order_by = [{"attribute": "grade", "descending": True}, {"attribute": "jobs"}]
    queue = {"strategy": "by_attributes", "order_by": order_by}
    floor = Written(POLICY | {"queues": {"general": queue, "billing": {}}})
    told = {"ann": (2, 4), "bob": (2, 5), "cyd": (1, 0), "dee": (2, 4)}
    for name, (grade, jobs) in told.items():
        floor.send(login(name) | {"attributes": {"grade": grade, "jobs": jobs}})
    floor.send(create("i", "letter"))
    found = explained(floor, "i", "bob", "cyd", "dee")
    assert (found.event.agent_id, found.ranking.tie_break) == ("ann", "longest_idle")
    by_name = {one.agent_id: one.words for one in found.answers}
    assert by_name["bob"] == "equal score, but ann comes first by jobs"
    assert by_name["cyd"] == "equal score, but ann comes first by grade"
    assert by_name["dee"] == "equal score, but ann has been idle for 3 s longer"
    page = lines(explained(floor, "i"))
    assert [sum(f"tie: {words}" in line for line in page) for words in ("by jobs", "by grade")] == [
        1,
        1,
    ]
    assert offer_as_json(found)["candidates"][0]["turn"].keys() == {"rule", "place"}


def test_a_draw_is_told_and_made_again() -> None:
    floor = floor_of(strategy="random")
    names = ("a", "b", "c")
    for name in names:
        floor.send(create(name, "chat"))
    drawn = [explained(floor, name, "ann", "bob") for name in names]
    assert {found.ranking.tie_break for found in drawn} == {"random"}
    winner = drawn[0].event.agent_id
    (words,) = [one.words for one in drawn[0].answers if one.agent_id != winner]
    assert words == f"equal score, but the draw was for {winner}"
    assert any("tie: by the draw" in line for line in lines(explained(floor, "a")))


def test_the_bucket_of_an_interaction_is_told() -> None:
    due = {"name": "due", "when": "has(interaction.due)"}
    bucket = due | {"order": "lowest_first", "attribute": "due"}
    floor = Written(POLICY | {"queues": {"general": {"buckets": [bucket]}, "billing": {}}})
    floor.send(create("old", "letter"))
    floor.send(create("late", "letter", attributes={"due": 9}))
    floor.send(create("soon", "letter", attributes={"due": "1970-01-01T00:00:00Z"}))
    floor.send(login("ann"), after_ms=12_000)
    found = explained(floor, "soon")
    assert (found.queue_view.waiting, found.queue_view.more_urgent) == (3, 0)
    assert found.queue_view.chooser is not None
    names = [choice.interaction_id for choice in found.queue_view.chooser.choices]
    assert names == ["soon", "late", "old"]
    assert "  bucket       due, lowest_first by due" in lines(found)
    assert offer_as_json(found)["interaction"]["bucket"] == "due, lowest_first by due"


def test_a_target_of_its_own_is_told_and_counted() -> None:
    floor = Written(POLICY | {"queues": {"general": {}, "billing": {}}})
    floor.send(create("usual", "letter"))
    floor.send(create("soon", "letter", target_s=61.7))
    floor.send(login("ann"), after_ms=30_000)
    found = explained(floor, "soon")
    assert found.ranking.subject.target_ms == 61_700
    assert found.ranking.urgency_ppm == (30_000 - 700) * 1_000_000 // 61_000
    assert found.queue_view.more_urgent == 0
    assert any("target 61.700 s" in line for line in lines(found))
