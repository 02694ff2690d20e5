"""Times in the formats of real exports."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from adapters.send.times import detect_time_format, named_time_format

EXPECTED_MS = round(datetime(2024, 3, 25, 14, 7, tzinfo=UTC).timestamp() * 1_000)


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-25T14:07:00",
        "2024-03-25 14:07",
        "2024-03-25T14:07:00.000Z",
        "2024-03-25T15:07:00+01:00",
        "2024-03-25 14:07:00 UTC",
        "03/25/2024 02:07:00 PM",
        "3/25/2024 2:07 PM",
        "25/03/2024 14:07",
        "25.03.2024 14:07",
        "25.03.24 14:07",
        "25.03.2024, 14:07:00",
        "2024/03/25 14:07",
        "25-Mar-2024 14:07",
        "25 Mar 2024 14:07",
        "Mar 25, 2024 2:07 PM",
        "March 25, 2024 14:07",
        "20240325 1407",
        "20240325_140700",
        "1711375620",
        "1711375620.0",
        "1711375620000",
    ],
)
def test_formats_are_found_and_read(text: str) -> None:
    found = detect_time_format([text, "", text])
    assert found is not None
    assert found.parse_ms(f" {text} ") == EXPECTED_MS


def test_a_sample_settles_day_and_month() -> None:
    found = detect_time_format(["01/02/2024 10:00", "13/02/2024 10:00"])
    assert found is not None
    assert not found.note
    assert found.parse_ms("01/02/2024 10:00") == found.parse_ms("1/2/2024 10:00")
    assert datetime.fromtimestamp(found.parse_ms("01/02/2024 10:00") / 1_000, UTC).month == 2


def test_an_unsettled_sample_says_so() -> None:
    found = detect_time_format(["01/02/2024 10:00"])
    assert found is not None
    assert "month first" in found.note


def test_times_of_several_lengths_in_one_column() -> None:
    found = detect_time_format(["1/2/2024 9:05 AM", "1/13/2024 9:05:30 AM", "1/14/2024"])
    assert found is not None
    assert found.parse_ms("1/13/2024 9:05:30 AM") > found.parse_ms("1/2/2024 9:05 AM")
    assert found.parse_ms("1/14/2024") > found.parse_ms("1/13/2024 9:05:30 AM")


def test_a_zone_is_applied_to_times_without_one() -> None:
    found = detect_time_format(["2024-03-25 14:07"], ZoneInfo("UTC"))
    moved = detect_time_format(["2024-03-25 14:07"], datetime.now(UTC).astimezone().tzinfo or UTC)
    assert found is not None
    assert moved is not None
    assert found.parse_ms("2024-03-25T14:07:00Z") == EXPECTED_MS
    assert moved.parse_ms("2024-03-25T14:07:00Z") == EXPECTED_MS


@pytest.mark.parametrize(
    "sample",
    [
        [],
        ["", " "],
        ["hello"],
        ["12345"],
        ["2125551234"],
        ["10001", "10002"],
        ["A-1", "2024-01-01"],
    ],
)
def test_what_is_no_column_of_times(sample: list[str]) -> None:
    assert detect_time_format(sample) is None


def test_a_cell_that_does_not_fit_is_told() -> None:
    found = named_time_format("%d.%m.%Y", UTC)
    with pytest.raises(ValueError, match=r"'31\.02\.2024' is not a time like"):
        found.parse_ms("31.02.2024")


def test_format_names() -> None:
    assert named_time_format("epoch_s", UTC).parse_ms("1711375620") == EXPECTED_MS
    with pytest.raises(ValueError, match="write iso, epoch_s"):
        named_time_format("dd.mm.yyyy", UTC)
