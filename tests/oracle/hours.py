"""Hours by the page (docs/overflow.md): what the clock on the wall shows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from router.policy import Hours


def is_open(hours: Hours, now_ms: int) -> bool:
    """Whether the clock on the wall shows a minute of this or of last night's ranges."""
    wall = datetime.fromtimestamp(now_ms / 1_000, UTC).astimezone(ZoneInfo(hours.zone))
    clock = wall.strftime("%H:%M")
    for begin, end in _ranges(hours, wall):
        if begin <= clock and (clock < end or end <= begin):
            return True
    return any(end <= begin and clock < end for begin, end in _ranges(hours, wall, days_ago=1))


def _ranges(hours: Hours, wall: datetime, days_ago: int = 0) -> list[tuple[str, str]]:
    day = wall.date() - timedelta(days=days_ago)
    if day.isoformat() in hours.holidays:
        return []
    by_name = {str(name): texts for name, texts in hours.week.items()}
    usual = by_name.get(day.strftime("%a").lower(), [])
    texts = hours.dates.get(day.isoformat(), usual)
    return [(text[:5], text[6:]) for text in texts]


def opens_ms(hours: Hours, at_ms: int) -> int:
    """The first moment from this one on at which they are open: now, or as a range begins."""
    if is_open(hours, at_ms):
        return at_ms
    wall = datetime.fromtimestamp(at_ms / 1_000, UTC).astimezone(ZoneInfo(hours.zone))
    found = []
    for days in range(60):
        for begin, _ in _ranges(hours, wall, days_ago=-days):
            day = (wall.date() + timedelta(days=days)).isoformat()
            local = datetime.fromisoformat(f"{day}T{begin}").replace(tzinfo=wall.tzinfo)
            found.append(round(local.timestamp()) * 1_000)
    return min(moment for moment in found if moment > at_ms)
