"""Idle conversations by the page (docs/idle.md): folded event by event, every move checked."""

from __future__ import annotations

from router import events as ev
from tests.oracle.presence import Presence
from tests.oracle.things import Agent, Interaction


class Silences(Presence):
    """A floor on which customers may be silent."""

    def _interaction_idled(self, event: ev.InteractionIdled, now_ms: int) -> None:
        interaction = self._held(event.interaction_id, event.agent_id, "assigned", "waking")
        if interaction.state == "assigned":
            assert self.in_force.channel(interaction.channel).release_idle, "it keeps its capacity"
            self.agents[event.agent_id].idle_since_ms = now_ms
        assert event.cause, "the engine does not see that a customer is silent"
        agent = self._strike(interaction)
        agent.idle.add(event.interaction_id)
        interaction.state = "idle"

    def _interaction_waking(self, event: ev.InteractionWaking, now_ms: int) -> None:
        interaction = self._held(event.interaction_id, event.agent_id, "idle")
        agent = self.agents[event.agent_id]
        assert agent.waking or not self.claim(agent, interaction), "it could have woken at once"
        assert event.until_ms == now_ms + self.in_force.wake_ms(interaction.channel)
        agent.idle.discard(event.interaction_id)
        agent.waking.append(event.interaction_id)
        interaction.state, interaction.waking_until_ms = "waking", event.until_ms

    def _interaction_woken(self, event: ev.InteractionWoken, now_ms: int) -> None:
        interaction = self._held(event.interaction_id, event.agent_id, "idle", "waking")
        agent = self.agents[event.agent_id]
        assert self.claim(agent, interaction), f"{agent} has no room for {interaction}"
        first = agent.waking[0] if agent.waking else event.interaction_id
        assert first == event.interaction_id, f"{first} woke before it"
        assert bool(event.cause) == (interaction.state == "idle"), "what waits is not asked again"
        channel = self.in_force.channel(interaction.channel)
        assert event.cost == channel.cost, "it costs what the policy in force says"
        self._strike(interaction)
        agent.ledger[event.interaction_id] = self._item(interaction, event.cost)
        agent.idle_since_ms = now_ms
        interaction.state = "assigned"

    def claim(self, agent: Agent, interaction: Interaction) -> bool:
        """Whether the agent could have it back now."""
        room = self.has_room(self.in_force, agent, interaction.channel, interaction.label)
        return agent.state == "available" and room
