"""Policies for simulated scenarios: the scenario's channel, queue and skills, and what is tried."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from benchmarks.quality.scenario import CHANNEL, QUEUE, Scenario
from router.policy import Weights, parse_policy

__all__ = (
    "DEFAULT",
    "FIT_FIRST",
    "LONGEST_IDLE",
    "ONE_BY_ONE",
    "SCARCE",
    "SKILL_FIRST",
    "choices_of",
    "only",
    "policy_for",
)

Choices = Mapping[str, Any]
"""Parts of a policy document that decide who gets what: weights, urgency, and so on."""

OFFER_TTL_S: Final = 3_600.0
_OF_THE_SCENARIO: Final = frozenset(
    {"name", "description", "channels", "queues", "skills", "default_queue"}
)


def only(**weights: float) -> dict[str, float]:
    """Weights of which all that are not named are 0."""
    return dict.fromkeys(Weights.model_fields, 0.0) | weights


DEFAULT: Final[Choices] = {}
"""What a policy that says nothing gets."""

ONE_BY_ONE: Final[Choices] = {"joint_cells": 0}
"""For matchers of their own: each choice by itself, nothing assigned jointly."""

LONGEST_IDLE: Final[Choices] = {"weights": only(idle=1.0), **ONE_BY_ONE}
"""The oldest call, the agent who is idle for the longest time."""

SKILL_FIRST: Final[Choices] = {
    "weights": only(skill=1.0),
    "urgency": {"weight": 0.0},
    **ONE_BY_ONE,
}
"""The best fit on both sides; age decides only among equals."""

SCARCE: Final[dict[str, Any]] = {
    "weights": {"skill": 4.0, "history": 3.0, "load": 2.0, "idle": 0.25, "scarcity": 3.0},
    "urgency": {"weight": 0.002},
}
"""Fit and the price of agents' time decide; age only where both are equal, or in the end."""

FIT_FIRST: Final[dict[str, Any]] = {"urgency": {"weight": 0.02}}
"""The default with one line: a full point of pair score is worth 50 targets of waiting."""


def policy_for(scenario: Scenario, choices: Choices) -> dict[str, Any]:
    """A whole, valid document. Raises ``PolicyError`` when the choices are not valid."""
    settings = dict(choices)
    queue = settings.pop("queue", {})
    document = {
        "name": "quality",
        "channels": {
            CHANNEL: {
                "exclusive": True,
                "offer_ttl_s": OFFER_TTL_S,
                "target_s": max(0.1, scenario.threshold_s),
            }
        },
        "queues": {QUEUE: queue},
        "skills": {name: {"levels": scenario.levels} for name in scenario.skill_names},
        "default_queue": QUEUE,
        **settings,
    }
    parse_policy(document)
    return document


def choices_of(path: Path) -> Choices:
    """What a policy file says of choices; its default (or first) queue stands for the simulated
    one. Raises ``PolicyError`` when the file is not a valid policy."""
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    policy = parse_policy(document)
    name = policy.default_queue or next(iter(policy.queues))
    queue = {k: v for k, v in (document["queues"][name] or {}).items() if k != "targets_s"}
    choices = {k: v for k, v in document.items() if k not in _OF_THE_SCENARIO}
    return {**choices, "queue": queue}
