"""Decision records: do they say what docs/matching.md says about the floor as it was?

Sums, winner, policy version and urgency are checked for every offer, and so are all terms of the
best candidates. The counts are compared with a fresh count of the floor for one offer in
:data:`RECOUNT_EVERY`, and the best agent is looked for among all candidates too when the check is
a thorough one; both look at every agent.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import compress
from typing import Any, Final, NamedTuple

from adapters.verify.chosen import chosen_problems, pair_terms, read_chosen, urgency_ppm
from adapters.verify.due_elsewhere import comes, comes_earlier
from adapters.verify.model import Agent, Interaction
from adapters.verify.picture import Picture
from adapters.verify.precedence import TIED
from adapters.verify.queue_terms import QueueTerms
from adapters.verify.terms import PolicyTerms
from adapters.verify.wire import Event, Unreadable

__all__ = ("DIRECT", "RECOUNT_EVERY", "check_decision")

RECOUNT_EVERY: Final = 16
_TRIGGERS: Final = ("agent", "interaction", "joint")
DIRECT: Final = ("direct", "assigned")
"""Triggers of what somebody told."""

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
    scarcity: int


class _Rank(NamedTuple):
    """Sorts as best_agent chooses: highest score, whose turn it is (idle longest), lowest id."""

    minus_score: int
    turn: tuple[int, ...]
    agent_id: str


def check_decision(picture: Picture, event: Event, interaction: Interaction) -> None:
    """Check the decision record of an offer. Raises :class:`Unreadable` when it cannot be read."""
    decision = event["decision"]
    best = _read(decision)
    if decision["trigger"] in DIRECT:
        _check_direct(picture, event)
        return
    facts = picture.findings.facts
    facts["decisions"] += 1
    ids = {name: event[name] for name in ("offer_id", "interaction_id", "agent_id")}
    problems: list[tuple[str, str]] = []
    problems += _count_problems(picture, decision, best)
    if picture.thorough or facts["decisions"] % RECOUNT_EVERY == 0:
        problems += _recount_problems(picture, decision, interaction)
    problems += _winner_problems(event, best)
    problems += chosen_problems(picture, decision, interaction)
    policy = picture.policy
    if decision["policy_version"] != picture.policy_version:
        message = f"version {decision['policy_version']}; {picture.policy_version} is in force"
        problems.append(("decision_policy", message))
    elif policy is not None and _has_terms(policy, interaction):
        problems += _urgency_problems(picture, policy, decision, interaction)
        problems += _best_problems(picture, policy, interaction, best, decision)
    for code, message in problems:
        picture.findings.add(code, message, **ids)


def _check_direct(picture: Picture, event: Event) -> None:
    """Of what somebody told: nobody was compared, and only they are to answer for it."""
    decision = event["decision"]
    ids = {name: event[name] for name in ("offer_id", "interaction_id", "agent_id")}
    if decision["best"] or any(decision[name] for name in _COUNTS):
        message = "nobody was compared, and counts or candidates are told"
        picture.findings.add("decision_counts", message, **ids)
    if decision["policy_version"] != picture.policy_version:
        message = f"version {decision['policy_version']}; {picture.policy_version} is in force"
        picture.findings.add("decision_policy", message, **ids)


def _read(decision: dict[str, Any]) -> list[_Candidate]:
    for name in (*_COUNTS, "policy_version", "urgency_ppm"):
        if type(decision.get(name)) is not int:
            message = f"the decision lacks its count {name!r}"
            raise Unreadable(message)
    best = decision.get("best")
    if decision.get("trigger") not in (*_TRIGGERS, *DIRECT) or not isinstance(best, list):
        raise Unreadable("the decision lacks its trigger or its best candidates")
    return [_candidate(fields) for fields in best]


def _candidate(fields: Any) -> _Candidate:
    if not isinstance(fields, list) or len(fields) < len(_Candidate._fields) - 1:
        raise Unreadable("a candidate is not [agent_id, score, skill, history, load, idle]")
    candidate = _Candidate(*[*fields, 0][: len(_Candidate._fields)])
    if not isinstance(candidate.agent_id, str) or not all(type(n) is int for n in candidate[1:]):
        raise Unreadable("a candidate is not a name and five integers")
    return candidate


def _count_problems(
    picture: Picture, decision: dict[str, Any], best: list[_Candidate]
) -> Iterable[tuple[str, str]]:
    counts = [decision[name] for name in _COUNTS]
    if counts[0] != sum(counts[1:]) or min(counts) < 0:
        yield "decision_counts", f"the counts do not add up: {_named(counts)}"
    extra = decision["trigger"] == "joint" and len(best) == _BEST_MAX + 1
    chosen = read_chosen(decision)
    compared = decision["candidates"] - (chosen.due_elsewhere if chosen else 0)
    fewer = chosen is not None and chosen.is_tied and len(best) in range(1, compared)
    if len(best) - extra != min(_BEST_MAX, compared) and not fewer:
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
    with_room = floor.takers(interaction.work)
    able = floor.able(interaction.work, interaction.hard)
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
    if event["decision"]["trigger"] == "joint":
        if all(candidate.agent_id != event["agent_id"] for candidate in best):
            yield "decision_winner", f"{event['agent_id']!r} is not among the candidates"
        return
    if not best or best[0].agent_id != event["agent_id"]:
        first = best[0].agent_id if best else "nobody"
        yield "decision_winner", f"the best is {first!r}, the offer went to {event['agent_id']!r}"


def _has_terms(policy: PolicyTerms, interaction: Interaction) -> bool:
    return (
        interaction.channel in policy.channels
        and interaction.queue in policy.queues
        and all(r.condition or r.skill in policy.levels for r in interaction.requirements)
    )


def _urgency_problems(
    picture: Picture, policy: PolicyTerms, decision: dict[str, Any], interaction: Interaction
) -> Iterable[tuple[str, str]]:
    expected = urgency_ppm(picture, policy, interaction)
    if decision["urgency_ppm"] != expected:
        message = f"says {decision['urgency_ppm']} ppm, expected {expected}"
        yield "decision_urgency", message


def _best_problems(
    picture: Picture,
    policy: PolicyTerms,
    interaction: Interaction,
    best: list[_Candidate],
    decision: dict[str, Any],
) -> Iterable[tuple[str, str]]:
    ranks = []
    queue = policy.queues[interaction.queue]
    for candidate in best:
        agent = picture.floor.agents.get(candidate.agent_id)
        if agent is None:
            yield "decision_terms", f"candidate {candidate.agent_id!r} is not logged in"
            return
        expected = _score(picture, policy, interaction, agent)
        if candidate != expected:
            yield "decision_terms", f"says {tuple(candidate)}, expected {tuple(expected)}"
        ranks.append(_rank(picture, queue, expected, agent))
    tie_break = "" if decision["trigger"] == "joint" else _tie_break(queue, ranks)
    if decision.get("tie_break", "") != tie_break:
        yield "decision_tie_break", f"says {decision.get('tie_break')!r}, expected {tie_break!r}"
    right = sorted(ranks)
    if picture.thorough:
        right, passed = _right_ranks(picture, policy, interaction, decision)
        chosen = read_chosen(decision)
        if chosen is not None and chosen.due_elsewhere != passed:
            message = f"says that {chosen.due_elsewhere} better ones were passed over, not {passed}"
            yield "decision_chosen", message
    # whoever was assigned jointly without being one of the best is named after them
    right = [*right[:_BEST_MAX], *ranks[_BEST_MAX:]]
    if ranks != right:
        expected_ids = ", ".join(rank.agent_id for rank in right)
        message = f"listed are {', '.join(c.agent_id for c in best)}, expected {expected_ids}"
        yield "decision_order", message


def _tie_break(queue: QueueTerms, ranks: list[_Rank]) -> str:
    if len(ranks) < 2 or ranks[0].minus_score != ranks[1].minus_score:
        return ""
    return queue.tie_break(ranks[0].turn, ranks[1].turn)


def _all_ranks(picture: Picture, policy: PolicyTerms, interaction: Interaction) -> list[_Rank]:
    floor = picture.floor
    able = floor.able(interaction.work, interaction.hard)
    agents = [floor.agents[a] for a in able if not interaction.excludes(a)]
    queue = policy.queues[interaction.queue]
    return sorted(_rank(picture, queue, _score(picture, policy, interaction, a), a) for a in agents)


def _right_ranks(
    picture: Picture, policy: PolicyTerms, interaction: Interaction, decision: dict[str, Any]
) -> tuple[list[_Rank], int]:
    """All who could have got it, the best first, and how many better ones are due elsewhere."""
    ranks, chosen = _all_ranks(picture, policy, interaction), read_chosen(decision)
    if chosen is None:
        return ranks, 0
    agents = [picture.floor.agents[rank.agent_id] for rank in ranks]
    if chosen.is_tied:
        tied = [comes(policy, agent, interaction) == TIED for agent in agents]
        return list(compress(ranks, tied)), 0
    passed = 0
    while passed < len(agents) and comes_earlier(picture, policy, agents[passed], interaction):
        passed += 1
    return ranks[passed:], passed


def _rank(picture: Picture, queue: QueueTerms, candidate: _Candidate, agent: Agent) -> _Rank:
    turn = queue.turn(agent, picture.offers_made + 1)
    return _Rank(-candidate.score, turn, agent.agent_id)


def _score(
    picture: Picture, policy: PolicyTerms, interaction: Interaction, agent: Agent
) -> _Candidate:
    terms = pair_terms(picture, policy, interaction, agent)
    pair_ppm = policy.queues[interaction.queue].pair_ppm(terms)
    return _Candidate(agent.agent_id, pair_ppm, *terms[:5])
