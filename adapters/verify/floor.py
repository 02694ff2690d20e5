"""The floor: every agent, who could take what, and who has the skills for what.

Sets of agent ids answer the checker's questions without a scan of all agents: the takers of each
channel and label (available, with room for one more) and the holders of each hard requirement.
Changes of room are noted and worked in when somebody asks.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import Any, Final

from adapters.verify.conditions import groups_in
from adapters.verify.model import Agent, HardRequirements, Item, Work
from adapters.verify.terms import Held, PolicyTerms, Requirement, meets
from adapters.verify.wire import Event

__all__ = ("Floor", "ledger_problem", "offers_problem", "room_problem")

_REQUIREMENTS_KEPT_MAX: Final = 5_000
"""Requirements whose agents are kept up to date; past it the table is started anew."""

_CONDITIONS: Final = ""
"""In place of the skill of a tree or an expression: any change of an agent may concern it."""


def offers_problem(offers: int, policy: PolicyTerms) -> tuple[str, str] | None:
    """Why an agent with so many open offers cannot get one more (code, words)."""
    most = policy.offers_per_agent
    if most is None or offers < most:
        return None
    return "capacity_offers", f"has {offers} of {most} open offers"


def room_problem(
    agent: Agent, work: Work, policy: PolicyTerms, *, to_ask: bool = True
) -> tuple[str, str] | None:
    """Why an agent cannot be given an item of a channel and a label, or (``to_ask``) be asked for
    one more (code, words), by "Capacity" in matching.md."""
    channel = work[0]
    too_many = offers_problem(len(agent.offers), policy) if to_ask else None
    if too_many is not None:
        return too_many
    if channel in agent.closed:
        return "capacity_closed", f"takes no {channel} for now"
    if agent.waking:
        return "capacity_claimed", f"has the first room for {agent.waking[0]}, which is waking"
    return ledger_problem(agent, work, policy)


def ledger_problem(agent: Agent, work: Work, policy: PolicyTerms) -> tuple[str, str] | None:
    """Why there is no room for an item of a channel and a label beside what an agent holds (code,
    words)."""
    channel, label = work
    terms = policy.channels[channel]
    maximum = agent.maximums.get(channel, terms.maximum)
    if agent.held.get(channel, 0) >= maximum:
        return "capacity_maximum", f"holds {agent.held.get(channel, 0)} of {maximum} {channel}"
    most = terms.labels.get(label)
    if most is not None:
        held = sum((item.channel, item.label) == work for item in agent.items.values())
        if held >= most:
            return "capacity_label", f"holds {held} of {most} {channel} with the label {label}"
    if terms.light:
        return None
    stays = [item for item in agent.items.values() if item.channel not in terms.interrupts]
    used = sum(item.cost for item in stays)
    if used + terms.cost > agent.capacity:
        return (
            "capacity_exceeded",
            f"uses {used} of {agent.capacity} and {channel} costs {terms.cost}",
        )
    if any(item.exclusive for item in stays):
        return "capacity_exclusive", "holds exclusive work"
    if terms.exclusive and not all(item.light for item in stays):
        return "capacity_exclusive", f"holds other work beside the exclusive {channel}"
    return None


class Floor:
    """All agents who are logged in or hold work."""

    def __init__(self) -> None:
        self.agents: dict[str, Agent] = {}
        self.available: set[str] = set()
        self.logged_in = 0
        self.open_groups: set[str] = set()
        """Groups that are open, as queue/group."""
        self.touched: set[str] = set()
        """Agents who may be able to take more than when work conservation was last checked."""
        self._stale: set[str] = set()
        self._takers: dict[Work, set[str]] = {}
        self._holders: dict[Requirement, set[str]] = {}
        self._by_skill: dict[str, list[Requirement]] = {}
        self._policy: PolicyTerms | None = None

    def replace_policy(self, policy: PolicyTerms) -> None:
        """Judge room by another policy from here on; shares are counted anew."""
        if self._policy is None or self._policy.levels.keys() != policy.levels.keys():
            # expressions may go over all skills of the policy
            self._holders.clear()
            self._by_skill.clear()
        self._policy = policy
        for agent in self.agents.values():
            agent.share_pass = 0
        self._takers = {
            (channel, label): set()
            for channel, terms in policy.channels.items()
            for label in ("", *terms.labels)
        }
        self._stale.update(self.agents)

    def set_state(self, agent: Agent, *, logged_in: bool, available: bool) -> None:
        """Note what an agent's event says about their state."""
        self.logged_in += logged_in - agent.logged_in
        agent.logged_in, agent.available = logged_in, available
        if available:
            self.available.add(agent.agent_id)
        else:
            self.available.discard(agent.agent_id)
        self._touch(agent, gains=available)
        self._forget_if_gone(agent)

    def log_in(self, agent: Agent, event: Event) -> None:
        """Enter an agent, or take over what their new login says."""
        self.logged_in += not agent.logged_in
        agent.logged_in = True
        agent.inbox = event["inbox"]
        agent.maximums, agent.capacity = event["maximums"], event["capacity"]
        agent.share = max(1, event["share"])
        agent.closed = frozenset(event["closed_channels"])
        if agent.agent_id in self.agents:
            self.change_skills(agent, event["skills"])
            self.change_attributes(agent, event["attributes"])
            return
        self.agents[agent.agent_id] = agent
        agent.skills, agent.attributes = event["skills"], event["attributes"]
        for requirements in self._by_skill.values():
            self._place(agent, requirements)
        self._touch(agent, gains=True)

    def change_skills(self, agent: Agent, skills: dict[str, int]) -> None:
        """Replace an agent's skills."""
        before, agent.skills = agent.skills, skills
        for skill in before.keys() | skills.keys():
            if before.get(skill, 0) != skills.get(skill, 0):
                self._place(agent, self._by_skill.get(skill, ()))
        self._place(agent, self._by_skill.get(_CONDITIONS, ()))
        self._touch(agent, gains=True)

    def change_attributes(self, agent: Agent, attributes: dict[str, Any]) -> None:
        """Replace an agent's attributes."""
        agent.attributes = attributes
        self._place(agent, self._by_skill.get(_CONDITIONS, ()))
        self._touch(agent, gains=True)

    def has_skills(self, agent: Agent, hard: HardRequirements) -> bool:
        """Whether an agent meets all hard requirements."""
        held = self._held_by(agent)
        return all(meets(held, requirement) for requirement in hard)

    def _held_by(self, agent: Agent) -> Held:
        known = self._policy.levels if self._policy is not None else {}
        return Held(agent.skills, agent.attributes, known, self.open_groups)

    def change_groups(self, opened: AbstractSet[str], closed: AbstractSet[str]) -> None:
        """Groups open and close to everybody."""
        if not (opened or closed):
            return
        self.open_groups |= opened
        self.open_groups -= closed
        changed = opened | closed
        reading = [
            requirement
            for requirement in self._by_skill.get(_CONDITIONS, ())
            if requirement.condition and not changed.isdisjoint(groups_in(requirement.condition))
        ]
        for agent in self.agents.values():
            self._place(agent, reading)
        if opened:
            self.touched.update(self.available)

    def change_limits(self, agent: Agent) -> None:
        """Judge an agent's room anew: limits or channels are others, or there is one offer less."""
        self._touch(agent, gains=True)

    def raise_share(self, agent: Agent) -> None:
        """Owe an agent who has been away no more than the one who is owed most of the others."""
        if self._policy is not None and self._policy.shares_work:
            others = (self.agents[name].share_pass for name in self.available)
            agent.share_pass = max(agent.share_pass, min(others, default=0))

    def hold(self, agent: Agent, interaction_id: str, item: Item) -> None:
        """Enter an item in an agent's ledger."""
        agent.hold(interaction_id, item)
        self._touch(agent, gains=False)

    def release(self, agent: Agent, interaction_id: str) -> None:
        """Strike an item from an agent's ledger."""
        agent.release(interaction_id)
        self._touch(agent, gains=True)
        self._forget_if_gone(agent)

    def rest(self, agent: Agent, interaction_id: str, *, waking: bool) -> None:
        """Keep what an agent has in hand without room for it, first come first served if it is
        waking."""
        agent.release(interaction_id)
        if waking:
            agent.waking.append(interaction_id)
        else:
            agent.idle.add(interaction_id)
        self._touch(agent, gains=True)

    def takers(self, work: Work) -> set[str]:
        """Available agents with room for one more of a channel and a label."""
        if self._stale:
            self._settle()
        found = self._takers.get(work)
        # a label that the channel does not have (any more) limits nothing
        return self._takers.get((work[0], ""), set()) if found is None else found

    def able(self, work: Work, hard: HardRequirements) -> set[str]:
        """Available agents with room for one more of a channel and a label who meet hard
        requirements."""
        return self.takers(work).intersection(*map(self._holders_of, hard))

    def skilled(self, hard: HardRequirements) -> set[str]:
        """Available agents who meet hard requirements, with or without room."""
        return self.available.intersection(*map(self._holders_of, hard))

    def meets(self, agent_id: str, hard: HardRequirements) -> bool:
        """Whether an agent meets hard requirements."""
        return all(agent_id in self._holders_of(requirement) for requirement in hard)

    def _holders_of(self, requirement: Requirement) -> set[str]:
        found = self._holders.get(requirement)
        if found is None:
            if len(self._holders) >= _REQUIREMENTS_KEPT_MAX:
                self._holders.clear()
                self._by_skill.clear()
            found = self._holders[requirement] = set()
            self._by_skill.setdefault(requirement.skill, []).append(requirement)
            for agent in self.agents.values():
                self._place(agent, (requirement,))
        return found

    def _place(self, agent: Agent, requirements: Iterable[Requirement]) -> None:
        held = self._held_by(agent)
        for requirement in requirements:
            if meets(held, requirement):
                self._holders[requirement].add(agent.agent_id)
            else:
                self._holders[requirement].discard(agent.agent_id)

    def _touch(self, agent: Agent, *, gains: bool) -> None:
        self._stale.add(agent.agent_id)
        if gains:
            self.touched.add(agent.agent_id)

    def _forget_if_gone(self, agent: Agent) -> None:
        if agent.logged_in or agent.items or agent.idle or agent.waking:
            return
        self.agents.pop(agent.agent_id, None)
        for holders in self._holders.values():
            holders.discard(agent.agent_id)

    def _settle(self) -> None:
        policy = self._policy
        if policy is None:
            return
        for agent_id in self._stale:
            agent = self.agents.get(agent_id)
            free = agent is not None and agent.available
            for work, takers in self._takers.items():
                if free and agent and room_problem(agent, work, policy) is None:
                    takers.add(agent_id)
                else:
                    takers.discard(agent_id)
        self._stale.clear()
