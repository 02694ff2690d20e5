"""Hypothesis strategies over a small contact center, where collisions abound.

Names are few, so that commands meet; some sort differently by bytes, by UTF-16 and by locale.
"""

from __future__ import annotations

import copy
from typing import Any, Final, get_args

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from router import commands as cm
from router.policy import Order, StrategyName
from tests.conditions import agent_attributes, conditions, interaction_attributes

__all__ = (
    "AGENTS",
    "CHANNELS",
    "CLASSIFYING_VARIANTS",
    "INBOXES",
    "NAMED_VARIANTS",
    "OVERFLOW_VARIANTS",
    "POLICY",
    "POLICY_VARIANTS",
    "QUEUES",
    "SKILLS",
    "WORKFLOW_VARIANTS",
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
    "priorities",
    "requirement_lists",
    "shares",
    "skill_maps",
    "suspensions",
)

AGENTS: Final = ("ann", "Bob", "eve", "\uff5eu", "\U0001f600u")
CHANNELS: Final = ("voice", "chat", "letter")
SKILLS: Final = {"french": 5, "tech": 3, "vip": 100}
QUEUES: Final = ("general", "billing")
INBOXES: Final = ("desk:1", "desk:2")

POLICY: Final[dict[str, Any]] = {
    "name": "small",
    "channels": {
        "voice": {
            "exclusive": True,
            "cost": 100,
            "offer_ttl_s": 20,
            "wrap_up_s": 30,
            "target_s": 20,
        },
        "chat": {"cost": 30, "maximum": 3, "offer_ttl_s": 15, "target_s": 60},
        "letter": {"cost": 0, "maximum": 2, "offer_ttl_s": 600, "wrap_up_s": 5, "target_s": 86_400},
    },
    "queues": {
        "general": {},
        "billing": {
            "targets_s": {"voice": 7.5, "letter": 3_600},
            "weights": {"skill": 1, "history": 5, "load": 0.333, "idle": 0},
        },
    },
    "skills": {name: {"levels": levels} for name, levels in SKILLS.items()},
    "activities": {"lunch": {}, "training": {}, "at-work": {"available": True}},
    "default_queue": "general",
    "decline_retry_s": 10,
}


def _changed(**changes: Any) -> dict[str, Any]:
    """The small policy with some of its parts merged with others (one level deep)."""
    document = copy.deepcopy(POLICY)
    for name, change in changes.items():
        if isinstance(change, dict) and name in document:
            for key, part in change.items():
                old = document[name].get(key)
                document[name][key] = old | part if isinstance(old, dict) else part
        else:
            document[name] = change
    return document


STRATEGIES: Final = get_args(StrategyName)
ORDERS: Final = get_args(Order)


def _queues(general: dict[str, Any], billing: dict[str, Any]) -> dict[str, Any]:
    return _changed(queues={"general": general, "billing": billing})


NAMED_VARIANTS: Final[dict[str, dict[str, Any]]] = {
    **{f"strategy {name}": _queues({"strategy": name}, {}) for name in STRATEGIES},
    **{f"order {name}": _queues({"order": name}, {"order": name}) for name in ORDERS},
    "turns": _queues({"strategy": "target_share"}, {"strategy": "round_robin"}),
    "shares and newest": _queues(
        {"strategy": "target_share", "order": "newest_first"},
        {"strategy": "target_share", "order": "deadline"},
    ),
    "fast and slow ageing": _queues(
        {"order": "ageing", "ageing_points_per_minute": 0.001, "strategy": "most_spare_capacity"},
        {"order": "ageing", "ageing_points_per_minute": 1_000, "strategy": "closest_match"},
    ),
}
"""Policies with named strategies and orders, alone and beside others."""

WORKFLOWS: Final[dict[str, Any]] = {
    "known first": {
        "steps": [
            {"only": "preferred", "until_s": 12, "name": "who knows them"},
            {"until_target": 2, "lower": {"vip": 60, "tech": 1}, "priority": 1},
            {"until_target": 4, "widen": [{"skill": "tech"}], "expedite": True},
            {"drop": ["french"], "add": [{"skill": "vip", "hard": False, "weight": 7}]},
        ]
    },
    "experts": {
        "steps": [
            {
                "until_s": 3,
                "add": [{"skill": "vip", "level": 20}],
                "skip_if": {"waiting_at_least": 4},
            },
            {
                "until_s": 45.5,
                "lower": {"french": 2},
                "skip_if": {"available_below": 2, "logged_in_below": 3},
            },
            {"only": "preferred", "until_s": 60, "priority": 2, "expedite": True},
            {"require": [{"any": [{"skill": "tech", "op": "<", "level": 3}, {"skill": "vip"}]}]},
        ]
    },
    "one": {"steps": [{"priority": 3, "drop": ["tech"]}]},
    "moving": {
        "steps": [
            {"until_s": 2, "add": [{"skill": "vip"}], "skip_if": {"available_below": 1}},
            {"until_target": 0.5, "lower": {"tech": 1}, "priority": 1},
            {"queue": "billing", "name": "to the others"},
        ]
    },
    "leaving": {
        "steps": [
            {"only": "preferred", "until_s": 4},
            {"until_s": 30, "drop": ["vip"]},
            {"divert": "voicemail", "inbox": "switch", "name": "too late"},
        ]
    },
}


def _stepping(general: str | None, billing: str | None, **more: Any) -> dict[str, Any]:
    workflows = {name.replace(" ", "-"): flow for name, flow in WORKFLOWS.items()}
    queues = {"general": {"workflow": general}, "billing": {"workflow": billing}}
    return _changed(workflows=workflows, queues=queues, **more)


WORKFLOW_VARIANTS: Final[dict[str, dict[str, Any]]] = {
    "workflow known first": _stepping("known-first", None),
    "workflow experts": _stepping("experts", "known-first"),
    "workflow one": _stepping("one", "experts", joint_cells=0),
    "workflows unused": _stepping(None, None),
    "workflow moving": _stepping("moving", "leaving"),
    "workflow leaving": _stepping("leaving", None, joint_cells=0),
}
"""Policies with steps."""

_RULES: Final[list[dict[str, Any]]] = [
    {
        "name": "important",
        "when": 'interaction.tier == "gold" || interaction.priority > 5',
        "priority": 4,
        "then": "continue",
    },
    {
        "when": "has(interaction.number) && interaction.number > 3",
        "map": {
            "attribute": "tier",
            "values": {"gold": {"add": [{"skill": "vip"}]}, "true": {"priority": 1}},
            "otherwise": {"queue": "billing"},
        },
        "then": "continue",
    },
    {
        "name": "trial",
        "when": 'interaction.channel != "letter"',
        "split": [
            {"weight": 3, "queue": "billing"},
            {"weight": 1, "queue": "general", "add": [{"skill": "tech", "hard": False}]},
        ],
    },
    {"queue": "general", "add": [{"any": [{"skill": "french"}, {"skill": "tech"}], "weight": 2}]},
]

CLASSIFYING_VARIANTS: Final[dict[str, dict[str, Any]]] = {
    "classification": _changed(classification=_RULES, default_queue=None),
    "classification and workflows": _stepping(
        "experts", "known-first", classification=_RULES[::-1], joint_cells=0
    ),
}
"""Policies with rules for what arrives."""

_HOURS: Final[dict[str, Any]] = {
    "evenings": {
        "zone": "America/New_York",
        "week": {"tue": ["17:00-17:15", "18:00-02:30"], "wed": ["02:45-24:00"]},
        "dates": {"2023-11-16": ["00:05-00:10"]},
    },
    "nights": {
        "zone": "Asia/Kolkata",
        "week": {"wed": ["03:00-03:50"], "thu": ["22:00-06:00"]},
        "holidays": ["2023-11-17"],
    },
}


def _overflowing(
    general: list[dict[str, Any]], billing: list[dict[str, Any]], **more: Any
) -> dict[str, Any]:
    queues = {
        "general": {"hours": "evenings", "overflow": general},
        "billing": {"hours": "nights", "overflow": billing},
    }
    return _changed(hours=_HOURS, queues=queues, **more)


_CLOSED: Final[dict[str, Any]] = {"closed": True}

OVERFLOW_VARIANTS: Final[dict[str, dict[str, Any]]] = {
    "overflow by hours": _overflowing(
        [{"when": _CLOSED, "queue": "billing"}],
        [{"when": _CLOSED, "divert": "voicemail", "inbox": "switch"}],
    ),
    "overflow by length": _overflowing(
        [
            {"when": {"waiting_at_least": 3}, "divert": "callback", "name": "many"},
            {"when": {"closed": True, "waiting_at_least": 2}, "queue": "billing"},
        ],
        [{"when": {"waiting_at_least": 2}, "queue": "general"}],
        joint_cells=0,
    ),
    "overflow by agents": _overflowing(
        [{"when": {"logged_in_below": 2}, "refuse": "nobody is there"}],
        [{"when": {"available_below": 1, "logged_in_below": 1}, "queue": "general"}],
        classification=_RULES,
    ),
}
"""Policies with queues that do not take everything."""

POLICY_VARIANTS: Final[dict[str, dict[str, Any]]] = {
    "small": POLICY,
    **NAMED_VARIANTS,
    **WORKFLOW_VARIANTS,
    **CLASSIFYING_VARIANTS,
    **OVERFLOW_VARIANTS,
    "only idle time counts": _changed(weights={"skill": 0, "history": 0, "load": 0, "idle": 1}),
    "scarcity counts": _changed(
        weights={"skill": 4, "history": 1, "load": 0, "idle": 0.25, "scarcity": 3},
        queues={"billing": {"weights": None}},
    ),
    "only skill counts": _changed(
        weights={"skill": 1, "history": 0, "load": 0, "idle": 0},
        urgency={"weight": 0.01, "priority_step": 0.5},
        queues={"billing": {"weights": None}},
    ),
    "other capacity": _changed(
        capacity=250,
        channels={
            "voice": {"exclusive": False, "maximum": 2},
            "chat": {"exclusive": True, "cost": 70, "maximum": 1, "auto_accept": True},
            "letter": {"cost": 10},
        },
    ),
    "light everywhere": _changed(
        channels={
            "chat": {"cost": 0},
            "voice": {"cost": 0},
            "letter": {"maximum": 1, "auto_accept": True},
        }
    ),
    "largest numbers": _changed(
        urgency={"weight": 10, "priority_step": 10},
        weights={"skill": 1000, "history": 1000, "load": 1000, "idle": 1000},
        channels={
            "voice": {"target_s": 366 * 86_400, "wrap_up_s": 86_400},
            "chat": {"target_s": 0.1, "offer_ttl_s": 0.05},
        },
        history={"half_life_s": 3_660 * 86_400.0, "last_agent": 1, "outcome": 1},
        idle_half_s=86_400,
        decline_retry_s=366 * 86_400,
    ),
    "uneven numbers": _changed(
        urgency={"weight": 0.0005, "priority_step": 0.0015},
        history={"last_agent": 0.0000005, "owner": 0.123456789, "half_life_s": 1.0005},
        idle_half_s=0.1005,
        decline_retry_s=0,
        skills={"french": {"levels": 1}, "vip": {"levels": 7}},
    ),
}
"""Valid policies that keep every channel, queue and skill, under names that say what differs."""


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
    _changed(channels={"chat": {"cost": -1}}),
    _changed(default_queue="nowhere"),
)

mixed_policies: SearchStrategy[dict[str, Any]] = st.builds(
    lambda general, billing, priced: _queues(general, billing) | priced,
    *(
        st.fixed_dictionaries(
            {"strategy": st.sampled_from(STRATEGIES), "order": st.sampled_from(ORDERS)},
            optional={"ageing_points_per_minute": st.sampled_from((0.001, 0.5, 7, 1_000))},
        ),
    )
    * 2,
    st.sampled_from(({}, {}, {"urgency": {"weight": 0}}, {"urgency": {"weight": 10}})),
)
"""Any strategy and any order in each queue."""

any_policies: SearchStrategy[dict[str, Any]] = st.one_of(
    st.sampled_from(list(POLICY_VARIANTS.values())),
    mixed_policies,
    st.sampled_from([*POLICY_VARIANTS.values(), *DROPPING, *INVALID]),
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
easy_requirements = st.builds(
    cm.Requirement, skill=st.sampled_from(tuple(SKILLS)), level=st.integers(1, 2)
)
requirement_lists = st.one_of(
    st.just(()),
    st.tuples(easy_requirements),
    st.lists(requirements, max_size=3).map(tuple),
    st.lists(st.one_of(requirements, conditions), max_size=3).map(tuple),
)


def histories(now_ms: int) -> SearchStrategy[tuple[cm.HistoryFact, ...]]:
    """Facts about the agents of the center, some older, some ahead of ``now_ms``."""
    facts = st.builds(
        cm.HistoryFact,
        agent_id=agent_ids,
        kind=st.sampled_from(("last_agent", "owner", "outcome")),
        at_ms=st.one_of(
            st.none(),
            st.integers(0, 90 * 86_400_000).map(lambda age_ms: max(0, now_ms - age_ms)),
            st.just(now_ms + 1_000),
        ),
        score=st.one_of(st.just(1.0), st.floats(0.0, 1.0, allow_nan=False)),
    )
    return st.one_of(st.just(()), st.lists(facts, max_size=3).map(tuple))


excluded_lists = st.one_of(st.just(()), st.lists(agent_ids, max_size=2, unique=True).map(tuple))


def suspensions(at_ms: int) -> SearchStrategy[cm.Suspension]:
    """Suspensions asked for at ``at_ms``: for a while, until told, over before they begin."""
    until_ms = st.sampled_from((-1_000, 0, 1, 9_000, 60_000, 3_600_000)).map(lambda ms: at_ms + ms)
    return st.one_of(
        st.builds(cm.Suspension, keep_place=st.booleans()),
        st.builds(
            cm.Suspension,
            until_ms=until_ms,
            inbox=st.sampled_from((None, None, "dialer")),
            keep_place=st.booleans(),
        ),
        st.just(cm.Suspension(inbox="dialer")),
    )


def creates(interaction_id: str, at_ms: int) -> SearchStrategy[cm.Create]:
    """Valid interactions of every shape, under a given id, that arrive at ``at_ms``."""
    return st.builds(
        cm.Create,
        interaction_id=st.just(interaction_id),
        channel=st.sampled_from(CHANNELS),
        queue=st.sampled_from((None, *QUEUES)),
        priority=priorities,
        requirements=requirement_lists,
        attributes=interaction_attributes,
        history=histories(at_ms),
        excluded_agents=excluded_lists,
        origin_ms=st.one_of(
            st.none(), st.sampled_from((0, 1, 30_000, 86_400_000)).map(lambda age: at_ms - age)
        ),
        suspension=st.one_of(*(st.none(),) * 9, suspensions(at_ms)),
        direct=st.one_of(*(st.none(),) * 9, st.builds(cm.Direct, agent_ids, st.booleans())),
        link=st.one_of(
            *(st.none(),) * 4,
            st.builds(cm.Link, st.sampled_from(("i1", "x")), st.sampled_from(("consult", "moved"))),
        ),
    )


skill_maps: SearchStrategy[dict[str, int]] = st.fixed_dictionaries(
    {}, optional={name: st.integers(0, top) for name, top in SKILLS.items()}
)
maximum_maps: SearchStrategy[dict[str, int]] = st.one_of(
    st.just({}),
    st.fixed_dictionaries({}, optional=dict.fromkeys(CHANNELS, st.integers(0, 4))),
)
capacities = st.sampled_from((None, None, 1, 60, 100, 1_000_000))


shares = st.sampled_from((1, 1, 1, 2, 3, 100))


inactive_lists = st.sampled_from(((), (), (), ("tech",), ("french", "vip")))
closed_lists = st.sampled_from(((), (), (), ("chat",), ("voice", "letter")))
activities = st.sampled_from((None, None, None, "lunch", "training", "at-work", "nap"))


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
