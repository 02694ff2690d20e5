"""A decision record in words: who got the work, why, who else was near, what removed the rest.

Works on plain maps as they stand in the journal (docs/protocol.md): ``offer_issued`` with its
``decision``, the ``interaction_created`` of its interaction, and the policy document in force.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

__all__ = ("Contender", "Explanation", "contenders", "explain", "spoken_duration")

TERMS: Final = ("skill", "history", "load", "idle")
DEFAULT_WEIGHTS: Final = {"skill": 4.0, "history": 3.0, "load": 2.0, "idle": 1.0}
ONE_TERM: Final = {
    "least_loaded": "load",
    "best_skill": "skill",
    "least_adequate_skill": "skill",
    "closest_match": "skill",
    "match_score": "skill",
}
DEFAULT_TARGET_S: Final = 60.0
MILLION: Final = 1_000_000
VISIBLE: Final = 0.005
"""Differences below this show as 0.00 and are not named."""

MEANING: Final = {
    "skill": "a better skill fit",
    "history": "knowing the customer",
    "load": "more free capacity",
    "idle": "a longer time without work",
}
TIES: Final = {
    "longest_idle": "idle for longest",
    "round_robin": "whose last offer lies further back",
    "target_share": "further behind their share",
    "random": "whom the draw names",
    "by_attributes": "first by their attributes",
    "agent_id": "first by name",
}
REMOVED: Final = (
    ("not_available", "not available"),
    ("no_capacity", "with their hands full or not on this channel"),
    ("lacking_skill", "without the skills asked"),
    ("excluded", "excluded after a decline or an unanswered offer"),
)


class Contender(NamedTuple):
    """One of the best candidates; terms and score in [0, 1], weights of its queue."""

    agent_id: str
    score: float
    terms: Mapping[str, float]
    weights: Mapping[str, float]

    def part(self, term: str) -> float:
        """What a term adds to the score."""
        return self.weights[term] * self.terms[term] / (sum(self.weights.values()) or 1)

    @property
    def score_without_history(self) -> float:
        """The score if nothing were known of the customer."""
        return self.score - self.part("history")


@dataclass(frozen=True, slots=True)
class Explanation:
    """One decision in words and figures, in reading order."""

    title: str
    who: str
    """What went to whom, and after what wait."""
    circumstances: str
    """What the floor was like; may be empty."""
    candidates: tuple[Contender, ...]
    """The winner and the runners-up."""
    why: str
    """What decided between the first two; empty when there was only one."""
    others: str
    """What removed everybody else."""

    @property
    def lines(self) -> list[str]:
        """All of it as lines of text; the candidates are aligned in columns."""
        width = max(len(candidate.agent_id) for candidate in self.candidates)
        table = [f"  {_row(candidate, width)}" for candidate in self.candidates]
        about = " ".join(part for part in (self.who, self.circumstances) if part)
        return [about, *table, f"{self.why} {self.others}".strip()]


def contenders(offer: Mapping[str, Any], queue: str, policy: Mapping[str, Any]) -> list[Contender]:
    """The candidates of an ``offer_issued`` event, the winner first."""
    weights = _weights(queue, policy)
    return [
        Contender(
            agent_id,
            score / MILLION,
            {term: value / MILLION for term, value in zip(TERMS, terms, strict=False)},
            weights,
        )
        for agent_id, score, *terms in offer["decision"]["best"]
    ]


def explain(
    offer: Mapping[str, Any],
    created: Mapping[str, Any],
    policy: Mapping[str, Any],
    *,
    now_ms: int,
    title: str = "",
    circumstances: str = "",
    speed: float = 1.0,
) -> Explanation:
    """The decision in words. ``speed`` turns real durations into those of a compressed clock;
    ``circumstances`` is a sentence about the floor at that moment, put before the reasons.
    """
    best = contenders(offer, created["queue"], policy)
    return Explanation(
        title=title,
        who=_who(offer, created, policy, now_ms=now_ms, speed=speed),
        circumstances=circumstances,
        candidates=tuple(best),
        why=_why(best, offer["decision"]),
        others=_others(offer["decision"]),
    )


def spoken_duration(seconds: float) -> str:
    """A duration as a person says it: ``40 s``, ``3 min 20 s``, ``2 h 5 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3_600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    return f"{whole // 3_600} h {whole % 3_600 // 60} min"


def _weights(queue: str, policy: Mapping[str, Any]) -> dict[str, float]:
    """Weights of the queue's strategy; none for those that go by units or turns."""
    found = policy["queues"].get(queue, {})
    if (strategy := found.get("strategy", "score")) != "score":
        return {term: float(ONE_TERM.get(strategy) == term) for term in TERMS}
    own = found.get("weights") or policy.get("weights", {})
    return {term: float(own.get(term, DEFAULT_WEIGHTS[term])) for term in TERMS}


def _who(
    offer: Mapping[str, Any],
    created: Mapping[str, Any],
    policy: Mapping[str, Any],
    *,
    now_ms: int,
    speed: float,
) -> str:
    waited_s = (now_ms - created["origin_ms"]) * speed / 1_000
    target_s = _target_s(created["queue"], created["channel"], policy) * speed
    waited = f"after {spoken_duration(waited_s)}" if waited_s >= 1 else "at once"
    customer = f" of customer {created['customer_id']}" if created.get("customer_id") else ""
    priority = f", priority {created['priority']}" if created.get("priority") else ""
    return (
        f"{created['interaction_id']} ({created['channel']}, {created['queue']}{priority})"
        f"{customer}{_asked(created.get('requirements', ()))} was offered to {offer['agent_id']} "
        f"{waited} (target {spoken_duration(target_s)})."
    )


def _target_s(queue: str, channel: str, policy: Mapping[str, Any]) -> float:
    own = policy["queues"].get(queue, {}).get("targets_s", {})
    return float(own.get(channel, policy["channels"][channel].get("target_s", DEFAULT_TARGET_S)))


def _asked(requirements: Sequence[Mapping[str, Any]]) -> str:
    hard = [_requirement(r) for r in requirements if r.get("hard", True)]
    soft = [_requirement(r) for r in requirements if not r.get("hard", True)]
    parts = ([", asking " + " and ".join(hard)] if hard else []) + (
        [(", liking " if not hard else ", better ") + " and ".join(soft)] if soft else []
    )
    return "".join(parts) + ("," if parts else "")


def _requirement(requirement: Mapping[str, Any]) -> str:
    skill, op = requirement["skill"], requirement.get("op", ">=")
    level = requirement.get("level", 1)
    if op == ">=":
        return f"{skill} {level}+" if level > 1 else str(skill)
    if op == "between":
        return f"{skill} {level} to {requirement['level_max']}"
    return f"{skill} {op} {level}"


def _why(best: Sequence[Contender], decision: Mapping[str, Any]) -> str:
    winner = best[0]
    if len(best) == 1:
        return ""
    second = best[1]
    if tie_break := decision.get("tie_break", ""):
        return f"{winner.agent_id} and {second.agent_id} are level; the one {TIES[tie_break]} wins."
    if not any(winner.weights.values()):
        return f"More free units put {winner.agent_id} ahead of {second.agent_id}."
    # the weights turn the terms into parts of the score; their differences make up the lead
    parts = {term: winner.part(term) - second.part(term) for term in TERMS}
    ahead = [term for term in sorted(TERMS, key=lambda t: -parts[t]) if parts[term] >= VISIBLE]
    behind = [term for term in sorted(TERMS, key=lambda t: parts[t]) if parts[term] <= -VISIBLE]
    reasons = _listed([f"{MEANING[term]} ({parts[term]:+.2f})" for term in ahead])
    against = _listed([f"{term} ({parts[term]:+.2f})" for term in behind])
    sentence = f"{reasons or 'a hair'} put {winner.agent_id} ahead of {second.agent_id}"
    sentence += f", in spite of {against}." if against else "."
    return sentence[0].upper() + sentence[1:]


def _listed(parts: Sequence[str]) -> str:
    return " and ".join(part for part in (", ".join(parts[:-1]), *parts[-1:]) if part)


def _row(candidate: Contender, width: int) -> str:
    terms = "  ".join(f"{term} {candidate.terms[term]:.2f}" for term in TERMS)
    return f"{candidate.agent_id:{width}}  {candidate.score:.2f}  =  {terms}"


def _others(decision: Mapping[str, Any]) -> str:
    removed = [f"{decision[key]} {words}" for key, words in REMOVED if decision[key]]
    total, candidates = decision["logged_in"], decision["candidates"]
    if candidates == 1:
        rest = f": of {total} agents {', '.join(removed)}" if removed else ""
        return f"Nobody else could take it{rest}."
    rest = "; the others were " + ", ".join(removed) if removed else ""
    return f"Of {total} agents {candidates} could take it{rest}."
