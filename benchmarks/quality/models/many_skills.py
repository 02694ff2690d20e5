"""Many skills, first come first served, longest-idle agent: exact by the product form."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import typer

from adapters.cli.output import UsageError
from benchmarks.quality.center import Center, CenterAgent, CenterType, Floats
from benchmarks.quality.exact.product_form import AGENTS_MAX, product_form
from benchmarks.quality.exact.two_pools import Rule, two_pools
from benchmarks.quality.instance import Instance, Row
from benchmarks.quality.models.options import numbers, per_minute, whole_numbers
from benchmarks.quality.policies import LONGEST_IDLE, SKILL_FIRST
from benchmarks.simulator.estimates import Reference

__all__ = ("inverted_v", "many_skills")


def many_skills(
    arrivals: Annotated[str, typer.Option(help="Calls a minute, by type.")] = "0.5,0.35",
    rates: Annotated[
        str, typer.Option(help="Services a minute, by agent (or one number for all).")
    ] = "0.25",
    skills: Annotated[
        str, typer.Option(help="The types each agent serves: 0 is the first, 01 the first two.")
    ] = "0,0,01,01",
) -> Instance:
    """First come first served, longest idle: the product form."""
    per_type = numbers(arrivals)
    held = [_types(text, len(per_type)) for text in skills.split(",")]
    speed = numbers(rates)
    speed = speed * len(held) if len(speed) == 1 else numbers(rates, count=len(held))
    center = Center(
        types=tuple(CenterType(str(t), rate, {f"type-{t}": 1}) for t, rate in enumerate(per_type)),
        agents=tuple(
            CenterAgent(f"agent-{n:03}", {f"type-{t}": 1 for t in types}, group=str(n))
            for n, types in enumerate(held)
        ),
        handle_min=np.tile(1 / np.array(speed), (len(per_type), 1)),
    )
    references = {}
    if len(held) <= AGENTS_MAX:
        exact = product_form(per_type, speed, held)
        references = {f"wait_min[{t}]": _exact(wait) for t, wait in enumerate(exact.wait_min)}
        references |= {f"occupancy[{n}]": _exact(share) for n, share in enumerate(exact.occupancy)}
    return Instance(
        title=f"Product form: {arrivals} calls/min, agents serve {skills}",
        measures=tuple(f"wait_min[{t}]" for t in range(len(per_type)))
        + tuple(f"occupancy[{n}]" for n in range(len(held))),
        rows=(Row("longest idle", center.scenario(LONGEST_IDLE), references=references),),
        notes=() if references else (f"No exact answer for more than {AGENTS_MAX} agents.",),
    )


def _types(text: str, count: int) -> frozenset[int]:
    types = frozenset(int(letter) for letter in text.strip() if letter.isdigit())
    if not types or len(types) != len(text.strip()) or max(types) >= count:
        raise UsageError(f"{text!r} should name types from 0 to {count - 1}, such as 0 or 01")
    return types


def _exact(value: float) -> Reference:
    return Reference(value, source="exact")


def inverted_v(
    arrivals: Annotated[str, typer.Option(help="Calls, such as 9.5/min.")] = "9.5/min",
    agents: Annotated[str, typer.Option(help="Agents in each of the two pools.")] = "25,25",
    rates: Annotated[str, typer.Option(help="Services a minute, by pool.")] = "0.25,0.15",
) -> Instance:
    """One type, a fast and a slow pool: three rules, all exact."""
    rate = per_minute(arrivals)
    first, second = whole_numbers(agents, count=2)
    fast, slow = numbers(rates, count=2)
    handle = np.repeat([1 / fast, 1 / slow], [first, second])[None, :]
    rows = tuple(
        _pools_row(rule, rate, handle, (first, second), (fast, slow))
        for rule in ("fastest", "longest_idle", "slowest")
    )
    return Instance(
        title=f"Inverted V: {rate:g} calls/min, {agents} agents at {rates} services/min",
        measures=("wait_min", "occupancy[first]", "occupancy[second]"),
        rows=rows,
    )


def _pools_row(
    rule: Rule, rate: float, handle: Floats, sizes: tuple[int, int], rates: tuple[float, float]
) -> Row:
    # the level says how much an agent is wanted: skill first means highest level first
    first_wanted = (rates[0] >= rates[1]) == (rule == "fastest")
    levels = [2, 1] if first_wanted else [1, 2]
    center = Center(
        types=(CenterType("call", rate, {"speed": 1}),),
        agents=tuple(
            CenterAgent(
                f"agent-{n:03}",
                {"speed": levels[n >= sizes[0]]},
                "second" if n >= sizes[0] else "first",
            )
            for n in range(sum(sizes))
        ),
        handle_min=handle,
    )
    exact = two_pools(rate, sizes, rates, rule)
    choices = LONGEST_IDLE if rule == "longest_idle" else SKILL_FIRST
    return Row(
        label=f"{rule.replace('_', ' ')} first",
        scenario=center.scenario(choices),
        references={
            "wait_min": _exact(exact.wait_min),
            "occupancy[first]": _exact(exact.occupancy[0]),
            "occupancy[second]": _exact(exact.occupancy[1]),
        },
    )
