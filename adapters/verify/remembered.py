"""Ids that have ended, remembered within bounds: an id may come back once it is forgotten."""

from __future__ import annotations

from collections import OrderedDict

__all__ = ("Remembered",)


class Remembered:
    """The newest ended ids: at most ``kept_max``, none of ``kept_ms`` ago or earlier."""

    def __init__(self, kept_max: int, kept_ms: int | None = None) -> None:
        self._kept_max = kept_max
        self._kept_ms = kept_ms
        self._ended_ms: OrderedDict[str, int] = OrderedDict()

    def __contains__(self, ended_id: str) -> bool:
        return ended_id in self._ended_ms

    def add(self, ended_id: str, now_ms: int) -> None:
        """An id has ended."""
        self._ended_ms[ended_id] = now_ms
        self._ended_ms.move_to_end(ended_id)
        if len(self._ended_ms) > self._kept_max:
            self._ended_ms.popitem(last=False)

    def at_ms(self, ended_id: str) -> int | None:
        """The time that was given for an id, if it is remembered."""
        return self._ended_ms.get(ended_id)

    def forget(self, now_ms: int) -> None:
        """Let go of what ended too long ago."""
        while self._kept_ms is not None and self._ended_ms:
            oldest, ended_ms = next(iter(self._ended_ms.items()))
            if now_ms - ended_ms < self._kept_ms:
                return
            del self._ended_ms[oldest]
