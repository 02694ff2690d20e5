"""A scenario in which everything goes faster, for playing a day live in a quarter of an hour."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Any, Final

from benchmarks.demo.policy import compress as compress_policy
from benchmarks.scenario.document import Scenario
from router.policy import parse_policy

__all__ = ("compressed",)

RATES: Final = frozenset(("per_hour", "per_minute", "per_second"))
LEFT: Final = frozenset(("policy", "live", "replay", "values", "attributes"))


def compressed(scenario: Scenario, factor: float) -> Scenario:
    """The same contacts and work, ``factor`` times as fast: durations are divided, rates
    multiplied, those of the policy too (down to the shortest that a policy allows).

    Raises :class:`router.errors.PolicyError` when the policy cannot be so fast.
    """
    if factor == 1.0:
        return scenario
    given = scenario.model_dump(mode="json", exclude_unset=True, exclude={"replay"})
    faster = {key: _faster(key, value, factor) for key, value in given.items()}
    if isinstance(scenario.policy, dict):
        faster["policy"] = compress_policy(scenario.policy, factor)
        parse_policy(faster["policy"])
    return Scenario.model_validate(faster)


def _faster(key: str, value: object, factor: float) -> Any:
    if key in LEFT:
        return value
    if isinstance(value, Mapping):
        return {name: _faster(name, inner, factor) for name, inner in value.items()}
    if isinstance(value, list):
        return [_faster(key, inner, factor) for inner in value]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    if key in RATES:
        return value * factor
    if key == "ttl_s":  # whole seconds
        return ceil(value / factor)
    return value / factor if key.endswith("_s") else value
