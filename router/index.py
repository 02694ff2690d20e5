"""The matching index: the roster, the demands and the one queue, kept true to the state.

Three structures, one rule: whoever changes the state of an agent or an interaction tells the index
in the same fold. A new policy builds a new index from the state.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Final, NamedTuple

import msgspec
import numpy as np
from mypy_extensions import mypyc_attr
from numpy.typing import NDArray

from queues.ages import Ages
from queues.entry import Entry, entry_of
from queues.lines import Lines
from queues.one_queue import OneQueue
from queues.orders import OrderRule
from queues.urgency import freshness_ppm, urgency_ppm
from queues.waits import advance_ms
from router.commands import EMPTY_MAP, Requirement
from router.eligibility.building import satisfied_levels
from router.eligibility.conditions import Conditions
from router.eligibility.direct import holds_for
from router.eligibility.facts import Facts
from router.eligibility.plan import Packed, Wanted, wanted_of
from router.eligibility.profile import PROFILE
from router.ledger import may_be_asked, open_channels, used_capacity
from router.lifecycle import AgentStatus, InteractionState
from router.rules import Rules
from router.standing import order_of
from router.state import Agent, Held, Interaction, State
from scoring.arrays import Arrays, Choices, Precedence
from scoring.choices import choices_over
from scoring.demands import Demands
from scoring.fit import HOLDS, Demand, requirement_fit
from scoring.roster import LOAD, NO_PASS, Roster

__all__ = ("MatchIndex", "Present")

COUNTED: Final = -1
"""In place of a slot: asks for the conditions by which the policy counts agents."""

FILLED_AT_ONCE: Final = 512
AGENTS_FILLED_AT_ONCE: Final = 64
"""Interactions, or agents, that are put in with one step when a whole state is: some
milliseconds."""

ALL_FREE_PPM: Final = 1_000_000
"""The load term of who has nothing in hand that takes capacity."""


class Present(NamedTuple):
    """How many agents are logged in, how many of these available, how many of these idle."""

    logged_in: int
    available: int
    idle: int


@mypyc_attr(allow_interpreted_subclasses=True)
class MatchIndex:
    """Agents by column, demands by slot, waiting interactions by class. It begins empty."""

    def __init__(self, rules: Rules, state: State) -> None:
        self.rules = rules
        self.state = state
        self.roster = Roster(rules.rows, rules.orderings)
        self.demands = Demands(self.roster)
        self.queue = OneQueue()
        self._lines = Lines(self.queue.classes)
        self.conditions = Conditions(self.roster, rules.skills, state.open_groups)
        counted = tuple(rules.measures.pools.values())
        self.conditions.set_slot(COUNTED, wanted_of(counted, EMPTY_MAP))
        self._ages = Ages(rules.measures.ages)
        self._choices: Choices | None = None
        self._generation = -1
        self._waiting_in: dict[str, int] = {}
        self._advance_ms: NDArray[np.int64] = np.zeros(len(rules.predicted) + 1, dtype=np.int64)
        self.predict()

    def predict(self) -> None:
        """Find out how soon the next goes to an agent, in all queues that go by that."""
        for queue in self.rules.predicted:
            self.departed(queue)

    def departed(self, queue: str) -> None:
        """Somebody of a queue has gone to an agent, or come back: the next goes sooner or later."""
        number = self.rules.predicted.get(queue)
        if number is not None:
            self._advance_ms[number] = advance_ms(self.state.departures.get(queue))

    def fill(self) -> None:
        """Put in all that the state holds."""
        for _ in self.filling():
            pass

    def filling(self) -> Iterator[None]:
        """Put in all that the state holds, a little with each step."""
        for number, agent in enumerate(self.state.agents.values()):
            if not number % AGENTS_FILLED_AT_ONCE:
                yield
            self.agent_changed(agent, skills=True)
        for number, interaction in enumerate(self.state.interactions.contents()):
            if not number % FILLED_AT_ONCE:
                yield
            self.place(interaction)

    @property
    def choices(self) -> Choices:
        """The choices over the arrays as they are now."""
        generation = (
            self.roster.generation
            + self.demands.generation
            + self.demands.tables.generation
            + self.demands.holders.generation
            + self.queue.classes.generation
        )
        if generation != self._generation or self._choices is None:
            self._choices = choices_over(self.arrays())
            self._generation = generation
        return self._choices

    def place(self, interaction: Interaction) -> bool:
        """Put an interaction where its state wants it; whether it looks for an agent there."""
        if interaction.state is InteractionState.QUEUED:
            self.enqueue(interaction)
            return True
        if interaction.queue in self.rules.several and self._looks_for_more(interaction):
            self._add(interaction)
            return True
        if interaction.state is not InteractionState.SUSPENDED:
            self.taken(interaction)
        return False

    def displace(self, interaction: Interaction) -> None:
        """Take an interaction from among those that look, before anything about it changes."""
        if interaction.state is InteractionState.QUEUED:
            self.dequeue(interaction)
        elif interaction.queue in self.rules.several and interaction.interaction_id in self.queue:
            self.queue.remove(interaction.interaction_id, interaction.preferred)
            self.taken(interaction)

    def enqueue(self, interaction: Interaction) -> None:
        """An interaction waits from now on."""
        self._waiting_in[interaction.queue] = self.waiting_in(interaction.queue) + 1
        if self.rules.measures.ages:
            self._ages.add(interaction.queue, interaction.origin_ms)
        self._add(interaction)

    def _looks_for_more(self, interaction: Interaction) -> bool:
        """Whether what is offered may be offered to more agents than it is."""
        if not interaction.offers:
            return False
        most = self.rules.at_once(interaction.channel, interaction.queue).most
        offers = self.state.offers
        return len(interaction.offers) < most and not any(
            offers[offer_id].direct for offer_id in interaction.offers
        )

    def _add(self, interaction: Interaction) -> None:
        """Let an interaction look for an agent. What is offered already stands apart: it does not
        wait for enough agents, and stands in no line."""
        order = self._order(interaction)
        slot = self._slot(interaction, order, apart=bool(interaction.offers))
        order_key = order.order_key(interaction.origin_ms, interaction.priority)
        entry = entry_of(interaction, order_key, slot)
        self.queue.add(entry, interaction.preferred, kept=interaction.only_preferred)
        if self.rules.asks_for_scarcity:
            self.queue.release(interaction.interaction_id)

    def waiting_in(self, queue: str) -> int:
        """How many wait in a queue."""
        return self._waiting_in.get(queue, 0)

    def oldest_ms(self, queue: str) -> int | None:
        """The oldest origin of what waits in a queue of which the policy asks that."""
        return self._ages.oldest_ms(queue)

    def place_of(self, interaction_id: str, now_ms: int) -> int:
        """The place of what waits in its queue, from 1 (KeyError if it does not wait).

        What is kept for somebody stands in nobody's way, and is not counted.
        """
        return 1 + self._lines.ahead_of(self.queue.where(interaction_id), now_ms)

    def first_in(self, queue: str, most: int, now_ms: int) -> list[str]:
        """The interactions that come first in a queue, in their order; not those that are kept for
        somebody."""
        return [entry.interaction_id for entry in self._lines.first(queue, most, now_ms)]

    def demands_in(self, queue: str) -> list[tuple[str, int]]:
        """For each demand that waits in a queue, the interaction that comes first of those who have
        it, and how many they are."""
        return [(head.interaction_id, count) for head, count in self._lines.heads(queue)]

    def is_awaited(
        self, agent_id: str, interaction: Interaction, requirements: tuple[Requirement, ...]
    ) -> bool:
        """Whether an agent is there, available or not, and would get what asks for this."""
        agent = self.state.agents.get(agent_id)
        return (
            agent is not None
            and agent.status is not AgentStatus.OFFLINE
            and agent_id not in interaction.excluded_agents
            and self.is_skilled(agent, requirements, interaction.attributes)
        )

    def met(
        self, attributes: Packed, requirements: tuple[Requirement, ...]
    ) -> list[tuple[Requirement, NDArray[np.bool_]]]:
        """Each hard requirement of those, and who meets it, by column."""
        roster = self.roster
        hard = tuple(each for each in requirements if each.hard)
        found: list[tuple[Requirement, NDArray[np.bool_]]] = []
        for asked in _plain(hard):
            satisfied = satisfied_levels(asked.op, asked.level, asked.level_max)
            found.append((asked, satisfied[roster.levels[:, roster.skill_row(asked.skill)]]))
        trees = (each for each in hard if not each.skill)
        for asked, wanted in zip(trees, wanted_of(hard, attributes), strict=True):
            found.append((asked, self.conditions.everyone(wanted)))
        return found

    def pool(self, attributes: Packed, requirements: tuple[Requirement, ...]) -> Present:
        """How many agents are there who meet what would be asked."""
        roster = self.roster
        able = np.ones(roster.width, dtype=np.bool_)
        for _, met in self.met(attributes, requirements):
            able &= met
        present = np.frombuffer(roster.present, dtype=np.bool_)
        available = np.frombuffer(roster.available, dtype=np.bool_)
        able = able[: len(present)]
        free = able & available
        idle = free & (roster.terms[: len(present), LOAD] == ALL_FREE_PPM)
        return Present(
            logged_in=int(np.count_nonzero(able & present)),
            available=int(np.count_nonzero(free)),
            idle=int(np.count_nonzero(idle)),
        )

    def label_of(self, interaction: Interaction) -> str:
        """The label that an interaction carries, if its channel has it."""
        rule = self.rules.channels[interaction.channel]
        if not rule.labels:
            return ""
        return rule.known(self.state.labels.get(interaction.interaction_id, ""))

    def item(self, interaction: Interaction, cost: int) -> Held:
        """What an interaction takes of an agent's ledger, by the policy in force."""
        exclusive = self.rules.channels[interaction.channel].exclusive
        return Held(interaction.channel, cost, exclusive, self.label_of(interaction))

    def row_of(self, interaction: Interaction) -> int:
        """The row of those who have room for an interaction."""
        rule = self.rules.channels[interaction.channel]
        return rule.row_for(self.label_of(interaction)) if rule.labels else rule.row

    def _order(self, interaction: Interaction) -> OrderRule:
        """The rule by which an interaction stands in its queue."""
        if self.rules.buckets or self.state.targets:
            return order_of(self.rules, self.state, interaction)
        return self.rules.order_rule(interaction.channel, interaction.queue)

    def _slot(self, interaction: Interaction, order: OrderRule, *, apart: bool = False) -> int:
        """The slot of what an interaction asks for, set if it is new.

        In a class all age alike: what does not as its queue has it stands in a class of its own.
        """
        rules = self.rules
        channel, queue = interaction.channel, interaction.queue
        requirements = interaction.requirements
        wanted = wanted_of(requirements, interaction.attributes)
        key = _demand_key(channel, queue, requirements, wanted)
        if label := self.label_of(interaction):
            key = (key, label)
        own = rules.order_rule(channel, queue)
        if order is not own and not order.ages_like(own):
            key = (key, order.unit_ms, order.newest_first)
        slot, new = self.queue.classes.intern(
            (key, True) if apart else key,
            channel=self.row_of(interaction),
            target_ms=order.unit_ms,
            newest_first=order.newest_first,
            line=rules.predicted.get(queue, 0),
        )
        if new:
            if apart:
                self._lines.leave_out(slot)
            else:
                self._lines.put(slot, queue)
            demands = self._demands(slot, requirements, wanted)
            fixed_pair = rules.fixed_pairs[queue]
            row = rules.precedences.rows[queue]
            self.demands.set_slot(slot, demands, rules.strategies[queue], fixed_pair, row)
        return slot

    def asked_at_least(self, interaction: Interaction) -> int:
        """How many agents are asked for an interaction at once, or nobody is."""
        return self.rules.at_once(interaction.channel, interaction.queue).least

    def dequeue(self, interaction: Interaction) -> None:
        """An interaction waits no longer."""
        self.queue.remove(interaction.interaction_id, interaction.preferred)
        self._waiting_in[interaction.queue] -= 1
        if self.rules.measures.ages:
            self._ages.remove(interaction.queue, interaction.origin_ms)

    def taken(self, interaction: Interaction) -> None:
        """An interaction is with an agent, or asks for something else while it is."""
        if self.rules.asks_for_scarcity:
            slot = self._slot(interaction, self._order(interaction))
            self.queue.hold(interaction.interaction_id, slot)

    def finished(self, interaction_id: str) -> None:
        """An interaction is with no agent any more."""
        self.queue.release(interaction_id)

    def agent_changed(self, agent: Agent, *, skills: bool = False) -> None:
        """Status, limits, ledger or (``skills``) levels of an agent have changed."""
        roster = self.roster
        column = roster.get(agent.agent_id)
        is_new = column is None
        if column is None:
            column = roster.add(agent.agent_id)
            skills = True
        status = agent.status
        available = status is AgentStatus.AVAILABLE
        roster.set_presence(column, present=status is not AgentStatus.OFFLINE, available=available)
        used = used_capacity(agent)
        roster.set_load(column, agent.capacity, used)
        roster.set_idle_since(column, agent.idle_since_ms)
        if self.rules.asks_for_turns:
            share_pass = agent.share_pass if available else NO_PASS
            roster.set_turn(column, agent.capacity - used, agent.last_offer, share_pass)
        takes = available and may_be_asked(agent, self.rules.offers_per_agent)
        channels = self.rules.channels
        roster.set_open(column, open_channels(agent, used, channels) if takes else 0)
        if is_new:
            roster.set_price(column, agent.price_ppm)
            if self.rules.asks_for_draws:
                roster.set_stream(column)
        if skills:
            roster.set_levels(column, agent.skills)
            roster.set_standing(column, agent.attributes)
            facts = Facts(agent.skills, agent.attributes)
            self.conditions.agent_changed(column, facts, is_new=is_new)

    def urgency_ppm(self, entry: Entry, now_ms: int) -> int:
        """The urgency of a waiting interaction."""
        classes = self.queue.classes
        unit_ms = int(classes.target_ms[entry.slot])
        urgency = freshness_ppm if classes.newest_first[entry.slot] else urgency_ppm
        if self.rules.predicted:
            now_ms += int(self._advance_ms[classes.line[entry.slot]])
        return urgency(now_ms, entry.order_key, unit_ms)

    def lowest_share_pass(self) -> int:
        """The pass of the available agent who is furthest behind their share; 0 without any."""
        lowest = int(self.roster.share_pass.min())
        return lowest if lowest != NO_PASS else 0

    def begin_shares(self) -> None:
        """Everybody's share is counted from nothing."""
        share_pass = self.roster.share_pass
        share_pass[share_pass != NO_PASS] = 0

    def open_by_idleness(self) -> list[int]:
        """The columns of the agents who could take something, the longest idle first."""
        roster = self.roster
        columns = roster.open_columns()
        order = np.lexsort((roster.rank[columns], roster.idle_since_ms[columns]))
        by_idleness: list[int] = columns[order].tolist()
        return by_idleness

    def price_changed(self, agent: Agent) -> None:
        """The price of an agent's time has changed."""
        self.roster.set_price(self.roster.column(agent.agent_id), agent.price_ppm)

    def agent_worked(self, agent: Agent) -> None:
        """Nothing but the time of an agent's last work has changed."""
        self.roster.set_idle_since(self.roster.column(agent.agent_id), agent.idle_since_ms)

    def precedence_of(self, agent_id: str) -> Precedence | None:
        """What comes first for an agent, whatever its value; None: nothing does."""
        if not self.rules.precedences.puts_first:
            return None
        return self.rules.precedences.of(self.state.agents[agent_id].attributes.get(PROFILE))

    def is_skilled(
        self,
        agent: Agent,
        requirements: tuple[Requirement, ...],
        attributes: bytes = bytes(EMPTY_MAP),
    ) -> bool:
        """Whether the agent meets every hard requirement of an interaction with attributes."""
        hard = tuple(requirement for requirement in requirements if requirement.hard)
        facts = Facts(agent.skills, agent.attributes)
        return all(
            holds_for(each, facts, self.rules.skills, self.state.open_groups)
            for each in wanted_of(hard, attributes)
        ) and all(
            requirement_fit(d, agent.skills.get(d.skill, 0))[0]
            for d in self.rules.demands(_plain(hard))
        )

    def agent_gone(self, agent_id: str) -> None:
        """An agent is neither logged in nor at work."""
        self.conditions.agent_gone(self.roster.column(agent_id))
        self.roster.remove(agent_id)

    def _demands(
        self, slot: int, requirements: tuple[Requirement, ...], wanted: tuple[Wanted, ...]
    ) -> list[Demand]:
        """What a slot asks for, its conditions as if they were skills."""
        places = self.conditions.set_slot(slot, wanted)
        if not places:
            return self.rules.demands(requirements)
        trees = (each for each in requirements if not each.skill)
        return self.rules.demands(_plain(requirements)) + [
            Demand(place.row, HOLDS, place.bit, 0, tree.hard, tree.weight, levels=1)
            for place, tree in zip(places, trees, strict=True)
        ]

    def dismantle(self, most: int) -> bool:
        """Let go of about so much, for an index that nobody will ask again; whether there is
        more."""
        return (
            self._ages.dismantle(most)
            or self.conditions.dismantle(most)
            or self.queue.dismantle(most)
        )

    def arrays(self) -> Arrays:
        """All that a choice looks at; good until something grows."""
        roster, demands, classes = self.roster, self.demands, self.queue.classes
        return Arrays(
            levels=roster.levels,
            open=roster.open,
            agent_terms=roster.terms,
            idle_since=roster.idle_since_ms,
            rank=roster.rank,
            last_offer=roster.last_offer,
            share_pass=roster.share_pass,
            stream=roster.stream,
            standing=roster.standing,
            waiting=classes.waiting,
            channel=classes.channel,
            head_key=classes.head_key,
            head_sequence=classes.head_sequence,
            target=classes.target_ms,
            newest_first=classes.newest_first,
            line=classes.line,
            advance=self._advance_ms,
            weights=demands.weights,
            weight_total=demands.weight_total,
            first=demands.first,
            count=demands.count,
            divisor=demands.divisor,
            turn=demands.turn,
            fixed_pair=demands.fixed_pair,
            queue=demands.queue,
            skill=demands.skill,
            table=demands.table,
            weight=demands.weight,
            hard=demands.hard,
            holder=demands.holder,
            held=demands.holders.bits,
            satisfied=demands.tables.satisfied,
            score=demands.tables.score,
            idle_half=self.rules.idle_half_ms,
            urgency_weight=self.rules.urgency_weight,
        )


def _demand_key(
    channel: str,
    queue: str,
    requirements: tuple[Requirement, ...],
    wanted: tuple[Wanted, ...],
) -> Hashable:
    """What makes two demands the same: the order in which skills are listed does not."""
    if wanted:
        # what is wanted stands for the trees; requirements tell their weights and what is soft
        return channel, queue, requirements, wanted
    if len(requirements) < 2:
        return channel, queue, requirements
    return channel, queue, tuple(sorted(requirements, key=msgspec.structs.astuple))


def _plain(requirements: tuple[Requirement, ...]) -> tuple[Requirement, ...]:
    """Those that ask for a level in one skill."""
    return tuple(each for each in requirements if each.skill)
