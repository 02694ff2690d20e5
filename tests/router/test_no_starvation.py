"""Nothing that could be served waits behind what cannot, and age wins in the end."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router import commands as cm
from router import events as ev
from router.engine import Engine
from router.inputs import Input
from tests.policies import POLICY

_entries = count(1)


class Floor:
    """An engine and its clock; whoever is offered work takes it at once."""

    def __init__(self) -> None:
        self.engine = Engine()
        self.now_ms = 10_000_000
        self.taken: list[str] = []
        self.send(cm.ReplacePolicy(policy=POLICY))

    def send(self, *commands: cm.Command, after_ms: int = 0) -> None:
        self.now_ms += after_ms
        batch = [Input(f"{self.now_ms}-{next(_entries)}", self.now_ms, c) for c in commands]
        events = self.engine.handle(batch, self.now_ms)
        while self.engine.partial:
            events += self.engine.handle([], self.now_ms)
        offers = [event for event in events if isinstance(event, ev.OfferIssued)]
        for offer in offers:
            self.taken.append(offer.interaction_id)
            self.send(cm.Accept(offer.offer_id, offer.agent_id))

    def finish(self, interaction_id: str, agent_id: str) -> None:
        self.send(cm.Complete(interaction_id, agent_id), cm.EndWrapUp(interaction_id, agent_id))


def call(name: str, skill: str | None = None, priority: int = 0) -> cm.Create:
    asked = (cm.Requirement(skill),) if skill else ()
    return cm.Create(name, "voice", requirements=asked, priority=priority)


@settings(max_examples=30)
@given(
    unservable=st.integers(1, 40),
    priority=st.integers(0, 100),
    levels=st.lists(st.integers(1, 5), min_size=1, max_size=5),
)
def test_what_nobody_can_serve_delays_nothing(
    unservable: int, priority: int, levels: list[int]
) -> None:
    """However many, old and urgent: the first one that the agent may serve is offered at once."""
    floor = Floor()
    for number in range(unservable):
        asked = (cm.Requirement("tech", level=levels[number % len(levels)]),)
        blocked = cm.Create(f"blocked-{number}", "voice", requirements=asked, priority=priority)
        floor.send(blocked, after_ms=1_000)
    floor.send(call("served", "french"), after_ms=1)
    floor.send(cm.AgentLogin("ann", "desk", skills={"french": 1}))
    assert floor.taken == ["served"]


@pytest.mark.parametrize("priority", [0, 5, 50])
def test_age_wins_in_the_end(priority: int) -> None:
    """One agent, always something more important waiting: the plain call has its turn no later than
    the credit of the others is worth (priority × step × target) past its own wait."""
    floor = Floor()
    floor.send(cm.AgentLogin("ann", "desk"))
    floor.send(call("first"))
    floor.send(call("plain"), after_ms=1)
    began_ms = floor.now_ms
    for number in range(10_000):
        floor.send(call(f"urgent-{number}", priority=priority), after_ms=1_000)
        floor.finish(floor.taken[-1], "ann")
        if floor.taken[-1] == "plain":
            break
    waited_ms = floor.now_ms - began_ms
    target_ms = POLICY["channels"]["voice"]["target_s"] * 1_000
    credit_ms = priority * 0.5 * target_ms
    assert floor.taken[-1] == "plain"
    # a fresher equal can be ahead by its pair score alone, worth one target at most
    assert waited_ms <= credit_ms + 2 * target_ms


def test_what_is_put_back_keeps_its_place() -> None:
    """Requeued with its age, it is before what came later."""
    floor = Floor()
    for number in range(3):
        floor.send(call(f"call-{number}"), after_ms=10)
    floor.send(cm.AgentLogin("ann", "desk"))
    floor.send(cm.Requeue("call-0"))
    assert floor.taken == ["call-0", "call-0"]
