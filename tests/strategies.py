"""Hypothesis strategies over a small contact center, where collisions abound.

Names are few, so that commands meet; some sort differently by bytes, by UTF-16 and by locale.
"""

from __future__ import annotations

import copy
from functools import cache
from typing import Any, Final, Literal, TypeAlias

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from router import commands as cm
from router.inputs import Fault
from tests.conditions import agent_attributes, conditions, interaction_attributes
from tests.policies import (
    CHANNELS,
    INTAKE_VARIANTS,
    OFFERING_VARIANTS,
    ORDERS,
    POLICY,
    POLICY_VARIANTS,
    QUEUES,
    SKILLS,
    STRATEGIES,
    changed,
    queues_of,
    strategy_of,
)

__all__ = (
    "AGENTS",
    "INBOXES",
    "activities",
    "agent_ids",
    "any_policies",
    "closed_lists",
    "creates",
    "elapsed_ms",
    "excluded_lists",
    "histories",
    "inactive_lists",
    "json_values",
    "logins",
    "maximum_maps",
    "mixed_policies",
    "nonsense",
    "offering_policies",
    "priorities",
    "requirement_lists",
    "shares",
    "skill_maps",
    "suspensions",
    "told_skill_maps",
)

AGENTS: Final = ("ann", "Bob", "eve", "\uff5eu", "\U0001f600u")
INBOXES: Final = ("desk:1", "desk:2")


def _without(section: str, name: str) -> dict[str, Any]:
    document = copy.deepcopy(POLICY)
    del document[section][name]
    document["default_queue"] = None
    for queue in document["queues"].values():
        queue.get("targets_s", {}).pop(name, None)
    return document


DROPPING: Final = (
    _without("channels", "letter"),
    _without("queues", "billing"),
    _without("queues", "general"),
    _without("skills", "vip"),
)
INVALID: Final[tuple[dict[str, Any], ...]] = (
    {},
    {**POLICY, "colour": "blue"},
    changed(channels={"chat": {"cost": -1}}),
    changed(default_queue="nowhere"),
)

mixed_policies: SearchStrategy[dict[str, Any]] = st.builds(
    lambda general, billing, one, other, priced: (
        queues_of(general | strategy_of(one), billing | strategy_of(other)) | priced
    ),
    *(
        st.fixed_dictionaries(
            {"order": st.sampled_from(ORDERS)},
            optional={
                "ageing_points_per_minute": st.sampled_from((0.001, 0.5, 7, 1_000)),
                "offers_at_once": st.integers(1, 4),
            },
        ),
    )
    * 2,
    *(st.sampled_from(STRATEGIES),) * 2,
    st.sampled_from(({}, {}, {"urgency": {"weight": 0}}, {"urgency": {"weight": 10}})),
)
"""Any strategy and any order in each queue, and up to four agents asked at once."""

offering_policies = st.sampled_from(list(OFFERING_VARIANTS.values()))

any_policies: SearchStrategy[dict[str, Any]] = st.one_of(
    st.sampled_from(list(POLICY_VARIANTS.values())),
    mixed_policies,
    st.sampled_from([*POLICY_VARIANTS.values(), *DROPPING, *INVALID]),
    st.sampled_from(list(INTAKE_VARIANTS.values())),
)

agent_ids = st.sampled_from(AGENTS)
levels = st.one_of(st.integers(0, 5), st.sampled_from((99, 100)))
priorities = st.one_of(st.just(0), st.integers(0, 5), st.just(100))

requirements: SearchStrategy[cm.Requirement] = st.one_of(
    st.builds(
        cm.Requirement,
        skill=st.sampled_from(tuple(SKILLS)),
        op=st.sampled_from(("=", "!=", "<", "<=", ">", ">=")),
        level=levels,
        hard=st.booleans(),
        weight=st.sampled_from((1, 3, 100)),
    ),
    st.builds(
        lambda skill, low, span, hard: cm.Requirement(
            skill=skill, op="between", level=low, level_max=low + span, hard=hard
        ),
        st.sampled_from(tuple(SKILLS)),
        st.integers(0, 4),
        st.integers(0, 3),
        st.booleans(),
    ),
)
told_requirements: SearchStrategy[cm.AskedRequirement] = st.one_of(
    st.builds(
        cm.AskedRequirement,
        skill=st.just("vip"),
        op=st.sampled_from((">=", "<", "=")),
        level=st.sampled_from((None, "some", "much")),
        hard=st.booleans(),
    ),
    st.builds(
        lambda level, better: cm.AskedRequirement(
            skill="tech", op="between", level=level, level_max=better
        ),
        st.integers(1, 3),
        st.integers(0, 3),
    ),
)
"""Levels by name, and ranges that go down, as some policies have them."""
passing_requirements = st.builds(
    cm.Requirement,
    skill=st.sampled_from(tuple(SKILLS)),
    level=st.integers(1, 3),
    ttl_s=st.sampled_from((0, 1, 5, 30, 3_600)),
    expedite=st.booleans(),
)
easy_requirements = st.builds(
    cm.Requirement, skill=st.sampled_from(tuple(SKILLS)), level=st.integers(1, 2)
)
requirement_lists = st.one_of(
    st.just(()),
    st.tuples(easy_requirements),
    st.lists(requirements, max_size=3).map(tuple),
    st.lists(passing_requirements, max_size=2).map(tuple),
    st.tuples(told_requirements),
    st.lists(st.one_of(requirements, conditions), max_size=3).map(tuple),
)


Kind: TypeAlias = Literal["last_agent", "owner", "outcome"]
kinds: tuple[Kind, ...] = ("last_agent", "owner", "outcome")
fact_lists: SearchStrategy[list[tuple[str, Kind, int | None, float]]] = st.one_of(
    st.just([]),
    st.lists(
        st.tuples(
            agent_ids,
            st.sampled_from(kinds),
            st.one_of(st.none(), st.integers(0, 90 * 86_400_000), st.just(-1_000)),
            st.one_of(st.just(1.0), st.floats(0.0, 1.0, allow_nan=False)),
        ),
        max_size=3,
    ),
)
"""Facts about the agents of the center, with their ages: some older, some ahead of the time."""


def histories(now_ms: int) -> SearchStrategy[tuple[cm.HistoryFact, ...]]:
    """Facts about the agents of the center, at ``now_ms``."""
    return fact_lists.map(
        lambda facts: tuple(
            cm.HistoryFact(agent_id, kind, None if age is None else max(0, now_ms - age), score)
            for agent_id, kind, age, score in facts
        )
    )


excluded_lists = st.one_of(st.just(()), st.lists(agent_ids, max_size=2, unique=True).map(tuple))


delays_ms = st.sampled_from((-(2**53), -1_000, 0, 1, 9_000, 60_000, 3_600_000))
suspension_parts = st.one_of(
    st.tuples(st.none(), st.none(), st.booleans()),
    st.tuples(delays_ms, st.sampled_from((None, None, "dialer")), st.booleans()),
    st.just((None, "dialer", False)),
)
"""For how long, who is told, and whether the place is kept."""


def suspensions(at_ms: int) -> SearchStrategy[cm.Suspension]:
    """Suspensions asked for at ``at_ms``: for a while, until told, over before they begin."""
    return suspension_parts.map(lambda parts: suspended(at_ms, *parts))


def suspended(
    at_ms: int, delay_ms: int | None, inbox: str | None, keep_place: bool
) -> cm.Suspension:
    until_ms = None if delay_ms is None else max(0, at_ms + delay_ms)
    return cm.Suspension(until_ms, inbox, keep_place)


arriving_parts = st.fixed_dictionaries(
    {
        "channel": st.sampled_from(CHANNELS),
        "queue": st.sampled_from((None, *QUEUES)),
        "priority": priorities,
        "requirements": requirement_lists,
        "attributes": interaction_attributes,
        "excluded_agents": excluded_lists,
        "target_s": st.one_of(*(st.none(),) * 4, st.sampled_from((0.1, 20, 61.234, 31_622_400))),
        "direct": st.one_of(*(st.none(),) * 9, st.builds(cm.Direct, agent_ids, st.booleans())),
        "link": st.one_of(
            *(st.none(),) * 4,
            st.builds(
                cm.AskedLink, st.sampled_from(("i1", "x")), st.sampled_from(("consult", "moved"))
            ),
        ),
        "label": st.sampled_from((*(None,) * 9, "complaint", "sale")),
        "producer": st.sampled_from(("", "web", "crm")),
    }
)
ages_ms = st.one_of(st.none(), st.sampled_from((0, 1, 30_000, 86_400_000)))
late_suspensions = st.one_of(*(st.none(),) * 9, suspension_parts)


@st.composite
def creates(draw: st.DrawFn, interaction_id: str, at_ms: int) -> cm.Create:
    """Valid interactions of every shape, under a given id, that arrive at ``at_ms``."""
    # a strategy that is built for each of them costs more than all that they are put to
    age_ms, aside = draw(ages_ms), draw(late_suspensions)
    return cm.Create(
        interaction_id,
        history=draw(histories(at_ms)),
        origin_ms=None if age_ms is None else at_ms - age_ms,
        suspension=None if aside is None else suspended(at_ms, *aside),
        **draw(arriving_parts),
    )


skill_maps: SearchStrategy[dict[str, int]] = st.fixed_dictionaries(
    {}, optional={name: st.integers(0, top) for name, top in SKILLS.items()}
)
told_skill_maps: SearchStrategy[dict[str, int | str]] = st.one_of(
    skill_maps,
    skill_maps,
    st.fixed_dictionaries(
        {}, optional={"vip": st.sampled_from(("some", "much")), "tech": st.integers(1, 3)}
    ),
)
"""Skills at levels by number or, of some policies, by name."""
maximum_maps: SearchStrategy[dict[str, int]] = st.one_of(
    st.just({}),
    st.fixed_dictionaries({}, optional=dict.fromkeys(CHANNELS, st.integers(0, 4))),
)
capacities = st.sampled_from((None, None, 1, 60, 100, 1_000_000))


shares = st.sampled_from((1, 1, 1, 2, 3, 100))


inactive_lists = st.sampled_from(((), (), (), ("tech",), ("french", "vip")))
closed_lists = st.sampled_from(((), (), (), ("chat",), ("voice", "letter")))
profile_names = st.sampled_from((*(None,) * 7, "first-line", "experts", "nobody"))
activities = st.sampled_from((None, None, None, "lunch", "training", "at-work", "nap"))


@cache
def logins(agent_id: str) -> SearchStrategy[cm.AgentLogin]:
    """Valid logins of one agent, most of them available."""
    return st.builds(
        cm.AgentLogin,
        agent_id=st.just(agent_id),
        inbox=st.sampled_from(INBOXES),
        encoding=st.sampled_from(("msgpack", "json")),
        skills=skill_maps,
        capacity=capacities,
        maximums=maximum_maps,
        share=shares,
        attributes=agent_attributes,
        inactive_skills=inactive_lists,
        closed_channels=closed_lists,
        profile=profile_names,
        state=st.sampled_from((None, "available", "available", "unavailable")),
        activity=activities,
    )


elapsed_ms = st.one_of(
    st.just(0),
    st.sampled_from((1, 500, 5_000, 15_000, 20_000, 30_000, 60_000)),
    st.integers(0, 100_000),
    st.sampled_from((600_000, 3_600_000, 7_200_000)),
)
"""How long nothing happens: offers of 15 s to 600 s expire, wrap-ups and exclusions end."""

json_values: SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=8,
)
"""Anything that msgpack and JSON can carry."""

nonsense: SearchStrategy[cm.Command | Fault] = st.sampled_from(
    (
        cm.Create("n1", "telex"),
        cm.Create("n1", "voice", queue="nowhere"),
        cm.Create("n1", "voice", requirements=(cm.Requirement("juggling"),)),
        cm.Create("n1", "voice", origin_ms=2**53),
        cm.Create("n1", "voice", origin_ms=0),
        cm.Create("n1", "chat", requirements=(cm.Requirement("vip", op="between", level=3),)),
        cm.Create("n1", "chat", requirements=(cm.Requirement("vip", level_max=3),)),
        cm.Update("i1"),
        cm.Update("nobody knows", priority=1),
        cm.Cancel("nobody knows", reply_to="desk:1", command_id="c1"),
        cm.Accept("nobody knows", "ann"),
        cm.AgentLogin("ann", "desk:1", skills={"juggling": 1}),
        cm.AgentLogin("ann", "desk:1", skills={"french": 6}),
        cm.AgentLogin("ann", "desk:1", maximums={"telex": 1}),
        cm.AgentLogout("nobody"),
        cm.AgentSkills("ann", {"tech": 4}),
        cm.AgentSkills("nobody", {}),
        cm.AgentAttributes("nobody", {"tier": 1}),
        cm.Create(
            "n1", "chat", requirements=(cm.Requirement(expression="agent.skills.juggling > 0"),)
        ),
        cm.Create("n1", "chat", requirements=(cm.Requirement(negated=cm.Requirement("juggling")),)),
        cm.AgentCapacity("ann", maximums={"telex": 1}),
        Fault("malformed", "not readable"),
        Fault("invalid", "what a pity", reply_to="desk:2"),
    )
)
"""Commands that cannot be carried out, and entries that are none."""
