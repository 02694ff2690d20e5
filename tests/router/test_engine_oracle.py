"""The engine against the oracle: the same offers and records, every invariant, every replay."""

from __future__ import annotations

import itertools
from typing import Any

import msgspec
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from router import commands as cm
from router import events as ev
from router import limits
from router.engine import Engine
from router.inputs import Fault, Input
from router.record import FORMAT, GENESIS, NO_POSITION, Record, decode_record, encode_record
from tests.audited import BEGIN_MS, arriving
from tests.besides import Besides
from tests.conditions import agent_attributes
from tests.hypothesis_profiles import TIMEOUT_S, scaled
from tests.oracle import Auditor
from tests.oracle.invariants import earliest_timer_ms
from tests.policies import POLICY, QUEUES
from tests.strategies import (
    AGENTS,
    activities,
    agent_ids,
    any_policies,
    closed_lists,
    creates,
    elapsed_ms,
    inactive_lists,
    logins,
    maximum_maps,
    mixed_policies,
    nonsense,
    offering_policies,
    priorities,
    requirement_lists,
    shares,
    suspensions,
    told_skill_maps,
)

pytestmark = pytest.mark.timeout(TIMEOUT_S)

held = st.sampled_from((False, False, True))
"""Whether a command waits for the next one, so that both arrive in one batch."""

in_hand = st.sampled_from(("assigned", "assigned", "idle", "waking"))

retries = st.sampled_from((None, 0, 1, 20, 3_600))


@pytest.fixture(autouse=True)
def few_spare_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets slots of demand classes be given to others in a small center, too."""
    monkeypatch.setattr("queues.classes.SPARE_CLASSES_MAX", 2)


class EngineAgainstOracle(Besides, RuleBasedStateMachine):
    """Drives four at once: the engine, a twin, a follower that folds the journal, the oracle."""

    def __init__(self) -> None:
        super().__init__()
        self.journal: list[bytes] = []
        self.now_ms = self.horizon_ms = BEGIN_MS
        self.batch: list[Input] = []
        self.entry = itertools.count(1)
        self.names = itertools.count(1)

    def begin(self, *, policy_at_once_max: int) -> None:
        self.policy_at_once_max = policy_at_once_max
        self.engine, self.twin, self.follower = (self.new_engine() for _ in range(3))
        self.auditor = Auditor(policy_at_once_max)
        self.floor = self.auditor.floor

    def new_engine(self) -> Engine:
        return Engine(policy_at_once_max=self.policy_at_once_max)

    # --- the floor opens

    @initialize(
        policy_at_once_max=st.sampled_from((0, limits.POLICY_AT_ONCE_MAX)),
        logins=st.tuples(*(logins(agent_id) for agent_id in AGENTS)),
        policy=st.one_of(st.just(POLICY), mixed_policies, offering_policies),
    )
    def open_the_floor(
        self, policy_at_once_max: int, logins: tuple[cm.AgentLogin, ...], policy: dict[str, Any]
    ) -> None:
        self.begin(policy_at_once_max=policy_at_once_max)
        self.send(logins[0], hold=False)
        self.send(cm.ReplacePolicy(policy=policy), hold=False)
        for login in logins:
            self.send(login, hold=True)
        self.deliver()

    # --- interactions

    @rule(data=st.data(), count=st.sampled_from((1, 1, 2, 3, 7)), hold=held)
    def create(self, data: st.DataObject, count: int, hold: bool) -> None:
        for _ in range(count):
            command = creates(f"i{next(self.names)}", self.now_ms)
            self.send(data.draw(command), hold=True)
        self.deliver_unless(hold)

    @precondition(lambda self: self.floor.interactions)
    @rule(data=st.data(), hold=held)
    def create_again(self, data: st.DataObject, hold: bool) -> None:
        name = self.some_interaction(data, "completed").interaction_id
        self.send(data.draw(creates(name, self.now_ms)), hold)

    @precondition(lambda self: self.floor.queued() or self.floor.open_offers())
    @rule(
        data=st.data(),
        priority=st.one_of(st.none(), priorities),
        requirements=st.one_of(st.none(), requirement_lists),
        hold=held,
    )
    def update(
        self,
        data: st.DataObject,
        priority: int | None,
        requirements: tuple[cm.AskedRequirement, ...] | None,
        hold: bool,
    ) -> None:
        state = data.draw(st.sampled_from(("queued", "offered", "suspended", "assigned")))
        name = self.some_interaction(data, state).interaction_id
        self.send(cm.Update(name, priority=priority, requirements=requirements), hold)

    @precondition(lambda self: self.floor.interactions)
    @rule(data=st.data(), hold=held)
    def cancel(self, data: st.DataObject, hold: bool) -> None:
        state = data.draw(
            st.sampled_from(("queued", "offered", "suspended", "cancelled", "idle", "waking"))
        )
        self.send(cm.Cancel(self.some_interaction(data, state).interaction_id), hold)

    @precondition(lambda self: self.floor.in_state("assigned"))
    @rule(data=st.data(), state=in_hand, hold=held)
    def requeue(self, data: st.DataObject, state: str, hold: bool) -> None:
        self.send(cm.Requeue(self.some_interaction(data, state).interaction_id), hold)

    @precondition(lambda self: self.floor.in_state("assigned"))
    @rule(data=st.data(), hold=held)
    def requeue_for_later(self, data: st.DataObject, hold: bool) -> None:
        name = self.some_interaction(data, "assigned").interaction_id
        self.send(cm.Requeue(name, suspension=data.draw(suspensions(self.now_ms))), hold)

    @precondition(lambda self: self.floor.in_state("assigned"))
    @rule(
        data=st.data(),
        queue=st.sampled_from((None, *QUEUES)),
        to_agent=st.none() | agent_ids,
        at_once=st.booleans(),
        over=st.booleans(),
        requirements=st.one_of(st.none(), requirement_lists),
        hold=held,
    )
    def transfer(
        self,
        data: st.DataObject,
        queue: str | None,
        to_agent: str | None,
        at_once: bool,
        over: bool,
        requirements: tuple[cm.AskedRequirement, ...] | None,
        hold: bool,
    ) -> None:
        interaction = self.some_interaction(data, data.draw(in_hand))
        command = cm.Transfer(
            interaction.interaction_id,
            self.owner(data, interaction),
            queue=queue,
            to_agent=to_agent,
            at_once=at_once,
            over_capacity=over,
            requirements=requirements,
        )
        self.send(command, hold)

    @precondition(lambda self: self.floor.interactions)
    @rule(data=st.data(), hold=held)
    def suspend(self, data: st.DataObject, hold: bool) -> None:
        state = data.draw(st.sampled_from(("queued", "queued", "offered", "suspended", "assigned")))
        name = self.some_interaction(data, state).interaction_id
        asked = data.draw(suspensions(self.now_ms))
        self.send(cm.Suspend(name, asked.until_ms, asked.inbox, asked.keep_place), hold)

    @precondition(lambda self: self.floor.in_state("suspended"))
    @rule(data=st.data(), hold=held)
    def resume(self, data: st.DataObject, hold: bool) -> None:
        state = data.draw(st.sampled_from(("suspended", "suspended", "queued")))
        self.send(cm.Resume(self.some_interaction(data, state).interaction_id), hold)

    @precondition(lambda self: self.floor.in_state("suspended") + self.floor.in_state("assigned"))
    @rule(data=st.data(), retry_s=st.sampled_from((None, None, 0, 60)), hold=held)
    def retry(self, data: st.DataObject, retry_s: int | None, hold: bool) -> None:
        state = data.draw(st.one_of(st.just("suspended"), in_hand))
        interaction = self.some_interaction(data, state)
        asked = data.draw(suspensions(self.now_ms))
        agent_id = interaction.agent_id or None
        inbox, keeps = asked.inbox, asked.keep_place
        self.send(cm.Retry(interaction.interaction_id, agent_id, retry_s, inbox, keeps), hold)

    @precondition(lambda self: self.floor.in_state("assigned"))
    @rule(data=st.data(), hold=held)
    def go_idle(self, data: st.DataObject, hold: bool) -> None:
        state = data.draw(st.sampled_from(("assigned", "assigned", "assigned", "waking")))
        self.send(cm.Idle(self.some_interaction(data, state).interaction_id), hold)

    @precondition(lambda self: self.floor.in_state("assigned"))
    @rule(hold=held)
    def all_go_idle(self, hold: bool) -> None:
        for interaction in self.floor.in_state("assigned"):
            self.send(cm.Idle(interaction.interaction_id), hold=True)
        self.deliver_unless(hold)

    @precondition(lambda self: self.floor.in_state("idle"))
    @rule(data=st.data(), hold=held)
    def wake(self, data: st.DataObject, hold: bool) -> None:
        state = data.draw(st.sampled_from(("idle", "idle", "idle", "waking")))
        self.send(cm.Wake(self.some_interaction(data, state).interaction_id), hold)

    @precondition(lambda self: self.floor.in_state("idle"))
    @rule(hold=held)
    def all_wake(self, hold: bool) -> None:
        for interaction in self.floor.in_state("idle"):
            self.send(cm.Wake(interaction.interaction_id), hold=True)
        self.deliver_unless(hold)

    @precondition(lambda self: self.floor.in_state("assigned"))
    @rule(
        data=st.data(),
        wrap_up=st.sampled_from((None, None, True, False)),
        state=in_hand,
        hold=held,
    )
    def complete(self, data: st.DataObject, wrap_up: bool | None, state: str, hold: bool) -> None:
        interaction = self.some_interaction(data, state)
        owner = self.owner(data, interaction)
        self.send(cm.Complete(interaction.interaction_id, owner, wrap_up=wrap_up), hold)

    @precondition(lambda self: self.floor.in_state("wrap_up"))
    @rule(data=st.data(), hold=held)
    def extend_wrap_up(self, data: st.DataObject, hold: bool) -> None:
        interaction = self.some_interaction(data, "wrap_up")
        owner = self.owner(data, interaction)
        self.send(cm.ExtendWrapUp(interaction.interaction_id, owner, 20), hold)

    @precondition(lambda self: self.floor.in_state("wrap_up"))
    @rule(data=st.data(), hold=held)
    def end_wrap_up(self, data: st.DataObject, hold: bool) -> None:
        interaction = self.some_interaction(data, "wrap_up")
        self.send(cm.EndWrapUp(interaction.interaction_id, self.owner(data, interaction)), hold)

    @precondition(lambda self: self.floor.in_state("assigned"))
    @rule(hold=held)
    def complete_all(self, hold: bool) -> None:
        for interaction in self.floor.in_state("assigned"):
            self.send(cm.Complete(interaction.interaction_id, interaction.agent_id), hold=True)
        self.deliver_unless(hold)

    # --- agents

    @rule(data=st.data(), agent_id=agent_ids, hold=held)
    def login(self, data: st.DataObject, agent_id: str, hold: bool) -> None:
        self.send(data.draw(logins(agent_id)), hold)

    @rule(agent_id=agent_ids, hold=held)
    def logout(self, agent_id: str, hold: bool) -> None:
        self.send(cm.AgentLogout(agent_id), hold)

    @rule(agent_id=agent_ids, hold=held)
    def take_a_break(self, agent_id: str, hold: bool) -> None:
        self.send(cm.AgentState(agent_id, "unavailable"), hold)

    @rule(agent_id=agent_ids, hold=held)
    def come_back(self, agent_id: str, hold: bool) -> None:
        self.send(cm.AgentState(agent_id, "available"), hold)

    @precondition(lambda self: any(a.state != "available" for a in self.floor.logged_in()))
    @rule(hold=held)
    def all_available(self, hold: bool) -> None:
        for agent in self.floor.logged_in():
            self.send(cm.AgentState(agent.agent_id, "available"), hold=True)
        self.deliver_unless(hold)

    @rule(agent_id=agent_ids, skills=told_skill_maps, inactive=inactive_lists, hold=held)
    def set_skills(
        self, agent_id: str, skills: dict[str, int | str], inactive: tuple[str, ...], hold: bool
    ) -> None:
        self.send(cm.AgentSkills(agent_id, skills, inactive), hold)

    @rule(agent_id=agent_ids, closed=closed_lists, hold=held)
    def close_channels(self, agent_id: str, closed: tuple[str, ...], hold: bool) -> None:
        self.send(cm.AgentChannels(agent_id, closed), hold)

    @rule(agent_id=agent_ids, activity=activities, hold=held)
    def do_something(self, agent_id: str, activity: str | None, hold: bool) -> None:
        self.send(cm.AgentState(agent_id, activity=activity), hold)

    @rule(agent_id=agent_ids, attributes=agent_attributes, hold=held)
    def set_attributes(
        self, agent_id: str, attributes: dict[str, cm.AttributeValue], hold: bool
    ) -> None:
        self.send(cm.AgentAttributes(agent_id, attributes), hold)

    @rule(
        agent_id=agent_ids,
        capacity=st.sampled_from((None, 30, 100, 1_000)),
        maximums=maximum_maps,
        share=shares,
        hold=held,
    )
    def set_capacity(
        self, agent_id: str, capacity: int | None, maximums: dict[str, int], share: int, hold: bool
    ) -> None:
        self.send(
            cm.AgentCapacity(agent_id, capacity=capacity, maximums=maximums, share=share), hold
        )

    # --- offers

    @precondition(lambda self: self.floor.offers)
    @rule(data=st.data(), hold=held)
    def accept(self, data: st.DataObject, hold: bool) -> None:
        offer = self.some_offer(data)
        self.send(cm.Accept(offer.offer_id, self.receiver(data, offer)), hold)

    @precondition(lambda self: self.floor.open_offers())
    @rule(hold=held)
    def accept_all(self, hold: bool) -> None:
        for offer in self.floor.open_offers():
            self.send(cm.Accept(offer.offer_id, offer.agent_id), hold=True)
        self.deliver_unless(hold)

    @precondition(lambda self: self.floor.open_offers())
    @rule(data=st.data(), retry_s=retries, back=st.booleans(), hold=held)
    def fail(self, data: st.DataObject, retry_s: int | None, back: bool, hold: bool) -> None:
        offer = self.some_offer(data)
        decline = cm.Decline(offer.offer_id, self.receiver(data, offer), retry_s=retry_s)
        self.send(cm.Rescind(offer.offer_id, retry_s) if back else decline, hold)

    @precondition(lambda self: self.floor.open_offers())
    @rule(data=st.data(), hold_s=st.sampled_from((1, 20, 600)), hold=held)
    def hold_offer(self, data: st.DataObject, hold_s: int, hold: bool) -> None:
        offer = self.some_offer(data)
        self.send(cm.HoldOffer(offer.offer_id, self.receiver(data, offer), hold_s), hold)

    @precondition(lambda self: self.floor.queued() or self.floor.open_offers())
    @rule(data=st.data(), queue=st.sampled_from(("general", "billing", "nowhere")), hold=held)
    def move(self, data: st.DataObject, queue: str, hold: bool) -> None:
        state = data.draw(st.sampled_from(("queued", "queued", "offered", "suspended")))
        self.send(cm.Move(self.some_interaction(data, state).interaction_id, queue), hold)

    @precondition(lambda self: self.floor.queued() or self.floor.open_offers())
    @rule(data=st.data(), agent_id=agent_ids, over=st.booleans(), at_once=st.booleans(), hold=held)
    def give(
        self, data: st.DataObject, agent_id: str, over: bool, at_once: bool, hold: bool
    ) -> None:
        state = data.draw(st.sampled_from(("queued", "queued", "offered", "assigned")))
        name = self.some_interaction(data, state).interaction_id
        kind = cm.Assign if at_once else cm.OfferTo
        self.send(kind(name, agent_id, over), hold)

    # --- the router

    @rule(document=any_policies, anew=st.booleans(), hold=held)
    def replace_policy(self, document: dict[str, Any], anew: bool, hold: bool) -> None:
        self.send(cm.ReplacePolicy(policy=document, reclassify=anew), hold)

    @rule(
        data=st.data(),
        reason=st.sampled_from(("", "draining")),
        code=st.sampled_from(("intake_closed", "overloaded")),
        retry_after_ms=st.sampled_from((0, 5_000)),
    )
    def close_intake_for_a_while(
        self, data: st.DataObject, reason: str, code: str, retry_after_ms: int
    ) -> None:
        for command in (
            cm.SetIntake(open=False, reason=reason, code=code, retry_after_ms=retry_after_ms),
            data.draw(creates(f"i{next(self.names)}", self.now_ms)),
            cm.SetIntake(open=True),
        ):
            self.send(command, hold=True)
        self.deliver()

    @rule(command=nonsense, hold=held)
    def send_nonsense(self, command: cm.Command | Fault, hold: bool) -> None:
        self.send(command, hold)

    @rule(ms=elapsed_ms)
    def let_time_pass(self, ms: int) -> None:
        self.now_ms += ms
        self.deliver()

    @rule(ms=elapsed_ms, unread_ms=elapsed_ms)
    def let_time_pass_with_commands_unread(self, ms: int, unread_ms: int) -> None:
        self.now_ms += ms
        self.deliver(unread_ms)

    @precondition(lambda self: self.engine.next_due_ms() is not None)
    @rule(late_ms=st.sampled_from((-1, 0, 0, 1)))
    def let_the_next_timer_fire(self, late_ms: int) -> None:
        due_ms = self.engine.next_due_ms()
        assert due_ms is not None
        self.now_ms = max(self.now_ms, due_ms + late_ms)
        self.deliver()

    @rule()
    def restart(self) -> None:
        self.deliver()
        self.engine = self.recovered()
        for engine in (self.engine, self.twin):
            engine.touch_everything()
        self.auditor.touch_everything()

    # --- how a batch is made and checked

    def send(self, command: cm.Command | Fault, hold: bool) -> None:
        entry_id = f"{self.now_ms}-{next(self.entry)}"
        self.batch.append(arriving(entry_id, self.now_ms, command))
        self.deliver_unless(hold)

    def deliver_unless(self, hold: bool) -> None:
        if not hold:
            self.deliver()

    def deliver(self, unread_ms: int = 0) -> None:
        """Hand over the batch; commands of the last ``unread_ms`` may still be on their way."""
        batch, self.batch = self.batch, []
        self.horizon_ms = max(self.horizon_ms, self.now_ms - unread_ms)
        before = self.engine.state_bytes()
        events = self.engine.handle(batch, self.now_ms, self.horizon_ms)
        assert not self.engine.partial
        if not events:
            assert self.engine.state_bytes() == before, "a change without an event is lost"
        self.auditor.follow(batch, events, self.now_ms, timers_upto_ms=self.horizon_ms)
        self.check_determinism(batch, events)
        self.check_replay(events)
        self.check_due()

    def check_determinism(self, batch: list[Input], events: list[ev.Event]) -> None:
        again = self.twin.handle(batch, self.now_ms, self.horizon_ms)
        assert encoded(again) == encoded(events)
        assert self.twin.state_bytes() == self.engine.state_bytes()

    def check_replay(self, events: list[ev.Event]) -> None:
        """The events, by way of the journal's own bytes, give the same state."""
        record = encode_record(
            Record(
                v=FORMAT,
                now_ms=self.now_ms,
                position=NO_POSITION,
                consumed=0,
                prev=GENESIS,
                events=events,
            )
        )
        self.journal.append(record)
        fold(self.follower, record)
        assert self.follower.state_bytes() == self.engine.state_bytes()

    def check_due(self) -> None:
        due_ms, earliest_ms = self.engine.next_due_ms(), earliest_timer_ms(self.floor)
        assert due_ms is None or due_ms > self.horizon_ms, "a timer that is due was left"
        assert self.follower.next_due_ms() == due_ms
        if earliest_ms is not None:
            assert due_ms is not None
            assert due_ms <= earliest_ms, "the engine would sleep past a timer"

    def recovered(self) -> Engine:
        engine = self.new_engine()
        for record in self.journal:
            fold(engine, record)
        assert engine.state_bytes() == self.engine.state_bytes()
        return engine

    def teardown(self) -> None:
        if self.batch:
            self.deliver()
        self.recovered()


def fold(engine: Engine, record_bytes: bytes) -> None:
    record = decode_record(record_bytes)
    for event in record.events:
        engine.apply(event, record.now_ms)


def encoded(events: list[ev.Event]) -> bytes:
    return msgspec.msgpack.encode(events)


EngineAgainstOracle.TestCase.settings = scaled(300, steps=40)
TestEngineAgainstOracle = EngineAgainstOracle.TestCase
