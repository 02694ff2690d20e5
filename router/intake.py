"""Intake: whether new interactions are taken, by how full the journal is and how much waits.

Closing it spares everything else: a create is refused in a small part of the time that taking it
would need, so that answers, completions and withdrawals behind it do not wait for long.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from router import limits
from router.commands import SetIntake
from router.state import State

__all__ = ("DEFAULT_LIMITS", "Intake", "IntakeLimits")

JOURNAL_FULL: Final = "journal is full"
MANY_WAIT: Final = "too many commands wait"
WAIT_LONG: Final = "commands wait for too long"

JOURNAL_OPENS_PPM: Final = 900_000
BACKLOG_OPENS_PPM: Final = 500_000
"""Intake opens again below this share of a limit, so that it does not flutter."""

LATE_SAMPLES: Final = 3
"""So often in a row must commands be found to wait for too long: a router that has just started, or
has Redis back, soon catches up with what came meanwhile, and refuses none of it."""

OVERLOADED_RETRY_MS: Final = 5_000
"""When to try again: somewhat more than it takes to see that a backlog is gone."""


class IntakeLimits(NamedTuple):
    """Past any of these, new interactions are refused."""

    journal_bytes: int = limits.JOURNAL_BYTES_MAX
    inbound_entries: int = limits.INBOUND_ENTRIES_MAX
    inbound_age_ms: int = limits.INBOUND_AGE_MS_MAX


DEFAULT_LIMITS: Final = IntakeLimits()


class _Ground(NamedTuple):
    """Something for which intake is closed: a reason begins with ``what``."""

    what: str
    unit: str
    most: int
    opens_ppm: int
    code: str = "overloaded"
    retry_after_ms: int = OVERLOADED_RETRY_MS

    def holds(self, value: int, state: State) -> bool:
        """Whether intake is to be closed for it, or to stay so."""
        if value >= self.most:
            return True
        return self.closed(state) and value * 1_000_000 >= self.most * self.opens_ppm

    def closed(self, state: State) -> bool:
        """Whether intake is closed for it now."""
        return not state.intake_open and state.intake_reason.startswith(self.what)

    def closing(self, value: int) -> SetIntake:
        """The command that closes intake for it."""
        return SetIntake(
            open=False,
            reason=f"{self.what}: {value} of {self.most} {self.unit}",
            code=self.code,
            retry_after_ms=self.retry_after_ms,
        )


class Intake:
    """Compares what is measured with the limits. What is in force stands in the engine's state, so
    that another router goes on from it."""

    def __init__(self, most: IntakeLimits) -> None:
        full = _Ground(
            JOURNAL_FULL, "bytes", most.journal_bytes, JOURNAL_OPENS_PPM, "intake_closed", 0
        )
        many = _Ground(MANY_WAIT, "commands", most.inbound_entries, BACKLOG_OPENS_PPM)
        late = _Ground(WAIT_LONG, "ms", most.inbound_age_ms, BACKLOG_OPENS_PPM)
        # the gravest first: the first that holds is the one that is told
        self._grounds = (full, many, late)
        self._age_ms_max = most.inbound_age_ms
        self._entries = 0
        self._age_ms = 0
        self._late_samples = 0
        self._position = ""

    def sample(self, position: str, entries: int, age_ms: int) -> None:
        """So many commands wait behind ``position``, the oldest of them for so long."""
        # a router that stands still is kept from its work by Redis, not by too much of it
        is_late = age_ms >= self._age_ms_max and position != self._position
        self._late_samples = self._late_samples + 1 if is_late else 0
        is_sure = self._late_samples >= LATE_SAMPLES
        self._age_ms = age_ms if is_sure else min(age_ms, self._age_ms_max - 1)
        self._entries = entries
        self._position = position

    def change(self, state: State, journal_bytes: int) -> SetIntake | None:
        """The command that fits intake to what is measured, if one is needed."""
        measured = (journal_bytes, self._entries, self._age_ms)
        for ground, value in zip(self._grounds, measured, strict=True):
            if ground.holds(value, state):
                return None if ground.closed(state) else ground.closing(value)
        if any(ground.closed(state) for ground in self._grounds):
            return SetIntake(open=True)
        return None
