"""The fold with constant work says what a recount of everything says, after random traffic."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest

from adapters.statistics.figures import By, figures_at
from adapters.statistics.statistics import Statistics
from adapters.statistics.windows import Windows
from router import commands as cm
from router.engine import Engine
from router.record import GENESIS, Record
from tests.adapters.statistics.recount import agents, recounted
from tests.audited import BEGIN_MS, arriving
from tests.policies import (
    CLASSIFYING_VARIANTS,
    OFFERING_VARIANTS,
    OVERFLOW_VARIANTS,
    POLICY,
    WORKFLOW_VARIANTS,
)
from tests.traffic import Traffic

ZONE, INTERVAL_S = "Europe/Berlin", 300
GROUPS = [by for by in get_args(By) if by != "agent"]
PATIENT: dict[str, Any] = POLICY | {
    "channels": {name: one | {"short_abandon_s": 5} for name, one in POLICY["channels"].items()}
}


def records(seed: int, batches: int, document: dict[str, Any]) -> Iterator[Record]:
    """What an engine makes of seeded traffic under a policy, with customers who give up."""
    traffic, engine = Traffic(seed), Engine()

    def handled(batch: list[Any]) -> Record:
        events = engine.handle(batch, traffic.now_ms)
        while engine.partial:
            events += engine.handle([], traffic.now_ms)
        traffic.answered(events)
        return Record(
            v=1, now_ms=traffic.now_ms, position="0-0", consumed=0, prev=GENESIS, events=events
        )

    dice = random.Random(seed)
    yield handled(traffic.opening())
    for number, batch in enumerate(traffic.batches(batches)):
        names = [f"interaction-{dice.randint(1, 8 + 5 * number)}" for _ in range(3)]
        extra: list[cm.Command] = [cm.Cancel(name) for name in names]
        if number % 4 == 0:
            extra.append(cm.ReplacePolicy(policy=document, reclassify=number % 8 == 0))
        yield handled([*batch, *(arriving("9-9", traffic.now_ms, one) for one in extra)])


DOCUMENTS = [
    PATIENT,
    *CLASSIFYING_VARIANTS.values(),
    *OVERFLOW_VARIANTS.values(),
    *WORKFLOW_VARIANTS.values(),
    *OFFERING_VARIANTS.values(),
]


@pytest.mark.parametrize("seed", range(len(DOCUMENTS)))
def test_the_fold_says_what_a_recount_says(seed: int) -> None:
    statistics = Statistics(Windows(ZoneInfo(ZONE), INTERVAL_S * 1_000))
    history = []
    for number, record in enumerate(records(seed, 40, DOCUMENTS[seed])):
        statistics.fold(record)
        history += [(record.now_ms, event) for event in record.events]
        if number % 20 == 19:
            compare(statistics, history, record.now_ms + 1_234 * (seed % 2))
    compare(statistics, history, record.now_ms + 400_000)
    compare(statistics, history, record.now_ms + 86_400_000)


def compare(statistics: Statistics, history: list[Any], now_ms: int) -> None:
    for by in GROUPS:
        found = figures_at(statistics, by, now_ms)
        expected = recounted(history, by, now_ms, ZONE, INTERVAL_S)
        assert found["total"] == expected["total"]
        assert found["agents"] == expected["agents"]
        rows = {row.pop(by): row for row in found["rows"]}
        staffed = {name: row.pop("agents", None) for name, row in rows.items()}
        counted = {name: row for name, row in rows.items() if name in expected["rows"]}
        assert counted == expected["rows"]
        if by == "skill":
            compare_staff(history, staffed, found)


def compare_staff(history: list[Any], staffed: dict[str, Any], found: dict[str, Any]) -> None:
    spans = {"interval": found["interval_from_ms"], "day": found["day_from_ms"]}
    for skill, staff in staffed.items():
        held = agents(history, found["as_of_ms"], spans, skill)
        assert staff == {name: held[name] for name in ("available", "occupancy")}


def test_everything_that_was_offered_is_somewhere() -> None:
    """All of one day: what is offered to a group leaves it in one way, or is open there."""
    statistics = Statistics(Windows(ZoneInfo("UTC"), 900_000))
    for record in records(3, 120, PATIENT):
        statistics.fold(record)
    ways = ("answered", "abandoned", "abandoned_short", "called_off", "diverted", "moved_out")
    assert statistics.now_ms - BEGIN_MS < 5 * 3_600_000
    for by in GROUPS:
        found = figures_at(statistics, by, statistics.now_ms)
        for row in (found["total"], *found["rows"]):
            left = row["day"]["offered"] - sum(row["day"][way] for way in ways)
            assert 0 <= left <= row["waiting"] + row["suspended"]


def test_an_agent_has_the_time_that_the_floor_has_together() -> None:
    statistics = Statistics(Windows(ZoneInfo("UTC"), 900_000))
    for record in records(5, 60, PATIENT):
        statistics.fold(record)
    found = figures_at(statistics, "agent", statistics.now_ms + 5_000)
    for window in ("interval", "day"):
        busy = sum(row[window]["busy_s"] for row in found["rows"])
        staffed = sum(row[window]["staffed_s"] for row in found["rows"])
        assert busy / staffed == pytest.approx(found["agents"]["occupancy"][window])
        issued = sum(row[window]["offers"]["issued"] for row in found["rows"])
        assert issued == found["total"][window]["offers"]["issued"]
    assert sum(row["in_hand"] for row in found["rows"]) == (
        found["total"]["with_agents"] + found["total"]["in_wrap_up"]
    )
