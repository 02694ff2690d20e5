"""What a simulation cannot go on after."""

from __future__ import annotations

from router.errors import CallerError

__all__ = ("SimulationError",)


class SimulationError(CallerError):
    """The engine refused what the scenario asks of it: the message says what, and why."""
