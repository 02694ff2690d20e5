"""Policies for simulated scenarios: the scenario's channel, queue and skills, and what is tried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from router.policy import Weights, parse_policy

__all__ = (
    "CHANNEL",
    "DEFAULT",
    "FIRST_COME",
    "FIT_FIRST",
    "LOAD_0",
    "LONGEST_IDLE",
    "OF_THE_CENTER",
    "ONE_BY_ONE",
    "QUEUE",
    "SCARCE",
    "SKILL_FIRST",
    "choices_of",
    "held_out",
    "only",
    "policy_for",
    "with_choices",
)

Choices = Mapping[str, Any]
"""Parts of a policy document that decide who gets what: weights, urgency, and so on."""

CHANNEL: Final = "voice"
QUEUE: Final = "calls"
"""The channel and the queue of every call of a model."""

OFFER_TTL_S: Final = 3_600.0
OF_THE_CENTER: Final = ("name", "description", "channels", "queues", "skills", "default_queue")
"""Parts of a policy document that say what there is, and not who gets what."""


def only(**weights: float) -> dict[str, float]:
    """Weights of which all that are not named are 0."""
    return dict.fromkeys(Weights.model_fields, 0.0) | weights


DEFAULT: Final[Choices] = {}
"""What a policy that says nothing gets."""

ONE_BY_ONE: Final[Choices] = {"joint_cells": 0}
"""Each choice by itself, nothing assigned jointly."""

FIRST_COME: Final[Choices] = {"queue": {"order": "oldest_first", "strategy": "longest_idle"}}
"""First come, first served, by the agent who is idle for the longest time, whatever the score; all
that matchers of their own leave open."""

LONGEST_IDLE: Final[Choices] = {"weights": only(idle=1.0), **ONE_BY_ONE}
"""The oldest call, the agent who is idle for the longest time."""

SKILL_FIRST: Final[Choices] = {
    "weights": only(skill=1.0),
    "urgency": {"weight": 0.0},
    **ONE_BY_ONE,
}
"""The best fit on both sides; age decides only among equals."""

SCARCE: Final[dict[str, Any]] = {
    "weights": {"load": 0.0, "idle": 0.25, "scarcity": 4.0},
    "urgency": {"weight": 0.001},
}
"""Fit and the price of agents' time decide; age only where both are equal, or in the end."""

LOAD_0: Final[dict[str, Any]] = {"weights": {"load": 0.0}}
"""The default with one line: chats do not go to whoever has nothing in hand, who alone has room for
a call."""

FIT_FIRST: Final[dict[str, Any]] = {"urgency": {"weight": 0.02}}
"""The default with one line: a full point of pair score is worth 50 targets of waiting."""


def policy_for(
    skills: Sequence[str], levels: int, threshold_s: float, choices: Choices
) -> dict[str, Any]:
    """The policy of a model: one channel, one queue, and what is chosen for them."""
    document = {
        "name": "quality",
        "channels": {
            CHANNEL: {
                "exclusive": True,
                "offer_ttl_s": OFFER_TTL_S,
                "target_s": max(0.1, threshold_s),
            }
        },
        "queues": {QUEUE: {}},
        "skills": {name: {"levels": levels} for name in skills},
        "default_queue": QUEUE,
    }
    return with_choices(document, choices)


def with_choices(document: Mapping[str, Any], choices: Choices) -> dict[str, Any]:
    """A policy with some of its settings chosen; ``queue`` stands for every queue.

    Raises ``PolicyError`` when that is not valid.
    """
    settings = dict(choices)
    queue = settings.pop("queue", {})
    queues = {name: {**(own or {}), **queue} for name, own in document["queues"].items()}
    chosen = {**document, "queues": queues, **settings}
    parse_policy(chosen)
    return chosen


def held_out(skills: Sequence[str], hold_s: float) -> dict[str, Any]:
    """Choices by which the levels that are asked for hold for so long, and then any will do."""
    steps = [{"until_s": hold_s}, {"lower": dict.fromkeys(skills, 100)}]
    return {"workflows": {"better": {"steps": steps}}, "queue": {"workflow": "better"}}


def choices_of(path: Path) -> Choices:
    """What a policy file says of choices; its default (or first) queue stands for the simulated
    one. Raises ``PolicyError`` when the file is not a valid policy."""
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    policy = parse_policy(document)
    name = policy.default_queue or next(iter(policy.queues))
    queue = {k: v for k, v in (document["queues"][name] or {}).items() if k != "targets_s"}
    choices = {k: v for k, v in document.items() if k not in OF_THE_CENTER}
    return {**choices, "queue": queue}
