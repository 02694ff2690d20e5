"""The auditor notices: a journal with one event lost, doubled, forged or moved does not pass."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import NamedTuple

import msgspec
import pytest

from router import events as ev
from router.engine import Engine
from router.inputs import Input
from tests.oracle import Auditor
from tests.traffic import Traffic


class Batch(NamedTuple):
    now_ms: int
    inputs: list[Input]
    events: list[ev.Event]


def a_day() -> list[Batch]:
    """What an engine has done with some traffic, batch by batch."""
    # a day on which every event matters: what ends with its interaction in one batch is not missed
    traffic, engine = Traffic(4), Engine()
    opening = traffic.opening()
    day = [Batch(traffic.now_ms, opening, engine.handle(opening, traffic.now_ms))]
    traffic.answered(day[0].events)
    for batch in traffic.batches(8):
        events = engine.handle(batch, traffic.now_ms)
        day.append(Batch(traffic.now_ms, batch, events))
        traffic.answered(events)
    return day


def audited_beforehand(day: list[Batch]) -> Iterator[Auditor]:
    """For each batch an auditor who has seen the batches before it."""
    auditor = Auditor()
    for batch in day:
        yield copy.deepcopy(auditor)
        auditor.follow(batch.inputs, batch.events, batch.now_ms)


DAY = a_day()
BEFORE = list(audited_beforehand(DAY))
SPOTS = [(n, m) for n, batch in enumerate(DAY) for m in range(len(batch.events))]


def notices(spot: tuple[int, int], *instead: ev.Event) -> bool:
    """Whether the auditor objects when these events stand in the place of one."""
    number, place = spot
    forged = DAY[number]._replace(
        events=[*DAY[number].events[:place], *instead, *DAY[number].events[place + 1 :]]
    )
    auditor = copy.deepcopy(BEFORE[number])
    try:
        for batch in (forged, *DAY[number + 1 :]):
            auditor.follow(batch.inputs, batch.events, batch.now_ms)
    except (AssertionError, KeyError):
        return True
    return False


def test_the_day_is_clean_and_busy() -> None:
    kinds = {type(event) for batch in DAY for event in batch.events}
    assert len(kinds) > 15


def test_every_lost_event_is_noticed() -> None:
    unnoticed = [DAY[n].events[m] for n, m in SPOTS if not notices((n, m))]
    assert unnoticed == []


def test_every_doubled_event_is_noticed() -> None:
    doubled = [((n, m), DAY[n].events[m]) for n, m in SPOTS]
    assert [event for spot, event in doubled if not notices(spot, event, event)] == []


FORGERIES: dict[str, Callable[[ev.OfferIssued], ev.OfferIssued]] = {
    "another agent": lambda e: msgspec.structs.replace(e, agent_id=_other_agent(e)),
    "cheaper": lambda e: msgspec.structs.replace(e, cost=e.cost + 1),
    "longer": lambda e: msgspec.structs.replace(e, expires_ms=e.expires_ms + 1),
    "another trigger": lambda e: _decided(e, trigger=_other_trigger(e)),
    "another urgency": lambda e: _decided(e, urgency_ppm=e.decision.urgency_ppm + 1),
    "one candidate more": lambda e: _decided(e, candidates=e.decision.candidates + 1),
    "a runner-up less": lambda e: _decided(e, best=e.decision.best[:-1]),
    "another policy": lambda e: _decided(e, policy_version=e.decision.policy_version + 1),
    "another score": lambda e: _decided(
        e, best=(_better(e.decision.best[0]), *e.decision.best[1:])
    ),
}


def _decided(event: ev.OfferIssued, **changes: object) -> ev.OfferIssued:
    decision = msgspec.structs.replace(event.decision, **changes)
    return msgspec.structs.replace(event, decision=decision)


def _other_agent(event: ev.OfferIssued) -> str:
    return "agent-1" if event.agent_id != "agent-1" else "agent-2"


def _other_trigger(event: ev.OfferIssued) -> str:
    return "agent" if event.decision.trigger == "interaction" else "interaction"


def _better(candidate: ev.Candidate) -> ev.Candidate:
    return msgspec.structs.replace(candidate, score=candidate.score + 1)


@pytest.mark.parametrize("forgery", FORGERIES)
def test_every_forged_offer_is_noticed(forgery: str) -> None:
    offers = [
        (spot, event)
        for spot in SPOTS
        if isinstance(event := DAY[spot[0]].events[spot[1]], ev.OfferIssued) and event.decision.best
    ]
    assert len(offers) > 20
    unnoticed = [e for spot, e in offers[::2] if not notices(spot, FORGERIES[forgery](e))]
    assert unnoticed == []
