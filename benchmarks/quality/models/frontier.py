"""What waiting buys: value against service level, when calls may hold out for a better agent."""

from __future__ import annotations

from typing import Annotated, Final

import numpy as np
import typer

from adapters.cli.output import UsageError
from benchmarks.quality.baselines import choosy
from benchmarks.quality.center import Floats
from benchmarks.quality.exact.transport import transport
from benchmarks.quality.instance import Instance, Rechecks, Row
from benchmarks.quality.models.match_value import LEVELS, everyone_serves, sine_values
from benchmarks.quality.models.options import Agents, Handle, Patience, Threshold, whole_numbers
from benchmarks.quality.policies import FIRST_COME, SCARCE, SKILL_FIRST, held_out
from benchmarks.quality.strategies import SCARCE_NAME

__all__ = ("frontier",)

PRICE_SHARE: Final = 0.7
"""Exact duals price an agent as if nothing were random; less of them gives more value."""

WORSE_MAX: Final = 0.3
"""How much worse than its usual match a call takes at once, where the exact prices are known."""


def frontier(
    load: Annotated[float, typer.Option(min=0.001, help="Offered load, erlang.")] = 76.5,
    types: Annotated[int, typer.Option(min=1, max=60, help="Types of calls.")] = 6,
    agents: Agents = 90,
    handle: Handle = 10.0,
    patience: Patience = 5.0,
    threshold: Threshold = 20.0,
    hold: Annotated[float, typer.Option(min=0.1, help="Longest hold, seconds.")] = 15.0,
    accept: Annotated[
        str, typer.Option(help="Levels from 1 to 100 that are asked for at first.")
    ] = "50,60,70,80",
) -> Instance:
    """Value against service level, when calls hold out for a better agent."""
    if load >= agents:
        raise UsageError(f"the prices need a load below {agents} erlang, not {load:g}")
    levels = whole_numbers(accept)
    if max(levels) > LEVELS:
        raise UsageError(f"{accept!r}: levels are from 1 to {LEVELS}")
    value = sine_values(types, agents)
    at_once = everyone_serves(value, load, handle, patience, threshold)
    rows = [
        Row("greedy, at once", at_once.scenario(SKILL_FIRST)),
        Row(SCARCE_NAME, at_once.scenario(SCARCE)),
    ]
    for level in levels:
        asking = everyone_serves(value, load, handle, patience, threshold, level)
        choices = {**SCARCE, **held_out(asking.skill_names, hold)}
        rows.append(Row(f"OneQueue, level {level} for {hold:g} s", asking.scenario(choices)))
    plan = transport(value, np.full(types, load / types))
    first_come = at_once.scenario(FIRST_COME)
    prices = plan.agent_price + plan.type_price[:, None]
    hold_ms = round(hold * 1_000)
    matcher = choosy(first_come, _beyond_usual(value, prices) + WORSE_MAX, hold_ms)
    looks = Rechecks(after_ms=hold_ms)
    rows.append(Row(f"exact prices, {hold:g} s", first_come, matcher, looks))
    return Instance(
        title=f"Frontier: {types} types, {agents} agents, load {load:g}, bound {plan.bound:.4f}",
        measures=("value", "service_level", "abandonment", "asa_s", "spread"),
        rows=tuple(rows),
        notes=(
            "Level: a workflow whose first step asks for it, and whose second takes anybody.",
            "The exact prices know the true rates; no policy of a router does.",
        ),
    )


def _beyond_usual(value: Floats, prices: Floats) -> Floats:
    """By how much a pair is better than the usual match of its type, by the same reckoning."""
    types, agents = value.shape
    reduced = value - PRICE_SHARE * prices
    usual = np.sort(reduced, axis=1)[:, -max(1, agents // types) :].mean(axis=1)
    better: Floats = reduced - usual[:, None]
    return better
