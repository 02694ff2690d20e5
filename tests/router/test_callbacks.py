"""Callbacks in plain words, on the whole engine; the oracle looks on at every batch."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from router import commands as cm
from router import events as ev
from router.errors import PolicyError
from router.hours import OpeningHours
from router.outbox import work_entries
from router.policy import Hours, parse_policy
from tests.adapters.explain.written import Written, create, login
from tests.adapters.verify.test_engine_runs import check
from tests.audited import BEGIN_MS, AuditedEngine, only
from tests.hypothesis_profiles import at_depth
from tests.policies import CALLBACK_VARIANTS, changed
from tests.traffic import played_under

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")
DAY = {"zone": "UTC", "week": {day: ["09:00-17:00"] for day in WEEKDAYS}}


def callback(hours: dict[str, Any] | None = None, **terms: Any) -> dict[str, Any]:
    named = {"calling": hours} if hours else {}
    terms |= {"calling_hours": "calling"} if hours else {}
    return changed(channels={"chat": {"callback": terms}}, hours=named)


def at_ms(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1_000)


def refused(events: list[ev.Event]) -> tuple[str, str]:
    event = only(ev.Rejected, events)
    return event.code, event.field


def with_ann(document: dict[str, Any]) -> AuditedEngine:
    """Ann has a callback in hand."""
    engine = AuditedEngine(document)
    engine.send(cm.AgentLogin("ann", "desk"))
    offer = only(ev.OfferIssued, engine.send(cm.Create("i", "chat")))
    engine.send(cm.Accept(offer.offer_id, "ann"))
    return engine


def at_the_dialler(document: dict[str, Any]) -> AuditedEngine:
    """The dialler has been told that a callback is due."""
    engine = AuditedEngine(document)
    aside = cm.Suspension(until_ms=BEGIN_MS, inbox="dialler")
    engine.send(cm.AgentLogin("ann", "desk"), cm.Create("i", "chat", suspension=aside))
    engine.wait(1)
    return engine


@pytest.mark.parametrize("name", CALLBACK_VARIANTS)
@pytest.mark.parametrize("seed", range(2))
def test_random_traffic_is_tried_again(name: str, seed: int) -> None:
    events = played_under(CALLBACK_VARIANTS[name], seed, at_depth(40, 60), one_policy=True)
    assert any(isinstance(event, ev.AttemptFailed) for event in events)
    given_up = any(isinstance(event, ev.InteractionDiverted) and event.attempts for event in events)
    assert given_up or name != "callbacks at once"


def test_an_agent_who_reaches_nobody_is_free_and_it_comes_back() -> None:
    engine = with_ann(callback(retry_after_s=60))
    events = engine.send(cm.Retry("i", "ann", reason="no_answer"))
    failed = only(ev.AttemptFailed, events)
    assert (failed.attempt, failed.agent_id, failed.reason) == (1, "ann", "no_answer")
    assert only(ev.InteractionSuspended, events).until_ms == engine.now_ms + 60_000
    assert not engine.engine.state.agents["ann"].held
    assert only(ev.OfferIssued, engine.wait(60_000)).agent_id == "ann"


def test_the_dialler_is_told_again() -> None:
    engine = at_the_dialler(callback(retry_after_s=60))
    events = engine.send(cm.Retry("i", inbox="dialler", reason="busy"))
    assert only(ev.AttemptFailed, events).agent_id == ""
    assert only(ev.InteractionDue, engine.wait(60_000)).inbox == "dialler"
    assert only(ev.OfferIssued, engine.send(cm.Resume("i"))).agent_id == "ann"


def test_after_the_last_attempt_the_platform_is_told() -> None:
    engine = at_the_dialler(callback(attempts_max=2, divert="give-up", inbox="campaign"))
    engine.send(cm.Retry("i", inbox="dialler"))
    engine.wait(900_000)
    events = engine.send(cm.Retry("i", inbox="dialler"))
    assert only(ev.AttemptFailed, events).attempt == 2
    (entry,) = work_entries(events, engine.engine.state, {})
    told = msgspec.msgpack.decode(entry.payload)
    assert (entry.inbox, told["type"], told["target"]) == ("campaign", "diverted", "give-up")
    assert (told["rule"], told["attempts"]) == ("attempts_max", 2)
    assert not engine.engine.state.attempts
    assert refused(engine.send(cm.Retry("i")))[0] == "finished"


def test_after_an_agent_s_last_attempt_too() -> None:
    engine = with_ann(callback(attempts_max=1))
    events = engine.send(cm.Retry("i", "ann"))
    assert only(ev.InteractionRequeued, events).agent_id == "ann"
    assert only(ev.InteractionDiverted, events).attempts == 1


def test_attempts_count_whoever_makes_them_and_are_forgotten_with_the_callback() -> None:
    engine = at_the_dialler(callback(retry_after_s=1))
    engine.send(cm.Retry("i"))
    offer = only(ev.OfferIssued, engine.wait(1_000))
    engine.send(cm.Accept(offer.offer_id, "ann"))
    assert only(ev.AttemptFailed, engine.send(cm.Retry("i", "ann"))).attempt == 2
    offer = only(ev.OfferIssued, engine.wait(1_000))
    engine.send(cm.Accept(offer.offer_id, "ann"))
    engine.send(cm.Complete("i", "ann"))
    assert not engine.engine.state.attempts


def test_a_time_of_its_own_and_a_place_that_is_kept() -> None:
    engine = with_ann(callback())
    events = engine.send(cm.Retry("i", "ann", retry_s=7_200, keep_place=True))
    aside = only(ev.InteractionSuspended, events)
    assert (aside.until_ms, aside.keeps_place) == (engine.now_ms + 7_200_000, True)
    assert only(ev.InteractionResumed, engine.wait(7_200_000)).origin_ms == BEGIN_MS


def test_what_is_said_twice_is_done_once() -> None:
    engine = with_ann(callback())
    engine.send(cm.Retry("i", "ann"))
    assert only(ev.Repeated, engine.send(cm.Retry("i", "ann")))
    assert engine.engine.state.attempts["i"] == 1


@pytest.mark.parametrize("waking", [False, True])
def test_an_attempt_may_fail_while_the_customer_is_silent(waking: bool) -> None:
    one = {"release_idle": True, "cost": 100, "callback": {}}
    engine = with_ann(changed(channels={"chat": one}))
    events = engine.send(cm.Idle("i"), cm.Create("j", "chat"))
    engine.send(cm.Accept(only(ev.OfferIssued, events).offer_id, "ann"))
    if waking:
        only(ev.InteractionWaking, engine.send(cm.Wake("i")))
    assert refused(engine.send(cm.Retry("i", "bob")))[0] == "not_yours"
    events = engine.send(cm.Retry("i", "ann", reason="silent"))
    assert only(ev.AttemptFailed, events).attempt == 1
    assert only(ev.InteractionRequeued, events).agent_id == "ann"
    assert only(ev.InteractionSuspended, events).until_ms > engine.now_ms


def test_what_wakes_in_vain_at_night_waits_until_the_morning() -> None:
    one: dict[str, Any] = {"release_idle": True, "cost": 100, "wake_within_s": 60}
    one |= {"callback": {"calling_hours": "calling"}}
    engine = AuditedEngine(changed(channels={"chat": one}, hours={"calling": DAY}))
    engine.now_ms = at_ms("2024-01-01 16:58")
    engine.send(cm.AgentLogin("ann", "desk"))
    for name in ("i", "j"):
        offer = only(ev.OfferIssued, engine.send(cm.Create(name, "chat")))
        engine.send(cm.Accept(offer.offer_id, "ann"))
        if name == "i":
            engine.send(cm.Idle("i"))
    engine.wait(90_000)
    engine.send(cm.Wake("i"))
    events = engine.wait(60_000)
    assert only(ev.InteractionRequeued, events).reason == "wake_expired"
    assert only(ev.InteractionSuspended, events).until_ms == at_ms("2024-01-02 09:00")


def test_nobody_can_fail_who_has_not_tried() -> None:
    engine = AuditedEngine(callback())
    engine.send(cm.Create("i", "chat"), cm.Create("v", "voice"))
    assert refused(engine.send(cm.Retry("i", "ann"))) == ("wrong_state", "")
    assert refused(engine.send(cm.Retry("v"))) == ("invalid", "interaction_id")
    engine.send(cm.Suspend("i", engine.now_ms + 1_000, "dialler"))
    assert refused(engine.send(cm.Retry("i"))) == ("wrong_state", "")
    engine = with_ann(callback())
    assert refused(engine.send(cm.Retry("i", "bob"))) == ("not_yours", "agent_id")
    assert refused(engine.send(cm.Retry("i"))) == ("not_yours", "agent_id")


OPENS_MS = at_ms("2023-11-15T09:00:00")
"""The engine's tests begin on a Tuesday at a quarter past ten in the evening."""


@pytest.mark.parametrize("until_ms", [0, BEGIN_MS, BEGIN_MS + 3_600_000])
def test_a_time_out_of_hours_is_moved_to_the_next_opening(until_ms: int) -> None:
    engine = AuditedEngine(callback(DAY))
    aside = cm.Suspension(until_ms=until_ms, inbox="dialler")
    moved = only(ev.InteractionSuspended, engine.send(cm.Create("i", "chat", suspension=aside)))
    assert (moved.until_ms, moved.asked_ms) == (OPENS_MS, max(1, until_ms))
    assert not engine.wait(OPENS_MS - engine.now_ms - 1)
    assert only(ev.InteractionDue, engine.wait(1))


def test_a_time_that_no_calendar_has_stays_as_it_is() -> None:
    engine = AuditedEngine(callback(DAY))
    aside = cm.Suspension(until_ms=2**53)
    told = only(ev.InteractionSuspended, engine.send(cm.Create("i", "chat", suspension=aside)))
    assert (told.until_ms, told.asked_ms) == (2**53, 0)


def test_a_time_within_them_is_not() -> None:
    engine = AuditedEngine(callback(DAY))
    aside = cm.Suspension(until_ms=OPENS_MS + 1)
    told = only(ev.InteractionSuspended, engine.send(cm.Create("i", "chat", suspension=aside)))
    assert (told.until_ms, told.asked_ms) == (OPENS_MS + 1, 0)


def test_what_comes_at_night_waits_until_the_morning() -> None:
    engine = AuditedEngine(callback(DAY))
    engine.send(cm.AgentLogin("ann", "desk"))
    moved = only(ev.InteractionSuspended, engine.send(cm.Create("i", "chat")))
    assert (moved.until_ms, moved.asked_ms) == (OPENS_MS, engine.now_ms)
    assert only(ev.OfferIssued, engine.send(cm.Create("v", "letter"))).interaction_id == "v"
    events = engine.wait(OPENS_MS - engine.now_ms)
    assert only(ev.InteractionResumed, events).interaction_id == "i"


def test_an_attempt_after_closing_time_is_for_the_next_day() -> None:
    engine = AuditedEngine(callback(DAY, retry_after_s=600))
    engine.wait(at_ms("2023-11-17T16:55:00") - engine.now_ms)
    engine.send(cm.AgentLogin("ann", "desk"))
    offer = only(ev.OfferIssued, engine.send(cm.Create("i", "chat")))
    engine.send(cm.Accept(offer.offer_id, "ann"))
    moved = only(ev.InteractionSuspended, engine.send(cm.Retry("i", "ann")))
    assert moved.until_ms == at_ms("2023-11-20T09:00:00")
    assert moved.asked_ms == engine.now_ms + 600_000


def test_what_comes_due_late_is_for_the_next_opening() -> None:
    engine = AuditedEngine(callback(DAY))
    aside = cm.Suspension(until_ms=OPENS_MS, inbox="dialler")
    engine.send(cm.Create("i", "chat", suspension=aside))
    # nobody leads for a day
    engine.now_ms = at_ms("2023-11-15T20:00:00")
    moved = only(ev.InteractionSuspended, engine.wait(0))
    assert moved.until_ms == at_ms("2023-11-16T09:00:00")
    assert only(ev.InteractionDue, engine.wait(13 * 3_600_000)).inbox == "dialler"


def test_the_checker_follows_attempts() -> None:
    journal = Written(callback(DAY, attempts_max=2, retry_after_s=30))
    journal.send(login("ann"), after_ms=OPENS_MS - journal.now_ms)
    aside = {"until_ms": journal.now_ms + 1_000, "inbox": "dialler"}
    journal.send(create("i", "chat", suspension=aside))
    journal.send(after_ms=1_000)
    journal.send({"type": "retry", "interaction_id": "i"})
    journal.send(after_ms=30_000)
    offer = journal.offer_of("i").offer_id
    journal.send({"type": "accept", "offer_id": offer, "agent_id": "ann"})
    journal.send({"type": "retry", "interaction_id": "i", "agent_id": "ann"})
    assert only(ev.InteractionDiverted, journal.events).attempts == 2
    journal.send(create("j", "chat"), after_ms=12 * 3_600_000)
    assert only(ev.InteractionSuspended, journal.events[-2:]).asked_ms
    assert not check(journal.records).violations


@pytest.mark.parametrize(
    ("zone", "ranges", "now", "opens"),
    [
        ("UTC", ["09:00-17:00"], "2026-07-03T08:59:59", "2026-07-03T09:00:00"),
        ("UTC", ["09:00-17:00"], "2026-07-03T09:00:00", "2026-07-03T09:00:00"),
        ("UTC", ["09:00-12:00", "13:00-17:00"], "2026-07-03T12:30:00", "2026-07-03T13:00:00"),
        ("UTC", ["20:00-06:00"], "2026-07-04T05:59:00", "2026-07-04T05:59:00"),
        ("UTC", ["20:00-06:00"], "2026-07-04T06:00:00", "2026-07-06T20:00:00"),
        ("Asia/Kolkata", ["09:00-17:00"], "2026-07-03T12:00:00", "2026-07-06T03:30:00"),
        # the clocks are set forward over the beginning, and back over it
        ("Europe/Berlin", ["02:30-05:00"], "2026-03-27T05:00:00", "2026-03-30T00:30:00"),
        ("America/New_York", ["09:00-17:00"], "2026-11-02T13:00:00", "2026-11-02T14:00:00"),
    ],
)
def test_when_they_open(zone: str, ranges: list[str], now: str, opens: str) -> None:
    week = dict.fromkeys(WEEKDAYS, ranges)
    hours = OpeningHours(Hours.model_validate({"zone": zone, "week": week}))
    assert hours.opens_ms(at_ms(now)) == at_ms(opens)


def test_the_night_in_which_the_clocks_change() -> None:
    week = {"sun": ["02:30-05:00"], "sat": ["01:30-01:45"]}
    hours = OpeningHours(Hours.model_validate({"zone": "Europe/Berlin", "week": week}))
    # no clock shows half past two: it begins when it would have been that late
    assert hours.opens_ms(at_ms("2026-03-29T00:00:00")) == at_ms("2026-03-29T01:30:00")
    # and in autumn it is twice
    week = {"sun": ["02:30-02:45"]}
    hours = OpeningHours(Hours.model_validate({"zone": "Europe/Berlin", "week": week}))
    assert hours.opens_ms(at_ms("2026-10-24T22:00:00")) == at_ms("2026-10-25T00:30:00")
    assert hours.opens_ms(at_ms("2026-10-25T00:45:00")) == at_ms("2026-10-25T01:30:00")


def test_holidays_put_it_off_for_weeks() -> None:
    mondays = [f"2026-12-{day:02}" for day in (7, 14, 21, 28)]
    week = {"mon": ["09:00-10:00"]}
    hours = OpeningHours(Hours.model_validate({"week": week, "holidays": mondays}))
    assert hours.opens_ms(at_ms("2026-12-01T00:00:00")) == at_ms("2027-01-04T09:00:00")


@pytest.mark.parametrize(
    ("hours", "detail"),
    [({}, "there are no hours 'x'"), ({"x": {"week": {"mon": []}}}, "have no week")],
)
def test_calling_hours_are_hours(hours: dict[str, Any], detail: str) -> None:
    channels = {"chat": {"callback": {"calling_hours": "x"}}}
    with pytest.raises(PolicyError, match=detail) as caught:
        parse_policy(changed(channels=channels, hours=hours))
    assert caught.value.problems[0].field == "channels.chat.callback.calling_hours"
