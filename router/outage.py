"""The outage: which parts of the service Redis fails, from the first failure to the last answer."""

from __future__ import annotations

from typing import Final, Literal, Protocol, TypeAlias

__all__ = ("Outage", "Part")

Part: TypeAlias = Literal["reading", "writing", "upkeep"]
"""One may be served while another is not: a full server is read from, and takes nothing."""


class _Listener(Protocol):
    def store_error(self, error: Exception, attempt: int) -> None: ...

    def store_recovered(self, attempts: int) -> None: ...


class Outage:
    """Tells a listener of every failure, and of the end once no part fails any more."""

    def __init__(self, listener: _Listener) -> None:
        self._listener: Final = listener
        self._failing: set[Part] = set()
        self._attempts = 0

    def failed(self, part: Part, error: Exception) -> None:
        """A call was refused, or not answered."""
        self._failing.add(part)
        self._attempts += 1
        self._listener.store_error(error, self._attempts)

    def answered(self, part: Part) -> None:
        """A call was answered as it should be."""
        if part not in self._failing:
            return
        self._failing.discard(part)
        if not self._failing:
            attempts, self._attempts = self._attempts, 0
            self._listener.store_recovered(attempts)
