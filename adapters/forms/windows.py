"""Windows in which somebody wants to be called back, on the clock of a zone."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from router.errors import CallerError

__all__ = ("CallbackSettings", "WindowRefused", "callback_terms")

_RANGE: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")
LEAST_S: Final = 60.0
"""A window that ends sooner is over."""


class WindowRefused(CallerError):
    """A time at which nobody will call."""


def _range(text: str) -> str:
    matched = _RANGE.fullmatch(text)
    if matched is None or text[:5] >= text[6:]:
        raise ValueError("write 09:00-11:00, of one day")
    return text


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError("there is no such time zone: write Europe/Berlin or UTC") from None
    return name


class CallbackSettings(BaseModel):
    """The windows of a day that may be chosen, so many days ahead."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    windows: Annotated[
        tuple[Annotated[str, AfterValidator(_range)], ...], Field(min_length=1, max_length=48)
    ]
    zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    days_max: Annotated[int, Field(ge=0, le=365)] = 14


def callback_terms(told: CallbackSettings, day: str, window: str, now_ms: int) -> dict[str, Any]:
    """The fields of an interaction that waits until the window begins, and whose target is its
    length: at the end of the window it is late. Raises :class:`WindowRefused`."""
    if window not in told.windows:
        raise WindowRefused(f"choose one of {', '.join(told.windows)}")
    chosen, zone = _day(day), ZoneInfo(told.zone)
    now = datetime.fromtimestamp(now_ms / 1_000, UTC).astimezone(zone)
    if not now.date() <= chosen <= now.date() + timedelta(days=told.days_max):
        raise WindowRefused(f"choose a day from today on, at most {told.days_max} days ahead")
    begin_ms, end_ms = (_at_ms(chosen, text, zone) for text in window.split("-"))
    left_s = (end_ms - max(begin_ms, now_ms)) / 1_000
    if left_s < LEAST_S:
        raise WindowRefused("this window is over")
    attributes = {"callback_begin_ms": begin_ms, "callback_end_ms": end_ms}
    terms: dict[str, Any] = {"target_s": left_s, "attributes": attributes}
    if begin_ms > now_ms:
        terms["suspension"] = {"until_ms": begin_ms, "reason": f"asked for {day} {window}"}
    return terms


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise WindowRefused("write the day as 2026-12-24") from None


def _at_ms(day: date, text: str, zone: ZoneInfo) -> int:
    at = datetime.combine(day, time.fromisoformat(text), zone)
    return round(at.timestamp() * 1_000)
