"""Periods as forms have them: in the time of whoever looks."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.requests import Request

from adapters.console.periods import DAY_MS, Period, period_of, usual_period


def request(zone: str) -> Request:
    scope: dict[str, Any] = {
        "type": "http",
        "headers": [(b"cookie", f"zone={zone}".encode())],
    }
    return Request(scope)


def test_local_times_are_meant() -> None:
    berlin = period_of(request("Europe/Berlin"), "2026-03-02T08:00", "2026-03-02T09:30")
    assert isinstance(berlin, Period)
    assert berlin.to_ms - berlin.from_ms == 5_400_000
    utc = period_of(request("UTC"), "2026-03-02T07:00", "2026-03-02T08:30")
    assert isinstance(utc, Period)
    assert (utc.from_ms, utc.to_ms) == (berlin.from_ms, berlin.to_ms)
    assert berlin.fields() == {"from": "2026-03-02T08:00", "to": "2026-03-02T09:30"}


def test_usually_it_is_the_last_day() -> None:
    period = usual_period(request("Europe/Berlin"))
    assert period.to_ms - period.from_ms == DAY_MS
    again = period_of(request("Europe/Berlin"), *period.fields().values())
    assert isinstance(again, Period)


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        ("", "2026-03-02T08:00", "from"),
        ("2026-03-02T08:00", "tomorrow", "to"),
        ("2026-03-02T08:00", "2026-03-02T08:00", "to"),
        ("0001-01-01T00:00", "2026-03-02T08:00", "from"),
    ],
)
def test_what_cannot_be_meant_is_told_at_its_field(first: str, last: str, field: str) -> None:
    found = period_of(request("Asia/Tokyo"), first, last)
    assert not isinstance(found, Period)
    assert found[0] == field
