"""Small random floors as arrays, and what brute force says of them."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from random import Random

import numpy as np

from scoring.arrays import Arrays, Scored
from scoring.demands import Demands
from scoring.draws import draw, stream_of
from scoring.fit import FULL_PPM, Demand, requirement_fit
from scoring.roster import AGENT_TERMS, Roster
from scoring.standings import AttributeKey
from scoring.strategies import HALF_PAIR, PAIR_COUNTS, TURNS, Strategy
from scoring.terms import PairWeights

IDLE_HALF_MS = 60_000
NOW_MS = 10_000_000
OPERATORS = ("=", "!=", "<", "<=", ">", ">=", "between")
CHANNELS = 3
QUEUES = 4
OFFER = 12
ORDERINGS = (
    (AttributeKey("x", descending=True),),
    (AttributeKey("y", descending=False), AttributeKey("z", descending=True)),
)


@dataclass
class Floor:
    """Agents, demands and heads, as they are put into the arrays."""

    roster: Roster
    demands: Demands
    asked: list[list[Demand]]
    strategies: list[Strategy]
    channel: list[int]
    target_ms: list[int]
    newest_first: list[bool]
    heads: list[tuple[int, int] | None]
    levels: list[dict[str, int]]
    attributes: list[dict[str, int]]
    open: list[int]
    urgency_weight: int
    line: list[int] = field(default_factory=list)
    advance_ms: tuple[int, ...] = (0, 1, 70_000, 3_600_000)
    own: array[int] = field(default_factory=lambda: array("q"))

    @property
    def arrays(self) -> Arrays:
        slots = len(self.asked)
        heads = [head or (0, 0) for head in self.heads]
        demands, roster = self.demands, self.roster
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
            waiting=np.array([head is not None for head in self.heads]),
            channel=np.array(self.channel, dtype=np.int32),
            head_key=np.array([key for key, _ in heads], dtype=np.int64),
            head_sequence=np.array([sequence for _, sequence in heads], dtype=np.int64),
            target=np.array(self.target_ms, dtype=np.int64),
            newest_first=np.array(self.newest_first),
            line=np.array(self.line, dtype=np.int32),
            advance=np.array(self.advance_ms, dtype=np.int64),
            weights=demands.weights[:slots].copy(),
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
            idle_half=IDLE_HALF_MS,
            urgency_weight=self.urgency_weight,
        )

    def scored(self, slot: int, column: int, history: int) -> Scored | None:
        """The pair score by the page; None when a hard requirement does not hold."""
        strategy = self.strategies[slot]
        fits = [
            (d, *requirement_fit(d, self.levels[column].get(d.skill, 0), strategy.formula))
            for d in self.asked[slot]
        ]
        if any(d.hard and not met for d, met, _ in fits):
            return None
        total = sum(d.weight for d, _, _ in fits)
        skill = sum(d.weight * score for d, _, score in fits) // total if total else FULL_PPM
        idle_ms = max(0, NOW_MS - int(self.roster.idle_since_ms[column]))
        idle = idle_ms * FULL_PPM // (idle_ms + IDLE_HALF_MS)
        terms = (skill, history, idle, *self.roster.terms[column].tolist())
        skill_weight, history_weight, load_weight, idle_weight, scarcity = strategy.weights
        known = (skill_weight, history_weight, idle_weight, load_weight, strategy.spare, scarcity)
        weights = (*known, 0)
        weighted = sum(w * t for w, t in zip(weights, terms, strict=True))
        return Scored(column, weighted // (strategy.total or 1), skill, history, idle)

    def order(self, slot: int, scored: Scored) -> tuple[int, tuple[int, ...], int]:
        turn = self.turn(self.strategies[slot], scored.column)
        return -scored.score, turn, int(self.roster.rank[scored.column])

    def turn(self, strategy: Strategy, column: int) -> tuple[int, ...]:
        roster = self.roster
        if strategy.turn == "random":
            return (draw(stream_of(roster.ids[column]), OFFER),)
        ties = {"round_robin": roster.last_offer, "target_share": roster.share_pass}
        last = int(ties.get(strategy.turn, roster.idle_since_ms)[column])
        if strategy.turn != "by_attributes":
            return (last,)
        values = [
            self.attributes[column].get(key.attribute) for key in ORDERINGS[strategy.ordering]
        ]
        downs = [key.descending for key in ORDERINGS[strategy.ordering]]
        places = (
            (value is None, 0 if value is None else -value if down else value)
            for value, down in zip(values, downs, strict=True)
        )
        return (*(number for place in places for number in place), last)

    def value(self, slot: int, key: int, scored: Scored) -> int:
        target_ms = self.target_ms[slot]
        if self.newest_first[slot]:
            urgency = FULL_PPM * target_ms // (target_ms + max(0, NOW_MS + key))
        else:
            waited_ms = NOW_MS - key + self.advance_ms[self.line[slot]]
            urgency = waited_ms * FULL_PPM // target_ms
        fixed = self.demands.fixed_pair[slot].item()
        return urgency * self.urgency_weight // 1_000 + (scored.score if fixed < 0 else fixed)


def random_floor(seed: int) -> Floor:
    random = Random(seed)
    skills = [f"s{number}" for number in range(random.choice((1, 4, 40)))]
    roster = Roster(CHANNELS, ORDERINGS)
    demands = Demands(roster)
    levels, attributes, opened = [], [], []
    for number in range(random.choice((1, 5, 70, 200))):
        column = roster.add(f"agent-{random.random()}")
        assert column == number
        held = {
            s: random.randint(0, 5)
            for s in random.sample(skills, random.randint(0, 4) % len(skills))
        }
        levels.append(held)
        roster.set_levels(column, held)
        told = {name: random.randint(-1, 1) for name in "xyz" if random.random() < 0.7}
        attributes.append(told)
        roster.set_standing(column, told)
        roster.set_stream(column)
        opened.append(random.choice((0, 0, 1, 2, 7)))
        roster.set_open(column, opened[-1])
        roster.idle_since_ms[column] = random.choice((0, 5_000_000, NOW_MS, NOW_MS + 5))
        roster.set_turn(column, 0, random.randint(0, 3), random.randint(0, 3))
        roster.terms[column] = [random.choice((0, 500_000, FULL_PPM)) for _ in range(AGENT_TERMS)]
    weight = random.choice((0, 300, 1_000, 9_000))
    floor = Floor(roster, demands, [], [], [], [], [], [], levels, attributes, opened, weight)
    for slot in range(random.choice((1, 6, 50))):
        asked = [_demand(random, skills) for _ in range(random.choice((0, 1, 2, 9)))]
        strategy = _strategy(random)
        fixed_pair = random.choice((PAIR_COUNTS, PAIR_COUNTS, HALF_PAIR))
        demands.set_slot(slot, asked, strategy, fixed_pair, slot % QUEUES)
        floor.asked.append(asked)
        floor.strategies.append(strategy)
        floor.channel.append(random.randrange(CHANNELS))
        floor.target_ms.append(random.choice((1, 20_000, 86_400_000)))
        floor.newest_first.append(random.random() < 0.2)
        floor.line.append(random.choice((0, 0, 0, 1, 2, 3)))
        key = random.choice((NOW_MS - 5, NOW_MS - 20_000, NOW_MS + 40, random.randrange(NOW_MS)))
        if floor.newest_first[-1]:
            key = -key
        floor.heads.append((key, 100 + slot) if random.random() < 0.8 else None)
        if random.random() < 0.3 and floor.heads[-1]:
            own_key = random.choice((key, key + 1, NOW_MS))
            same = own_key == key
            floor.own.extend(
                (
                    slot,
                    random.choice((50_000, FULL_PPM)),
                    own_key,
                    100 + slot + (0 if same else 1_000),
                )
            )
    return floor


def _strategy(random: Random) -> Strategy:
    choices = random.choice(((0,), (1, 1_000, 4_000)))
    return Strategy(
        PairWeights(*(random.choice(choices) for _ in range(5))),
        spare=random.choice((0, 0, 1_000)),
        formula=random.choice(("highest", "highest", "least", "closest", "logistic")),
        turn=(turn := random.choice(TURNS)),
        ordering=random.randrange(len(ORDERINGS)) if turn == "by_attributes" else 0,
    )


def _demand(random: Random, skills: list[str]) -> Demand:
    level = random.randint(0, 5)
    return Demand(
        random.choice(skills),
        random.choice(OPERATORS),
        level,
        random.randint(level, 5),
        hard=random.random() < 0.3,
        weight=random.randint(1, 3),
        levels=5,
    )
