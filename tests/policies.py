"""Policies of a small contact center, under names that say what differs."""

from __future__ import annotations

import copy
from typing import Any, Final, get_args

from router.policy import Order, StrategyName
from tests.journeys import WORKFLOWS
from tests.kinds_of_work import BUCKETED, BUCKETED_AND_STEPPING, LABEL_PARTS
from tests.membership import GROUP_PARTS, POOLS, PROFILES

__all__ = (
    "BUCKET_VARIANTS",
    "CALLBACK_VARIANTS",
    "CHANNELS",
    "CLASSIFYING_VARIANTS",
    "GROUP_VARIANTS",
    "INTAKE_VARIANTS",
    "LABEL_VARIANTS",
    "NAMED_VARIANTS",
    "OFFERING_VARIANTS",
    "ORDERS",
    "OVERFLOW_VARIANTS",
    "POLICY",
    "POLICY_VARIANTS",
    "PRECEDENCE_VARIANTS",
    "PROFILE_VARIANTS",
    "QUEUES",
    "SCALES",
    "SKILLS",
    "STRATEGIES",
    "WORKFLOWS",
    "WORKFLOW_VARIANTS",
    "changed",
    "queues_of",
    "strategy_of",
)

CHANNELS: Final = ("voice", "chat", "letter")
SKILLS: Final = {"french": 5, "tech": 3, "vip": 100}
QUEUES: Final = ("general", "billing")

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
        "chat": {
            "cost": 30,
            "maximum": 3,
            "offer_ttl_s": 15,
            "target_s": 60,
            "release_idle": True,
            "wake_within_s": 40,
        },
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


def changed(**changes: Any) -> dict[str, Any]:
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


SCALES: Final[dict[str, Any]] = {
    "skills": {
        "french": {"levels": 6, "lowest": 0},
        "tech": {"levels": 3, "best": "lowest"},
        "vip": {"levels": ["none", "some", "much"]},
    }
}
"""Skills whose levels are not called 1, 2, 3 from the worst up."""

STRATEGIES: Final = get_args(StrategyName)
ORDERS: Final = get_args(Order)


ORDER_BY: Final = [{"attribute": "tier", "descending": True}, {"attribute": "remote"}]


def queues_of(general: dict[str, Any], billing: dict[str, Any]) -> dict[str, Any]:
    return changed(queues={"general": general, "billing": billing})


def strategy_of(name: str) -> dict[str, Any]:
    """A queue of a strategy, with what the strategy needs."""
    return {"strategy": name} | ({"order_by": ORDER_BY} if name == "by_attributes" else {})


NAMED_VARIANTS: Final[dict[str, dict[str, Any]]] = {
    **{f"strategy {name}": queues_of(strategy_of(name), {}) for name in STRATEGIES},
    **{f"order {name}": queues_of({"order": name}, {"order": name}) for name in ORDERS},
    "turns": queues_of({"strategy": "target_share"}, {"strategy": "round_robin"}),
    "chance and attributes": queues_of(
        {"strategy": "random", "offers_at_once": 2},
        {"strategy": "by_attributes", "order_by": [{"attribute": "tier"}]},
    ),
    "two orderings": queues_of(
        strategy_of("by_attributes"),
        {"strategy": "by_attributes", "order_by": [{"attribute": "tier"}]},
    ),
    "shares and newest": queues_of(
        {"strategy": "target_share", "order": "newest_first"},
        {"strategy": "target_share", "order": "deadline"},
    ),
    "fast and slow ageing": queues_of(
        {"order": "ageing", "ageing_points_per_minute": 0.001, "strategy": "most_spare_capacity"},
        {"order": "ageing", "ageing_points_per_minute": 1_000, "strategy": "closest_match"},
    ),
}
"""Policies with named strategies and orders, alone and beside others."""


def _stepping(general: str | None, billing: str | None, **more: Any) -> dict[str, Any]:
    workflows = {name.replace(" ", "-"): flow for name, flow in WORKFLOWS.items()}
    queues = {"general": {"workflow": general}, "billing": {"workflow": billing}}
    return changed(workflows=workflows, queues=queues, **more)


WORKFLOW_VARIANTS: Final[dict[str, dict[str, Any]]] = {
    "workflow known first": _stepping("known-first", None),
    "workflow experts": _stepping("experts", "known-first"),
    "workflow free in time": _stepping("free-in-time", "known-first"),
    "workflow one": _stepping("one", "experts", joint_cells=0),
    "workflow patient": _stepping("patient", "patient"),
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
            "values": {
                "gold": {"add": [{"skill": "vip"}], "target": {"agent": "ann"}},
                "true": {"priority": 1, "target_s": 12.34},
            },
            "otherwise": {"queue": "billing"},
        },
        "then": "continue",
    },
    {
        "name": "trial",
        "when": 'interaction.channel != "letter"',
        "split": [
            {"weight": 2, "queue": "billing"},
            {"weight": 1, "target": {"agent": "agent-3", "over_capacity": True}},
            {"weight": 1, "queue": "general", "add": [{"skill": "tech", "hard": False}]},
            {"weight": 1, "target_s": 7},
        ],
    },
    {"queue": "general", "add": [{"any": [{"skill": "french"}, {"skill": "tech"}], "weight": 2}]},
]

CLASSIFYING_VARIANTS: Final[dict[str, dict[str, Any]]] = {
    "classification": changed(classification=_RULES, default_queue=None),
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
    return changed(hours=_HOURS, queues=queues, **more)


CALLBACK_VARIANTS: Final[dict[str, dict[str, Any]]] = {
    "callbacks": changed(
        hours=_HOURS,
        channels={
            "voice": {
                "callback": {"attempts_max": 2, "retry_after_s": 20, "calling_hours": "evenings"}
            },
            "chat": {"callback": {"divert": "given-up", "inbox": "switch"}},
        },
    ),
    "callbacks at once": changed(
        channels={
            "voice": {"callback": {"attempts_max": 1}},
            "chat": {"callback": {"retry_after_s": 0}},
            "letter": {"callback": {"calling_hours": "nights"}},
        },
        hours=_HOURS,
    ),
}
"""Policies under which customers are called back."""

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
    "overflow by estimated wait": _overflowing(
        [{"when": {"estimated_wait_above_s": 12.5}, "queue": "billing"}],
        [{"when": {"estimated_wait_above_s": 40}, "divert": "callback", "name": "long"}],
    ),
    "overflow to the shortest": _overflowing(
        [{"when": {"waiting_at_least": 1}, "shortest_of": ["general", "billing"]}],
        [
            {"when": {"estimated_wait_above_s": 30}, "divert": "callback", "name": "long"},
            {"when": {"waiting_at_least": 2}, "shortest_of": ["billing", "general"]},
        ],
    ),
    "overflow by agents": _overflowing(
        [{"when": {"logged_in_below": 2}, "refuse": "nobody is there"}],
        [{"when": {"available_below": 1, "logged_in_below": 1}, "queue": "general"}],
        classification=_RULES,
    ),
}
"""Policies with queues that do not take everything."""

PROFILE_VARIANTS: Final[dict[str, dict[str, Any]]] = {
    "profiles": changed(profiles=PROFILES),
    "profiles and workflows": _stepping("moving", "experts", profiles=PROFILES, joint_cells=0),
    "pools": changed(
        profiles=PROFILES,
        pools=POOLS,
        workflows={
            "rings": {
                "steps": [
                    {"pool": "technicians", "until_s": 5, "skip_if": {"logged_in_below": 2}},
                    {"pool": "remote", "until_s": 30, "widen": [{"skill": "vip"}]},
                    {"pool": "everybody"},
                ]
            }
        },
        queues={"general": {"workflow": "rings"}, "billing": {"pool": "line"}},
    ),
}
"""Policies in which not everybody serves every queue."""


def _ranked(general: int, billing: int) -> dict[str, Any]:
    """Profiles of which one serves general before or after billing, and one the other way round."""
    line, experts = PROFILES["first-line"], PROFILES["experts"]
    return {
        "first-line": line
        | {"queues": {"general": {"priority": general}, "billing": {"priority": billing}}},
        "experts": experts
        | {"queues": {"billing": {"priority": general, "delay_s": 5}, "general": {"priority": 99}}},
    }


PRECEDENCE_VARIANTS: Final[dict[str, dict[str, Any]]] = {
    "queues first": changed(profiles=_ranked(2, 1), channels={"voice": {"exclusive": False}}),
    "queues first for some": changed(
        profiles={
            "first-line": {"queues": {"general": {"priority": 7}, "billing": {"priority": 7}}},
            "experts": {"queues": {"billing": {"priority": 3}, "general": {"priority": 9}}},
        },
        queues={"billing": {"order": "newest_first"}, "general": {"strategy": "round_robin"}},
    ),
    "known first": queues_of({"preferred_first": True}, {"strategy": "longest_idle"}),
    "known and queues first": {
        **_stepping("known-first", "moving", profiles=_ranked(1, 2)),
        "queues": {
            "general": {"workflow": "known-first", "preferred_first": True},
            "billing": {"preferred_first": True, "order": "ageing"},
        },
    },
    "several, some first": {
        **changed(profiles=_ranked(5, 4)),
        "queues": {
            "general": {"offers_at_once": 3, "offers_at_least": 2, "preferred_first": True},
            "billing": {"offers_at_once": 2},
        },
    },
}
"""Policies under which something comes first for an agent, whatever its value."""


GROUP_VARIANTS: Final = {name: changed(**parts) for name, parts in GROUP_PARTS.items()}
"""Policies under which agents serve a queue only while something is so."""

INTAKE_VARIANTS: Final = {
    "a producer's rate": changed(
        intake={
            "open_max": 12,
            "producers": {"web": {"creates_per_s": 0.03, "burst": 2}, "fax": {"open_max": 0}},
            "other_producers": {"open_max": 3, "creates_per_s": 700},
        }
    ),
    "the tenant's rate": changed(
        intake={"creates_per_s": 0.1, "burst": 3, "producers": {"crm": {"open_max": 1}}}
    ),
}
"""Policies with quotas."""

OFFERING_VARIANTS: Final[dict[str, dict[str, Any]]] = {
    "several at once": queues_of({"offers_at_once": 4}, {"offers_at_once": 2}),
    "several or nobody": queues_of(
        {"offers_at_once": 3, "offers_at_least": 2, "strategy": "longest_idle"},
        {"offers_at_once": 4, "offers_at_least": 4, "order": "newest_first"},
    ),
    "several, few for each": {
        **_stepping("known-first", "moving", offers_per_agent=2),
        "queues": {
            "general": {"workflow": "known-first", "offers_at_once": 2, "offers_at_least": 2},
            "billing": {"strategy": "round_robin", "offers_at_once": 3},
        },
    },
    "one offer for each": changed(offers_per_agent=1, sign_off_after_s=60),
    "rescued": queues_of(
        {"offers_at_once": 3, "rescue": {"queue": "billing", "after_declines": 2}},
        {"order": "priority"},
    ),
    "rescued at once": {
        **_stepping(None, "leaving", joint_cells=0),
        "queues": {
            "general": {"workflow": "leaving", "offers_at_once": 2},
            "billing": {"rescue": {"queue": "general", "after_declines": 1}},
        },
    },
}
"""Policies that ask several agents at once, and that move what nobody accepts."""

LABEL_VARIANTS: Final = {name: changed(**parts) for name, parts in LABEL_PARTS.items()}
"""Policies that limit work of some kind within a channel."""

BUCKET_VARIANTS: Final[dict[str, dict[str, Any]]] = {
    **{name: queues_of(*both) for name, both in BUCKETED.items()},
    "buckets and steps": {
        **_stepping("experts", "moving", urgency={"weight": 0}),
        "queues": BUCKETED_AND_STEPPING,
    },
}
"""Policies in which some of a queue come before all others of it."""

POLICY_VARIANTS: Final[dict[str, dict[str, Any]]] = {
    "small": POLICY,
    **LABEL_VARIANTS,
    **NAMED_VARIANTS,
    **WORKFLOW_VARIANTS,
    **CLASSIFYING_VARIANTS,
    **OVERFLOW_VARIANTS,
    **PROFILE_VARIANTS,
    **PRECEDENCE_VARIANTS,
    **GROUP_VARIANTS,
    **CALLBACK_VARIANTS,
    **OFFERING_VARIANTS,
    **BUCKET_VARIANTS,
    "only idle time counts": changed(weights={"skill": 0, "history": 0, "load": 0, "idle": 1}),
    "scarcity counts": changed(
        weights={"skill": 4, "history": 1, "load": 0, "idle": 0.25, "scarcity": 3},
        queues={"billing": {"weights": None}},
    ),
    "calls go first": changed(
        channels={
            "voice": {"interrupts": ["chat", "letter"]},
            "chat": {"cost": 50, "interrupts": ["letter"]},
            "letter": {"cost": 60},
        },
    ),
    "other scales": changed(
        **SCALES,
        profiles={"experts": {"queues": {"general": {}}, "skills": {"vip": "some", "tech": 1}}},
        pools={"able": {"require": [{"skill": "tech", "level": 2}]}},
        classification=[{"add": [{"skill": "tech", "level": 2, "hard": False}]}],
        workflows={
            "fewer": {
                "steps": [
                    {"until_s": 9, "add": [{"skill": "vip", "level": "some"}]},
                    {"lower": {"tech": 1}, "widen": [{"not": {"skill": "french", "level": 0}}]},
                ]
            }
        },
        queues={"general": {"workflow": "fewer"}, "billing": {"pool": "able"}},
    ),
    "everything may be idle": changed(
        channels={
            "voice": {"release_idle": True, "wake_within_s": 0},
            "chat": {"exclusive": True, "wrap_up": "on_request"},
            "letter": {"cost": 40, "release_idle": True, "wake_within_s": 5, "wrap_up": "forced"},
        },
    ),
    "only skill counts": changed(
        weights={"skill": 1, "history": 0, "load": 0, "idle": 0},
        urgency={"weight": 0.01, "priority_step": 0.5},
        queues={"billing": {"weights": None}},
    ),
    "other capacity": changed(
        capacity=250,
        channels={
            "voice": {"exclusive": False, "maximum": 2, "wrap_up": "forced"},
            "chat": {"exclusive": True, "cost": 70, "maximum": 1, "auto_accept": True},
            "letter": {"cost": 10, "wrap_up": "on_request", "interrupts": ["chat"]},
        },
    ),
    "light everywhere": changed(
        channels={
            "chat": {"cost": 0, "wrap_up": "open", "wrap_up_s": 0},
            "voice": {"cost": 0},
            "letter": {"maximum": 1, "auto_accept": True},
        }
    ),
    "largest numbers": changed(
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
    "uneven numbers": changed(
        urgency={"weight": 0.0005, "priority_step": 0.0015},
        history={"last_agent": 0.0000005, "owner": 0.123456789, "half_life_s": 1.0005},
        idle_half_s=0.1005,
        decline_retry_s=0,
        skills={"french": {"levels": 1}, "vip": {"levels": 7}},
    ),
}
"""Valid policies that keep every channel, queue and skill, under names that say what differs."""
