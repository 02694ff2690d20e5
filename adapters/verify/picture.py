"""The picture that the checker has of the contact center after the events so far."""

from __future__ import annotations

from collections import Counter, OrderedDict
from typing import Any, Final

from adapters.verify.deliveries import Deliveries, Fact, Retained, told_as
from adapters.verify.findings import Findings
from adapters.verify.floor import Floor
from adapters.verify.levels import Levels
from adapters.verify.model import ENDED, OFFERED, QUEUED, Agent, Interaction, Item, Offer
from adapters.verify.quotas import Taken
from adapters.verify.remembered import Remembered
from adapters.verify.spells import Spells
from adapters.verify.terms import ChannelTerms, PolicyTerms
from adapters.verify.timers import Timers
from adapters.verify.waiting import Waiting
from adapters.verify.waits import Lines
from adapters.verify.wire import Event

__all__ = ("Picture",)

_INTERACTIONS_REMEMBERED: Final = 100_000
_INTERACTIONS_REMEMBERED_MS: Final = 3_600_000
_OFFERS_REMEMBERED: Final = 1_000_000
_EXPIRED_REMEMBERED: Final = 100_000


class Picture:
    """Everything known so far, and the look-ups that report what should be there and is not."""

    def __init__(self, findings: Findings, retained: Retained | None, *, thorough: bool) -> None:
        self.findings = findings
        self.thorough = thorough
        self.floor = Floor()
        self.waiting = Waiting()
        self.lines = Lines()
        self.levels = Levels()
        self.reviews: dict[str, int] = {}
        """When the groups of a queue are looked at next."""
        self.spells = Spells()
        self.taken = Taken()
        self.timers = Timers(findings)
        self.deliveries = Deliveries(findings, retained)
        self.policy: PolicyTerms | None = None
        self.policy_version = 0
        self.policy_changed = False
        self.reclassifying = False
        """Whether what waits is classified anew."""
        self.announced: dict[str, Any] | None = None
        """The policy that is to be in force."""
        self.now_ms = 0
        self.sequence = -1
        self.created = 0
        self.offers_made = 0
        self.ended: Counter[str] = Counter(dict.fromkeys(ENDED, 0))
        self.interactions: dict[str, Interaction] = {}
        self.offers: dict[str, Offer] = {}
        self.offer_facts: dict[str, Fact] = {}
        self.ended_interactions = Remembered(_INTERACTIONS_REMEMBERED, _INTERACTIONS_REMEMBERED_MS)
        self.ended_offers = Remembered(_OFFERS_REMEMBERED)
        self.expired_offers = Remembered(_EXPIRED_REMEMBERED)
        """Offers that expired, by ``expires_ms``."""
        self.must_close: dict[str, str] = {}
        """Offers that must end within this record, and why."""
        self.new_offers: dict[str, Offer] = {}
        """Offers of this record that may be answered."""
        self.quiet: OrderedDict[str, int] = OrderedDict()
        """Agents who are logged in with nothing in hand, since an event has last named them."""
        self.unanswered: dict[str, str] = {}
        """Agents whose offer expired in this record and who are not yet said not to respond."""
        self.new_inboxes: dict[str, set[str]] = {}
        """Where agents have logged in during this record."""
        self.facts: list[Fact] = []
        """Other facts of this record that gateways see."""

    def interaction(self, event: Event) -> Interaction | None:
        """The open interaction that an event names; reports it when there is none."""
        interaction_id = event["interaction_id"]
        interaction = self.interactions.get(interaction_id)
        if interaction is None:
            if interaction_id in self.ended_interactions:
                code, message = "interaction_finished", "has already ended"
            else:
                code, message = "interaction_unknown", "was never created, or ended long ago"
            message = f"{event['type']}: interaction {interaction_id!r} {message}"
            self.findings.add(code, message, interaction_id=interaction_id)
        return interaction

    def line_of(self, event: Event) -> str | None:
        """The queue in which the interaction of an event waits now; None: in none."""
        interaction = self.interactions.get(event.get("interaction_id", ""))
        return interaction.queue if interaction and interaction.state == QUEUED else None

    def note_spell(self, event: Event) -> None:
        """An event is about to happen that may begin or end a spell of work, or of absence."""
        interaction = self.interactions.get(event.get("interaction_id", ""))
        kind = (interaction.queue, interaction.channel) if interaction else None
        self.spells.see(event, kind, self.now_ms)

    def note_line(self, event: Event, before: str | None) -> None:
        """An event has happened to what stood in that line before it."""
        after = self.line_of(event)
        self.lines.moved(event, before, after, self.now_ms)
        if after is not None and after != before:
            self.review_later(after)

    def review_later(self, queue: str) -> None:
        """Somebody waits in a queue, or a group of it is open: it is looked at after a while."""
        activation = self.policy.activations.get(queue) if self.policy else None
        if activation is not None and queue not in self.reviews:
            self.reviews[queue] = self.now_ms + activation.every_ms
            self.timers.set_review(self.reviews, queue)

    def count_level(self, interaction: Interaction, *, in_target: bool) -> None:
        """What became of the wait of who had not been answered before."""
        counts = self.policy is not None and interaction.queue in self.policy.levelled
        if counts and not interaction.answered:
            self.levels.count(interaction.queue, self.now_ms, in_target=in_target)

    def agent(self, event: Event) -> Agent | None:
        """The agent that an event names; reports it when nobody knows them."""
        self.findings.facts["agents"] += 1
        agent = self.floor.agents.get(event["agent_id"])
        if agent is None:
            message = f"{event['type']}: agent {event['agent_id']!r} is not logged in"
            self.findings.add("agent_unknown", message, agent_id=event["agent_id"])
        return agent

    def in_state(self, event: Event, interaction: Interaction, *states: str) -> bool:
        """Whether the interaction is in a state for the event; reports it if not."""
        self.findings.facts["conservation"] += 1
        if interaction.state in states:
            return True
        message = (
            f"{event['type']}: interaction {interaction.interaction_id!r} is {interaction.state}, "
            f"not {' or '.join(states)}"
        )
        self.findings.add("interaction_state", message, interaction_id=interaction.interaction_id)
        return False

    def channel_terms(self, interaction: Interaction) -> ChannelTerms | None:
        """What the policy in force says of its channel."""
        return self.policy.channels.get(interaction.channel) if self.policy else None

    def item(self, interaction: Interaction, cost: int) -> Item:
        """What it takes of an agent's ledger at this cost, by the policy in force."""
        terms = self.channel_terms(interaction)
        return Item(
            channel=interaction.channel,
            cost=cost,
            exclusive=terms is not None and terms.exclusive,
            light=terms is not None and terms.light,
            label=interaction.label if terms and interaction.label in terms.labels else "",
        )

    def queue(self, interaction: Interaction) -> None:
        """An interaction waits from here on."""
        interaction.state = QUEUED
        interaction.owner = ""
        self.place(interaction)
        self.timers.set_requirements(interaction)

    def place(self, interaction: Interaction) -> None:
        """Let an interaction stand among those that look for an agent, if it does."""
        self.waiting.remove(interaction)
        if interaction.state == QUEUED:
            self.waiting.add(interaction, held_back=self.at_once(interaction)[0] > 1)
        elif self.looks_for_more(interaction):
            self.waiting.add(interaction)

    def looks_for_more(self, interaction: Interaction) -> bool:
        """Whether what is offered may be offered to more agents than it is."""
        if interaction.state != OFFERED or any(offer.direct for offer in interaction.offers):
            return False
        return len(interaction.offers) < self.at_once(interaction)[1]

    def at_once(self, interaction: Interaction) -> tuple[int, int]:
        """How many agents are asked for it at once: at least, and at most."""
        policy = self.policy
        if policy is None or interaction.channel not in policy.channels:
            return 1, 1
        if interaction.queue not in policy.queues:
            return 1, 1
        return policy.at_once(interaction.channel, interaction.queue)

    def exclude(self, interaction: Interaction, agent_id: str, until_ms: int) -> None:
        """An agent is not to be offered it before then."""
        interaction.exclusions.pop(agent_id, None)
        if until_ms > self.now_ms:  # else it is over as it begins, and no event will end it
            interaction.exclusions[agent_id] = until_ms
            self.timers.set_exclusion(interaction, agent_id, until_ms)

    def require_command(self, event: Event) -> None:
        """Report an event that has no cause, where only a command can be one."""
        self.findings.facts["conservation"] += 1
        if not event["cause"]:
            message = f"{event['type']} by no command"
            interaction_id = event["interaction_id"]
            self.findings.add("command_missing", message, interaction_id=interaction_id)

    def end(self, interaction: Interaction, state: str) -> None:
        """An interaction has ended."""
        interaction.state = state
        self.ended[state] += 1
        del self.interactions[interaction.interaction_id]
        self.taken.remove(interaction.producer)
        self.ended_interactions.add(interaction.interaction_id, self.now_ms)

    def check_waited(
        self, event: Event, interaction: Interaction, until_ms: int | None = None
    ) -> None:
        """An event's ``waited_ms`` runs from the origin, to now or to when it was put aside."""
        self.findings.facts["age"] += 1
        waited_ms = self.waited_ms(interaction)
        if until_ms is not None:
            waited_ms = max(0, until_ms - interaction.origin_ms)
        if max(0, event["waited_ms"]) != waited_ms:
            message = (
                f"{event['type']} says {event['waited_ms']} ms; "
                f"{waited_ms} ms have passed since the origin"
            )
            self.findings.add("waited", message, interaction_id=interaction.interaction_id)

    def waited_ms(self, interaction: Interaction) -> int:
        """Time since the origin; an origin that a clock has set ahead counts as now."""
        return max(0, self.now_ms - interaction.origin_ms)

    def tell_inbox(self, event: Event, inbox: str) -> None:
        """An event is told to an inbox that it names, and to nobody's agent."""
        place = (self.findings.record_id, self.findings.event_index)
        fact = Fact(
            kind="told",
            key=told_as(event),
            interaction_id=event["interaction_id"],
            agent_id="",
            detail=(),
            place=place,
            inboxes={inbox},
            required=self.deliveries.requires(inbox, place[0], self.now_ms),
        )
        self.deliveries.released(fact)

    def fact(
        self, kind: str, key: str, event: Event, detail: tuple[Any, ...], waited_ms: int = 0
    ) -> Fact:
        """What an event of an agent's work lets the agent's gateway see."""
        agent = self.floor.agents.get(event["agent_id"])
        place = (self.findings.record_id, self.findings.event_index)
        inbox = agent.inbox if agent else ""
        return Fact(
            kind=kind,
            key=key,
            interaction_id=event["interaction_id"],
            agent_id=event["agent_id"],
            detail=detail,
            place=place,
            inboxes={inbox},
            required=self.deliveries.requires(inbox, place[0], self.now_ms),
            waited_ms=waited_ms,
        )
