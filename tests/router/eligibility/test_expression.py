"""Expressions as a whole: taken or refused, bound, evaluated; and none brings the process down."""

from __future__ import annotations

import time
from typing import Any

import cel
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.eligibility.expression import (
    compiled,
    context_of,
    expression_of,
    load,
    verdict,
    verdicts,
)
from router.errors import ExpressionError
from router.limits import EXPRESSION_CHARACTERS_MAX
from tests.conditions import EXPRESSIONS, agent_attributes, interaction_attributes
from tests.hypothesis_profiles import scaled

AGENT: dict[str, Any] = {
    "region": "emea",
    "tier": 2,
    "langs": ["de", "fr"],
    "remote": True,
    "skills": {"french": 3, "tech": 0},
}


def evaluated(text: str, interaction: dict[str, Any] | None = None) -> bool:
    program = compiled(expression_of(text).bound(interaction or {}))
    return verdict(program, context_of(AGENT)).holds


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("agent.region == 'emea' && agent.tier >= 2", True),
        ("agent.tier > 2 || agent.remote", True),
        ("!agent.remote", False),
        ("'de' in agent.langs", True),
        ("agent.langs.exists(l, l == interaction.lang)", True),
        ("agent.langs.all(l, l == interaction.lang)", False),
        ("interaction.customer.tier <= agent.tier", True),
        ("agent.skills.french >= 3 && agent.skills['tech'] == 0", True),
        ("agent.skills[interaction.skill] >= interaction.level", True),
        ("has(agent.region) && !has(agent.city) && !has(interaction.city)", True),
        ("agent.region.startsWith('em') && agent.region.endsWith('ea')", True),
        ("size(agent.langs) == 2 ? agent.tier == 2 : false", True),
        ("agent.tier == 2.0 && agent.tier < 2.5", True),
        # what cannot be evaluated does not hold
        ("agent.city == 'x'", False),
        ("!(agent.city == 'x')", False),
        ("agent.tier / interaction.zero == 1", False),
        ("agent.region > 1", False),
        ("agent.region", False),
        ("agent.langs[9] == 'de'", False),
        ("agent.tier + 9223372036854775807 > 0", False),
        # but for what is decided without it
        ("agent.city == 'x' || agent.tier == 2", True),
    ],
)
def test_expressions_of_a_kind(text: str, holds: bool) -> None:
    interaction = {
        "lang": "de",
        "customer": {"tier": 1},
        "skill": "french",
        "level": 3,
        "zero": 0,
    }
    assert evaluated(text, interaction) is holds


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "at character 1: Syntax error"),
        ("agent.a ==", "at character 11: Syntax error"),
        ("agent.a\n  == == 1", "at character 14: Syntax error"),
        ("(agent.a", "Syntax error"),
        ("agent.a == 1 agent.b", "Syntax error"),
        ("agent.a + 1", "neither true nor false"),
        ("1 / 0 == 1", "division by zero"),
        ("'a' > 1", "No such overload"),
        ("[true]", "not true or false"),
        ("has(agent['a'])", "has()"),
        ("9223372036854775808 == agent.a", "at character"),
        ("a" * (EXPRESSION_CHARACTERS_MAX + 1), "longer than"),
    ],
)
def test_what_is_refused_says_why_and_where(text: str, words: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        expression_of(text)
    assert words in str(caught.value)
    assert 0 <= caught.value.at <= len(text)


def test_what_it_reads_of_the_interaction_is_written_into_it() -> None:
    expression = expression_of("agent.a == interaction.b.c && has(interaction.d)")
    bound = expression.bound({"b": {"c": 'x"\\', "e": 1}, "f": 2})
    assert bound == 'agent.a == {"b": {"c": "x\\"\\\\"}}.b.c && has({}.d)'
    assert bound == expression.bound({"b": {"c": 'x"\\'}, "g": [{}]})


@pytest.mark.parametrize(
    ("attributes", "words"),
    [
        ({"a": {"b": {}}}, "interaction.a.b is a map"),
        ({"a": {"b": [[1]]}}, "interaction.a.b is a list of lists"),
        ({"a": {"b": [1] * 65}}, "interaction.a.b has 65 items"),
        ({"a": {"b": "x" * 2_048}}, "more than 2048 characters"),
    ],
)
def test_values_that_cannot_be_bound(attributes: dict[str, Any], words: str) -> None:
    expression = expression_of("agent.x == interaction.a.b")
    with pytest.raises(ExpressionError, match=words) as caught:
        expression.bound(attributes)
    assert caught.value.at == 11


@scaled(400)
@given(st.sampled_from(EXPRESSIONS), agent_attributes, interaction_attributes.map(bytes))
def test_bound_or_not_the_result_is_the_same(
    text: str, attributes: dict[str, Any], packed: bytes
) -> None:
    """With the interaction written in, as with the interaction beside the agent."""
    interaction = msgspec.msgpack.decode(packed)
    agent = {**attributes, "skills": {"french": 1, "tech": 2, "vip": 0}}
    try:
        bound = expression_of(text).bound(interaction)
    except ExpressionError:
        return
    context = context_of(agent)
    found = verdict(compiled(bound), context)
    try:
        direct = cel.evaluate(text, {"agent": agent, "interaction": interaction}) is True
    except Exception:  # noqa: BLE001  # the library raises by what went wrong in CEL
        direct = False
    assert found.holds is direct
    assert verdicts(compiled(bound), [context]) == ([direct], int(bool(found.fault)))


HOSTILE = (
    "(" * 500 + "true" + ")" * 500,
    "!" * 1_000 + "true",
    "-" * 1_000 + "1 == 1",
    "[" * 500 + "]" * 500,
    "1" + "-1" * 500 + " > 0",
    "true" + "&&true" * 160,
    "agent" + ".a" * 500 + " == 1",
    "agent.a" + "[0]" * 300 + " == 1",
    "true" + "?true:false" * 90,
    "size(" + "+".join(["agent.big"] * 9) + ") > 1",
    "agent.big.all(x, agent.big == agent.big && agent.big == agent.big)",
    "agent.big.all(x, !(x in interaction.big) && !(x in interaction.big))",
    "agent.text.contains(agent.text) && agent.text + agent.text != agent.text",
    "-9223372036854775808 / -1 == 1",
    "agent.tier % 0 == 1",
    "int(1e300) == 1",
    "uint(-1) == 1u",
    "int('x') == 1",
    "double('nan') == double('nan')",
    "agent.text[0] == 'x'",
    "agent.big[-1] == 'x'",
    "agent.big['x'] == 'x'",
)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_expressions_are_refused_or_soon_done(text: str) -> None:
    load()
    agent = {**AGENT, "big": [f"item {n}" for n in range(64)], "text": "x" * 3_000}
    begin_s = time.process_time()
    try:
        bound = expression_of(text).bound({"big": [f"other {n}" for n in range(64)]})
    except ExpressionError:
        return
    verdict(compiled(bound), context_of(agent))
    assert time.process_time() - begin_s < 0.25, "the worst that could be found takes 2 ms"


@scaled(500)
@given(
    st.lists(
        st.sampled_from(
            ["agent", "interaction", ".", "a", "skills", "(", ")", "[", "]", "'a'", "1", "==", "&&",
             "||", "!", "in", "has", "size", "exists", "x", ",", "?", ":", "+", "-", "/", "true"]
        ),
        max_size=14,
    ),
    st.sampled_from(("", " ")),
)  # fmt: skip
def test_whatever_the_tokens_it_is_refused_or_evaluated(tokens: list[str], gap: str) -> None:
    try:
        expression = expression_of(gap.join(tokens))
        bound = expression.bound({"a": [1, "a"], "x": {"a": 1}})
    except ExpressionError:
        return
    assert verdict(compiled(bound), context_of(AGENT)).holds in (True, False)
