"""The ground on which policies are tried: what plays one replication under a policy.

Everything is told as a sum of parts over a sum of wholes for each figure, so that replications can
be put together and two policies compared replication by replication, on the same contacts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Protocol

from adapters.tuning.figures import Figure
from benchmarks.scenario.elements import Floats
from router.errors import CallerError

__all__ = ("PART", "WHOLE", "Ground", "GroundError")

PART: Final = 0
WHOLE: Final = 1


class GroundError(CallerError):
    """An objective that this traffic says nothing about: the message says which figure."""


class Ground(Protocol):
    """Traffic, people and time; it goes to other processes, so it must pickle."""

    @property
    def about(self) -> dict[str, Any]:
        """What it is, for a report: ``kind`` and ``name`` at least."""

    @property
    def policy(self) -> dict[str, Any]:
        """The policy with which the search begins: a whole, valid document."""

    def check(self, figures: Sequence[Figure]) -> None:
        """Raise :class:`GroundError` for a figure that cannot be told here."""

    def play(self, policy: dict[str, Any], replication: int, figures: Sequence[Figure]) -> Floats:
        """One replication under a policy: by figure, its part and its whole. Replications of the
        same number meet the same contacts, whatever the policy."""
