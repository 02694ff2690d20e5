"""Decision records: do they say what docs/matching.md says about the floor as it was?

Sums, winner, policy version and urgency are checked for every offer, and so are all terms of the
best candidates. The counts are compared with a fresh count of the floor for one offer in
:data:`RECOUNT_EVERY`, and the best agent is looked for among all candidates too when the check is
a thorough one; both look at every agent.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from adapters.verify.model import Agent, Interaction
from adapters.verify.picture import Picture
from adapters.verify.terms import ONE_PPM, PolicyTerms, skill_term
from adapters.verify.wire import Event, Unreadable

__all__ = ("RECOUNT_EVERY", "check_decision")

RECOUNT_EVERY: Final = 16
_BEST_MAX: Final = 3
_COUNTS: Final = (
    "logged_in",
    "not_available",
    "no_capacity",
    "lacking_skill",
    "excluded",
    "candidates",
)


class _Candidate(NamedTuple):
    agent_id: str
    score: int
    skill: int
    history: int
    load: int
    idle: int


class _Rank(NamedTuple):
    """Sorts as best_agent chooses: highest score, longest idle, lowest id."""

    minus_score: int
    idle_since_ms: int
    agent_id: str


def check_decision(picture: Picture, event: Event, interaction: Interaction) -> None:
    """Check the decision record of an offer. Raises :class:`Unreadable` when it cannot be read."""
    decision = event["decision"]
    best = _read(decision)
    facts = picture.findings.facts
    facts["decisions"] += 1
    ids = {name: event[name] for name in ("offer_id", "interaction_id", "agent_id")}
    problems: list[tuple[str, str]] = []
    problems += _count_problems(picture, decision, best)
    if picture.thorough or facts["decisions"] % RECOUNT_EVERY == 0:
        problems += _recount_problems(picture, decision, interaction)
    problems += _winner_problems(event, best)
    policy = picture.policy
    if decision["policy_version"] != picture.policy_version:
        message = f"version {decision['policy_version']}; {picture.policy_version} is in force"
        problems.append(("decision_policy", message))
    elif policy is not None and _has_terms(policy, interaction):
        problems += _urgency_problems(picture, policy, decision, interaction)
        problems += _best_problems(picture, policy, interaction, best, decision.get("tie_break"))
    for code, message in problems:
        picture.findings.add(code, message, **ids)


def _read(decision: dict[str, Any]) -> list[_Candidate]:
    for name in (*_COUNTS, "policy_version", "urgency_ppm"):
        if type(decision.get(name)) is not int:
            message = f"the decision lacks its count {name!r}"
            raise Unreadable(message)
    best = decision.get("best")
    if decision.get("trigger") not in ("agent", "interaction") or not isinstance(best, list):
        raise Unreadable("the decision lacks its trigger or its best candidates")
    return [_candidate(fields) for fields in best]


def _candidate(fields: Any) -> _Candidate:
    if not isinstance(fields, list) or len(fields) < len(_Candidate._fields):
        raise Unreadable("a candidate is not [agent_id, score, skill, history, load, idle]")
    candidate = _Candidate(*fields[: len(_Candidate._fields)])
    if not isinstance(candidate.agent_id, str) or not all(type(n) is int for n in candidate[1:]):
        raise Unreadable("a candidate is not a name and five integers")
    return candidate


def _count_problems(
    picture: Picture, decision: dict[str, Any], best: list[_Candidate]
) -> Iterable[tuple[str, str]]:
    counts = [decision[name] for name in _COUNTS]
    if counts[0] != sum(counts[1:]) or min(counts) < 0:
        yield "decision_counts", f"the counts do not add up: {_named(counts)}"
    if len(best) != min(_BEST_MAX, decision["candidates"]):
        message = f"{decision['candidates']} candidates, and {len(best)} of them are listed"
        yield "decision_counts", message
    away = picture.floor.logged_in - len(picture.floor.available)
    if counts[:2] != [picture.floor.logged_in, away]:
        message = f"{picture.floor.logged_in} are logged in, {away} not available: {_named(counts)}"
        yield "decision_counts", message


def _recount_problems(
    picture: Picture, decision: dict[str, Any], interaction: Interaction
) -> Iterable[tuple[str, str]]:
    floor = picture.floor
    with_room = floor.takers(interaction.channel)
    able = floor.able(interaction.channel, interaction.hard)
    excluded = sum(map(interaction.excludes, able))
    expected = [
        floor.logged_in,
        floor.logged_in - len(floor.available),
        len(floor.available) - len(with_room),
        len(with_room) - len(able),
        excluded,
        len(able) - excluded,
    ]
    counts = [decision[name] for name in _COUNTS]
    if counts != expected:
        yield "decision_counts", f"says {_named(counts)}; the floor had {_named(expected)}"


def _named(counts: list[int]) -> str:
    return ", ".join(f"{name} {n}" for name, n in zip(_COUNTS, counts, strict=True))


def _winner_problems(event: Event, best: list[_Candidate]) -> Iterable[tuple[str, str]]:
    if not best or best[0].agent_id != event["agent_id"]:
        first = best[0].agent_id if best else "nobody"
        yield "decision_winner", f"the best is {first!r}, the offer went to {event['agent_id']!r}"


def _has_terms(policy: PolicyTerms, interaction: Interaction) -> bool:
    return (
        interaction.channel in policy.channels
        and interaction.queue in policy.targets_ms
        and all(r.skill in policy.levels for r in interaction.requirements)
    )


def _urgency_problems(
    picture: Picture, policy: PolicyTerms, decision: dict[str, Any], interaction: Interaction
) -> Iterable[tuple[str, str]]:
    expected = policy.urgency_ppm(
        interaction.channel,
        interaction.queue,
        interaction.priority,
        interaction.origin_ms,
        picture.now_ms,
    )
    if decision["urgency_ppm"] != expected:
        message = f"says {decision['urgency_ppm']} ppm, expected {expected}"
        yield "decision_urgency", message


def _best_problems(
    picture: Picture,
    policy: PolicyTerms,
    interaction: Interaction,
    best: list[_Candidate],
    tie_break: Any,
) -> Iterable[tuple[str, str]]:
    ranks = []
    for candidate in best:
        agent = picture.floor.agents.get(candidate.agent_id)
        if agent is None:
            yield "decision_terms", f"candidate {candidate.agent_id!r} is not logged in"
            return
        expected = _score(picture, policy, interaction, agent)
        if candidate != expected:
            yield "decision_terms", f"says {tuple(candidate)}, expected {tuple(expected)}"
        ranks.append(_rank(expected, agent))
    if (tie_break or "") != _tie_break(ranks):
        yield "decision_tie_break", f"says {tie_break!r}, expected {_tie_break(ranks)!r}"
    right = _all_ranks(picture, policy, interaction)[: len(best)] if picture.thorough else None
    if ranks != (right or sorted(ranks)):
        expected_ids = ", ".join(rank.agent_id for rank in right or sorted(ranks))
        message = f"listed are {', '.join(c.agent_id for c in best)}, expected {expected_ids}"
        yield "decision_order", message


def _tie_break(ranks: list[_Rank]) -> str:
    if len(ranks) < 2 or ranks[0].minus_score != ranks[1].minus_score:
        return ""
    equal = ranks[0].idle_since_ms == ranks[1].idle_since_ms
    return "agent_id" if equal else "longest_idle"


def _all_ranks(picture: Picture, policy: PolicyTerms, interaction: Interaction) -> list[_Rank]:
    floor = picture.floor
    able = floor.able(interaction.channel, interaction.hard)
    agents = [floor.agents[a] for a in able if not interaction.excludes(a)]
    return sorted(_rank(_score(picture, policy, interaction, a), a) for a in agents)


def _rank(candidate: _Candidate, agent: Agent) -> _Rank:
    return _Rank(-candidate.score, agent.idle_since_ms, agent.agent_id)


def _score(
    picture: Picture, policy: PolicyTerms, interaction: Interaction, agent: Agent
) -> _Candidate:
    terms = (
        skill_term(agent.skills, interaction.requirements, policy.levels),
        interaction.preferred.get(agent.agent_id, 0),
        (max(0, agent.capacity - agent.used) * ONE_PPM) // max(1, agent.capacity),
        policy.idle_ppm(max(0, picture.now_ms - agent.idle_since_ms)),
    )
    return _Candidate(agent.agent_id, policy.pair_ppm(interaction.queue, terms), *terms)
