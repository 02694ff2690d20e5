"""Places and estimated waits in plain words, on the whole engine; the oracle looks on."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from queues.departures import Departures
from router import commands as cm
from router import events as ev
from router import limits
from router.engine import Engine
from router.errors import PolicyError
from router.outbox import work_entries
from router.policy import parse_policy
from router.versions import version_of
from tests.audited import BEGIN_MS, AuditedEngine, arriving, only
from tests.hypothesis_profiles import at_depth, scaled
from tests.policies import (
    BUCKET_VARIANTS,
    NAMED_VARIANTS,
    OFFERING_VARIANTS,
    OVERFLOW_VARIANTS,
    POLICY,
    QUEUES,
    WORKFLOW_VARIANTS,
    changed,
    queues_of,
)
from tests.traffic import played_under


def ask(engine: AuditedEngine, name: str, **fields: Any) -> ev.WaitEstimated:
    return only(ev.WaitEstimated, engine.send(cm.Inquire(name, **fields)))


def wait_of(told: ev.WaitEstimated) -> tuple[int | None, ...]:
    return told.wait_ms, told.wait_ms_low, told.wait_ms_high


def serve(engine: AuditedEngine, count: int, every_ms: int = 10_000) -> None:
    """One agent takes a call every so often; there must be enough of them."""
    for _ in range(count):
        offer = next(iter(engine.engine.state.offers.values()))
        engine.send(cm.Accept(offer.offer_id, "ann"), after_ms=every_ms)
        engine.send(cm.Complete(offer.interaction_id, "ann", wrap_up=False))


def busy(policy: dict[str, Any] = POLICY, served: int = 7, waiting: int = 3) -> AuditedEngine:
    """A queue of calls from which one has gone every ten seconds."""
    engine = AuditedEngine(policy)
    engine.send(*(cm.Create(f"i{n}", "voice") for n in range(served + waiting + 1)))
    engine.wait(10_000)
    engine.send(cm.AgentLogin("ann", "desk:1"))
    serve(engine, served)
    return engine


def test_places_follow_the_order_of_the_queue_over_its_channels() -> None:
    engine = AuditedEngine(POLICY)
    engine.send(cm.Create("chat", "chat"))
    engine.send(cm.Create("call", "voice"), after_ms=10_000)
    engine.send(cm.Create("urgent", "chat", priority=5))
    engine.send(cm.Create("elsewhere", "voice", queue="billing"))
    told = [ask(engine, name).position for name in ("urgent", "chat", "call", "elsewhere")]
    assert told == [1, 2, 3, 1]
    # a call uses up its 20 s sooner than a chat its 60 s
    engine.wait(10_000)
    assert [ask(engine, name).position for name in ("urgent", "call", "chat")] == [1, 2, 3]
    assert ask(engine, "chat").waiting == 3


def test_nothing_is_told_of_which_too_little_is_known() -> None:
    engine = AuditedEngine(POLICY)
    engine.send(cm.Create("i", "voice"))
    told = ask(engine, "i")
    assert (told.position, told.waiting, wait_of(told)) == (1, 1, (None, None, None))
    assert {"wait_ms", "wait_ms_low"}.isdisjoint(msgspec.to_builtins(told))


def test_a_wait_is_told_from_those_before() -> None:
    engine = busy()
    told = [ask(engine, f"i{n}") for n in (8, 9, 10)]
    assert [one.position for one in told] == [1, 2, 3]
    assert [one.wait_ms for one in told] == [10_000, 20_000, 30_000]
    assert all((one.wait_ms_low or 0) < one.wait_ms < (one.wait_ms_high or 0) for one in told)  # type: ignore[operator]


def test_the_answer_is_written_to_whoever_asked_and_stays_in_the_journal() -> None:
    engine = busy()
    events = engine.send(cm.Inquire("i9", reply_to="ivr", command_id="7"))
    assert [type(event) for event in events] == [ev.WaitEstimated]
    (entry,) = work_entries(events, engine.engine.state, {})
    assert entry.inbox == "ivr"
    assert msgspec.msgpack.decode(entry.payload) == {
        "type": "wait_estimated",
        "command_id": "7",
        "interaction_id": "i9",
        "queue": "general",
        "position": 2,
        "waiting": 3,
        "wait_ms": 20_000,
        "wait_ms_low": only(ev.WaitEstimated, events).wait_ms_low,
        "wait_ms_high": only(ev.WaitEstimated, events).wait_ms_high,
        "version": version_of(engine.engine.state, engine.engine.state.interactions["i9"]),
    }
    unheard = engine.send(cm.Inquire("i9"))
    assert not work_entries(unheard, engine.engine.state, {})


def test_a_json_question_is_answered_in_json() -> None:
    engine = AuditedEngine(POLICY)
    engine.send(cm.Create("i", "voice"))
    asked = b'{"type":"inquire","interaction_id":"i","reply_to":"ivr"}'
    (entry,) = work_entries(engine.send_raw({b"j": asked}), engine.engine.state, {})
    assert (entry.field, msgspec.json.decode(entry.payload)["wait_ms"]) == ("j", None)


def test_who_is_being_offered_stands_before_the_line() -> None:
    engine = busy()
    told = ask(engine, "i7")
    assert (told.position, told.waiting, wait_of(told)) == (0, 3, (None, None, None))


@pytest.mark.parametrize(
    ("name", "code"),
    [("late", "wrong_state"), ("i0", "finished"), ("taken", "wrong_state"), ("?", None)],
)
def test_what_does_not_wait_has_no_place(name: str, code: str | None) -> None:
    engine = busy()
    engine.send(cm.Create("late", "voice", suspension=cm.Suspension()))
    engine.send(cm.AgentLogin("bob", "desk:1"), cm.Create("taken", "letter"))
    offer = next(o for o in engine.engine.state.offers.values() if o.interaction_id == "taken")
    engine.send(cm.Accept(offer.offer_id, offer.agent_id))
    events = engine.send(cm.Inquire(name))
    assert only(ev.Rejected, events).code == (code or "unknown_interaction")


def test_an_offer_that_nobody_takes_was_no_departure() -> None:
    engine = busy()
    before = ask(engine, "i9").wait_ms
    (offer_id,) = engine.engine.state.offers
    engine.send(cm.AgentLogin("bob", "desk:1", maximums={"voice": 0}))
    engine.send(cm.Decline(offer_id, "ann", retry_s=3_600), cm.AgentState("ann", "unavailable"))
    told = ask(engine, "i9")
    assert told.position == 3
    # six are left of seven, in as many seconds
    assert before == 20_000
    assert told.wait_ms == 70_000 * 3 // 6


def test_who_comes_and_is_served_at_once_says_nothing_of_the_line() -> None:
    engine = AuditedEngine(POLICY)
    engine.send(cm.AgentLogin("ann", "desk:1", skills={"french": 1}, maximums={"chat": 50}))
    french = (cm.Requirement("french"),)
    engine.send(cm.Create("i", "voice", requirements=(cm.Requirement("vip"),)))
    for n in range(12):
        events = engine.send(cm.Create(f"c{n}", "letter", requirements=french), after_ms=9_000)
        offer = only(ev.OfferIssued, events)
        engine.send(cm.Accept(offer.offer_id, "ann"))
        engine.send(cm.Complete(f"c{n}", "ann", wrap_up=False))
    assert ask(engine, "i").wait_ms is None


def test_those_who_hang_up_ahead_shorten_the_wait() -> None:
    engine = busy(waiting=9)
    before = ask(engine, "i16").wait_ms
    engine.send(*(cm.Cancel(f"i{n}") for n in (8, 9, 10)))
    told = ask(engine, "i16")
    assert told.position == 6
    assert before == 90_000
    assert 50_000 < (told.wait_ms or 0) < 60_000


def test_a_restart_knows_what_was_known() -> None:
    engine = busy()
    told = ask(engine, "i9")
    engine.restart()
    assert wait_of(ask(engine, "i9")) == wait_of(told)


def test_another_policy_forgets_only_the_queues_that_are_gone() -> None:
    engine = busy(changed(queues={"other": {}}))
    told = ask(engine, "i9")
    engine.send(cm.Create("j", "chat", queue="other"))
    engine.send(cm.Cancel("j"))
    assert "other" in engine.engine.state.departures
    engine.send(cm.ReplacePolicy(policy=POLICY))
    assert set(engine.engine.state.departures) == {"general"}
    assert wait_of(ask(engine, "i9")) == wait_of(told)


def test_only_so_many_queues_are_remembered() -> None:
    engine, now_ms = Engine(), BEGIN_MS
    engine.handle([arriving("1-1", now_ms, cm.ReplacePolicy(policy=POLICY))], now_ms)
    known = engine.state.departures
    known |= {f"q{n}": Departures() for n in range(limits.QUEUES_TIMED_MAX - 1)}
    creates = [cm.Create(queue, "voice", queue=queue) for queue in QUEUES]
    batch = [arriving(f"1-{n}", now_ms, create) for n, create in enumerate(creates, 2)]
    engine.handle(batch, now_ms)
    assert [queue in known for queue in QUEUES] == [True, False]
    questions = [arriving("1-9", now_ms, cm.Inquire(queue)) for queue in QUEUES]
    told = [only(ev.WaitEstimated, engine.handle([one], now_ms)) for one in questions]
    assert [(one.position, one.wait_ms) for one in told] == [(1, None), (1, None)]
    cancels = [arriving("1-9", now_ms + 5, cm.Cancel(queue)) for queue in QUEUES]
    assert len(engine.handle(cancels, now_ms + 5)) == 2


@pytest.fixture
def asked() -> AuditedEngine:
    """As in a busy queue; the oldest is offered to ann and bob, and a third could be asked."""
    engine = busy(queues_of({"offers_at_once": 3}, {}))
    engine.send(cm.AgentLogin("bob", "desk:1"))
    assert [o.interaction_id for o in engine.engine.state.offers.values()] == ["i7", "i7"]
    return engine


def test_what_is_offered_and_still_looks_for_more_stands_before_the_line(
    asked: AuditedEngine,
) -> None:
    told = ask(asked, "i7")
    assert (told.position, told.waiting, wait_of(told)) == (0, 3, (None, None, None))
    assert [ask(asked, name).position for name in ("i8", "i9", "i10")] == [1, 2, 3]


def test_only_the_first_offer_is_a_departure_and_only_the_last_comes_back(
    asked: AuditedEngine,
) -> None:
    assert ask(asked, "i9").wait_ms == 20_000
    asked.send(cm.AgentState("ann", "unavailable"))
    told = ask(asked, "i9")
    assert (told.position, told.waiting, told.wait_ms) == (2, 3, 20_000)
    asked.send(cm.AgentState("bob", "unavailable"))
    told = ask(asked, "i9")
    assert (told.position, told.waiting, told.wait_ms) == (3, 4, 70_000 * 3 // 6)


def test_those_whom_an_accept_spares_bring_nothing_back(asked: AuditedEngine) -> None:
    offer = next(iter(asked.engine.state.offers.values()))
    asked.send(cm.Accept(offer.offer_id, offer.agent_id))
    # bob, who is spared, has the next one in the same instant: the ninth departure
    told = ask(asked, "i9")
    assert (told.position, told.wait_ms) == (1, 70_000 // 8)


@pytest.mark.parametrize(("above_s", "queue"), [(29.9, "billing"), (30, "general")])
def test_a_queue_whose_wait_is_long_passes_on(above_s: float, queue: str) -> None:
    rule = {"when": {"estimated_wait_above_s": above_s}, "queue": "billing"}
    engine = busy(changed(queues={"general": {"overflow": [rule]}}))
    assert only(ev.InteractionCreated, engine.send(cm.Create("j", "voice"))).queue == queue


def test_a_wait_that_nobody_knows_is_not_long() -> None:
    rule = {"when": {"estimated_wait_above_s": 0.001}, "refuse": "try later"}
    engine = AuditedEngine(changed(queues={"general": {"overflow": [rule]}}))
    for n in range(50):
        assert not isinstance(engine.send(cm.Create(f"i{n}", "voice"))[0], ev.Rejected)


def test_a_step_is_skipped_where_the_wait_is_long() -> None:
    steps = [
        {"until_s": 600, "add": [{"skill": "vip"}], "skip_if": {"estimated_wait_above_s": 35}},
        {},
    ]
    flow = {"workflows": {"two": {"steps": steps}}}
    engine = busy(changed(queues={"general": {}}))
    engine.send(cm.ReplacePolicy(policy=changed(queues={"general": {"workflow": "two"}}, **flow)))
    # with the newcomer the last of the line waits for 40 s; with one less for 30
    assert only(ev.InteractionStepped, engine.send(cm.Create("j", "voice"))).step == 2
    engine.send(cm.Cancel("j"), cm.Cancel("i8"))
    assert only(ev.InteractionStepped, engine.send(cm.Create("k", "voice"))).step == 1


@pytest.mark.parametrize("above_s", [0, -5, "soon", True])
def test_a_bound_that_is_no_wait_is_refused(above_s: object) -> None:
    rule = {"when": {"estimated_wait_above_s": above_s}, "refuse": "no"}
    with pytest.raises(PolicyError) as caught:
        parse_policy(changed(queues={"general": {"overflow": [rule]}}))
    (problem,) = caught.value.problems
    assert problem.field.endswith("when.estimated_wait_above_s")


VARIANTS = {
    **OVERFLOW_VARIANTS,
    **WORKFLOW_VARIANTS,
    **NAMED_VARIANTS,
    **OFFERING_VARIANTS,
    **BUCKET_VARIANTS,
}
QUESTIONED = (
    "overflow by estimated wait",
    "workflow patient",
    "order newest_first",
    "order ageing",
    "several at once",
    "several or nobody",
    "rescued",
    "buckets",
    "buckets everywhere",
)


@pytest.mark.parametrize("name", QUESTIONED)
def test_random_traffic_is_told_what_the_page_says(name: str) -> None:
    events = played_under(VARIANTS[name], 3, at_depth(40, 60), one_policy=True)
    told = [event for event in events if isinstance(event, ev.WaitEstimated)]
    assert any(one.wait_ms is not None for one in told)
    if name == "overflow by estimated wait":
        assert any(isinstance(e, ev.InteractionDiverted) for e in events)
        assert any(isinstance(e, ev.InteractionCreated) and e.overflowed for e in events)


@scaled(60)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 90_000)), min_size=1, max_size=20))
def test_places_are_those_of_a_sorted_line(arrivals: list[tuple[int, int]]) -> None:
    engine = AuditedEngine(POLICY)
    channels = ("voice", "chat", "letter")
    creates = [
        cm.Create(f"i{n}", channels[n % 3], priority=points, origin_ms=engine.now_ms - age_ms)
        for n, (points, age_ms) in enumerate(arrivals)
    ]
    engine.send(*creates)
    places = [ask(engine, create.interaction_id).position for create in creates]
    assert sorted(places) == list(range(1, len(arrivals) + 1))
