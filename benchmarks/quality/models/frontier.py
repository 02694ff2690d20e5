"""What waiting buys: value against service level, when calls may hold out for a better agent."""

from __future__ import annotations

from typing import Annotated, Final

import numpy as np
import typer

from adapters.cli.output import UsageError
from benchmarks.quality.baselines import choosy, priced
from benchmarks.quality.exact.transport import transport
from benchmarks.quality.instance import Instance, Row
from benchmarks.quality.models.match_value import everyone_serves, sine_values
from benchmarks.quality.models.options import Agents, Handle, Patience, Threshold, numbers
from benchmarks.quality.policies import SKILL_FIRST, policy_for
from benchmarks.quality.simulation import Rechecks

__all__ = ("frontier",)

PRICE_SHARE: Final = 0.7
"""Exact duals price an agent as if nothing were random; less of them gives more value."""


def frontier(
    load: Annotated[float, typer.Option(min=0.001, help="Offered load, erlang.")] = 85.5,
    types: Annotated[int, typer.Option(min=1, max=200, help="Types of calls.")] = 6,
    agents: Agents = 90,
    handle: Handle = 10.0,
    patience: Patience = 5.0,
    threshold: Threshold = 20.0,
    hold: Annotated[float, typer.Option(min=0.1, help="Longest hold, seconds.")] = 15.0,
    accept: Annotated[
        str, typer.Option(help="How much worse than the usual match is taken at once.")
    ] = "0.6,0.4,0.3,0.2",
) -> Instance:
    """Value against service level, when calls hold out for a better agent."""
    if load >= agents:
        raise UsageError(f"the prices need a load below {agents} erlang, not {load:g}")
    value = sine_values(types, agents)
    scenario = everyone_serves(value, load, handle, patience, threshold)
    plan = transport(value, np.full(types, load / types))
    reduced = value - PRICE_SHARE * (plan.agent_price + plan.type_price[:, None])
    # the usual match of a type, by the same reckoning
    usual = np.sort(reduced, axis=1)[:, -max(1, agents // types) :].mean(axis=1)
    policy = policy_for(scenario, SKILL_FIRST)
    hold_ms = round(hold * 1_000)
    rows = [
        Row("greedy, at once", scenario, policy),
        Row("priced, at once", scenario, policy, priced(scenario, reduced, reduced)),
    ]
    for worse in numbers(accept):
        matcher = choosy(scenario, reduced - usual[:, None] + worse, hold_ms)
        looks = Rechecks(after_ms=hold_ms)
        rows.append(Row(f"within {worse:g}, or {hold:g} s", scenario, policy, matcher, looks))
    return Instance(
        title=f"Frontier: {types} types, {agents} agents, load {load:g}, bound {plan.bound:.4f}",
        measures=("value", "service_level", "abandonment", "asa_s", "spread"),
        rows=tuple(rows),
        notes=(
            "Within: a call takes an agent who is worse than its usual match by at most this;",
            "after the hold it takes anybody. These rows break work conservation on purpose.",
        ),
    )
