"""A surge: for a while customers come at a multiple of the rate, and it is known what that does."""

from __future__ import annotations

from math import ceil, floor
from typing import Annotated, Final

import typer

from adapters.cli.output import UsageError
from benchmarks.quality.center import MINUTE_S, one_type
from benchmarks.quality.exact import surge as exact
from benchmarks.quality.instance import Instance, Row
from benchmarks.quality.models.options import (
    Agents,
    Handle,
    Patience,
    Rate,
    Threshold,
    per_minute,
)
from benchmarks.quality.policies import DEFAULT
from benchmarks.quality.strategies import DEFAULT_NAME
from benchmarks.scenario.document import Spike
from benchmarks.simulator.estimates import Reference

__all__ = ("surge",)

SETTLES_AFTER: Final = 12.0
"""So many times the longer of handling and patience, and a center is in its steady state."""


def surge(
    arrivals: Rate = "17/min",
    factor: Annotated[float, typer.Option(min=0.01, max=100, help="Times the rate.")] = 2.0,
    lasts: Annotated[float, typer.Option(min=0.1, help="For so many minutes.")] = 15.0,
    over: Annotated[float, typer.Option(min=1, help="Minutes that count, from its begin.")] = 120.0,
    handle: Handle = 5.0,
    agents: Agents = 100,
    patience: Patience = 3.0,
    threshold: Threshold = 20.0,
) -> Instance:
    """A higher rate for a while: how many give up, and how long the queue grows."""
    rate = per_minute(arrivals)
    if over < lasts:
        raise UsageError(f"{over:g} minutes that count end before the surge of {lasts:g}")
    known = exact.surge(rate, factor, lasts, over, handle, agents, patience)
    center = one_type(rate, handle, agents, patience, threshold)
    settled_s = ceil(SETTLES_AFTER * max(handle, patience)) * MINUTE_S
    looked_at_min = floor(known.queue_max_min)
    timing = {
        "warm_up_s": settled_s,
        "horizon_s": settled_s + over * MINUTE_S,
        "spikes": [Spike(factor=factor, from_s=settled_s, for_s=lasts * MINUTE_S)],
    }
    scenario = center.scenario(DEFAULT).model_copy(update=timing)
    references = {
        "abandonment": Reference(known.abandonment, source="exact"),
        "depth": Reference(known.queue_at(looked_at_min), source="exact"),
    }
    return Instance(
        title=(
            f"Surge: {rate:g} calls/min, × {factor:g} for {lasts:g} min, {agents} agents, "
            f"{handle:g} min, patience {patience:g} min"
        ),
        measures=("abandonment", "depth", "service_level", "asa_s"),
        rows=(Row(DEFAULT_NAME, scenario, references=references),),
        notes=(
            f"Over {over:g} min from its begin, out of the steady state.",
            f"Queue: how many wait on average {looked_at_min} min after its begin.",
            f"The largest is {known.queue_max:.2f}, at {known.queue_max_min:.1f} min.",
        ),
        days=True,
        depth_at_s=settled_s + looked_at_min * MINUTE_S,
    )
