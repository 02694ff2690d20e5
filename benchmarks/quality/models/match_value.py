"""Every agent may serve every type, and some pairs are worth more: who should wait for whom?"""

from __future__ import annotations

from typing import Annotated, Final

import numpy as np
import typer

from adapters.cli.output import UsageError
from benchmarks.quality.baselines import assignment_every, priced
from benchmarks.quality.center import Center, CenterAgent, CenterType, Floats
from benchmarks.quality.exact.transport import transport
from benchmarks.quality.instance import Instance, Rechecks, Row
from benchmarks.quality.models.options import Agents, Handle, Patience, Threshold, numbers
from benchmarks.quality.policies import (
    DEFAULT,
    FIRST_COME,
    FIT_FIRST,
    LONGEST_IDLE,
    SCARCE,
    SKILL_FIRST,
    held_out,
)
from benchmarks.quality.strategies import DEFAULT_NAME, FIT_FIRST_NAME, SCARCE_NAME
from benchmarks.scenario.document import Scenario
from benchmarks.simulator.estimates import Reference
from router import limits

__all__ = ("batches", "everyone_serves", "match_value", "sine_values")

LEVELS: Final = 100
"""A value from 0 to 1 is told to the engine as a level from 0 to 100."""

_PUBLISHED_FOR: Final = (6, 90, 10.0, 5.0)
_PUBLISHED: Final = {
    63.0: {"longest idle": 0.490, "greedy": 0.866, "priced": 0.869},
    76.5: {"longest idle": 0.490, "greedy": 0.801, "priced": 0.805},
    85.5: {"longest idle": 0.490, "greedy": 0.744, "priced": 0.751},
}
"""Mean value by offered load; their intervals are not given, so half a hundredth is taken."""

_PUBLISHED_HALF_WIDTH: Final = 0.0025


def sine_values(types: int, agents: int) -> Floats:
    """The value of each pair: frac(sin(12.9898 (i + 1) + 78.233 (a + 1)) × 43758.5453)."""
    i = np.arange(1, types + 1)[:, None]
    a = np.arange(1, agents + 1)[None, :]
    scattered = np.sin(12.9898 * i + 78.233 * a) * 43758.5453
    values: Floats = scattered - np.floor(scattered)
    return values


def match_value(
    load: Annotated[float, typer.Option(min=0.001, help="Offered load, erlang.")] = 85.5,
    types: Annotated[int, typer.Option(min=1, max=200, help="Types of calls.")] = 6,
    agents: Agents = 90,
    handle: Handle = 10.0,
    patience: Patience = 5.0,
    threshold: Threshold = 20.0,
) -> Instance:
    """Mean value per served call against the bound of the transport problem."""
    if load >= agents:
        raise UsageError(f"the bound needs a load below {agents} erlang, not {load:g}")
    value = sine_values(types, agents)
    center = everyone_serves(value, load, handle, patience, threshold)
    first_come = center.scenario(FIRST_COME)
    plan = transport(value, np.full(types, load / types))
    prices = priced(first_come, value - plan.agent_price, value - plan.type_price[:, None])
    published = (
        _PUBLISHED.get(load, {}) if (types, agents, handle, patience) == _PUBLISHED_FOR else {}
    )

    def row(label: str, tried: dict[str, object], **known: Reference) -> Row:
        return Row(label, center.scenario(tried), references=known)

    def seen(name: str) -> dict[str, Reference]:
        if name not in published:
            return {}
        source = Reference(published[name], _PUBLISHED_HALF_WIDTH, source="simulated")
        return {"value": source}

    target = {}
    if published:
        target["value"] = Reference(published["priced"], kind="at_least", source="target")
    return Instance(
        title=(
            f"Match value: {types} types, {agents} agents, load {load:g}, "
            f"bound {plan.bound:.4f} (all served)"
        ),
        measures=("value", "service_level", "abandonment", "asa_s", "spread"),
        rows=(
            row("longest idle", dict(LONGEST_IDLE), **seen("longest idle")),
            row("best agent, oldest call", {**SKILL_FIRST, "urgency": {"weight": 1.0}}),
            row("greedy: best agent, best call", dict(SKILL_FIRST), **seen("greedy")),
            Row(
                "priced by the exact duals",
                first_come,
                prices,
                references=seen("priced"),
            ),
            row(DEFAULT_NAME, dict(DEFAULT)),
            row(FIT_FIRST_NAME, dict(FIT_FIRST)),
            row(SCARCE_NAME, dict(SCARCE), **target),
        ),
        notes=("The exact duals know the true rates; no policy of a router does.",),
    )


def everyone_serves(
    value: Floats,
    load: float,
    handle: float,
    patience: float,
    threshold: float,
    level: int = 0,
) -> Center:
    """All agents hold all skills at levels that tell the value; calls ask for a level, which all
    meet when it is 0."""
    types, agents = value.shape
    levels = np.rint(value * LEVELS).astype(int).tolist()
    return Center(
        types=tuple(
            CenterType(str(t), load / types / handle, {f"s{t}": level}, patience)
            for t in range(types)
        ),
        agents=tuple(
            CenterAgent(f"agent-{n:03}", {f"s{t}": levels[t][n] for t in range(types)})
            for n in range(agents)
        ),
        handle_min=np.full((types, agents), handle),
        value=value,
        threshold_s=threshold,
        levels=LEVELS,
    )


_BATCHES_PUBLISHED_FOR: Final = (200, 5.0, 3.0)
_BATCHES_PUBLISHED: Final = {
    (0.85, 0.0): (0.956, 0.06),
    (0.85, 5.0): (0.964, 2.5),
    (0.95, 0.0): (0.872, 2.2),
    (0.95, 1.0): (0.893, 2.7),
    (0.95, 5.0): (0.921, 4.2),
}
"""By utilisation and window in seconds: mean value, mean wait in seconds."""


def batches(
    utilisation: Annotated[float, typer.Option(min=0.01, max=2.0, help="Load per agent.")] = 0.95,
    windows: Annotated[str, typer.Option(help="Seconds between assignments.")] = "1,5",
    agents: Agents = 200,
    types: Annotated[int, typer.Option(min=1, max=1_000, help="Types: rows of values.")] = 200,
    handle: Handle = 5.0,
    patience: Patience = 3.0,
    accept: Annotated[
        int, typer.Option(min=1, max=100, help="Level that is asked for at first.")
    ] = 80,
    hold: Annotated[float, typer.Option(min=0.1, help="For so many seconds.")] = 10.0,
    seed_of_values: Annotated[int, typer.Option(min=0, help="Another seed, other values.")] = 1,
) -> Instance:
    """Match at once, or assign what has gathered every few seconds?

    The value of a pair is uniform on (0, 1). It belongs to the call's type and the agent; with many
    types, each about as likely as to be seen once, that is as good as a draw for each call.
    """
    rng = np.random.Generator(np.random.PCG64(seed_of_values))
    value = rng.random((types, agents))
    center = everyone_serves(value, utilisation * agents, handle, patience, 20.0)
    scenario = center.scenario(SKILL_FIRST)
    published = (agents, handle, patience) == _BATCHES_PUBLISHED_FOR and types >= agents
    rows = [
        Row("greedy, at once", scenario, references=_known(utilisation, 0.0) if published else {})
    ]
    for window_s in numbers(windows):
        known = _known(utilisation, window_s) if published else {}
        rows += _windowed(center, scenario, value, window_s, known)
    asking = everyone_serves(value, utilisation * agents, handle, patience, 20.0, accept)
    held = {**SKILL_FIRST, **held_out(asking.skill_names, hold)}
    rows += [
        Row(DEFAULT_NAME, center.scenario(DEFAULT)),
        Row(FIT_FIRST_NAME, center.scenario(FIT_FIRST)),
        Row(f"OneQueue, level {accept} for {hold:g} s", asking.scenario(held)),
    ]
    return Instance(
        title=f"At once or in batches: {agents} agents, utilisation {utilisation:g}",
        measures=("value", "asa_s", "service_level", "abandonment"),
        rows=tuple(rows),
        notes=(
            "The waiting rows break work conservation; they show what a window buys.",
            "In batches: all that happened in an interval reaches the engine at once.",
            "Level: a workflow whose first step asks for it, and whose second takes anybody.",
        ),
    )


def _known(utilisation: float, window_s: float) -> dict[str, Reference]:
    """What others have simulated for a window, if they have."""
    figures = _BATCHES_PUBLISHED.get((utilisation, window_s))
    if figures is None:
        return {}
    value, wait_s = figures
    return {
        "value": Reference(value, 0.005, source="simulated"),
        "asa_s": Reference(wait_s, 0.1 * wait_s + 0.05, source="simulated"),
    }


def _windowed(
    center: Center,
    scenario: Scenario,
    value: Floats,
    window_s: float,
    known: dict[str, Reference],
) -> list[Row]:
    """An assignment of everything at intervals, and batches as the engine matches them."""
    window_ms = max(1, round(window_s * 1_000))
    matcher = assignment_every(scenario, value, window_ms)
    looks, gathered = Rechecks(window_ms), Rechecks(window_ms, gather=True)
    rows = [Row(f"assignment every {window_s:g} s", scenario, matcher, looks, known)]
    for how, cells in (("one by one", 0), ("jointly", limits.JOINT_CELLS_MAX)):
        own = center.scenario({**SKILL_FIRST, "joint_cells": cells})
        rows.append(Row(f"batches of {window_s:g} s, matched {how}", own, rechecks=gathered))
    return rows
