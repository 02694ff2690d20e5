"""Ages: since when those have been there who wait in a queue, for the queues of which that is
asked."""

from __future__ import annotations

from collections.abc import Iterable

from queues.runs import SortedRuns

__all__ = ("Ages",)


class Ages:
    """Origins of what waits, by queue; other queues than these are passed over."""

    def __init__(self, queues: Iterable[str]) -> None:
        self._origins: dict[str, SortedRuns[int]] = {queue: SortedRuns() for queue in queues}

    def add(self, queue: str, origin_ms: int) -> None:
        """Somebody of this origin waits."""
        origins = self._origins.get(queue)
        if origins is not None:
            origins.add(origin_ms)

    def remove(self, queue: str, origin_ms: int) -> None:
        """Somebody of this origin waits no longer."""
        origins = self._origins.get(queue)
        if origins is not None:
            origins.remove(origin_ms)

    def oldest_ms(self, queue: str) -> int | None:
        """The oldest origin of a queue; None if nobody waits there."""
        return self._origins[queue].head()

    def dismantle(self, most: int) -> bool:
        """Let go of about so many, for a collection that nobody will ask again; whether there are
        more."""
        while most > 0 and self._origins:
            name = next(iter(self._origins))
            gone = self._origins[name].dismantle()
            most -= gone
            if not gone:
                del self._origins[name]
        return bool(self._origins)
