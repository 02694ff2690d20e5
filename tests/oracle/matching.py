"""docs/matching.md, line by line, by brute force over all agents and all that waits."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from router.commands import Requirement
from tests.oracle.buckets import STEP_MS, bucket_of, value_of, within
from tests.oracle.conditions import meets, satisfies
from tests.oracle.floor import HOUR_MS, Floor
from tests.oracle.rules import MILLION, Rules
from tests.oracle.things import Agent, Interaction

HALF = MILLION // 2


@dataclass(frozen=True)
class Pair:
    """A pair score and its terms, in ppm."""

    score: int
    skill: int
    history: int
    load: int
    idle: int
    scarcity: int


@dataclass(frozen=True)
class Choice:
    """The next offer that has to be made, and what its decision record has to say."""

    trigger: str
    interaction_id: str
    agent_id: str
    urgency_ppm: int
    counts: dict[str, int]
    best: tuple[tuple[str, Pair], ...]
    tie_break: str
    chosen: tuple[str, int, int] | None = None
    """Who chose it, how early it comes for them, and how many better ones were passed over."""


def has_hard_skills(rules: Rules, agent: Agent, interaction: Interaction) -> bool:
    return all(
        meets(rules, requirement, agent, interaction)
        for requirement in interaction.requirements
        if requirement.hard
    )


def has_capacity(
    rules: Rules, agent: Agent, name: str, label: str = "", *, to_ask: bool = True
) -> bool:
    """Whether there is room for one more, and (``to_ask``) for one more open offer."""
    most = rules.policy.offers_per_agent
    if to_ask and most is not None and len(agent.offers) >= most:
        return False
    if name in agent.closed or agent.waking:
        return False
    return has_room(rules, agent, name, label)


def has_room(rules: Rules, agent: Agent, name: str, label: str) -> bool:
    channel = rules.channel(name)
    items = agent.ledger.values()
    held = [item.label for item in items if item.channel == name]
    if len(held) >= agent.maximums.get(name, channel.maximum):
        return False
    if label in channel.labels and held.count(label) >= channel.labels[label].maximum:
        return False
    if rules.is_light(name):
        return True
    stays = [item for item in items if item.channel not in channel.interrupts]
    if sum(item.cost for item in stays) + channel.cost > agent.capacity:
        return False
    if any(item.exclusive for item in stays):
        return False
    return not (channel.exclusive and any(not item.light for item in stays))


def is_excluded(agent: Agent, interaction: Interaction) -> bool:
    # the floor holds the running exclusions; that they end in time is an invariant of its own
    least_ppm = max(1, interaction.history_at_least_ppm)
    kept_from = interaction.kept and interaction.preferred.get(agent.agent_id, 0) < least_ppm
    return (
        kept_from
        or agent.agent_id in interaction.excluded_agents
        or agent.agent_id in interaction.exclusions
        or agent.agent_id in interaction.asked_agents
    )


def obstacle(rules: Rules, agent: Agent, interaction: Interaction) -> str:
    """The first filter that keeps this agent from this interaction; "" if there is none."""
    if agent.state != "available":
        return "not_available"
    if not has_capacity(rules, agent, interaction.channel, interaction.label):
        return "no_capacity"
    if not has_hard_skills(rules, agent, interaction):
        return "lacking_skill"
    if is_excluded(agent, interaction):
        return "excluded"
    return ""


def order_key(rules: Rules, interaction: Interaction) -> int:
    own = key_by(rules.order(interaction.queue), rules, interaction)
    if not rules.policy.queues[interaction.queue].buckets:
        return own
    bucket, behind = bucket_of(rules, interaction)
    if bucket is None:
        return within(own)
    if bucket.attribute:
        return within(value_of(bucket, interaction)) - behind * STEP_MS
    return within(key_by(bucket.order, rules, interaction)) - behind * STEP_MS


def target_of(rules: Rules, interaction: Interaction) -> int:
    return interaction.target_ms or rules.target_ms(interaction.channel, interaction.queue)


def unit_of(rules: Rules, interaction: Interaction) -> int:
    target_ms = target_of(rules, interaction)
    if target_ms == rules.target_ms(interaction.channel, interaction.queue):
        return target_ms
    digits = f"{target_ms}"
    return int(digits[:2].ljust(len(digits), "0"))


def key_by(order: str, rules: Rules, interaction: Interaction) -> int:
    origin_ms, priority = interaction.origin_ms, interaction.priority
    target_ms = target_of(rules, interaction)
    credit_ms = (priority * rules.priority_step * target_ms) // 1000
    match order:
        case "urgency":
            return origin_ms + target_ms - unit_of(rules, interaction) - credit_ms
        case "priority":
            return origin_ms - priority * 1000 * 24 * HOUR_MS
        case "ageing":
            return origin_ms - (priority * 60_000_000) // rules.ageing_points(interaction.queue)
        case "deadline":
            return origin_ms + target_ms - 60_000 - credit_ms
        case "oldest_first" | "predicted_wait":
            return origin_ms
        case "newest_first":
            return -origin_ms
        case other:
            raise AssertionError(other)


def urgency(rules: Rules, interaction: Interaction, now_ms: int) -> int:
    key = order_key(rules, interaction)
    order = rules.order(interaction.queue)
    if rules.policy.queues[interaction.queue].buckets and bucket_of(rules, interaction)[0]:
        order = "in a bucket"
    match order:
        case "newest_first":
            return (MILLION * 60_000) // (60_000 + max(0, now_ms - interaction.origin_ms))
        case "urgency":
            return ((now_ms - key) * MILLION) // unit_of(rules, interaction)
        case _:
            if rules.order(interaction.queue) == "predicted_wait":
                now_ms += rules.lines.advance_ms(interaction.queue)
            return ((now_ms - key) * MILLION) // 60_000


def place_of(floor: Floor, interaction: Interaction, now_ms: int) -> int:
    """The place in its queue, by comparing it with all that stand there."""
    rules = floor.in_force

    def rank(one: Interaction) -> tuple[int, int, int]:
        return -urgency(rules, one, now_ms), order_key(rules, one), one.sequence

    others = [i for i in floor.queued() if i.queue == interaction.queue and not i.kept]
    return 1 + sum(rank(one) < rank(interaction) for one in others)


def skill_term(rules: Rules, agent: Agent, interaction: Interaction) -> int:
    if not interaction.requirements:
        return MILLION
    total = sum(requirement.weight for requirement in interaction.requirements)
    strategy = rules.strategy(interaction.queue)
    points = sum(
        requirement.weight
        * (
            _skill_points(rules, requirement, agent, strategy)
            if requirement.skill
            else MILLION * meets(rules, requirement, agent, interaction)
        )
        for requirement in interaction.requirements
    )
    return points // total


def _skill_points(rules: Rules, requirement: Requirement, agent: Agent, strategy: str) -> int:
    held, levels = agent.skills.get(requirement.skill, 0), rules.levels(requirement.skill)
    if strategy == "match_score":
        return _logistic(requirement, held)
    if satisfies(requirement, held):
        if strategy == "least_adequate_skill":
            return HALF + (HALF * (levels - min(held, levels))) // levels
        if strategy == "closest_match":
            above = {">=": held - requirement.level, ">": held - requirement.level - 1}
            return max(HALF, MILLION - (HALF * above.get(requirement.op, 0)) // levels)
        return HALF + (HALF * min(held, levels)) // levels
    if requirement.op == ">=":
        return (HALF * held) // requirement.level
    if requirement.op == ">":
        return (HALF * held) // (requirement.level + 1)
    return 0


def _logistic(requirement: Requirement, held: int) -> int:
    well = satisfies(requirement, held)
    level = requirement.level
    if requirement.op in (">", ">=", "<", "<="):
        sign = 1 if ">" in requirement.op else -1
        # without a level to exceed: anything beyond is everything
        x = sign * (held - level) / (level or 1e-9)
        points = round(MILLION / (1 + math.exp(max(-700.0, min(700.0, -x)))))
        return points if well else min(points, HALF - 1)
    return MILLION if well else 0


def load_term(agent: Agent) -> int:
    return (max(0, agent.capacity - agent.used) * MILLION) // agent.capacity


def idle_term(rules: Rules, agent: Agent, now_ms: int) -> int:
    idle_ms = max(0, now_ms - agent.idle_since_ms)
    return (idle_ms * MILLION) // (idle_ms + rules.idle_half_ms)


def pair(rules: Rules, interaction: Interaction, agent: Agent, now_ms: int) -> Pair:
    weights = rules.weights(interaction.queue)
    skill = skill_term(rules, agent, interaction)
    history = interaction.preferred.get(agent.agent_id, 0)
    load = load_term(agent)
    idle = idle_term(rules, agent, now_ms)
    priced = any(rules.weights(queue).scarcity for queue in rules.policy.queues)
    scarcity = MILLION - agent.price_ppm if priced else 0
    total = (
        weights.skill * skill
        + weights.history * history
        + weights.load * load
        + weights.idle * idle
        + weights.scarcity * scarcity
        + weights.spare * min(MILLION, max(0, agent.capacity - agent.used))
    )
    return Pair(total // (weights.total or 1), skill, history, load, idle, scarcity)


def value(rules: Rules, interaction: Interaction, agent: Agent, now_ms: int) -> int:
    weighted = (rules.urgency_weight * urgency(rules, interaction, now_ms)) // 1000
    if not rules.is_weighed(interaction.queue):
        return weighted + HALF
    return weighted + pair(rules, interaction, agent, now_ms).score


Turn: TypeAlias = list[tuple[int, str]]
"""Who is first of those with the same score, and what that is called: first what counts first."""


def turn(floor: Floor, interaction: Interaction, agent: Agent) -> Turn:
    queue = floor.in_force.policy.queues[interaction.queue]
    idle = (agent.idle_since_ms, "longest_idle")
    match queue.strategy:
        case "round_robin":
            return [(agent.last_offer, "round_robin")]
        case "target_share":
            return [(agent.share_pass, "target_share")]
        case "random":
            return [(drawn(agent.agent_id, floor.offers_made + 1), "random")]
        case "by_attributes":
            places = [_place(agent, each.attribute, each.descending) for each in queue.order_by]
            return [*((place, "by_attributes") for place in places), idle]
        case _:
            return [idle]


def _place(agent: Agent, attribute: str, descending: bool) -> int:
    value = agent.attributes.get(attribute)
    if type(value) is not int or not -(2**53) <= value <= 2**53:
        return 2**54
    return -value if descending else value


def drawn(agent_id: str, offer: int) -> int:
    """The offer's number in the agent's stream of SplitMix64."""
    mask = 2**64 - 1
    state = 14695981039346656037
    for byte in agent_id.encode("utf-8"):
        state = ((state ^ byte) * 1099511628211) & mask
    z = (state + offer * 0x9E3779B97F4A7C15) & mask
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
    return (z ^ (z >> 31)) >> 1


def candidates(floor: Floor, interaction: Interaction, now_ms: int) -> list[Agent]:
    """The agents who may serve an interaction, the best first."""
    rules = floor.in_force
    able = [a for a in floor.logged_in() if not obstacle(rules, a, interaction)]
    return sorted(
        able,
        key=lambda a: (
            -pair(rules, interaction, a, now_ms).score,
            turn(floor, interaction, a),
            a.agent_id,
        ),
    )


def can_begin(floor: Floor, interaction: Interaction) -> bool:
    """Whether so many can be asked at once as its queue wants; or some are asked already."""
    rules = floor.in_force
    least = rules.offers_at_least(interaction.channel, interaction.queue)
    if interaction.offers or least == 1:
        return True
    return sum(not obstacle(rules, a, interaction) for a in floor.logged_in()) >= least


def comes(rules: Rules, agent: Agent, interaction: Interaction) -> int:
    """How early an interaction comes for an agent, whatever its value."""
    queue = interaction.queue
    if rules.policy.queues[queue].preferred_first and agent.agent_id in interaction.preferred:
        return 0
    return rules.queue_priority(agent.attributes.get("profile"), queue)


def best_interaction(floor: Floor, agent: Agent, now_ms: int) -> Interaction | None:
    rules = floor.in_force
    servable = [i for i in floor.looking() if not obstacle(rules, agent, i)]
    servable = [i for i in servable if can_begin(floor, i)]
    return min(
        servable,
        key=lambda i: (
            comes(rules, agent, i),
            -value(rules, i, agent, now_ms),
            order_key(rules, i),
            i.sequence,
        ),
        default=None,
    )


def is_due_elsewhere(floor: Floor, agent: Agent, interaction: Interaction, now_ms: int) -> bool:
    """Whether something that the agent may serve comes earlier for them."""
    rules = floor.in_force
    if not rules.puts_first:
        return False
    best = best_interaction(floor, agent, now_ms)
    return best is not None and comes(rules, agent, best) < comes(rules, agent, interaction)


def going(floor: Floor, interaction: Interaction, chooser: Agent, now_ms: int) -> list[Agent]:
    """Those who may get what an agent has chosen, the best first."""
    rules, able = floor.in_force, candidates(floor, interaction, now_ms)
    if comes(rules, chooser, interaction) == 0:
        return [agent for agent in able if comes(rules, agent, interaction) == 0]
    while able and is_due_elsewhere(floor, able[0], interaction, now_ms):
        able.pop(0)
    return able


def decide(
    floor: Floor,
    interaction: Interaction,
    trigger: str,
    now_ms: int,
    chooser: Agent | None = None,
) -> Choice | None:
    """The best agent with the decision record; None when no agent may serve the interaction, or too
    few."""
    rules = floor.in_force
    ranked = candidates(floor, interaction, now_ms)
    if not ranked or not can_begin(floor, interaction):
        return None
    obstacles = [obstacle(rules, a, interaction) for a in floor.logged_in()]
    counts = {
        name: obstacles.count(name)
        for name in ("not_available", "lacking_skill", "no_capacity", "excluded")
    }
    counts |= {"logged_in": len(obstacles), "candidates": len(ranked)}
    chosen = None
    if chooser is not None and rules.puts_first:
        early, able = comes(rules, chooser, interaction), ranked
        ranked = going(floor, interaction, chooser, now_ms)
        if not ranked:
            return None
        chosen = (chooser.agent_id, early, able.index(ranked[0]) if early else 0)
    return Choice(
        trigger=trigger,
        interaction_id=interaction.interaction_id,
        agent_id=ranked[0].agent_id,
        urgency_ppm=urgency(rules, interaction, now_ms),
        counts=counts,
        best=tuple((a.agent_id, pair(rules, interaction, a, now_ms)) for a in ranked[:3]),
        tie_break=_tie_break(floor, interaction, ranked, now_ms),
        chosen=chosen,
    )


def _tie_break(floor: Floor, interaction: Interaction, ranked: list[Agent], now_ms: int) -> str:
    if len(ranked) < 2:
        return ""
    rules, first, second = floor.in_force, *ranked[:2]
    scores = [pair(rules, interaction, agent, now_ms).score for agent in (first, second)]
    if scores[0] != scores[1]:
        return ""
    turns = zip(*(turn(floor, interaction, agent) for agent in (first, second)), strict=True)
    return next((mine[1] for mine, theirs in turns if mine != theirs), "agent_id")


def required_offers(floor: Floor, now_ms: int) -> Iterator[Choice]:
    """The offers that a batch must make, in order.

    The caller folds the ``offer_issued`` of each choice into the floor before asking for the next.
    """
    rules = floor.rules
    if rules is None:
        return
    seeking = [floor.agents[name] for name in floor.touched_agents]
    seeking = [agent for agent in seeking if agent.state == "available"]
    for agent in sorted(seeking, key=lambda a: (a.idle_since_ms, a.agent_id)):
        while (interaction := best_interaction(floor, agent, now_ms)) is not None:
            choice = decide(floor, interaction, "agent", now_ms, agent)
            assert choice is not None, "the agent itself may serve it"
            yield from _at_once(floor, interaction, now_ms, agent)
    waiting = [floor.interactions[name] for name in floor.touched_interactions]
    waiting = [interaction for interaction in waiting if floor.looks(interaction)]
    for interaction in sorted(
        waiting,
        key=lambda i: (-urgency(rules, i, now_ms), order_key(rules, i), i.sequence),
    ):
        yield from _at_once(floor, interaction, now_ms)


def _at_once(
    floor: Floor, interaction: Interaction, now_ms: int, chooser: Agent | None = None
) -> Iterator[Choice]:
    """To the best agent, and to the next best while more are to be asked and may serve it.

    What looks for an agent itself lets those choose first for whom something else comes earlier.
    """
    while floor.looks(interaction):
        trigger = "interaction" if chooser is None else "agent"
        choice = decide(floor, interaction, trigger, now_ms, chooser)
        if choice is None:
            return
        agent = floor.agents[choice.agent_id]
        if chooser is None and is_due_elsewhere(floor, agent, interaction, now_ms):
            first = best_interaction(floor, agent, now_ms)
            assert first is not None
            yield from _at_once(floor, first, now_ms, agent)
        else:
            yield choice
