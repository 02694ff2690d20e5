"""Probes: entries that take the way of an interaction through the server, with nothing decided.

Generator, XADD, XREAD by the relay process, XADD, XREAD by the agents. What is left when a router's
time is compared with theirs is the router's own.
"""

from __future__ import annotations

from random import Random
from typing import Final, NamedTuple

from adapters.redis.keys import Keys
from benchmarks.surge.connection import xadd

__all__ = ("OFFER_BYTES", "ProbeKeys", "ProbeSchedule", "filled", "probe_keys", "probe_number")

DIGITS: Final = 8
OFFER_BYTES: Final = 420
"""A typical offer's payload; what comes back from the relay has as many."""

QUIET_GAP_NS: Final = 2_500_000
SPREAD: Final = 0.5
"""Gaps are drawn within this share around their mean: even ones would always meet the same beat."""

HUSH_NS: Final = 300_000_000
"""Before the opening no probe is sent, so that none is under way at the first arrival."""


class ProbeKeys(NamedTuple):
    """The streams to the relay and back; in the slot of the tenant's other keys."""

    there: str
    back: str


def probe_keys(tenant: str) -> ProbeKeys:
    """The streams of a tenant's probes."""
    prefix = Keys(tenant).prefix
    return ProbeKeys(prefix + "relay-there", prefix + "relay-back")


def filled(number: int, size: int) -> bytes:
    """A payload of ``size`` bytes that names the probe."""
    return (b"%08d" % number).ljust(size, b".")


def probe_number(payload: bytes) -> int:
    """Which probe a payload is of."""
    return int(payload[:DIGITS])


class ProbeSchedule:
    """When probes are due: close together while all is quiet, and now and then in between."""

    def __init__(self, key: str, size: int, seed: int = 1) -> None:
        self._head = xadd(key)
        self._size = max(DIGITS, size - len(self._head))
        self._random = Random(seed)  # noqa: S311  # traffic, not secrets
        self._number = 0
        self._opens_ns = self._gap_ns = 0
        self._is_over = False
        self.next_ns = 0

    def begin(self, now_ns: int, opens_ns: int, gap_ns: int | None) -> None:
        """Probe from now on; from the opening on ``gap_ns`` apart."""
        self._opens_ns, self._gap_ns = opens_ns, gap_ns or QUIET_GAP_NS
        self.next_ns = now_ns
        self._draw_next()

    def is_quiet_from(self, now_ns: int) -> None:
        """Nothing else is under way any more."""
        if not self._is_over:
            self._is_over = True
            self.next_ns = now_ns
            self._draw_next()

    def take(self) -> tuple[int, bool, int, bytes]:
        """The probe that is due: its number, whether all is quiet, its time, and its command."""
        due_ns, number, is_quiet = self.next_ns, self._number, self._is_quiet
        self._number += 1
        self._draw_next()
        payload = filled(number, self._size)
        return number, is_quiet, due_ns, b"%b%d\r\n%b\r\n" % (self._head, len(payload), payload)

    @property
    def _is_quiet(self) -> bool:
        return self._is_over or self.next_ns < self._opens_ns

    def _draw_next(self) -> None:
        mean_ns = QUIET_GAP_NS if self._is_quiet else self._gap_ns
        was_quiet = self._is_quiet
        self.next_ns += round(mean_ns * self._random.uniform(1 - SPREAD, 1 + SPREAD))
        if was_quiet and not self._is_over and self.next_ns >= self._opens_ns - HUSH_NS:
            first_gap_ns = round(self._gap_ns * self._random.random())
            self.next_ns = self._opens_ns + first_gap_ns
