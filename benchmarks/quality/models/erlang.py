"""One skill, exponential everything: Erlang's models, whose answers are exact."""

from __future__ import annotations

from benchmarks.quality.center import one_type
from benchmarks.quality.exact import erlang
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
from benchmarks.simulator.estimates import Reference

__all__ = ("erlang_a", "erlang_c")


def erlang_c(
    arrivals: Rate = "100/h",
    handle: Handle = 3.0,
    agents: Agents = 7,
    threshold: Threshold = 20.0,
) -> Instance:
    """M/M/n: nobody gives up."""
    rate = per_minute(arrivals)
    exact = erlang.erlang_c(rate, handle, agents, threshold / 60)
    return Instance(
        title=f"Erlang C: {rate:g} calls/min, {handle:g} min, {agents} agents",
        measures=("late", "asa_s", "service_level", "occupancy"),
        rows=(_row(rate, handle, agents, None, threshold, exact),),
        notes=("P(late): the share that waited at all.",),
    )


def erlang_a(
    arrivals: Rate = "4.2/min",
    handle: Handle = 2.0,
    agents: Agents = 12,
    patience: Patience = 1.0,
    threshold: Threshold = 20.0,
) -> Instance:
    """M/M/n+M: customers give up."""
    rate = per_minute(arrivals)
    exact = erlang.erlang_a(rate, handle, agents, patience, threshold / 60)
    return Instance(
        title=(
            f"Erlang A: {rate:g} calls/min, {handle:g} min, {agents} agents, "
            f"patience {patience:g} min"
        ),
        measures=("abandonment", "service_level", "asa_s", "occupancy"),
        rows=(_row(rate, handle, agents, patience, threshold, exact),),
    )


def _row(
    rate: float,
    handle: float,
    agents: int,
    patience: float | None,
    threshold: float,
    exact: erlang.Delays,
) -> Row:
    center = one_type(rate, handle, agents, patience, threshold, late_s=0.0)
    references = {
        "service_level": Reference(exact.service_level, source="exact"),
        "asa_s": Reference(exact.asa_min * 60, source="exact"),
        "occupancy": Reference(exact.occupancy, source="exact"),
    }
    if patience is None:
        references["late"] = Reference(exact.wait_probability, source="exact")
    else:
        references["abandonment"] = Reference(exact.abandonment, source="exact")
    return Row("OneQueue default", center.scenario(DEFAULT), references=references)
