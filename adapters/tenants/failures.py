"""What is done about a tenant whose router has ended with an error, while others go on.

A router that has a process to itself ends it, and whatever runs the process starts it again or
calls a person. Here the tenant alone is started again, or left for a person to look at.
"""

from __future__ import annotations

from typing import Final

from router.errors import CorruptJournal, Fenced, JournalGone, PolicyError, RecordsLost

__all__ = ("AGAIN_MAX", "pause_s", "remedy_of_failure", "wants_a_person")

AGAIN_MAX: Final = 8
"""So often in a row is a tenant tried again that fails by a fault of ours before it leads. Redis'
faults, and another router's lead, are waited out for as long as they last."""

PAUSE_FIRST_S: Final = 1.0
PAUSE_S_MAX: Final = 60.0

_FOR_PERSONS: Final = (JournalGone, RecordsLost, CorruptJournal, PolicyError)


def wants_a_person(error: BaseException) -> bool:
    """Whether trying again would only hide what has happened to the journal, or to its server."""
    return isinstance(error, _FOR_PERSONS)


def pause_s(failures: int) -> float:
    """How long to wait after so many failures in a row."""
    return min(PAUSE_S_MAX, PAUSE_FIRST_S * 2.0 ** min(failures - 1, 10))


def remedy_of_failure(error: BaseException, *, again: bool) -> str:
    """What happens now, and what a person can do."""
    if isinstance(error, Fenced):
        return "it follows the router that leads now"
    if again:
        return "it is tried again"
    return "the other tenants go on; see to it, then send SIGHUP, and it is started again"
