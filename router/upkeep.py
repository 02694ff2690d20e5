"""Upkeep, off the hot path: notice that we were replaced even when idle, and trim the streams."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from router import limits
from router.errors import StoreUnavailable
from router.outage import Outage
from router.ports import Inbound, Journal
from router.state import State

__all__ = ("UPKEEP_S", "Upkeep", "retention_ms")

UPKEEP_S: Final = 2.0
WORK_TRIM_S: Final = 30.0


class Upkeep:
    """What is done every ``UPKEEP_S`` seconds, and the trimming of work streams, now and then.

    ``trimmed_bytes`` of records, ever, are not in the journal any more, as of the last look.
    """

    def __init__(
        self,
        journal: Journal,
        inbound: Inbound,
        outage: Outage,
        monotonic: Callable[[], float],
    ) -> None:
        self._journal = journal
        self._inbound = inbound
        self._outage = outage
        self._monotonic = monotonic
        self._trim_work_at_s = monotonic()
        self.trimmed_bytes = 0

    async def look(self) -> None:
        """See how much of the journal has been trimmed."""
        self.trimmed_bytes = await self._journal.trimmed_bytes()

    async def turn(self, position: str, now_ms: int, keep_ms: int) -> int | None:
        """One turn: about how many commands wait behind ``position``, or None if Redis fails us.

        Raises :class:`Fenced` or :class:`JournalGone` when we no longer lead.
        """
        try:
            await self._journal.check_lead()
            await self.look()
            waiting = await self._inbound.trim(position)
            if self._monotonic() >= self._trim_work_at_s:
                await self._journal.trim_work(now_ms, keep_ms)
                self._trim_work_at_s = self._monotonic() + WORK_TRIM_S
        except StoreUnavailable as error:
            # trimming may be refused alone: then the streams grow, and somebody must be told
            self._outage.failed("upkeep", error)
            return None
        self._outage.answered("upkeep")
        return waiting


def retention_ms(state: State) -> int:
    """How long work entries are kept: an hour, or twice the longest offer of the policy."""
    channels = state.policy.get("channels", {}).values()
    longest_s = max((channel["offer_ttl_s"] for channel in channels), default=0.0)
    return max(limits.WORK_RETENTION_MS, int(2_000 * longest_s))
