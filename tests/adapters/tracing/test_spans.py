"""Spans from events: which, how long, whose children, and in whose trace."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from adapters.tracing.spans import Span, Spans, trace_of
from router import events as ev
from router.events import Event
from router.record import GENESIS, Record

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def record(now_ms: int, *events: Event) -> Record:
    return Record(v=1, now_ms=now_ms, position="0-0", consumed=0, prev=GENESIS, events=list(events))


def created(name: str = "i1", cause: str = "1000-0", **attributes: Any) -> ev.InteractionCreated:
    return ev.InteractionCreated(
        cause=cause,
        interaction_id=name,
        channel="chat",
        queue="sales",
        created_ms=1_000,
        origin_ms=1_000,
        sequence=1,
        attributes=msgspec.Raw(msgspec.msgpack.encode(attributes)),
    )


def issued(offer: str, agent: str = "ann", name: str = "i1") -> ev.OfferIssued:
    decision = ev.Decision(
        trigger="interaction",
        policy_version=1,
        urgency_ppm=0,
        logged_in=1,
        not_available=0,
        no_capacity=0,
        lacking_skill=0,
        excluded=0,
        candidates=1,
        best=(),
    )
    return ev.OfferIssued(
        offer_id=offer,
        interaction_id=name,
        agent_id=agent,
        cost=1,
        expires_ms=9_000,
        decision=decision,
    )


def declined(offer: str) -> ev.OfferDeclined:
    return ev.OfferDeclined(
        offer_id=offer, interaction_id="i1", agent_id="ann", excluded_until_ms=0
    )


def accepted(offer: str, agent: str = "ann", name: str = "i1") -> ev.OfferAccepted:
    return ev.OfferAccepted(offer_id=offer, interaction_id=name, agent_id=agent, waited_ms=1)


def told(spans: list[Span]) -> list[tuple[str, int, int, Any]]:
    return [
        (span.name, span.begin_ms, span.end_ms, span.attributes.get("onequeue.outcome"))
        for span in spans
    ]


def test_from_arrival_to_acceptance() -> None:
    spans = Spans("t")
    found = spans.of(record(1_005, created(), issued("1-1")))
    found += spans.of(record(2_000, declined("1-1"), issued("1-2", "bob")))
    assert spans.open == 1
    found += spans.of(record(2_500, accepted("1-2", "bob")))
    assert told(found) == [
        ("decide", 1_000, 1_005, None),
        ("offer", 1_005, 2_000, "declined"),
        ("offer", 2_000, 2_500, "accepted"),
        ("interaction", 1_000, 2_500, "accepted"),
    ]
    *children, root = found
    assert {span.parent_id for span in children} == {root.span_id}
    assert root.parent_id == 0
    assert len({span.span_id for span in found}) == len(found)
    assert len({span.trace for span in found}) == 1
    assert root.attributes == {
        "onequeue.tenant": "t",
        "onequeue.interaction": "i1",
        "onequeue.channel": "chat",
        "onequeue.queue": "sales",
        "onequeue.outcome": "accepted",
        "onequeue.agent": "bob",
        "onequeue.offer": "1-2",
    }
    assert spans.open == 0
    assert spans.of(record(3_000, issued("1-9"), accepted("1-9"))) == []


@pytest.mark.parametrize(
    ("event", "outcome"),
    [
        (ev.InteractionCancelled(interaction_id="i1", waited_ms=1), "cancelled"),
        (
            ev.InteractionDiverted(
                interaction_id="i1", target="voicemail", inbox="x", rule="r", waited_ms=1
            ),
            "diverted",
        ),
    ],
)
def test_an_end_without_an_agent(event: Event, outcome: str) -> None:
    spans = Spans("t")
    spans.of(record(1_005, created(), issued("1-1")))
    over = ev.OfferRescinded(
        offer_id="1-1", interaction_id="i1", agent_id="ann", reason="cancelled"
    )
    assert told(spans.of(record(1_700, over, event))) == [
        ("offer", 1_005, 1_700, "rescinded"),
        ("interaction", 1_000, 1_700, outcome),
    ]


def test_who_names_a_trace_is_part_of_it() -> None:
    spans = Spans("t", sample=0.0)
    found = spans.of(record(1_005, created(traceparent=PARENT)))
    found += spans.of(record(1_010, ev.InteractionCancelled(interaction_id="i1", waited_ms=1)))
    decide, root = found
    assert f"{root.trace.trace_id:032x}" == PARENT[3:35]
    assert f"{root.parent_id:016x}" == PARENT[36:52]
    assert decide.parent_id == root.span_id
    assert root.trace.is_sampled
    unwanted = Spans("t").of(record(1, created(traceparent=PARENT[:-2] + "00")))
    assert not unwanted[0].trace.is_sampled


@pytest.mark.parametrize(
    "traceparent",
    [
        None,
        7,
        "",
        "x" * 1_000,
        PARENT.upper(),
        "ff" + PARENT[2:],
        PARENT + "-more",
        PARENT.replace("0af7651916cd43dd8448eb211c80319c", "0" * 32),
        PARENT.replace("b7ad6b7169203331", "0" * 16),
    ],
)
def test_what_is_no_traceparent_is_none(traceparent: Any) -> None:
    assert trace_of(msgspec.Raw(msgspec.msgpack.encode({"traceparent": traceparent}))) is None
    assert trace_of(msgspec.Raw(msgspec.msgpack.encode({}))) is None


def test_the_same_journal_makes_the_same_spans_and_other_tenants_others() -> None:
    events = (created(), issued("1-1"), accepted("1-1"))
    first, again, other = (Spans(tenant).of(record(1_005, *events)) for tenant in ("t", "t", "u"))
    assert first == again
    assert not {span.span_id for span in first} & {span.span_id for span in other}
    # the same interaction, created once more when it was long over
    anew = Spans("t").of(record(9_005, created(cause="9000-0")))
    assert anew[0].trace.trace_id != first[0].trace.trace_id


def test_a_share_of_the_traces() -> None:
    spans = Spans("t", sample=0.25)
    wanted = [
        spans.of(record(1_005, created(f"i{number}")))[0].trace.is_sampled
        for number in range(2_000)
    ]
    assert 0.2 < sum(wanted) / len(wanted) < 0.3


def test_too_many_that_wait_are_forgotten_oldest_first() -> None:
    spans = Spans("t", open_max=2)
    for number in range(3):
        spans.of(record(1_005, created(f"i{number}")))
    assert (spans.open, spans.forgotten) == (2, 1)
    assert spans.of(record(2_000, ev.InteractionCancelled(interaction_id="i0", waited_ms=1))) == []
