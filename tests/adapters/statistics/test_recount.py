"""The fold with constant work says what a recount of everything says, after random traffic."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from adapters.statistics.figures import figures_at
from adapters.statistics.statistics import Statistics
from adapters.statistics.windows import Windows
from tests.adapters.statistics.histories import DOCUMENTS, PATIENT, records
from tests.adapters.statistics.recount import GROUPINGS, THRESHOLDS_S, TOTAL, Recount, begun
from tests.adapters.statistics.recounted_floor import Within, agents
from tests.audited import BEGIN_MS
from tests.hypothesis_profiles import at_depth

ZONE, INTERVAL_S = "Europe/Berlin", 300


@pytest.mark.parametrize("seed", range(len(DOCUMENTS)))
def test_the_fold_says_what_a_recount_says(seed: int) -> None:
    windows = Windows(ZoneInfo(ZONE), INTERVAL_S * 1_000)
    statistics = Statistics(windows, GROUPINGS)
    history = []
    for number, record in enumerate(records(seed, at_depth(20, 40), DOCUMENTS[seed])):
        statistics.fold(record)
        history += [(record.now_ms, event) for event in record.events]
        if number % 12 == 11:
            compare(statistics, windows, history, record.now_ms + 1_234 * (seed % 2))
    compare(statistics, windows, history, record.now_ms + 400_000)
    compare(statistics, windows, history, record.now_ms + 86_400_000)


def compare(statistics: Statistics, windows: Windows, history: list[Any], now_ms: int) -> None:
    day_ms, interval_ms = begun(now_ms, ZONE, INTERVAL_S)
    spans = {"interval": Within(interval_ms), "day": Within(day_ms)}
    recount = Recount(history, now_ms, spans, THRESHOLDS_S)
    total, floor = recount.group(TOTAL), agents(history, now_ms, spans)
    for by in GROUPINGS:
        found = figures_at(statistics, windows, by, now_ms)
        assert found["total"] == total
        assert found["agents"] == floor
        rows = {tuple(row.pop(name) for name in by): row for row in found["rows"]}
        staffed = {key: row.pop("agents", None) for key, row in rows.items()}
        expected = recount.rows(by)
        assert {key: row for key, row in rows.items() if key in expected} == expected
        if by == ("skill",):
            compare_staff(history, staffed, found)


def compare_staff(history: list[Any], staffed: dict[Any, Any], found: dict[str, Any]) -> None:
    spans = {"interval": Within(found["interval_from_ms"]), "day": Within(found["day_from_ms"])}
    for (skill,), staff in staffed.items():
        held = agents(history, found["as_of_ms"], spans, skill)
        assert staff == {name: held[name] for name in ("available", "interval", "day")}


def test_everything_that_was_offered_is_somewhere() -> None:
    """All of one day: what is offered to a group leaves it in one way, or is open there."""
    windows = Windows(ZoneInfo("UTC"), 900_000)
    statistics = Statistics(windows, GROUPINGS)
    for record in records(3, 120, PATIENT):
        statistics.fold(record)
    ways = ("answered", "abandoned", "abandoned_short", "called_off", "diverted", "moved_out")
    assert statistics.now_ms - BEGIN_MS < 5 * 3_600_000
    for by in GROUPINGS:
        found = figures_at(statistics, windows, by, statistics.now_ms)
        for row in (found["total"], *found["rows"]):
            left = row["day"]["offered"] - sum(row["day"][way] for way in ways)
            assert 0 <= left <= row["waiting"] + row["suspended"]


def test_an_agent_has_the_time_that_the_floor_has_together() -> None:
    windows = Windows(ZoneInfo("UTC"), 900_000)
    statistics = Statistics(windows, GROUPINGS)
    for record in records(5, 60, PATIENT):
        statistics.fold(record)
    found = figures_at(statistics, windows, ("agent",), statistics.now_ms + 5_000)
    for window in ("interval", "day"):
        for spent in ("busy_s", "staffed_s"):
            together = sum(row[window][spent] for row in found["rows"])
            assert together == pytest.approx(found["agents"][window][spent])
        for name in ("handled", "completed", "requeued"):
            done = sum(row[window][name] for row in found["rows"])
            assert done == found["total"][window][name]
        issued = sum(row[window]["offers"]["issued"] for row in found["rows"])
        assert issued == found["total"][window]["offers"]["issued"]
    assert sum(row["in_hand"] for row in found["rows"]) == (
        found["total"]["with_agents"] + found["total"]["in_wrap_up"]
    )
