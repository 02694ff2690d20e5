"""Goals of service levels, as the policy in force states them among its objectives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from router.policy import Objective

__all__ = ("LevelGoals",)


class LevelGoals:
    """By queue and channel, the share that is to be answered in time. Of several that mean the same
    work, the highest counts."""

    def __init__(self, policy: Mapping[str, Any]) -> None:
        self._goals: dict[tuple[str | None, str | None], float] = {}
        for document in (policy.get("objectives") or {}).values():
            objective = Objective.model_validate(document)
            if objective.measure == "service_level" and objective.wants_more:
                key = objective.queue, objective.channel
                self._goals[key] = max(objective.target, self._goals.get(key, 0.0))

    def of(self, queue: str | None = None, channel: str | None = None) -> float | None:
        """That of a queue on a channel (None: of all), else of the queue, else of the channel, else
        of everything; None where the policy states none."""
        for key in ((queue, channel), (queue, None), (None, channel), (None, None)):
            if key in self._goals:
                return self._goals[key]
        return None
