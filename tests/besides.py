"""Random commands beside the routing: on condition of a version (most of them of the right one),
who asks for one or for a place, notes, and what agents go on to do after an act of theirs."""

from __future__ import annotations

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from router import commands as cm
from router.inputs import Fault
from tests.oracle.versions import subject_of, version_of
from tests.picking import Picking, mostly
from tests.strategies import activities, agent_ids

__all__ = ("Besides",)

held = st.sampled_from((False, False, True))
states = st.sampled_from(("queued", "offered", "suspended", "assigned", "idle", "wrap_up"))


class Besides(Picking):
    """Rules of a state machine. A version is that of the floor as it is, before the commands that
    wait to be sent with it."""

    def send(self, command: cm.Command | Fault, hold: bool) -> None:
        raise NotImplementedError

    @precondition(lambda self: self.floor.interactions)
    @rule(data=st.data(), hold=held)
    def inquire(self, data: st.DataObject, hold: bool) -> None:
        state = data.draw(st.sampled_from(("queued", "queued", "queued", "offered", "assigned")))
        name = self.some_interaction(data, state).interaction_id
        self.send(cm.Inquire(name, command_id="42", reply_to="desk:1"), hold)

    @precondition(lambda self: self.floor.interactions)
    @rule(data=st.data(), state=states, hold=held)
    def change_on_condition(self, data: st.DataObject, state: str, hold: bool) -> None:
        interaction = self.some_interaction(data, state)
        name, owner = interaction.interaction_id, self.owner(data, interaction)
        changes: tuple[cm.Command, ...] = (
            cm.Update(name, priority=7),
            cm.Cancel(name),
            cm.Requeue(name),
            cm.Transfer(name, owner, queue="billing"),
            cm.Suspend(name),
            cm.Resume(name),
            cm.Retry(name, owner),
            cm.Idle(name),
            cm.Wake(name),
            cm.Complete(name, owner),
            cm.EndWrapUp(name, owner),
            cm.ExtendWrapUp(name, owner, 9),
        )
        self.send_on_condition(data, data.draw(st.sampled_from(changes)), hold)

    @rule(data=st.data(), agent_id=agent_ids, hold=held)
    def change_agent_on_condition(self, data: st.DataObject, agent_id: str, hold: bool) -> None:
        changes: tuple[cm.Command, ...] = (
            cm.AgentState(agent_id, activity="lunch"),
            cm.AgentState(agent_id, "available"),
            cm.AgentSkills(agent_id, {"french": 2}),
            cm.AgentChannels(agent_id, ("letter", "chat")),
            cm.AgentAttributes(agent_id, {"tier": 1}),
            cm.AgentCapacity(agent_id, capacity=100),
            cm.AgentLogout(agent_id),
        )
        self.send_on_condition(data, data.draw(st.sampled_from(changes)), hold)

    def send_on_condition(self, data: st.DataObject, command: cm.Command, hold: bool) -> None:
        thing = subject_of(self.floor, command)
        right = thing is not None and data.draw(mostly)
        version = version_of(thing) if thing is not None and right else "0123456789abcdef"
        self.send(msgspec.structs.replace(command, if_version=version), hold)

    @precondition(lambda self: self.floor.interactions)
    @rule(data=st.data(), state=states, hold=held)
    def ask_for_a_version(self, data: st.DataObject, state: str, hold: bool) -> None:
        name = self.some_interaction(data, state).interaction_id
        self.send(cm.InquireVersion(name, reply_to="desk:1", command_id="v"), hold)

    @rule(agent_id=agent_ids, hold=held)
    def ask_for_an_agents_version(self, agent_id: str, hold: bool) -> None:
        self.send(cm.InquireVersion(agent_id=agent_id), hold)

    @precondition(lambda self: self.floor.interactions)
    @rule(data=st.data(), state=states, text=st.sampled_from(("a", "b")), hold=held)
    def write_down(self, data: st.DataObject, state: str, text: str, hold: bool) -> None:
        name = self.some_interaction(data, state).interaction_id
        self.send(cm.Note(name, text, data.draw(st.sampled_from(("", "ann")))), hold)

    @precondition(lambda self: self.floor.offers)
    @rule(data=st.data(), activity=activities, declines=st.booleans(), hold=held)
    def answer_and_go_on(
        self, data: st.DataObject, activity: str | None, declines: bool, hold: bool
    ) -> None:
        offer = self.some_offer(data)
        kind = cm.Decline if declines else cm.Accept
        self.send(kind(offer.offer_id, self.receiver(data, offer), activity=activity), hold)

    @precondition(lambda self: self.floor.in_state("assigned") + self.floor.in_state("wrap_up"))
    @rule(data=st.data(), activity=activities, done=st.booleans(), hold=held)
    def finish_and_go_on(
        self, data: st.DataObject, activity: str | None, done: bool, hold: bool
    ) -> None:
        interaction = self.some_interaction(data, "wrap_up" if done else "assigned")
        name, owner = interaction.interaction_id, self.owner(data, interaction)
        kind = cm.EndWrapUp if done else cm.Complete
        self.send(kind(name, owner, activity=activity), hold)
