"""The agents of the naive state: who is there, and what they can and take."""

from __future__ import annotations

from router import events as ev
from tests.oracle.book import Book
from tests.oracle.things import Agent


class Presence(Book):
    """A floor on which agents come and go."""

    def _agent_logged_in(self, event: ev.AgentLoggedIn, now_ms: int) -> None:
        agent = self.agents.get(event.agent_id)
        if agent is None or not agent.known:
            agent = self.agents[event.agent_id] = Agent(event.agent_id)
        if agent.state != "available":
            agent.state = "unavailable"
        agent.inbox = event.inbox
        agent.skills, agent.capacity = dict(event.skills), event.capacity
        agent.maximums, agent.share = dict(event.maximums), event.share
        agent.attributes = dict(event.attributes)
        agent.inactive, agent.closed = event.inactive_skills, frozenset(event.closed_channels)
        self.touched_agents.add(event.agent_id)

    def _agent_logged_out(self, event: ev.AgentLoggedOut, now_ms: int) -> None:
        agent = self._present(event.agent_id)
        if not event.cause:
            due_ms = self.sign_off_ms(agent)
            assert due_ms is not None, "nobody has told to log out who works, or may be quiet"
            assert event.reason == "nothing was heard of the agent"
            self._is_due(due_ms)
        agent.state, agent.activity = "logged_out", ""

    def _agent_activity_changed(self, event: ev.AgentActivityChanged, now_ms: int) -> None:
        agent = self._present(event.agent_id)
        assert event.activity != agent.activity, "a change changes something"
        agent.activity = event.activity

    def _agent_channels_changed(self, event: ev.AgentChannelsChanged, now_ms: int) -> None:
        self._present(event.agent_id).closed = frozenset(event.closed_channels)
        self.touched_agents.add(event.agent_id)

    def _agent_available(self, event: ev.AgentAvailable, now_ms: int) -> None:
        agent = self._present(event.agent_id)
        policy = self.in_force.policy
        if any(queue.strategy == "target_share" for queue in policy.queues.values()):
            passes = [a.share_pass for a in self.agents.values() if a.state == "available"]
            agent.share_pass = max(agent.share_pass, min(passes, default=0))
        agent.state = "available"
        agent.idle_since_ms = now_ms
        self.touched_agents.add(event.agent_id)

    def _agent_unavailable(self, event: ev.AgentUnavailable, now_ms: int) -> None:
        self._present(event.agent_id).state = "unavailable"

    def _agent_not_responding(self, event: ev.AgentNotResponding, now_ms: int) -> None:
        assert self.offers[event.offer_id].outcome == "expired", "only an expiry says so"
        self._present(event.agent_id).state = "not_responding"

    def _agent_skills_changed(self, event: ev.AgentSkillsChanged, now_ms: int) -> None:
        agent = self._present(event.agent_id)
        agent.skills, agent.inactive = dict(event.skills), event.inactive_skills
        self.touched_agents.add(event.agent_id)

    def _agent_attributes_changed(self, event: ev.AgentAttributesChanged, now_ms: int) -> None:
        self._present(event.agent_id).attributes = dict(event.attributes)
        self.touched_agents.add(event.agent_id)

    def _agent_capacity_changed(self, event: ev.AgentCapacityChanged, now_ms: int) -> None:
        agent = self._present(event.agent_id)
        agent.capacity, agent.maximums = event.capacity, dict(event.maximums)
        agent.share = event.share
        self.touched_agents.add(event.agent_id)
