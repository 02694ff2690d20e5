"""What the naive state is made of: who and what there is, and look-ups that all events share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from router import events as ev
from tests.oracle.quotas import Arrivals
from tests.oracle.rules import Rules, thousandths
from tests.oracle.things import Agent, Interaction, Item, Offer

IN_HAND = ("assigned", "idle", "waking")

RoomCheck: TypeAlias = Callable[[Rules, Agent, str, str], bool]
"""Whether there is room for one more of a channel with a label, whoever claims it."""


class Book:
    """Agents, interactions and offers, as they stand."""

    def __init__(self, has_room: RoomCheck) -> None:
        self.has_room = has_room
        self.rules: Rules | None = None
        self.announced: ev.PolicyAnnounced | None = None
        self.intake_open = True
        self.intake_reason = ""
        self.arrivals = Arrivals()
        self.intake_code = ""
        self.intake_retry_ms = 0
        self.agents: dict[str, Agent] = {}
        self.interactions: dict[str, Interaction] = {}
        self.offers: dict[str, Offer] = {}
        self.created = 0
        self.priced = 0
        self.offers_made = 0
        self.heard: dict[str, int] = {}
        """When an event last named an agent, or the policy began to ask for it."""

        self.timers_upto_ms = 0
        self.to_be_rescued: set[str] = set()
        self.changed_meanwhile: set[str] = set()
        """What has been offered, suspended or resumed since a policy began to classify anew."""

        self.touched_agents: set[str] = set()
        self.touched_interactions: set[str] = set()

    @property
    def in_force(self) -> Rules:
        assert self.rules is not None, "no policy is in force"
        return self.rules

    def in_state(self, state: str) -> list[Interaction]:
        return [i for i in self.interactions.values() if i.state == state]

    def queued(self) -> list[Interaction]:
        return self.in_state("queued")

    def looks(self, interaction: Interaction) -> bool:
        """Whether it may be offered to somebody (more)."""
        if interaction.state != "offered":
            return interaction.state == "queued"
        most = self.in_force.offers_at_once(interaction.channel, interaction.queue)
        direct = any(self.offers[offer_id].direct for offer_id in interaction.offers)
        return len(interaction.offers) < most and not direct

    def looking(self) -> list[Interaction]:
        return [i for i in self.interactions.values() if self.looks(i)]

    def logged_in(self) -> list[Agent]:
        return [a for a in self.agents.values() if a.logged_in]

    def open_offers(self) -> list[Offer]:
        return [o for o in self.offers.values() if o.outcome == "open"]

    def touch_everything(self) -> None:
        self.touched_agents.update(a.agent_id for a in self.logged_in())
        self.touched_interactions.clear()

    def begin_batch(self) -> None:
        self.touched_agents.clear()
        self.touched_interactions.clear()

    def _touch(self, interaction: Interaction) -> None:
        if self.looks(interaction):
            self.touched_interactions.add(interaction.interaction_id)

    def _item(self, interaction: Interaction, cost: int, *, forced: bool = False) -> Item:
        name, label = interaction.channel, interaction.label
        channel = self.in_force.channel(name)
        known = label in channel.labels
        return Item(
            channel=name,
            cost=cost,
            exclusive=channel.exclusive,
            light=self.in_force.is_light(name),
            forced=forced,
            interrupts=frozenset(channel.interrupts),
            label=label if known else "",
            label_maximum=channel.labels[label].maximum if known else 0,
        )

    def sign_off_ms(self, agent: Agent) -> int | None:
        """When an agent is to be signed off, if nothing happens before."""
        after_s = self.rules.policy.sign_off_after_s if self.rules else None
        if after_s is None or not agent.logged_in or agent.ledger or agent.idle or agent.waking:
            return None
        return self.heard[agent.agent_id] + thousandths(after_s)

    def _is_due(self, due_ms: int) -> None:
        early_ms = due_ms - self.timers_upto_ms
        assert early_ms <= 0, f"a timer fired {early_ms} ms early"

    def _present(self, agent_id: str) -> Agent:
        agent = self.agents[agent_id]
        assert agent.logged_in, f"{agent_id} is not logged in"
        return agent

    def _held(self, interaction_id: str, agent_id: str, *states: str) -> Interaction:
        interaction = self.interactions[interaction_id]
        assert interaction.state in states, f"{interaction_id} is {interaction.state}, not {states}"
        assert interaction.agent_id == agent_id, f"{interaction_id} is not {agent_id}'s"
        return interaction

    def _release(self, interaction: Interaction, now_ms: int) -> None:
        self._strike(interaction).idle_since_ms = now_ms
        interaction.agent_id = ""

    def _strike(self, interaction: Interaction) -> Agent:
        """Its agent holds it no longer, and may have room for something else."""
        agent, name = self.agents[interaction.agent_id], interaction.interaction_id
        agent.ledger.pop(name, None)
        agent.idle.discard(name)
        agent.waking = [one for one in agent.waking if one != name]
        interaction.waking_until_ms = 0
        self.touched_agents.add(agent.agent_id)
        return agent
