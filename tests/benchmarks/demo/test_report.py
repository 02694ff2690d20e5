from __future__ import annotations

import json
from typing import Any

import pytest

from benchmarks.demo.hour import Frame, Hour
from benchmarks.demo.policy import load_policy
from benchmarks.demo.report import ChannelFigures, Report, Verdict, make_report
from tests.benchmarks.demo.journals import (
    POLICY,
    about,
    about_offer,
    created,
    issued,
    opening,
    record,
)
from tests.benchmarks.virtual_floor import VirtualFloor

CLEAN = Verdict(clean=True, records=9, events=20, violations_total=0, violations=())
FRAME = Frame(opens_ms=0, closes_ms=400_000, surge_starts_ms=1, surge_ends_ms=2, speed=1.0)


def report_of(*records: Any, offered_ms: dict[str, int] | None = None) -> Report:
    hour = Hour(FRAME)
    for each in (record(0, *opening()), *records):
        hour.feed(each)
    hour.close()
    return make_report(
        hour, policy=POLICY, offered_ms=offered_ms or {}, verdict=CLEAN, settings={"seed": 7}
    )


def channel(report: Report, name: str) -> ChannelFigures:
    return next(figures for figures in report.channels if figures.channel == name)


def served(number: int, created_ms: int, wait_ms: int, **fields: Any) -> list[Any]:
    accepted_ms = created_ms + wait_ms
    return [
        record(created_ms, created(number, created_ms, **fields), issued(number)),
        record(accepted_ms, about_offer("offer_accepted", number)),
        record(accepted_ms, about("interaction_completed", number)),
        record(accepted_ms, about("interaction_wrapped_up", number)),
    ]


def gave_up(number: int, created_ms: int) -> list[Any]:
    cancelled = {"type": "interaction_cancelled", "interaction_id": f"i-{number}"}
    return [record(created_ms, created(number, created_ms)), record(created_ms + 1, cancelled)]


def test_every_arrival_is_in_one_place() -> None:
    report = report_of(
        *served(1, 1_000, 500),
        *gave_up(2, 2_000),
        record(3_000, created(3, 3_000)),
        record(4_000, created(4, 4_000), issued(4)),
        record(5_000, about_offer("offer_accepted", 4)),
    )
    voice = channel(report, "voice")
    assert (voice.arrived, voice.offered, voice.accepted) == (4, 2, 2)
    assert (voice.completed, voice.abandoned, voice.still_waiting, voice.with_agent) == (1,) * 4
    assert channel(report, "chat").arrived == 0
    assert report.total.arrived == 4
    assert report.adds_up
    assert report.passed


def test_within_target_counts_the_late_those_who_gave_up_and_those_past_the_target() -> None:
    report = report_of(
        *served(1, 1_000, 20_000),
        *served(2, 30_000, 20_001),
        *gave_up(3, 60_000),
        record(70_000, created(4, 70_000)),
        record(390_000, created(5, 390_000)),
    )
    assert channel(report, "voice").within_target == pytest.approx(1 / 4)


def test_a_queue_may_have_a_target_of_its_own() -> None:
    report = report_of(*served(1, 1_000, 15_000, queue="urgent"), *served(2, 40_000, 15_000))
    assert channel(report, "voice").within_target == pytest.approx(1 / 2)
    assert channel(report, "voice").target_s == (10.0, 20.0)
    assert channel(report, "chat").target_s == (60.0, 60.0)
    assert report.total.target_s is None


def test_waits_run_from_arrival_to_accept() -> None:
    report = report_of(*served(1, 1_000, 4_000), *served(2, 10_000, 8_000))
    wait = report.total.wait_s
    assert (wait.count, wait.p50, wait.highest) == (2, 4.0, 8.0)


def test_reaching_the_preferred_agent() -> None:
    report = report_of(
        *served(1, 1_000, 1, preferred=[["ada", 600_000]]),
        *served(2, 2_000, 1, preferred=[["ben", 600_000]]),
        *served(3, 3_000, 1),
    )
    assert (report.offers.preferred_reached, report.offers.preferred_known) == (1, 2)
    assert report.offers.skill_fit == pytest.approx(0.8)


def test_offers_by_what_became_of_them() -> None:
    report = report_of(
        record(1_000, created(1, 1_000), issued(1)),
        record(2_000, about_offer("offer_declined", 1)),
        record(3_000, issued(1, offer="o-2")),
        record(4_000, about_offer("offer_expired", 1, offer="o-2")),
        record(5_000, issued(1, offer="o-3")),
    )
    offers = report.offers
    assert (offers.issued, offers.declined, offers.expired, offers.open) == (3, 1, 1, 1)


def test_matching_latency_is_that_of_those_who_found_an_agent_free() -> None:
    late = [record(50_000, created(2, 40_000)), record(60_000, issued(2))]
    report = report_of(
        *served(1, 1_000, 500), *late, offered_ms={"o-1": 1_003, "o-2": 60_001, "o-9": 1}
    )
    assert (report.matching_ms.count, report.matching_ms.p50) == (1, 3.0)


def test_a_violation_or_a_wrong_sum_fails() -> None:
    report = report_of(*served(1, 1_000, 500))
    bad = Verdict(clean=False, records=1, events=1, violations_total=1, violations=("x",))
    hour = Hour(FRAME)
    hour.close()
    failed = make_report(hour, policy=POLICY, offered_ms={}, verdict=bad, settings={})
    assert report.passed
    assert not failed.passed
    assert json.loads(json.dumps(failed.to_dict()))["verdict"]["violations"] == ["x"]


def test_the_demo_hour_is_the_story_that_the_demo_tells(
    hour: tuple[Hour, VirtualFloor],
) -> None:
    played, floor = hour
    report = make_report(
        played, policy=load_policy(), offered_ms=floor.written_ms, verdict=CLEAN, settings={}
    )
    assert report.adds_up
    assert all(figures.arrived and figures.completed for figures in report.channels)
    before, surge, after = report.phases
    assert before.within_target is not None
    assert surge.within_target is not None
    assert after.within_target is not None
    assert before.within_target > 0.9 > 0.7 > surge.within_target
    assert after.within_target > surge.within_target
    assert surge.longest_queue > before.longest_queue
    assert report.occupancy.mean is not None
    assert 0.7 < report.occupancy.mean < 0.95
    assert report.total.abandoned > 0
    assert report.offers.preferred_reached > 0.2 * report.offers.preferred_known
    assert len(report.decisions) == 3
    assert json.loads(json.dumps(report.to_dict()))["adds_up"] is True
