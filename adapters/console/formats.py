"""How figures are written: durations, shares, counts and times, so that columns of them align."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from math import floor
from typing import Any, Final
from zoneinfo import ZoneInfo

from jinja2 import pass_context
from jinja2.runtime import Context

from adapters.console.addresses import part

__all__ = ("FILTERS", "NOTHING", "clock", "count", "day_and_clock", "duration", "percent", "words")

NOTHING: Final = "–"
ROUNDING: Final = 1e-9
"""0.57 in percent is 56.99999999999999."""

SIGNS: Final = {">=": "≥", "<=": "≤", "!=": "≠", "range": "from"}
MINUTE_MS: Final = 60_000
HOUR_MS: Final = 3_600_000
DAY_MS: Final = 86_400_000


def duration(ms: int | None) -> str:
    """A length of time: 0:42, 12:05, 1:02:09, 3 d 4 h."""
    if ms is None:
        return NOTHING
    sign, ms = ("−", -ms) if ms < 0 else ("", ms)
    if ms >= DAY_MS:
        return f"{sign}{ms // DAY_MS} d {ms % DAY_MS // HOUR_MS} h"
    minutes, seconds = ms % HOUR_MS // MINUTE_MS, ms % MINUTE_MS // 1_000
    if ms >= HOUR_MS:
        return f"{sign}{ms // HOUR_MS}:{minutes:02}:{seconds:02}"
    return f"{sign}{minutes}:{seconds:02}"


def percent(share: float | None, digits: int = 0) -> str:
    """A share of 1 in percent, never more than it is: what just misses a goal has missed it. Only
    nothing at all is 0 %."""
    if share is None:
        return NOTHING
    scale = 10**digits
    told = floor(share * 100 * scale + ROUNDING) / scale
    if told == 0 < share:
        told = 1 / scale
    return f"{told:.{digits}f} %"


def count(number: float | None, digits: int = 0) -> str:
    """A number with its thousands apart."""
    return NOTHING if number is None else f"{number:,.{digits}f}".replace(",", " ")


def clock(ms: int, zone: ZoneInfo) -> str:
    """A time of the day, to the second."""
    return _at(ms, zone).strftime("%H:%M:%S")


def day_and_clock(ms: int, zone: ZoneInfo) -> str:
    """A day and a time: 23 Nov 04:50:12."""
    at = _at(ms, zone)
    return f"{at.day} {at.strftime('%b %H:%M:%S')}"


def words(name: str) -> str:
    """A name of the protocol as people read it."""
    return name.replace("_", " ")


def pretty(value: Any) -> str:
    """A document as text, one field a line."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


def requirement(asked: Mapping[str, Any]) -> str:
    """What an interaction asks for, in a line: spanish ≥ 2, moving ≥ 4 (soft)."""
    if "skill" not in asked:
        return str(asked.get("expression") or json.dumps(asked, ensure_ascii=False, default=str))
    sign = SIGNS.get(str(asked.get("op", ">=")), str(asked.get("op")))
    told = f"{asked['skill']} {sign} {asked.get('level', 1)}"
    if asked.get("level_max"):
        told += f" to {asked['level_max']}"
    return told if asked.get("hard", True) else f"{told} (soft)"


def plain(value: object) -> str:
    """A value of an attribute, as people write it."""
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def as_option(name: str) -> tuple[str, str]:
    """A value and its words, for a list to choose from."""
    return name, words(name)


def _at(ms: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(ms / 1_000, UTC).astimezone(zone)


@pass_context
def _clock(context: Context, ms: int) -> str:
    return clock(ms, context["zone"]) if ms else NOTHING


@pass_context
def _day_and_clock(context: Context, ms: int) -> str:
    return day_and_clock(ms, context["zone"]) if ms else NOTHING


@pass_context
def _since(context: Context, ms: int) -> str:
    """How long ago a time is, by the page's own."""
    return duration(max(0, context["now_ms"] - ms)) if ms else NOTHING


def _iso(ms: int) -> str:
    return _at(ms, ZoneInfo("UTC")).strftime("%Y-%m-%dT%H:%M:%SZ")


FILTERS: Final[Mapping[str, Callable[..., Any]]] = {
    "duration": duration,
    "percent": percent,
    "count": count,
    "clock": _clock,
    "day_and_clock": _day_and_clock,
    "since": _since,
    "iso": _iso,
    "words": words,
    "pretty": pretty,
    "as_option": as_option,
    "part": part,
    "plain": plain,
    "requirement": requirement,
}
"""For templates; times are told in the zone of whoever looks."""
