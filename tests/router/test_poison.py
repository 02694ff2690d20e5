"""What everybody declines delays nobody, and is not offered in a tight loop."""

from __future__ import annotations

import heapq
from itertools import count, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from router import commands as cm
from router import events as ev
from router.engine import Engine
from router.inputs import Input
from tests.policies import changed

RETRY_S = 20
RETRY_MS = RETRY_S * 1_000
AFTERWARDS_MS = 600_000


class Center:
    """Agents who take calls for as long as these last, and decline all that is poison, by the
    events of time alone."""

    def __init__(self, agents: int, *, rescue: bool = False) -> None:
        queues = {"general": {"rescue": {"queue": "billing", "after_declines": 3}}}
        policy = changed(decline_retry_s=RETRY_S, **({"queues": queues} if rescue else {}))
        self.engine = Engine()
        self.now_ms = 10_000_000
        self.begins: dict[str, int] = {}
        self.offers: dict[str, list[tuple[int, str]]] = {}
        self.moved: list[str] = []
        self._lasts_ms: dict[str, int] = {}
        self._ends: list[tuple[int, int, str, str]] = []
        self._entries = count(1)
        self.send(cm.ReplacePolicy(policy=policy))
        for number in range(agents):
            self.send(cm.AgentLogin(f"agent-{number}", "desk"))

    def arrive(self, name: str, lasts_ms: int) -> None:
        """A call comes in; 0: everybody declines it."""
        self._lasts_ms[name] = lasts_ms
        self.send(cm.Create(name, "voice", queue="general"))

    def wait_until(self, at_ms: int) -> None:
        """Let time pass; calls end, and timers fire, when they are due."""
        while True:
            due_ms = min(
                self._ends[0][0] if self._ends else at_ms, self.engine.next_due_ms() or at_ms
            )
            if due_ms > at_ms:
                break
            self.now_ms = max(self.now_ms, due_ms)
            self._end_calls()
            self._look_at(self._handle([]))
            if due_ms == at_ms:
                break
        self.now_ms = at_ms

    def send(self, command: cm.Command) -> None:
        self._look_at(self._handle([command]))

    def _end_calls(self) -> None:
        while self._ends and self._ends[0][0] <= self.now_ms:
            _, _, name, agent_id = heapq.heappop(self._ends)
            self.send(cm.Complete(name, agent_id))
            self.send(cm.EndWrapUp(name, agent_id))

    def _handle(self, commands: list[cm.Command]) -> list[ev.Event]:
        inputs = [Input(f"{self.now_ms}-{next(self._entries)}", self.now_ms, c) for c in commands]
        events = self.engine.handle(inputs, self.now_ms)
        while self.engine.partial:
            events += self.engine.handle([], self.now_ms)
        return events

    def _look_at(self, events: list[ev.Event]) -> None:
        for event in events:
            if isinstance(event, ev.InteractionMoved):
                self.moved.append(event.interaction_id)
            elif isinstance(event, ev.OfferIssued):
                self._answer(event)

    def _answer(self, offer: ev.OfferIssued) -> None:
        name = offer.interaction_id
        self.offers.setdefault(name, []).append((self.now_ms, offer.agent_id))
        if not self._lasts_ms[name]:
            self.send(cm.Decline(offer.offer_id, offer.agent_id))
            return
        self.begins[name] = self.now_ms
        end = (self.now_ms + self._lasts_ms[name], next(self._entries), name, offer.agent_id)
        heapq.heappush(self._ends, end)
        self.send(cm.Accept(offer.offer_id, offer.agent_id))


is_poison = st.sampled_from((False, False, False, False, True))
calls = st.lists(
    st.tuples(st.integers(0, 9_000), st.integers(1, 20_000), is_poison), min_size=1, max_size=25
)


def played(agents: int, arrivals: list[tuple[int, int, bool]], *, poisoned: bool) -> Center:
    """A day of calls, with or without those that nobody takes."""
    center = Center(agents)
    at_ms = center.now_ms
    for number, (after_ms, lasts_ms, is_poison) in enumerate(arrivals):
        at_ms += after_ms
        center.wait_until(at_ms)
        if not is_poison:
            center.arrive(f"call-{number}", lasts_ms)
        elif poisoned:
            center.arrive(f"poison-{number}", 0)
    center.wait_until(at_ms + AFTERWARDS_MS)
    return center


@settings(max_examples=30, deadline=None)
@given(agents=st.integers(1, 4), arrivals=calls)
def test_nobody_waits_longer_beside_what_everybody_declines(
    agents: int, arrivals: list[tuple[int, int, bool]]
) -> None:
    beside = played(agents, arrivals, poisoned=True)
    without = played(agents, arrivals, poisoned=False)
    assert beside.begins == without.begins
    assert len(beside.begins) == sum(not is_poison for *_, is_poison in arrivals)


@settings(max_examples=20, deadline=None)
@given(agents=st.integers(1, 4), arrivals=calls)
def test_who_declined_is_not_asked_again_before_the_time(
    agents: int, arrivals: list[tuple[int, int, bool]]
) -> None:
    center = played(agents, arrivals, poisoned=True)
    for name, offers in center.offers.items():
        if name.startswith("poison"):
            for agent_id in {agent_id for _, agent_id in offers}:
                times = [ms for ms, asked in offers if asked == agent_id]
                gaps = [later - earlier for earlier, later in pairwise(times)]
                assert all(gap >= RETRY_MS for gap in gaps)
            assert len(offers) > AFTERWARDS_MS // RETRY_MS // 4


def test_a_rescue_ends_it_after_as_many_as_it_says() -> None:
    center = Center(2, rescue=True)
    center.arrive("poison", 0)
    center.wait_until(center.now_ms + RETRY_MS)
    assert center.moved == ["poison"]
    assert center.engine.state.interactions["poison"].queue == "billing"


def test_without_any_time_between_there_is_still_one_offer_for_each_answer() -> None:
    engine = Engine()
    policy = changed(decline_retry_s=0)
    batch = [
        Input("1-1", 1, cm.ReplacePolicy(policy=policy)),
        Input("1-2", 1, cm.AgentLogin("ann", "desk")),
        Input("1-3", 1, cm.Create("i", "voice")),
    ]
    events = engine.handle(batch, 1)
    for number in range(4, 40):
        (offer,) = (event for event in events if isinstance(event, ev.OfferIssued))
        events = engine.handle([Input(f"1-{number}", 1, cm.Decline(offer.offer_id, "ann"))], 1)
        assert not engine.partial
