from __future__ import annotations

import pytest

from router.eligibility.profile import Reference, profile_of
from router.errors import ExpressionError
from router.limits import EXPRESSION_DEPTH_MAX


def test_what_is_read_of_agents() -> None:
    profile = profile_of("agent.region == 'emea' && agent['home office'] && 'de' in agent.langs")
    assert profile.attributes == {"region", "home office", "langs"}
    assert (profile.skills, profile.any_skill, profile.interaction) == (frozenset(), False, ())


def test_skills_are_read_by_name_or_by_what_the_interaction_says() -> None:
    by_name = profile_of("agent.skills.french > 1 && agent.skills['sign language'] > 0")
    assert by_name.skills == {"french", "sign language"}
    assert not by_name.any_skill
    said = profile_of("agent.skills[interaction.language] >= interaction.level")
    assert (said.skills, said.any_skill) == (frozenset(), True)
    assert said.interaction == (Reference(13, ("language",)), Reference(38, ("level",)))


def test_paths_into_the_interaction() -> None:
    profile = profile_of(
        "interaction.customer['tier-2'].level == 1"
        " || interaction.langs.exists(l, l == 'de') || interaction.lang.startsWith('d')"
        " || interaction.list[0] == 1"
    )
    paths = [reference.path for reference in profile.interaction]
    assert paths == [("customer", "tier-2", "level"), ("langs",), ("lang",), ("list",)]


def test_a_text_that_looks_like_a_name_is_none() -> None:
    assert profile_of("'agent.region' == \"interaction.x\" // agent.y").attributes == set()


@pytest.mark.parametrize(
    ("text", "words", "at"),
    [
        ("agent", "agent.name", 0),
        ("agent[agent.x] == 1", "agent.name", 0),
        ("agent.exists(x, true)", "agent.name", 0),
        ("interaction == 1", "interaction.name", 0),
        ("agent.skills", "agent.skills.name", 0),
        ("agent.skills.exists(s, true)", "agent.skills.name", 0),
        ("has(agent.skills.french)", "agent.skills.name > 0", 4),
        ("agnt.region == 'x'", "no name 'agnt'", 0),
        ("now() > agent.x", "no function 'now'", 0),
        ("timestamp('2020-01-01T00:00:00Z') < agent.x", "no function 'timestamp'", 0),
        ("agent.x.matches('^(a+)+$')", "no method 'matches'", 8),
        ("agent.x.map(y, y) == []", "no method 'map'", 8),
        ("agent.x.filter(y, y) == []", "no method 'filter'", 8),
        ("[1].exists(x, x == 1) && x == 2", "no name 'x'", 25),
        ("agent.a.exists(agent, true)", "a meaning already", 15),
        ("agent.a.exists(true, true)", "a meaning already", 15),
        ("agent.a.exists('x', true)", "begins with a name", 8),
        ("agent.a.exists(x)", "begins with a name", 8),
        ("agent.a.exists(x, agent.b.all(y, y == x))", "all() within", 26),
        ("(agent.a + agent.b).exists(x, x == 1)", "goes over a list", 20),
        ("agent.a[0].exists(x, x == 1)", "goes over a list", 11),
        ("agent.skills['a'].exists(x, x == 1)", "goes over a list", 18),
        ("agent.a.exists(x, x + 1 == 2)", "plus signs", 20),
        ("agent.a + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 == 1", "plus signs", 40),
        ("agent.a)", "nothing is open", 7),
        ("(agent.a]", "nothing is open", 8),
    ],
)
def test_what_an_expression_may_not_ask_for(text: str, words: str, at: int) -> None:
    with pytest.raises(ExpressionError) as caught:
        profile_of(text)
    assert words in caught.value.detail
    assert caught.value.at == at


def test_lists_that_may_be_gone_over() -> None:
    for ranged in ("agent.a", "agent['a']", "interaction.a.b", "interaction['a']", "[1, [2][0]]"):
        for macro in ("all", "exists", "exists_one"):
            profile_of(f"{ranged}.{macro}(x, x == 1 || x in agent.b)")


def test_macros_may_follow_one_another() -> None:
    profile_of("agent.a.exists(x, x == 1) && agent.b.all(x, (x != 2))")


def test_brackets_within_brackets() -> None:
    deep = "(" * EXPRESSION_DEPTH_MAX + "true" + ")" * EXPRESSION_DEPTH_MAX
    profile_of(deep)
    with pytest.raises(ExpressionError, match="nested deeper"):
        profile_of(f"({deep})")


def test_steps_are_bounded() -> None:
    profile_of("agent.a == 1" + " || agent.a == 1" * 300)
    with pytest.raises(ExpressionError, match="too much to evaluate"):
        profile_of("agent.a == 1" + " || agent.a == 1" * 350)
    body = " || ".join(["x == 1"] * 7)
    profile_of(f"agent.a.exists(x, {body})")
    with pytest.raises(ExpressionError, match="counts 64 times"):
        profile_of(f"agent.a.exists(x, {body}) || agent.b.exists(x, {body})")
