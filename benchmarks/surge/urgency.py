"""Whether urgent interactions keep their order, as the journal tells it."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from typing import Any, Final

from benchmarks.surge.plan import Plan, TypePlan, contact_number
from router.policy import Policy

__all__ = ("ENDINGS", "Urgency")

ENDINGS: Final = frozenset(
    ("interaction_wrapped_up", "interaction_cancelled", "interaction_diverted")
)


class Urgency:
    """Whether what is more urgent comes first, among contacts that are alike in all else.

    Each point of priority is worth ``priority_step`` targets of waiting. So among those of one
    target the order never changes: by the origin, less what the priority is worth. At the end of a
    record nobody may wait who stands before somebody that was offered in it, and was there.
    """

    def __init__(self, plan: Plan, policy: Policy) -> None:
        self._type_of: list[int] = plan.contacts.type_of.tolist()
        self._worth_ms = [_worth_ms(policy, kind) for kind in plan.types]
        self._class_of = [_alike(kind) for kind in plan.types]
        several: dict[str, set[int]] = {}
        for kind, name in zip(plan.types, self._class_of, strict=True):
            if (
                policy.queues[kind.queue].order == "urgency"
                and not policy.queues[kind.queue].buckets
            ):
                several.setdefault(name, set()).add(kind.create["priority"])
        self._is_followed = {name for name, found in several.items() if len(found) > 1}
        self._waiting: dict[str, list[tuple[int, str]]] = {n: [] for n in self._is_followed}
        self._key: dict[str, tuple[str, int]] = {}
        self._waits: set[str] = set()
        self._offered: list[tuple[str, int]] = []
        self.passed_over = 0

    def follow(self, event: Mapping[str, Any]) -> None:
        """Take in one event of the record."""
        if not self._is_followed:
            return
        kind, name = event["type"], event.get("interaction_id", "")
        if kind == "interaction_created":
            self._come(name, event["origin_ms"])
        elif kind == "offer_issued":
            self._waits.discard(name)
            if name in self._key:
                self._offered.append(self._key.pop(name))
        elif kind in ENDINGS:
            self._waits.discard(name)

    def close_record(self) -> None:
        """The record is over: whoever waits now was passed over by who was offered in it."""
        for alike, key in self._offered:
            line = self._waiting[alike]
            while line and line[0][1] not in self._waits:
                heapq.heappop(line)
            if line and line[0][0] < key:
                self.passed_over += 1
        self._offered.clear()

    def _come(self, name: str, origin_ms: int) -> None:
        kind = self._type_of[contact_number(name)]
        alike = self._class_of[kind]
        if alike in self._is_followed:
            key = origin_ms - self._worth_ms[kind]
            self._key[name] = (alike, key)
            self._waits.add(name)
            heapq.heappush(self._waiting[alike], (key, name))


def _alike(kind: TypePlan) -> str:
    create = {name: value for name, value in kind.create.items() if name != "priority"}
    return repr(sorted(create.items()))


def _worth_ms(policy: Policy, kind: TypePlan) -> int:
    own_s = policy.queues[kind.queue].targets_s.get(kind.channel)
    target_s = own_s if own_s is not None else policy.channels[kind.channel].target_s
    return int(kind.create["priority"] * policy.urgency.priority_step * target_s * 1_000)
