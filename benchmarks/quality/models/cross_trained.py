"""Agents who can help out: the X-model (slower on the other type), and generalists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Annotated, Final

import numpy as np
import typer

from benchmarks.quality.center import Center, CenterAgent, CenterType
from benchmarks.quality.exact.erlang import erlang_a
from benchmarks.quality.instance import Instance, Row
from benchmarks.quality.models.options import Handle, Patience, Threshold, numbers, whole_numbers
from benchmarks.quality.policies import (
    DEFAULT,
    FIT_FIRST,
    LONGEST_IDLE,
    SCARCE,
    SKILL_FIRST,
)
from benchmarks.quality.strategies import by_name
from benchmarks.simulator.estimates import Reference

__all__ = ("generalists", "xmodel", "xmodel_center")

OWN_LEVEL: Final = 5
OTHER_LEVEL: Final = 1

_PUBLISHED_FOR: Final = ("10,8", "48,48", 5.0, 6.0, 5.0, 20.0)
_PUBLISHED: Final = {
    "own type first": ((0.8402, 0.0015), 0.0254),
    "generalised cμ": ((0.7755, 0.0022), 0.0330),
    "one pooled queue": ((0.6156, 0.0019), 0.0578),
}
"""Service level with its interval, and the share who gave up."""

_TARGET: Final = 0.84


def xmodel(
    arrivals: Annotated[str, typer.Option(help="Calls a minute, by type.")] = "10,8",
    agents: Annotated[str, typer.Option(help="Agents whose own type it is, by type.")] = "48,48",
    own: Annotated[float, typer.Option(min=0.001, help="Handle time of the own type, min.")] = 5.0,
    other: Annotated[float, typer.Option(min=0.001, help="Handle time of others, min.")] = 6.0,
    patience: Patience = 5.0,
    threshold: Threshold = 20.0,
) -> Instance:
    """Cross-trained but slower: the own type first, or one pooled queue?"""
    rates = numbers(arrivals)
    sizes = whole_numbers(agents, count=len(rates))
    published = (arrivals, agents, own, other, patience, threshold) == _PUBLISHED_FOR
    trained = partial(xmodel_center, rates, sizes, own, other, patience, threshold)
    shared, separate = trained(), trained(level=OWN_LEVEL)
    rows = [
        Row("own type first", shared.scenario(SKILL_FIRST)),
        by_name("generalised cμ").row(shared.scenario),
        Row("no sharing", separate.scenario(LONGEST_IDLE)),
        Row("one pooled queue", shared.scenario(LONGEST_IDLE)),
        Row("OneQueue default", shared.scenario(DEFAULT)),
        Row("OneQueue, fit first", shared.scenario(FIT_FIRST)),
    ]
    target = Reference(_TARGET, kind="at_least", source="target")
    for n, row in enumerate(rows):
        references: dict[str, Reference] = {}
        if row.label in _PUBLISHED and published:
            level, abandonment = _PUBLISHED[row.label]
            references = {
                "service_level": Reference(*level, source="simulated"),
                "abandonment": Reference(abandonment, 0.0005, source="simulated"),
            }
        elif row.label == "no sharing":
            references = _apart(rates, sizes, own, patience, threshold)
        elif row.label == "OneQueue, fit first" and published:
            references = {"service_level": target}
        rows[n] = replace(row, references=references)
    return Instance(
        title=(
            f"X-model: {arrivals} calls/min, {agents} agents, own {own:g} min, "
            f"other {other:g} min, patience {patience:g} min"
        ),
        measures=("service_level", "abandonment", "asa_s", "value", "occupancy"),
        rows=tuple(rows),
        notes=(
            f"Level {OWN_LEVEL} in the own type, {OTHER_LEVEL} in others.",
            "Value: the share served by agents whose own type it is.",
            FIT_FIRST_NOTE,
        ),
    )


def xmodel_center(
    rates: Sequence[float],
    sizes: Sequence[int],
    own: float,
    other: float,
    patience: float,
    threshold: float,
    level: int = OTHER_LEVEL,
) -> Center:
    """So many agents of each type, whose own level is the highest; calls ask for ``level``."""
    owner = np.repeat(np.arange(len(sizes)), sizes)
    is_own = np.arange(len(rates))[:, None] == owner
    return Center(
        types=tuple(
            CenterType(str(t), rate, {f"type-{t}": level}, patience) for t, rate in enumerate(rates)
        ),
        agents=tuple(
            CenterAgent(f"agent-{n:03}", _cross_trained(int(mine), len(rates)), f"own-{mine}")
            for n, mine in enumerate(owner)
        ),
        handle_min=np.where(is_own, own, other),
        value=np.where(is_own, 1.0, 0.0),
        threshold_s=threshold,
        levels=OWN_LEVEL,
    )


FIT_FIRST_NOTE: Final = (
    "Fit first is the default policy with one line: "
    f"urgency: {{weight: {FIT_FIRST['urgency']['weight']:g}}}."
)


def _cross_trained(own_type: int, types: int) -> dict[str, int]:
    return {f"type-{t}": OWN_LEVEL if t == own_type else OTHER_LEVEL for t in range(types)}


def _apart(
    rates: tuple[float, ...], sizes: tuple[int, ...], own: float, patience: float, threshold: float
) -> dict[str, Reference]:
    """Each type alone with its own agents: Erlang A."""
    exact = [
        erlang_a(rate, own, size, patience, threshold / 60)
        for rate, size in zip(rates, sizes, strict=True)
    ]
    shares = np.array(rates) / sum(rates)
    return {
        key: Reference(float(shares @ [getattr(e, key) for e in exact]), source="exact")
        for key in ("service_level", "abandonment")
    }


def generalists(
    arrivals: Annotated[str, typer.Option(help="Calls a minute: common, rare.")] = "7.2,1.2",
    agents: Annotated[str, typer.Option(help="Agents: specialists, generalists.")] = "40,10",
    handle: Handle = 5.0,
    patience: Patience = 5.0,
    threshold: Threshold = 20.0,
) -> Instance:
    """A rare type that only generalists serve: are they kept for it?"""
    common, rare = numbers(arrivals, count=2)
    specialists, both = whole_numbers(agents, count=2)
    center = Center(
        types=(
            CenterType("common", common, {"common": 1}, patience),
            CenterType("rare", rare, {"rare": 1}, patience),
        ),
        agents=tuple(
            CenterAgent(f"agent-{n:03}", {"common": 5}, "specialists")
            if n < specialists
            else CenterAgent(f"agent-{n:03}", {"common": 5, "rare": 5}, "generalists")
            for n in range(specialists + both)
        ),
        handle_min=np.full((2, specialists + both), handle),
        threshold_s=threshold,
    )
    tried = {
        "longest idle": LONGEST_IDLE,
        "OneQueue default": DEFAULT,
        "OneQueue, fit first": FIT_FIRST,
        "OneQueue, fit and scarcity": SCARCE,
    }
    return Instance(
        title=f"Generalists: {arrivals} calls/min, {agents} agents, {handle:g} min",
        measures=(
            "service_level",
            "service_level[common]",
            "service_level[rare]",
            "abandonment",
            "occupancy[generalists]",
        ),
        rows=tuple(Row(label, center.scenario(choices)) for label, choices in tried.items()),
        notes=(FIT_FIRST_NOTE,),
    )
