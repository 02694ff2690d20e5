"""How a process of tenants is: its event loop runs, and each of them is as it should be."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from adapters.tenants.standing import Standing

__all__ = ("TenantsHealth",)

BEAT_S: Final = 1.0
SILENT_S_MAX: Final = 30.0
"""A loop that has not come round for so long hangs. Nothing that it does takes a tenth of that."""


class TenantsHealth:
    """Of the tenants whose standings it is given; :meth:`beat` runs beside them."""

    def __init__(
        self,
        standings: Callable[[], Mapping[str, Standing]] = dict,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.standings = standings
        self._monotonic = monotonic
        self._beat_s = monotonic()

    async def beat(self) -> None:
        """Show for ever that the loop comes round."""
        while True:
            self._beat_s = self._monotonic()
            await asyncio.sleep(BEAT_S)

    def is_alive(self) -> bool:
        """Whether the loop has come round lately."""
        return self._monotonic() - self._beat_s < SILENT_S_MAX

    def is_ready(self) -> bool:
        """Whether there are tenants, and each is ready."""
        standings = list(self.standings().values())
        return self.is_alive() and bool(standings) and all(s.is_ready for s in standings)

    def details(self) -> Mapping[str, Any]:
        """Each tenant's standing."""
        return {name: standing.as_json() for name, standing in self.standings().items()}
