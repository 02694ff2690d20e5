"""Two skills an agent are almost as good as all (Wallace and Whitt 2005)."""

from __future__ import annotations

from typing import Annotated, Final

import numpy as np
import typer

from benchmarks.quality.center import Center, CenterAgent, CenterType
from benchmarks.quality.instance import Instance, Row
from benchmarks.quality.models.options import Handle, Rate, per_minute
from benchmarks.quality.policies import SKILL_FIRST
from benchmarks.simulator.estimates import Reference

__all__ = ("few_skills",)

_PUBLISHED_FOR: Final = (6, 1.375, 10.0, 15, 30, 0.5)
_PUBLISHED: Final = {
    1: ((0.03027, 0.00022), (0.4821, 0.0006), (2.317, 0.006)),
    2: ((0.00233, 0.00005), (0.2251, 0.0013), (0.4460, 0.0034)),
    6: ((0.00197, 0.00005), (0.1624, 0.0012), (0.3213, 0.0030)),
}
"""By skills per agent: blocking, P(wait > .5 min), mean wait; each with its interval."""


def few_skills(
    skills: Annotated[int, typer.Option(min=1, help="Skills of each agent.")] = 2,
    types: Annotated[
        int, typer.Option(min=1, max=50, help="Types, each with as many arrivals.")
    ] = 6,
    arrivals: Rate = "1.375/min",
    handle: Handle = 10.0,
    primaries: Annotated[int, typer.Option(min=1, help="Agents of each primary skill.")] = 15,
    places: Annotated[int, typer.Option(min=0, help="Waiting places, for all types.")] = 30,
    late: Annotated[float, typer.Option(min=0, help="Waits above this are late, minutes.")] = 0.5,
) -> Instance:
    """A few skills each: lowest level first, then longest idle."""
    rate = per_minute(arrivals)
    skills = min(skills, types)
    count = types * primaries
    center = Center(
        types=tuple(CenterType(str(t), rate, {f"s{t}": 1}) for t in range(types)),
        agents=tuple(
            CenterAgent(f"agent-{n:03}", _levels(n // primaries, n % primaries, skills, types))
            for n in range(count)
        ),
        handle_min=np.full((types, count), handle),
        late_s=late * 60,
        places=places,
        levels=types,
    )
    references: dict[str, Reference] = {}
    if (types, rate, handle, primaries, places, late) == _PUBLISHED_FOR and skills in _PUBLISHED:
        references = {
            key: Reference(*figure, source="simulated, 60 million calls")
            for key, figure in zip(
                ("blocking", "late", "wait_min"), _PUBLISHED[skills], strict=True
            )
        }
    return Instance(
        title=(
            f"Few skills: {types} types of {rate:g} calls/min, {handle:g} min, {count} agents "
            f"with {skills} each, {places} places"
        ),
        measures=("blocking", "late", "wait_min", "occupancy"),
        rows=(Row("own skill first", center.scenario(SKILL_FIRST), references=references),),
        notes=(f"Late: waited for more than {late:g} min.",),
    )


def _levels(primary: int, place: int, skills: int, types: int) -> dict[str, int]:
    """The primary skill at the highest level, each secondary one lower than the last."""
    levels = {f"s{primary}": types}
    for m in range(skills - 1):
        levels[f"s{(primary + 1 + (place + m) % (types - 1)) % types}"] = types - 1 - m
    return levels
