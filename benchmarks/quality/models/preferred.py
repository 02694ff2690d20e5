"""Customers who know an agent: how many reach them, by how long they are waited for."""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer

from adapters.cli.output import UsageError
from benchmarks.quality.center import one_type
from benchmarks.quality.instance import Instance, Row
from benchmarks.quality.models.options import (
    Agents,
    Handle,
    Patience,
    Rate,
    Threshold,
    per_minute,
)
from benchmarks.quality.policies import Choices
from benchmarks.simulator.estimates import Reference

__all__ = ("hold_for", "preferred")

_PUBLISHED_FOR: Final = (8.5, 5.0, 50, 5.0, 20.0)
_PUBLISHED: Final = {0.0: (0.17, 0.934), 15.0: (0.24, 0.901), 30.0: (0.31, 0.260)}
"""By hold in seconds: the share who reach their agent, service level."""

_HALF_WIDTHS: Final = (0.005, 0.01)
"""The intervals are not given; the shares are told in whole hundredths."""


def preferred(
    arrivals: Rate = "8.5/min",
    handle: Handle = 5.0,
    agents: Agents = 50,
    patience: Patience = 5.0,
    threshold: Threshold = 20.0,
    holds: Annotated[str, typer.Option(help="Seconds to hold; 0 for no hold.")] = "0,15,30",
) -> Instance:
    """Held for the agent whom the customer knows: who reaches them, at what service level."""
    rate = per_minute(arrivals)
    center = one_type(rate, handle, agents, patience, threshold, preferred={"share": 1.0})
    published = (rate, handle, agents, patience, threshold) == _PUBLISHED_FOR
    rows = []
    for hold_s in _seconds(holds):
        known = _known(hold_s) if published else {}
        label = f"held for {hold_s:g} s" if hold_s else "no hold"
        rows.append(Row(label, center.scenario(hold_for(hold_s)), references=known))
        if hold_s:
            looking = center.scenario(hold_for(hold_s, free_in_time=0.5))
            rows.append(Row(f"{label}, if free in time", looking))
    return Instance(
        title=f"Preferred agent: {rate:g} calls/min, {handle:g} min, {agents} agents",
        measures=("preferred", "service_level", "abandonment", "asa_s"),
        rows=tuple(rows),
        notes=(
            "Preferred: the share of the served who reach the agent whom they know.",
            "Free in time: one half, as a policy has it that does not say otherwise.",
        ),
    )


def hold_for(hold_s: float, free_in_time: float = 0.0) -> Choices:
    """Whoever has history goes to the agent whom it names, who is waited for so long."""
    choices: dict[str, Any] = {"weights": {"skill": 0.0, "history": 1.0, "load": 0.0, "idle": 0.0}}
    if hold_s:
        step = {"only": "preferred", "until_s": hold_s, "free_in_time": free_in_time}
        choices |= {"workflows": {"hold": {"steps": [step, {}]}}, "queue": {"workflow": "hold"}}
    return choices


def _seconds(text: str) -> list[float]:
    try:
        found = [float(part) for part in text.split(",")]
    except ValueError:
        found = []
    if not found or not all(0 <= hold_s < float("inf") for hold_s in found):
        raise UsageError(f"{text!r} should be seconds, separated by commas, such as 0,15,30")
    return found


def _known(hold_s: float) -> dict[str, Reference]:
    if hold_s not in _PUBLISHED:
        return {}
    pairs = zip(("preferred", "service_level"), _PUBLISHED[hold_s], _HALF_WIDTHS, strict=True)
    return {key: Reference(value, width, source="simulated") for key, value, width in pairs}
