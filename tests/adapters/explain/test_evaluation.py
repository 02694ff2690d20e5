"""One agent and one interaction: each obstacle in words, and the terms of a score by hand."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.explain import Replay
from adapters.explain.evaluation import COUNTED, FILTERS, Case, Obstacle
from router.events import Decision
from tests.adapters.explain.written import Written, create, login
from tests.policies import POLICY


def obstacles(floor: Written, interaction_id: str, agent_id: str) -> list[Obstacle]:
    case, agent = case_of(floor, interaction_id, agent_id)
    return list(case.obstacles(agent))


def case_of(
    floor: Written, interaction_id: str, agent_id: str, *, show_attributes: bool = False
) -> tuple[Case, Any]:
    replay = Replay(show_attributes=show_attributes)
    for record in floor.records:
        replay.take(*record)
    moment = replay.moment()
    interaction = moment.state.interactions[interaction_id]
    return Case(moment, interaction), moment.state.agents[agent_id]


def test_the_filters_stand_in_the_order_in_which_a_decision_counts_them() -> None:
    counts = [name for name in Decision.__struct_fields__ if name in FILTERS]
    assert counts == list(COUNTED)


def test_available_again_is_no_obstacle() -> None:
    floor = Written(POLICY)
    floor.send(login("ann", "unavailable"), create("i", priority=1))
    (found,) = obstacles(floor, "i", "ann")
    assert found == (
        "not_available",
        "unavailable",
        "unavailable since 2023-11-14 22:13:22.000Z",
    )
    floor.send(create("j", channel="chat"))
    floor.send({"type": "agent_state", "agent_id": "ann", "state": "available"})
    assert [found.code for found in obstacles(floor, "j", "ann")] == ["capacity_exceeded"]


@pytest.mark.parametrize(
    ("requirement", "words"),
    [
        ({"level": 3}, "french: holds 2, needs >= 3"),
        ({"op": "<", "level": 2}, "french: holds 2, needs < 2"),
        ({"op": "between", "level": 3, "level_max": 4}, "french: holds 2, needs between 3 and 4"),
        ({"skill": "vip"}, "vip: holds 0, needs >= 1"),
    ],
)
def test_a_skill_that_is_lacking_says_what_is_held(requirement: Any, words: str) -> None:
    floor = Written(POLICY)
    soft = {"skill": "tech", "level": 3, "hard": False}
    asked = [{"skill": "french"} | requirement, soft]
    floor.send(login("ann", french=2), create("i", requirements=asked))
    assert obstacles(floor, "i", "ann") == [("lacking_skill", "lacking_skill", words)]


@pytest.mark.parametrize(
    ("first", "channel", "code", "words"),
    [
        ("chat", "voice", "capacity_exceeded", "uses 30 of 100 and voice costs 100; has i0 (chat"),
        ("voice", "chat", "capacity_exceeded", "uses 100 of 100 and chat costs 30; has i0 (voice"),
        ("voice", "voice", "capacity_maximum", "holds 1 of 1 voice; has i0 (voice, offered)"),
    ],
)
def test_what_takes_the_room_is_named(first: str, channel: str, code: str, words: str) -> None:
    floor = Written(POLICY)
    floor.send(login("ann"), create("i0", first), after_ms=0)
    floor.send(create("i1", channel))
    (found,) = obstacles(floor, "i1", "ann")
    assert (found.filter, found.code) == ("no_capacity", code)
    assert found.reason.startswith(words)


@pytest.mark.parametrize(
    ("first", "channel", "words"),
    [
        ("voice", "chat", "holds exclusive work; has i0 (voice, offered)"),
        ("chat", "voice", "holds other work beside the exclusive voice; has i0 (chat, offered)"),
    ],
)
def test_exclusive_work_stands_alone(first: str, channel: str, words: str) -> None:
    floor = Written(POLICY)
    floor.send(login("ann") | {"capacity": 1_000}, create("i0", first))
    floor.send(create("i1", channel))
    assert obstacles(floor, "i1", "ann") == [("no_capacity", "capacity_exclusive", words)]


def test_much_in_hand_is_cut() -> None:
    policy = POLICY | {"channels": POLICY["channels"] | {"chat": {"cost": 1, "maximum": 7}}}
    floor = Written(policy)
    floor.send(login("ann"), *(create(f"i{n}", "chat") for n in range(8)))
    waiting = [i for i in floor.engine.state.interactions.values() if i.state == "queued"]
    (found,) = obstacles(floor, waiting[0].interaction_id, "ann")
    assert found.reason.startswith("holds 7 of 7 chat; has i0 (chat, offered), ")
    assert found.reason.endswith("and 2 more")


def test_a_refusal_and_an_expiry_exclude_until_they_end() -> None:
    floor = Written(POLICY)
    floor.send(login("ann"), login("bob"), create("i"))
    for number, agent_id in enumerate(("ann", "bob"), 1):
        floor.send({"type": "decline", "offer_id": f"1-{number}", "agent_id": agent_id})
    assert [obstacles(floor, "i", name)[0].reason for name in ("ann", "bob")] == [
        "declined offer 1-1; excluded until 2023-11-14 22:13:33.000Z",
        "declined offer 1-2; excluded until 2023-11-14 22:13:34.000Z",
    ]
    floor.send(after_ms=9_000)
    assert floor.offers[-1].agent_id == "ann"
    floor.send(after_ms=20_000)
    assert floor.offers[-1].agent_id == "bob"
    assert obstacles(floor, "i", "ann")[0].reason == (
        "not responding since 2023-11-14 22:13:53.000Z: let offer 1-3 expire"
    )
    assert obstacles(floor, "i", "ann")[-1].reason.startswith("let offer 1-3 expire; excluded unt")


def test_the_terms_by_hand() -> None:
    floor = Written(POLICY)
    floor.send(login("ann", french=2, tech=3))
    asked = [{"skill": "french", "level": 2}, {"skill": "tech", "level": 1, "weight": 3}]
    owner = {"agent_id": "ann", "kind": "outcome", "score": 0.5}
    floor.send(
        create("i", "chat", requirements=asked, history=[owner], queue="billing"), after_ms=60_000
    )
    case, agent = case_of(floor, "i", "ann")
    found = case.score(agent)
    history = floor.engine.state.interactions["i"].preferred[0][1]
    skill = (700_000 + 3 * 1_000_000) // 4
    assert [(term.name, term.weight, term.value) for term in found.terms] == [
        ("skill", 1_000, skill),
        ("history", 5_000, history),
        ("load", 333, 700_000),  # the offer itself takes its 30 of 100
        ("idle", 0, 500_000),
    ]
    assert found.total == (1_000 * skill + 5_000 * history + 333 * 700_000) // 6_333
    assert found.total == sum(term.points for term in found.terms) // found.weights
    assert case.score(agent, history_ppm=0).terms[1].value == 0


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (
            {
                "all": [
                    {"skill": "french", "level": 3},
                    {"skill": "tech"},
                    {"skill": "vip", "op": "<"},
                ]
            },
            "french: holds 2, needs >= 3; tech: holds 0, needs >= 1",
        ),
        (
            {"any": [{"skill": "french", "level": 3}, {"expression": "agent.tier > 2"}]},
            "none of: french: holds 2, needs >= 3 | agent.tier > 2: is false (reads agent.tier)",
        ),
        (
            {"not": {"all": [{"skill": "french"}, {"expression": "agent.tier == 2"}]}},
            "must not be: french >= 1 and (agent.tier == 2)",
        ),
        (
            {"expression": "agent.site == interaction.site"},
            (
                "agent.site == interaction.site: cannot be evaluated: there is no site "
                "(reads agent.site, interaction.site)"
            ),
        ),
        (
            {"expression": "agent.skills[interaction.lang] > 1"},
            (
                "agent.skills[interaction.lang] > 1: cannot be evaluated: a name is not there "
                "(reads agent.skills, interaction.lang)"
            ),
        ),
        (
            {"expression": "agent.tier / (agent.tier - 2) > 1"},
            (
                "agent.tier / (agent.tier - 2) > 1: cannot be evaluated: a division by zero "
                "(reads agent.tier)"
            ),
        ),
        (
            {"expression": "agent.tier > 'x'"},
            (
                "agent.tier > 'x': cannot be evaluated: types that do not go together "
                "(reads agent.tier)"
            ),
        ),
        ({"expression": "agent.tier"}, "agent.tier: is neither true nor false (reads agent.tier)"),
    ],
)
def test_a_condition_tells_which_branch_failed_and_what_it_read(asked: Any, words: str) -> None:
    floor = Written(POLICY)
    attributes = {"site": "secret", "lang": "klingon"}
    floor.send(
        login("ann", french=2) | {"attributes": {"tier": 2}},
        create("i", requirements=[asked]) | {"attributes": attributes},
    )
    assert obstacles(floor, "i", "ann") == [("lacking_skill", "lacking_skill", words)]


def test_values_are_told_only_when_they_may_be() -> None:
    floor = Written(POLICY)
    text = "agent.tier > interaction.customer.tier && agent.skills.vip > 1 && has(agent.name)"
    floor.send(
        login("ann", vip=3) | {"attributes": {"tier": 2}},
        create("i", requirements=[{"expression": text}])
        | {"attributes": {"customer": {"tier": 2, "name": "Ms. Private"}}},
    )
    (hidden,) = obstacles(floor, "i", "ann")
    read = "agent.name, agent.tier, agent.skills.vip, interaction.customer.tier"
    assert hidden.reason == f"{text}: is false (reads {read})"
    case, agent = case_of(floor, "i", "ann", show_attributes=True)
    (shown,) = case.obstacles(agent)
    read = "agent.name = none, agent.tier = 2, agent.skills.vip = 3, interaction.customer.tier = 2"
    assert shown.reason == f"{text}: is false (reads {read})"


def test_a_label_of_which_there_is_enough() -> None:
    chat = POLICY["channels"]["chat"] | {"labels": {"complaint": {"maximum": 1}}}
    floor = Written(POLICY | {"channels": POLICY["channels"] | {"chat": chat}})
    floor.send(login("ann"))
    for name in ("i", "j"):
        floor.send(create(name, "chat", label="complaint"))
    words = "holds 1 of 1 chat with the label complaint; has i (chat, offered)"
    assert obstacles(floor, "j", "ann") == [("no_capacity", "capacity_label", words)]
