"""Hypothesis strategies for trees, expressions, and what these read of agents and interactions."""

from __future__ import annotations

from random import Random
from typing import Any, Final

import msgspec
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from router import commands as cm

__all__ = (
    "EXPRESSIONS",
    "agent_attributes",
    "conditions",
    "drawn_agent_attributes",
    "drawn_condition",
    "drawn_interaction_attributes",
    "interaction_attributes",
    "leaves",
)

SKILLS: Final = ("french", "tech", "vip")
OPERATORS: Final = ("=", "!=", "<", "<=", ">", ">=")

EXPRESSIONS: Final = (
    "true",
    "agent.remote",
    "agent.region",
    "agent.region == 'emea'",
    "agent.tier >= 2 && agent.region != 'apac'",
    "agent.tier > 1 || agent.remote",
    "agent.tier < 2.5",
    "agent.tier == 1",
    "agent['home office'] == true",
    "'de' in agent.langs",
    "agent.region in ['emea', interaction.region]",
    "size(agent.langs) > 1 ? agent.tier == 1 : agent.skills.vip < 5",
    "agent.langs.exists(l, l == interaction.lang)",
    "interaction.langs.all(l, l in agent.langs)",
    "agent.langs.exists_one(l, l.startsWith('d'))",
    "agent.skills.french >= 2 && agent.skills['tech'] < 3",
    "agent.skills[interaction.skill] > 1",
    "has(agent.region) && !has(interaction.lang)",
    "1 / interaction.divisor == agent.tier",
    "agent.tier == interaction.tier",
    "interaction.customer.tier <= agent.tier",
    "(interaction.lang + '-' + interaction.region).contains(agent.region)",
)

scalars = st.sampled_from(("emea", "apac", "", "de", 0, 1, 2, 1.0, 2.5, True, False, None))
regions = st.one_of(st.sampled_from(("emea", "emea", "apac")), scalars)
tiers = st.one_of(st.integers(0, 3), scalars)
langs = st.one_of(st.lists(st.sampled_from(("de", "fr", "en")), max_size=3), scalars)

agent_attributes: SearchStrategy[dict[str, cm.AttributeValue]] = st.one_of(
    st.just({}),
    st.fixed_dictionaries(
        {},
        optional={
            "region": regions,
            "tier": tiers,
            "langs": langs,
            "remote": st.one_of(st.booleans(), scalars),
            "home office": st.booleans(),
        },
    ),
)

readable: SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "region": regions,
        "lang": st.sampled_from(("de", "fr", 'quo"te\\', "\n\0\u2028", "\U0001f600")),
        "langs": langs,
        "skill": st.sampled_from(("french", "tech", "juggling")),
        "divisor": st.sampled_from((0, 1, -1, 0.5, 2**63)),
        "tier": tiers,
        "customer": st.one_of(st.fixed_dictionaries({"tier": tiers}), st.just({}), scalars),
        "due": st.sampled_from((7, -(2**63), 2**64 - 1, 1e300, -2.5, "2026-11-22T10:00:00+01:00")),
    },
)
unreadable = st.sampled_from(
    ({"lang": {}}, {"langs": [["de"]]}, {"langs": ["de"] * 65}, {"customer": {"tier": {"a": 1}}})
)
interaction_attributes: SearchStrategy[msgspec.Raw] = st.one_of(
    st.just(cm.EMPTY_MAP),
    st.one_of(readable, readable, readable, unreadable).map(
        lambda attributes: msgspec.Raw(msgspec.msgpack.encode(attributes))
    ),
)

levels = st.one_of(st.integers(0, 5), st.sampled_from((99, 100)))
leaves: SearchStrategy[cm.Requirement] = st.one_of(
    st.builds(
        cm.Requirement,
        skill=st.sampled_from(SKILLS),
        op=st.sampled_from(OPERATORS),
        level=levels,
    ),
    st.builds(
        lambda skill, low, span: cm.Requirement(skill, "between", low, low + span),
        st.sampled_from(SKILLS),
        st.integers(0, 4),
        st.integers(0, 3),
    ),
)
expressions = st.builds(cm.Requirement, expression=st.sampled_from(EXPRESSIONS))


def _inner_nodes(parts: SearchStrategy[cm.Requirement]) -> SearchStrategy[cm.Requirement]:
    several = st.lists(parts, min_size=1, max_size=3).map(tuple)
    return st.one_of(
        st.builds(cm.Requirement, all_of=several),
        st.builds(cm.Requirement, any_of=several),
        st.builds(cm.Requirement, negated=parts),
    )


nodes = st.recursive(st.one_of(leaves, expressions), _inner_nodes, max_leaves=6)
conditions: SearchStrategy[cm.Requirement] = st.builds(
    lambda node, hard, weight: msgspec.structs.replace(node, hard=hard, weight=weight),
    st.one_of(expressions, _inner_nodes(nodes)),
    st.booleans(),
    st.sampled_from((1, 3, 100)),
)
"""Requirements that are trees or expressions."""


def drawn_agent_attributes(dice: Random) -> dict[str, cm.AttributeValue]:
    """Attributes of an agent, by a seed."""
    values: dict[str, cm.AttributeValue] = {
        "region": dice.choice(("emea", "apac", "")),
        "tier": dice.choice((0, 1, 2, 3, 1.0, True)),
        "langs": list(dice.sample(("de", "fr", "en"), dice.randint(0, 3))),
        "remote": dice.random() < 0.5,
        "home office": dice.random() < 0.5,
    }
    return {name: values[name] for name in dice.sample(sorted(values), dice.randint(0, 5))}


def drawn_interaction_attributes(dice: Random) -> msgspec.Raw:
    """Attributes of an interaction, by a seed."""
    values: dict[str, Any] = {
        "region": dice.choice(("emea", "apac")),
        "lang": dice.choice(("de", "fr")),
        "langs": dice.sample(("de", "fr", "en"), dice.randint(0, 2)),
        "skill": dice.choice((*SKILLS, "juggling")),
        "divisor": dice.choice((0, 1)),
        "tier": dice.choice((1, 2, 1.0)),
        "customer": {"tier": dice.randint(0, 3)},
        "due": dice.choice((7, -2.5, "2026-11-22T10:00:00+01:00", "soon")),
    }
    chosen = {name: values[name] for name in dice.sample(sorted(values), dice.randint(0, 8))}
    return msgspec.Raw(msgspec.msgpack.encode(chosen))


def drawn_condition(dice: Random, depth: int = 3) -> cm.Requirement:
    """A tree or an expression, by a seed."""
    kind = dice.choice(("expression", "all_of", "any_of", "negated"))
    node = cm.Requirement(expression=dice.choice(EXPRESSIONS))
    if kind == "negated" and depth:
        node = cm.Requirement(negated=_drawn_node(dice, depth - 1))
    elif kind != "expression" and depth:
        parts = tuple(_drawn_node(dice, depth - 1) for _ in range(dice.randint(1, 3)))
        is_all = kind == "all_of"
        node = cm.Requirement(all_of=parts) if is_all else cm.Requirement(any_of=parts)
    return msgspec.structs.replace(node, hard=dice.random() < 0.5, weight=dice.choice((1, 5)))


def _drawn_node(dice: Random, depth: int) -> cm.Requirement:
    if dice.random() < 0.5:
        return cm.Requirement(dice.choice(SKILLS), level=dice.randint(0, 3))
    return msgspec.structs.replace(drawn_condition(dice, depth), hard=True, weight=1)
