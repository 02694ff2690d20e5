"""The checker's own trees and expressions, and what it says when an offer goes against them."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.verify.conditions import Condition, Held, holds, read_condition, seen_by, words
from adapters.verify.terms import read_requirements, skill_term
from adapters.verify.wire import Unreadable
from tests.adapters.verify.story import Story, codes_of

HELD = Held({"french": 3}, {"site": "a", "tier": 2}, ("french", "tech"))


def condition(**fields: Any) -> Condition:
    attributes = {"site": "a", "n": {"tier": 1}, "secret": "x"}
    return read_condition({key.rstrip("_"): value for key, value in fields.items()}, attributes)


@pytest.mark.parametrize(
    ("fields", "so"),
    [
        ({"all": [{"skill": "french", "level": 3}, {"skill": "tech", "op": "<"}]}, True),
        ({"all": [{"skill": "french", "level": 3}, {"skill": "tech"}]}, False),
        ({"any": [{"skill": "french", "level": 4}, {"not": {"skill": "tech"}}]}, True),
        ({"not": {"any": [{"skill": "french"}, {"skill": "tech"}]}}, False),
        ({"expression": "agent.site == interaction.site && agent.tier > 1"}, True),
        ({"expression": "agent.tier <= interaction.n.tier"}, False),
        ({"expression": "agent.skills.tech == 0 && size(agent.skills) == 2"}, True),
        ({"expression": "agent.nothing == 1"}, False),
        ({"not": {"expression": "agent.nothing == 1"}}, True),
        ({"expression": "agent.site"}, False),
        ({"expression": "this is no CEL"}, False),
    ],
)
def test_what_holds(fields: dict[str, Any], so: bool) -> None:
    assert holds(condition(**fields), HELD) is so


def test_conditions_are_equal_when_they_see_the_same() -> None:
    first = condition(expression="agent.site == interaction.site")
    assert seen_by(first) == {"site": "a"}
    other = read_condition({"expression": first.text}, {"site": "a", "secret": "y"})
    assert first == other
    assert first != read_condition({"expression": first.text}, {"site": "b"})
    # where the names cannot be told, all is looked at
    assert "secret" in seen_by(condition(expression="interaction['site'] == 'a'"))


@pytest.mark.parametrize(
    "fields",
    [{}, {"all": []}, {"all": [5]}, {"not": {"skill": 1}}, {"any": [{"skill": "a", "op": "~"}]},
     {"any": [{"skill": "a", "level": "3"}]}, {"expression": 5}],
)  # fmt: skip
def test_what_cannot_be_read(fields: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        read_requirements([fields])


def test_words() -> None:
    tree = condition(
        all=[
            {"skill": "french", "op": "between", "level": 1, "level_max": 2},
            {"any": [{"not": {"skill": "tech"}}, {"expression": "agent.a"}]},
        ]
    )
    assert words(tree) == "french between 1 and 2 and ((not (tech >= 1)) or (agent.a))"


def test_a_condition_scores_all_or_nothing() -> None:
    asked = read_requirements(
        [{"skill": "french", "level": 3}, {"expression": "agent.tier > 1", "weight": 3}]
    )
    levels = {"french": 5, "tech": 3}
    assert skill_term(HELD.skills, asked, levels, attributes=HELD.attributes) == 950_000
    assert skill_term(HELD.skills, asked, levels) == 200_000


def test_an_offer_to_somebody_who_does_not_meet_it_is_found() -> None:
    story = Story()
    story.record(*story.log_in("ann", attributes={"site": "b"}), consumed=1)
    asked = [{"expression": "agent.site == interaction.site"}]
    created = story.create("i", attributes={"site": "a"})
    offer = story.offer("o", "i", "ann")
    story.record(created | {"requirements": asked}, offer, consumed=1)
    violations = {v.code: v.message for v in story.check().violations}
    assert violations["offer_unskilled"] == (
        "agent 'ann' does not meet: agent.site == interaction.site"
    )


def test_work_left_for_somebody_whose_attributes_have_come_to_fit_is_found() -> None:
    story = Story()
    story.record(*story.log_in("ann", attributes={"site": "b"}), consumed=1)
    asked = [{"any": [{"skill": "french"}, {"expression": "agent.site == interaction.site"}]}]
    story.record(story.create("i", requirements=asked, attributes={"site": "a"}), consumed=1)
    assert codes_of(story.check()) == []
    changed = {"type": "agent_attributes_changed", "agent_id": "ann", "attributes": {"site": "a"}}
    story.record(changed, consumed=1)
    assert codes_of(story.check()) == ["work_conservation"]


def test_an_update_to_what_the_agent_lacks_must_close_the_offer() -> None:
    story = Story()
    story.record(*story.log_in("ann", attributes={"tier": 1}), consumed=1)
    created = story.create("i", attributes={"floor": 1})
    story.record(created, story.offer("o", "i", "ann"), consumed=1)
    updated = {
        "type": "interaction_updated",
        "interaction_id": "i",
        "priority": 0,
        "requirements": [{"expression": "agent.tier > interaction.floor"}],
    }
    story.record(updated, consumed=1)
    assert len(codes_of(story.check())) == 1
