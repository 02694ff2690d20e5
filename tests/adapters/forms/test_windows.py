"""Windows of callbacks, on the clock of their zone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from adapters.forms.windows import CallbackSettings, WindowRefused, callback_terms

WINDOWS = CallbackSettings(windows=("09:00-11:00", "16:00-17:30"), zone="Europe/Berlin")


def at_ms(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1_000)


def test_it_waits_for_the_window_and_is_late_at_its_end() -> None:
    now_ms = at_ms("2026-11-23T12:00:00")
    begin_ms, end_ms = at_ms("2026-11-24T08:00:00"), at_ms("2026-11-24T10:00:00")
    assert callback_terms(WINDOWS, "2026-11-24", "09:00-11:00", now_ms) == {
        "target_s": 7_200.0,
        "attributes": {"callback_begin_ms": begin_ms, "callback_end_ms": end_ms},
        "suspension": {"until_ms": begin_ms, "reason": "asked for 2026-11-24 09:00-11:00"},
    }


def test_in_a_window_that_runs_it_waits_for_nothing() -> None:
    terms = callback_terms(WINDOWS, "2026-11-23", "16:00-17:30", at_ms("2026-11-23T16:00:00"))
    assert "suspension" not in terms
    assert terms["target_s"] == 1_800.0


def test_days_are_those_of_the_zone() -> None:
    # it is the next day in Berlin already
    late_ms = at_ms("2026-11-23T23:30:00")
    assert callback_terms(WINDOWS, "2026-11-24", "09:00-11:00", late_ms)["target_s"] == 7_200.0
    with pytest.raises(WindowRefused):
        callback_terms(WINDOWS, "2026-11-23", "09:00-11:00", late_ms)


def test_summer_time() -> None:
    summer = callback_terms(WINDOWS, "2026-03-29", "09:00-11:00", at_ms("2026-03-28T09:00:00"))
    assert summer["attributes"]["callback_begin_ms"] == at_ms("2026-03-29T07:00:00")


@pytest.mark.parametrize(
    ("day", "window", "why"),
    [
        ("2026-11-23", "10:00-12:00", "choose one of 09:00-11:00, 16:00-17:30"),
        ("2026-11-22", "09:00-11:00", "from today on"),
        ("2026-12-08", "09:00-11:00", "at most 14 days"),
        ("2026-11-23", "09:00-11:00", "is over"),
        ("tomorrow", "09:00-11:00", "write the day as"),
        ("", "09:00-11:00", "write the day as"),
    ],
)
def test_when_nobody_calls(day: str, window: str, why: str) -> None:
    with pytest.raises(WindowRefused, match=why):
        callback_terms(WINDOWS, day, window, at_ms("2026-11-23T12:00:00"))


@pytest.mark.parametrize(
    "told",
    [
        {"windows": ["11:00-09:00"]},
        {"windows": ["9-11"]},
        {"windows": []},
        {"windows": ["09:00-11:00"], "zone": "Mars"},
    ],
)
def test_settings_that_cannot_be(told: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        CallbackSettings.model_validate(told)
