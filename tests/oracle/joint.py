"""Joint assignment, by solving it over everything at once with another solver (SciPy's)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from router import events as ev
from tests.oracle.floor import Floor
from tests.oracle.matching import (
    candidates,
    decide,
    has_capacity,
    obstacle,
    order_key,
    pair,
    value,
)
from tests.oracle.things import Agent, Interaction

CONTESTANTS_MAX = 16
VALUE_MAX = 1_000_000_000

Pairs = dict[tuple[str, str], int]


class Contests:
    """Follows the joint rounds of one batch: each must be the best there is."""

    def __init__(self, floor: Floor, now_ms: int) -> None:
        self._floor = floor
        self._now_ms = now_ms
        self._agents = set(floor.touched_agents)
        self._interactions = set(floor.touched_interactions)

    def follow(self, events: Sequence[ev.OfferIssued], *, partial: bool) -> int:
        """Fold the offers of all rounds; how many there were."""
        at = 0
        several = max(len(self._agents), len(self._interactions)) > 1
        while several and self._floor.in_force.joint_cells:
            agents, interactions = self._contestants()
            if max(len(agents), len(interactions)) < 2:
                break
            possible = self._possible(agents, interactions)
            if 1 in (len({a for a, _ in possible}), len({i for _, i in possible})):
                break
            most, worth = _best(possible)
            offers = events[at : at + most]
            if len(offers) < most:
                assert partial, f"{most} pairs could be made, {offers} were"
                worth = 0
            self._check(offers, possible, worth)
            at += len(offers)
            if len(offers) < most:
                break
            if not most:
                self._agents -= {a.agent_id for a in agents}
                self._interactions -= {i.interaction_id for i in interactions}
            several = max(len(self._agents), len(self._interactions)) > 1
        return at

    def _contestants(self) -> tuple[list[Agent], list[Interaction]]:
        floor, rules = self._floor, self._floor.in_force
        present = [floor.agents[a] for a in self._agents if a in floor.agents]
        agents = [
            a
            for a in present
            if a.state == "available"
            and any(has_capacity(rules, a, c) for c in rules.policy.channels)
        ]
        waiting = [i for i in floor.queued() if i.interaction_id in self._interactions]
        free = [a for a in floor.logged_in() if a.state == "available"]
        interactions = [
            i for i in waiting if any(has_capacity(rules, a, i.channel, i.label) for a in free)
        ]
        agents.sort(key=lambda a: (a.idle_since_ms, a.agent_id))
        interactions.sort(key=lambda i: (order_key(rules, i), i.sequence))
        few, some = len(agents), len(interactions)
        while few + some > CONTESTANTS_MAX or _cells(few, some) > rules.joint_cells:
            few, some = (few, some - 1) if some else (few - 1, some)
        return agents[:few], interactions[:some]

    def _possible(self, agents: list[Agent], interactions: list[Interaction]) -> Pairs:
        """The value of every pair that a contestant may be part of."""
        rules, now_ms = self._floor.in_force, self._now_ms
        contenders = {id(a) for a in agents} | {id(i) for i in interactions}
        return {
            (a.agent_id, i.interaction_id): min(value(rules, i, a, now_ms), VALUE_MAX)
            for i in self._floor.queued()
            for a in self._floor.logged_in()
            if (id(a) in contenders or id(i) in contenders) and not obstacle(rules, a, i)
        }

    def _check(self, offers: Sequence[ev.OfferIssued], possible: Pairs, worth: int) -> None:
        made = [(offer.agent_id, offer.interaction_id) for offer in offers]
        assert all(offer.decision.trigger == "joint" for offer in offers), offers
        assert len({a for a, _ in made}) == len({i for _, i in made}) == len(made)
        assert all(pair in possible for pair in made), (made, possible)
        total = sum(possible[pair] for pair in made)
        assert total >= worth, f"{made} are worth {total}, the best {worth}"
        self._check_turns(set(made), possible)
        for offer in offers:
            self._check_decision(offer)
            self._floor.fold(offer, self._now_ms)

    def _check_turns(self, made: set[tuple[str, str]], possible: Pairs) -> None:
        """Nobody left over, and nothing left over, could have stood in for an equal later one."""
        floor, rules = self._floor, self._floor.in_force
        agents, interactions = {a for a, _ in made}, {i for _, i in made}
        for agent_id, interaction_id in made:
            points = possible[agent_id, interaction_id]
            interaction = floor.interactions[interaction_id]
            for (other, thing), worth in possible.items():
                # of values beyond the limit, those that are really higher go first
                if worth != points or points == VALUE_MAX:
                    continue
                if thing == interaction_id and other not in agents:
                    mine, theirs = ((floor.agents[a].idle_since_ms, a) for a in (agent_id, other))
                    assert mine < theirs, f"{other} came before {agent_id}"
                if other == agent_id and thing not in interactions:
                    place, before = (
                        (order_key(rules, i), i.sequence)
                        for i in (interaction, floor.interactions[thing])
                    )
                    assert place < before, f"{thing} came before {interaction_id}"

    def _check_decision(self, offer: ev.OfferIssued) -> None:
        """The record tells the floor as it was, the best few, and the one who was assigned."""
        floor, now_ms = self._floor, self._now_ms
        interaction = floor.interactions[offer.interaction_id]
        decision = offer.decision
        assert decision.joint is not None
        assert decision.joint.agents >= 1
        assert decision.joint.interactions >= 1
        assert decision.tie_break == ""
        assert decision.policy_version == floor.in_force.version
        choice = decide(floor, interaction, "joint", now_ms)
        assert choice is not None
        assert decision.urgency_ppm == choice.urgency_ppm
        assert {name: getattr(decision, name) for name in choice.counts} == choice.counts
        ranked = [a.agent_id for a in candidates(floor, interaction, now_ms)]
        named = ranked[:3] if offer.agent_id in ranked[:3] else [*ranked[:3], offer.agent_id]
        assert [c.agent_id for c in decision.best] == named
        for named_one in decision.best:
            agent = floor.agents[named_one.agent_id]
            assert named_one.score == pair(floor.in_force, interaction, agent, now_ms).score


def _cells(agents: int, interactions: int) -> int:
    both = agents + interactions
    return (agents + interactions * both) * (interactions + agents * both)


def _best(possible: Pairs) -> tuple[int, int]:
    """How many pairs can be made, and the highest sum of values of so many."""
    agents = sorted({agent for agent, _ in possible})
    interactions = sorted({interaction for _, interaction in possible})
    if not possible:
        return 0, 0
    lift = 4 * max(map(abs, possible.values())) * (len(agents) + 1) + 1
    worth = np.zeros((len(agents), len(interactions)))
    for (agent, interaction), points in possible.items():
        worth[agents.index(agent), interactions.index(interaction)] = lift + points
    assert lift * (len(agents) + 1) < 2**53, "doubles would not be exact"
    rows, columns = linear_sum_assignment(worth, maximize=True)
    made = [(agents[r], interactions[c]) for r, c in zip(rows, columns, strict=True)]
    made = [pair for pair in made if pair in possible]
    return len(made), sum(possible[pair] for pair in made)
