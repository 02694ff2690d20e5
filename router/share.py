"""The share of one tenant in a process' time: how much may be decided before others get a turn."""

from __future__ import annotations

from typing import Final, Protocol

from router import limits

__all__ = ("WHOLE", "Share")


class Share(Protocol):
    """Asked before a batch is taken up, and told of it afterwards."""

    def commands_max(self) -> int:
        """How many commands the next batch may hold, at most ``limits.BATCH_COMMANDS_MAX``."""
        ...

    def took(self, commands: int, took_s: float) -> None:
        """So many commands were decided, in so many seconds without a pause."""
        ...


class _Whole:
    """The share of a tenant that has the process to itself."""

    def commands_max(self) -> int:
        return limits.BATCH_COMMANDS_MAX

    def took(self, commands: int, took_s: float) -> None:
        pass


WHOLE: Final[Share] = _Whole()
"""The whole process: no batch is cut for others."""
