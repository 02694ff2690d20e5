"""Every agent judged for one interaction, recomputed; and whether the journal says the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final, NamedTuple

from adapters.explain.evaluation import (
    COUNTED,
    FILTERS,
    Case,
    Filter,
    Obstacle,
    Score,
    Turn,
    place_of,
    standing_of,
)
from adapters.explain.replay import Moment
from adapters.verify.buckets import Bucket, bucket_of
from adapters.verify.decisions import DIRECT
from adapters.verify.scales import Scale
from router.commands import Requirement
from router.events import Candidate, OfferIssued
from router.lifecycle import AgentStatus
from router.state import Interaction

__all__ = (
    "Filtered",
    "Mismatch",
    "Ranked",
    "Ranking",
    "Subject",
    "mismatches",
    "rank",
    "tie_break",
)

BEST_STORED_MAX: Final = 3
"""How many of the best candidates a decision record holds."""


class Ranked(NamedTuple):
    """An agent who may serve the interaction, as best_agent ranks them."""

    agent_id: str
    idle_since_ms: int
    score: Score
    turn: Turn

    @property
    def key(self) -> tuple[int, tuple[int, ...], int, str]:
        """Sorts the best first."""
        return -self.score.total, self.turn.standing, self.turn.place, self.agent_id


class Filtered(NamedTuple):
    """An agent who is logged in and may not serve it, with all that keeps them from it."""

    agent_id: str
    obstacles: tuple[Obstacle, ...]

    @property
    def filter(self) -> Filter:
        """The first filter that stops them, which is the one that counts."""
        return self.obstacles[0].filter


class Subject(NamedTuple):
    """The interaction that is asked about, without anything personal.

    ``order`` and ``strategy`` are its queue's; ``weighed``: whether the pair score counts too when
    interactions are compared.
    """

    interaction_id: str
    channel: str
    queue: str
    priority: int
    origin_ms: int
    target_ms: int
    requirements: tuple[Requirement, ...]
    order: str
    strategy: str
    weighed: bool
    step: int = 0
    """Of the workflow, from 1; 0: it goes through none."""
    step_until_ms: int = 0
    only_preferred: bool = False
    continues: bool = False
    """Whether the step goes on then, for further agents too."""
    label: str = ""
    bucket: str = ""
    """Of its queue, and the order there; "": it stands in none."""


class Ranking(NamedTuple):
    """All agents who were logged in: the candidates, best first, and those filtered out.

    Who could serve it and was passed over is among these.
    """

    subject: Subject
    candidates: tuple[Ranked, ...]
    filtered: tuple[Filtered, ...]
    urgency_ppm: int
    scales: Mapping[str, Scale]
    """Of the skills of the policy, to tell levels in."""

    @property
    def counts(self) -> dict[str, int]:
        """The counts of a decision record."""
        by_filter = self.by_filter
        return {
            "logged_in": len(self.candidates) + len(self.filtered),
            **{name: by_filter[name] for name in COUNTED},
            "candidates": len(self.candidates) + by_filter["passed_over"],
        }

    @property
    def by_filter(self) -> Counter[Filter]:
        """How many fell at each filter."""
        return Counter(one.filter for one in self.filtered)

    @property
    def tie_break(self) -> str:
        """What decided between equal scores at the top."""
        if len(self.candidates) < 2:
            return ""
        return tie_break(self.candidates[0], self.candidates[1])

    def position(self, agent_id: str) -> int:
        """The rank of a candidate, from 1; 0 for who is none."""
        found = (n for n, one in enumerate(self.candidates, 1) if one.agent_id == agent_id)
        return next(found, 0)


class Mismatch(NamedTuple):
    """Something on which journal and recomputation differ."""

    field: str
    journal: object
    recomputed: object


def tie_break(better: Ranked, other: Ranked) -> str:
    """What puts one before the other when their scores are equal, else ""."""
    if better.score.total != other.score.total:
        return ""
    if better.turn == other.turn:
        return "agent_id"
    if better.turn.attributes and better.turn.standing == other.turn.standing:
        return "longest_idle"
    return better.turn.rule


def rank(moment: Moment, interaction: Interaction) -> Ranking:
    """Judge everybody who is logged in."""
    case = Case(moment, interaction)
    candidates, filtered = [], []
    for agent in moment.state.agents.values():
        if agent.status is AgentStatus.OFFLINE:
            continue
        obstacles = tuple(case.obstacles(agent))
        if obstacles:
            filtered.append(Filtered(agent.agent_id, obstacles))
            continue
        score, turn = case.score(agent), case.turn(agent)
        candidates.append(Ranked(agent.agent_id, agent.idle_since_ms, score, turn))
    candidates.sort(key=lambda one: one.key)
    filtered.sort(key=lambda one: (FILTERS.index(one.filter), one.agent_id))
    queue, standing = moment.policy.queues[interaction.queue], standing_of(moment, interaction)
    bucket = bucket_of(queue.buckets, standing.facts())[0] if queue.buckets else None
    subject = Subject(
        interaction.interaction_id,
        interaction.channel,
        interaction.queue,
        interaction.priority,
        interaction.origin_ms,
        standing.target_ms or moment.policy.target_ms(interaction.channel, interaction.queue),
        interaction.requirements,
        queue.order,
        queue.strategy,
        queue.is_weighed,
        *_stand(interaction),
        moment.state.labels.get(interaction.interaction_id, ""),
        bucket=_bucket_words(bucket),
    )
    _, urgency_ppm = place_of(moment, interaction)
    scales = moment.policy.scales
    return Ranking(subject, tuple(candidates), tuple(filtered), urgency_ppm, scales)


def _bucket_words(bucket: Bucket | None) -> str:
    if bucket is None:
        return ""
    by = f" by {bucket.attribute}" if bucket.attribute else ""
    return f"{bucket.name}, {bucket.order}{by}"


def _stand(interaction: Interaction) -> tuple[int, int, bool, bool]:
    """Where it stands in its workflow: step, end, whether it is kept, and goes on then."""
    progress = interaction.progress
    if progress is None:
        return 0, 0, False, False
    return progress.step, progress.until_ms, progress.only_preferred, progress.continues


def mismatches(moment: Moment, event: OfferIssued, ranking: Ranking) -> tuple[Mismatch, ...]:
    """Where the decision record differs from what is recomputed from the journal before it."""
    decision = event.decision
    if decision.trigger in DIRECT:
        return _direct_mismatches(moment, event, ranking)
    best = _best(event, ranking)
    joint = decision.joint is not None
    winner = event.agent_id if joint and ranking.position(event.agent_id) else _first(best)
    compared: list[tuple[str, object, object]] = [
        ("agent_id", event.agent_id, winner),
        ("decision.policy_version", decision.policy_version, moment.state.policy_version),
        ("decision.urgency_ppm", decision.urgency_ppm, ranking.urgency_ppm),
        ("decision.tie_break", decision.tie_break, "" if joint else ranking.tie_break),
    ]
    compared += [
        (f"decision.{name}", getattr(decision, name), count)
        for name, count in ranking.counts.items()
    ]
    compared.append(("decision.best: agents", len(decision.best), len(best)))
    for number, (stored, ours) in enumerate(zip(decision.best, best, strict=False), 1):
        compared += _candidate_fields(number, stored, ours)
    return tuple(Mismatch(*one) for one in compared if one[1] != one[2])


def _direct_mismatches(
    moment: Moment, event: OfferIssued, ranking: Ranking
) -> tuple[Mismatch, ...]:
    """Of what somebody told, nobody was compared: only these stand in the record."""
    decision, version = event.decision, moment.state.policy_version
    compared = (
        ("decision.policy_version", decision.policy_version, version),
        ("decision.urgency_ppm", decision.urgency_ppm, ranking.urgency_ppm),
        ("decision.best: agents", len(decision.best), 0),
    )
    return tuple(Mismatch(*one) for one in compared if one[1] != one[2])


def _first(best: tuple[Ranked, ...]) -> str | None:
    return best[0].agent_id if best else None


def _best(event: OfferIssued, ranking: Ranking) -> tuple[Ranked, ...]:
    """Whom the record must name: the best few, and who was assigned jointly after them."""
    best = ranking.candidates[:BEST_STORED_MAX]
    position = ranking.position(event.agent_id)
    if event.decision.joint is None or position <= BEST_STORED_MAX:
        return best
    return (*best, ranking.candidates[position - 1])


def _candidate_fields(
    number: int, stored: Candidate, ours: Ranked
) -> list[tuple[str, object, object]]:
    place = f"decision.best {number}"
    terms = [
        (f"{place}, {name}", getattr(stored, name), value)
        for name, value in ours.score.values._asdict().items()
        if hasattr(stored, name)
    ]
    return [
        (f"{place}, agent_id", stored.agent_id, ours.agent_id),
        (f"{place}, score", stored.score, ours.score.total),
        *terms,
    ]
