"""Periods of recorded traffic, as forms have them: local times of whoever looks."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from starlette.requests import Request

from adapters.console.cookies import zone_of

__all__ = ("Period", "period_of", "usual_period")

DAY_MS: Final = 86_400_000
MINUTE_MS: Final = 60_000
FORM: Final = "%Y-%m-%dT%H:%M"


@dataclass(frozen=True, slots=True)
class Period:
    """From one moment to another (ms since 1970), in a zone."""

    from_ms: int
    to_ms: int
    zone: ZoneInfo

    def fields(self) -> dict[str, str]:
        """As inputs of type ``datetime-local`` have them."""
        return {"from": self._local(self.from_ms), "to": self._local(self.to_ms)}

    def _local(self, at_ms: int) -> str:
        return datetime.fromtimestamp(at_ms / 1_000, UTC).astimezone(self.zone).strftime(FORM)


def usual_period(request: Request) -> Period:
    """The last day, to the full minute: what has just begun has no earlier hours to offer."""
    now_ms = int(time.time() * 1_000)
    to_ms = now_ms - now_ms % MINUTE_MS
    return Period(to_ms - DAY_MS, to_ms, zone_of(request))


def period_of(request: Request, first: str, last: str) -> Period | tuple[str, str]:
    """The period of two fields; or the field that is wrong, and how."""
    zone = zone_of(request)
    moments = []
    for name, text in (("from", first), ("to", last)):
        at_ms = _moment_ms(text, zone)
        if at_ms is None:
            return name, "Give a day and a time."
        moments.append(at_ms)
    if moments[0] >= moments[1]:
        return "to", "It must be later than the beginning."
    return Period(moments[0], moments[1], zone)


def _moment_ms(text: str, zone: ZoneInfo) -> int | None:
    try:
        at = datetime.fromisoformat(text)
        at_ms = int((at if at.tzinfo else at.replace(tzinfo=zone)).timestamp() * 1_000)
    except (ValueError, OverflowError, OSError):
        return None
    return at_ms if at_ms >= 0 else None
