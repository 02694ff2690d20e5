"""The centers on which strategies are compared, and what OneQueue has to reach there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from benchmarks.quality.instance import Instance, Kind, Row, Target
from benchmarks.quality.models.cross_trained import xmodel_center
from benchmarks.quality.models.frontier import frontier
from benchmarks.quality.models.match_value import batches, everyone_serves, sine_values
from benchmarks.quality.models.preferred import preferred
from benchmarks.quality.policies import LOAD_0, Choices, with_choices
from benchmarks.quality.strategies import (
    DEFAULT_NAME,
    FIT_FIRST_NAME,
    LOAD_0_NAME,
    ONEQUEUE,
    RIVALS,
    SCARCE_NAME,
)
from benchmarks.scenario.document import Scenario
from benchmarks.scenario.policies import policy_of
from benchmarks.scenario.reading import read_scenario

__all__ = ("CONTESTS", "Contest")

NO_WORSE: Final = 0.005
"""By so much a share may be lower and count as no worse: five calls in a thousand."""

GREEDY: Final = "priority by level"
"""The best agent, the best call, one by one: greedy in match value."""


@dataclass(frozen=True, slots=True)
class Contest:
    """A center with its contestants: differences are told from ``compared_with``; ``drawn`` are two
    measures that are drawn against each other."""

    summary: str
    build: Callable[[], Instance]
    compared_with: str = DEFAULT_NAME
    drawn: tuple[str, str] | None = None


def _everybody(routed_by: Callable[[Choices], Scenario]) -> tuple[Row, ...]:
    """OneQueue's rows, then those of all named strategies."""
    return tuple(strategy.row(routed_by) for strategy in (*ONEQUEUE, *RIVALS))


def _xmodel() -> Instance:
    center = xmodel_center((10.0, 8.0), (48, 48), 5.0, 6.0, 5.0, 20.0)
    name = "own type first, from one line of policy"
    return Instance(
        title="Cross-trained but slower: 10 and 8 calls/min, 48 + 48 agents, 5 or 6 min",
        measures=("service_level", "abandonment", "asa_s", "value", "occupancy"),
        rows=_everybody(center.scenario),
        notes=("Value: the share served by agents whose own type it is.",),
        targets=(Target(name, FIT_FIRST_NAME, "service_level", 0.84),),
    )


def _match_value(load: float, value: float) -> Instance:
    center = everyone_serves(sine_values(6, 90), load, 10.0, 5.0, 20.0)
    return Instance(
        title=f"Match value: 6 types, 90 agents who all serve all, load {load:g} erlang",
        measures=("value", "service_level", "abandonment", "asa_s", "spread"),
        rows=_everybody(center.scenario),
        targets=(
            Target("value of the exact prices", SCARCE_NAME, "value", value),
            Target("more than greedy", SCARCE_NAME, "value", 0.0, than=(GREEDY,)),
            Target(
                "service no worse than greedy",
                SCARCE_NAME,
                "service_level",
                -NO_WORSE,
                than=(GREEDY,),
            ),
        ),
    )


def _frontier() -> Instance:
    drawn = frontier()
    greedy, *rows = drawn.rows
    first = rows[1].label
    return replace(
        drawn,
        rows=(
            replace(greedy, label=GREEDY, kind="rival", summary="the highest levels"),
            *(replace(row, kind="onequeue") for row in rows[:-1]),
            rows[-1],
        ),
        targets=(
            Target("above greedy in value", first, "value", 0.01, than=(GREEDY,)),
            Target("at its service level", first, "service_level", -NO_WORSE, than=(GREEDY,)),
        ),
    )


ASSIGNED: Final = "assignment every 1 s"
HELD_OUT: Final = "OneQueue, level 80 for 10 s"


def _batches(utilisation: float) -> Instance:
    drawn = batches(utilisation=utilisation, windows="1,5", accept=80, hold=10.0)
    rows = [replace(row, references={}, kind=_kind(row.label)) for row in drawn.rows]
    return replace(
        drawn,
        rows=tuple(rows),
        targets=(
            Target("more than a window of 1 s", HELD_OUT, "value", 0.0, than=(ASSIGNED,)),
            Target(
                "no longer wait than it", HELD_OUT, "asa_s", 0.1, than=(ASSIGNED,), at_most=True
            ),
        ),
    )


def _kind(label: str) -> Kind:
    if label.startswith("OneQueue"):
        return "onequeue"
    return "rival" if label.startswith("greedy") else "reference"


def _preferred() -> Instance:
    drawn = preferred(holds="0,15,30")
    looking = "held for 15 s, if free in time"
    rows = [replace(row, references={}, kind="onequeue") for row in drawn.rows]
    return replace(
        drawn,
        rows=tuple(rows),
        targets=(
            Target(
                "service as without a hold",
                looking,
                "service_level",
                -NO_WORSE,
                than=("no hold",),
            ),
        ),
    )


RIVAL_NAMES: Final = tuple(rival.name for rival in RIVALS)

HELD: Final = "OneQueue, load 0 and holds"

HELD_CHOICES: Final[dict[str, Any]] = {
    **LOAD_0,
    "workflows": {"known": {"steps": [{"only": "preferred", "until_target": 0.9}, {}]}},
    "queue": {"workflow": "known"},
}
"""Whom the customer knows is waited for within the target, if they will be free in time."""


OMNICHANNEL_TARGETS: Final = (
    Target("no strategy serves better", LOAD_0_NAME, "service_level", 0.0, RIVAL_NAMES),
    Target(
        "no strategy loses fewer",
        LOAD_0_NAME,
        "abandonment",
        0.0,
        RIVAL_NAMES,
        at_most=True,
    ),
    Target("no strategy matches better", LOAD_0_NAME, "value", 0.0, RIVAL_NAMES),
    Target("no strategy reaches more known agents", LOAD_0_NAME, "preferred", 0.0, RIVAL_NAMES),
    Target("more reach their agent", HELD, "preferred", 0.0, than=(LOAD_0_NAME,)),
    Target("at no worse service", HELD, "service_level", -NO_WORSE, than=(LOAD_0_NAME,)),
)


def _omnichannel() -> Instance:
    scenario = read_scenario("omnichannel")
    policy = policy_of(scenario)

    def routed_by(choices: Choices) -> Scenario:
        return scenario.model_copy(update={"policy": with_choices(policy, choices)})

    held = Row(
        HELD,
        routed_by(HELD_CHOICES),
        kind="onequeue",
        summary="only: preferred, to 0.9 of the target",
    )
    return Instance(
        title="Omnichannel: 12 hours, 4 media, 39 agents, an outage",
        measures=(
            "service_level",
            "abandonment",
            "value",
            "preferred",
            "service_level[support_call]",
            "service_level[french_call]",
            "occupancy",
        ),
        rows=(held, *_everybody(routed_by)),
        notes=("Value: how probably the matter is settled at the first contact.",),
        targets=OMNICHANNEL_TARGETS,
        days=True,
    )


CONTESTS: Final[dict[str, Contest]] = {
    "xmodel": Contest("agents help out with other types, but slower", _xmodel),
    **{
        f"match-value-{load:g}": Contest(
            f"some pairs are worth more, load {load:g}",
            partial(_match_value, load, value),
            drawn=("service_level", "value"),
        )
        for load, value in ((63.0, 0.869), (76.5, 0.805), (85.5, 0.751))
    },
    "frontier": Contest(
        "calls may hold out for a better agent",
        _frontier,
        compared_with=GREEDY,
        drawn=("service_level", "value"),
    ),
    "batches-85": Contest("at once or in batches, 85 %", partial(_batches, 0.85)),
    "batches-95": Contest("at once or in batches, 95 %", partial(_batches, 0.95)),
    "preferred": Contest("customers know an agent", _preferred, compared_with="no hold"),
    "omnichannel": Contest(
        "a day of a center with four media", _omnichannel, drawn=("service_level", "value")
    ),
}
