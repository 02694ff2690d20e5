"""Which of all that waits needs somebody to look at it: found when asked for, bit by bit."""

from __future__ import annotations

import asyncio
import heapq
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple, TypeAlias

from adapters.often_declined import OFTEN, OftenDeclined
from adapters.projection.folded import Folded
from adapters.projection.projection import Projection
from router.lifecycle import LOOKING
from router.state import Interaction

__all__ = ("TOLD_MAX", "Reason", "Rescue", "Rescues", "Stranded")

Reason: TypeAlias = Literal["often_declined", "rescue_queue", "nobody_can_serve"]

A_BREATH: Final = 2_000
"""Interactions that are looked at before other tasks get their turn: some milliseconds."""

TOLD_MAX: Final = 1_000
KEPT_S: Final = 1.0
SHARE: Final = 20
"""What was found is kept for so many times as long as it took."""


class Stranded(NamedTuple):
    """One that needs somebody; compared by how long it has waited."""

    origin_ms: int
    interaction_id: str
    reasons: tuple[Reason, ...]
    failed_offers: int


@dataclass(slots=True)
class Rescue:
    """What was found: all of it counted, and the oldest of it."""

    total: int = 0
    by_reason: Counter[str] = field(default_factory=Counter)
    oldest: list[Stranded] = field(default_factory=list)


class Rescues:
    """What is to be rescued of one tenant; all who ask at once share one look."""

    def __init__(self, projection: Projection) -> None:
        self._projection = projection
        self._failed = OftenDeclined()
        self._found = Rescue()
        self._stale_at_s = 0.0
        self._lock = asyncio.Lock()
        projection.listen(self)

    def folded(self, folded: Folded) -> None:
        """Count what was declined."""
        for event in folded.record.events:
            self._failed.fold(event)

    def began_anew(self) -> None:
        """What was counted may have been taken back."""
        self._failed = OftenDeclined()

    async def found(self) -> Rescue:
        """What is to be rescued; a second old where little waits, more where very much does."""
        async with self._lock:
            begin_s = time.monotonic()
            is_small = len(self._projection.state.interactions) <= A_BREATH
            if is_small or begin_s >= self._stale_at_s:
                self._found = await self._looked()
                took_s = time.monotonic() - begin_s
                self._stale_at_s = begin_s + max(KEPT_S, SHARE * took_s)
            return self._found

    async def _looked(self) -> Rescue:
        found = Rescue()
        heap: list[tuple[int, Stranded]] = []
        rescuing = self._rescue_queues()
        can_serve = self._servers()
        seen = 0
        for shard in self._projection.state.interactions.shards():
            for one in shard.values():
                stranded = self._stranded(one, rescuing, can_serve)
                if stranded is not None:
                    found.total += 1
                    found.by_reason.update(stranded.reasons)
                    _keep(heap, stranded)
            seen += len(shard)
            if seen >= A_BREATH:
                seen = 0
                await asyncio.sleep(0)
        found.oldest = sorted(stranded for _, stranded in heap)
        return found

    def _stranded(
        self, one: Interaction, rescuing: frozenset[str], can_serve: Callable[[Interaction], bool]
    ) -> Stranded | None:
        if one.state not in LOOKING:
            return None
        failed = self._failed_offers(one)
        reasons = tuple(_reasons(one, failed, rescuing, can_serve))
        if not reasons:
            return None
        return Stranded(one.origin_ms, one.interaction_id, reasons, failed)

    def _failed_offers(self, one: Interaction) -> int:
        """As many as are known of: this process may have begun after them."""
        counted = self._failed.failed(one.interaction_id)
        by_router = self._projection.state.declines.get(one.interaction_id) or 0
        return max(counted, by_router, len(one.exclusions))

    def _rescue_queues(self) -> frozenset[str]:
        queues = self._projection.state.policy.get("queues", {})
        rules = (one.get("rescue") for one in queues.values())
        return frozenset(rule["queue"] for rule in rules if rule)

    def _servers(self) -> Callable[[Interaction], bool]:
        """Whether anybody who is logged in meets what an interaction asks; once for each demand."""
        known: dict[object, bool] = {}

        def can_serve(one: Interaction) -> bool:
            key = (one.requirements, one.attributes if _reads(one) else b"")
            if key not in known:
                known[key] = self._projection.can_be_served(one)
            return known[key]

        return can_serve


def _reads(one: Interaction) -> bool:
    """Whether what it asks may depend on its attributes."""
    return any(not requirement.skill for requirement in one.requirements)


def _reasons(
    one: Interaction,
    failed: int,
    rescuing: frozenset[str],
    can_serve: Callable[[Interaction], bool],
) -> Iterator[Reason]:
    if failed >= OFTEN:
        yield "often_declined"
    if one.queue in rescuing:
        yield "rescue_queue"
    if not one.offers and not can_serve(one):
        yield "nobody_can_serve"


def _keep(heap: list[tuple[int, Stranded]], one: Stranded) -> None:
    """Keep the oldest, so many at most."""
    entry = (-one.origin_ms, one)
    if len(heap) < TOLD_MAX:
        heapq.heappush(heap, entry)
    elif entry > heap[0]:
        heapq.heapreplace(heap, entry)
