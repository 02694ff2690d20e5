"""What a search may change of a policy: knobs, each with the few values that it may have.

Values are what a person would try, in steps that double or so: a hundredth of a weight is no
finding, and neighbours can be compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from router.errors import CallerError
from router.policy import Policy, parse_policy

__all__ = ("KNOB_GROUPS", "Knob", "KnobError", "KnobGroup", "knobs_of", "nearest", "with_settings")

KnobGroup: TypeAlias = Literal["weights", "urgency", "queues", "steps"]
KNOB_GROUPS: Final[tuple[KnobGroup, ...]] = ("weights", "urgency", "queues", "steps")

RATIOS: Final = (0.0, 0.05, 0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0)
"""A weight as a multiple of that of skill: only ratios of weights count."""

URGENCIES: Final = (0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
FACTORS: Final = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0)
"""Of the ends of a workflow's steps."""

UNIT: Final = 4.0
"""The weight of skill where the policy gives it none: its default."""

OTHERS: Final = ("history", "load", "idle", "scarcity")
KNOBS_MAX: Final = 60

Place: TypeAlias = tuple[str | int, ...]


class KnobError(CallerError):
    """A policy in which nothing can be tuned by the knobs that were asked for."""


@dataclass(frozen=True, slots=True)
class Knob:
    """One thing that may be changed: its name, its ``values`` in order, and the field of the policy
    that it sets. ``times``: it multiplies the ends of a workflow's steps instead."""

    name: str
    values: tuple[float, ...]
    now: float
    place: Place
    times: bool = False


def knobs_of(document: Mapping[str, Any], groups: Sequence[KnobGroup]) -> list[Knob]:
    """The knobs of a valid policy. Raises :class:`KnobError` when there are none, or too many."""
    policy = parse_policy(dict(document))
    found = [knob for group in groups for knob in _GROUPS[group](policy)]
    if not found:
        raise KnobError(_nothing(groups))
    if len(found) > KNOBS_MAX:
        raise KnobError(
            f"{len(found)} knobs are more than {KNOBS_MAX}: no search could try them; ask for "
            "--knobs weights,urgency"
        )
    return found


def nearest(knob: Knob) -> int:
    """The place of the value that is nearest to what the policy has now."""
    return min(range(len(knob.values)), key=lambda place: abs(knob.values[place] - knob.now))


def with_settings(
    document: Mapping[str, Any], knobs: Sequence[Knob], values: Sequence[float]
) -> dict[str, Any]:
    """The policy with each knob set; what no knob is about stays as it is."""
    changed = deepcopy(dict(document))
    for knob, value in zip(knobs, values, strict=True):
        if knob.times:
            _stretch(changed, knob, value)
        else:
            _set(changed, knob.place, value)
    return changed


def _set(document: dict[str, Any], place: Place, value: float) -> None:
    at: Any = document
    for part in place[:-1]:
        if at.get(part) is None:
            at[part] = {}
        at = at[part]
    at[place[-1]] = value


def _stretch(document: dict[str, Any], knob: Knob, factor: float) -> None:
    """The ends of all steps of a workflow, by one factor: they keep their order."""
    if factor == 1.0:
        return
    workflow = document["workflows"][knob.place[-1]]
    for step in workflow["steps"]:
        for end in ("until_s", "until_target"):
            if step and step.get(end) is not None:
                step[end] = float(f"{step[end] * factor:.4g}")


def _weights(policy: Policy) -> Iterator[Knob]:
    """Those that hold for all queues that say nothing themselves."""
    plain = [q for q in policy.queues.values() if q.strategy == "score" and q.weights is None]
    if plain:
        yield from _of_weights(policy.weights.model_dump(), ("weights",), "weights")


def _queues(policy: Policy) -> Iterator[Knob]:
    """Those of each queue that chooses by score; it then has all five itself."""
    for name, queue in policy.queues.items():
        if queue.strategy == "score":
            weights = (queue.weights or policy.weights).model_dump()
            place: Place = ("queues", name, "weights")
            yield from _of_weights(weights, place, f"queues.{name}.weights", whole=True)


def _of_weights(
    weights: Mapping[str, float], place: Place, name: str, *, whole: bool = False
) -> Iterator[Knob]:
    unit = weights["skill"] or UNIT
    if whole:
        yield Knob(f"{name}.skill", (unit,), weights["skill"], (*place, "skill"))
    for other in OTHERS:
        values = tuple(float(f"{ratio * unit:.4g}") for ratio in RATIOS)
        yield Knob(f"{name}.{other}", values, weights[other], (*place, other))


def _urgency(policy: Policy) -> Iterator[Knob]:
    if any(queue.strategy == "score" for queue in policy.queues.values()):
        yield Knob("urgency.weight", URGENCIES, policy.urgency.weight, ("urgency", "weight"))


def _steps(policy: Policy) -> Iterator[Knob]:
    for name, workflow in policy.workflows.items():
        if any(step.until_s or step.until_target for step in workflow.steps):
            place: Place = ("workflows", name)
            yield Knob(f"workflows.{name}.steps ×", FACTORS, 1.0, place, times=True)


_GROUPS: Final = {
    "weights": _weights,
    "urgency": _urgency,
    "queues": _queues,
    "steps": _steps,
}


def _nothing(groups: Sequence[KnobGroup]) -> str:
    asked = ", ".join(groups)
    return (
        f"nothing of this policy can be tuned by {asked}: no queue chooses by the strategy score "
        "with weights of the policy, or no workflow has steps that end; try --knobs queues,steps"
    )
