"""The history facts that follow from what is known: pure, and the same for the same input."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from adapters.enriching.known import Handled, Known, Told
from router import limits

__all__ = ("FactTerms", "facts_of")

AGENTS_MAX: Final = 6
"""Of each kind: who comes behind them knows next to nothing of the customer."""

OTHER_QUEUE: Final = 0.5
"""What it counts to know a customer from another line of business."""


class FactTerms(Struct, frozen=True, kw_only=True):
    """How outcomes are read. ``scores``: what an outcome is worth, in [0, 1]; ``unresolved``: those
    after which the matter is still open."""

    scores: Mapping[str, float] = {}
    unresolved: frozenset[str] = frozenset({"unresolved"})


def facts_of(
    known: Known, queue: str, conversation_id: str, terms: FactTerms
) -> list[dict[str, Any]]:
    """Facts for an interaction in a queue ("": not known yet) and a conversation ("": none), at
    most as many as a command may have."""
    facts = [*_last_agents(known, queue, conversation_id, terms), *_outcomes(known, queue, terms)]
    if known.owner:
        facts.insert(0, {"agent_id": known.owner, "kind": "owner"})
    return facts[: limits.HISTORY_FACTS_MAX]


def _last_agents(
    known: Known, queue: str, conversation_id: str, terms: FactTerms
) -> list[dict[str, Any]]:
    """Whoever had them last, of each agent what counts most. Of a matter that is open it does not
    age: whoever began it should end it."""
    best: dict[str, tuple[float, int | None]] = {}
    for handled in known.handled:
        score = 1.0 if _is_of_matter(handled, queue, conversation_id) else OTHER_QUEUE
        is_open = _is_unresolved(known, handled, queue, conversation_id, terms)
        found = best.get(handled.agent_id)
        if found is None or score > found[0]:
            best[handled.agent_id] = (score, None if is_open else handled.at_ms)
    facts = [_fact(agent, "last_agent", score, at_ms) for agent, (score, at_ms) in best.items()]
    facts.sort(key=lambda fact: -fact.get("score", 1.0))  # stable: the newest first
    return facts[:AGENTS_MAX]


def _is_of_matter(handled: Handled, queue: str, conversation_id: str) -> bool:
    if conversation_id and handled.conversation_id == conversation_id:
        return True
    return not queue or handled.queue == queue


def _is_unresolved(
    known: Known, handled: Handled, queue: str, conversation_id: str, terms: FactTerms
) -> bool:
    if not _is_of_matter(handled, queue, conversation_id):
        return False
    if handled.ended_by == "requeued":
        return False
    if handled.outcome in terms.unresolved:
        return True
    return any(
        handled.conversation_id == conversation if conversation else handled.queue == of_queue
        for of_queue, conversation in known.open_issues
    )


def _outcomes(known: Known, queue: str, terms: FactTerms) -> list[dict[str, Any]]:
    """With whom it went well: of each agent the mean of what is known, as old as the newest."""
    by_agent: dict[str, list[tuple[float, int]]] = {}
    for told in known.told:
        score = _score_of(told, terms)
        if score is not None and told.agent_id and (not queue or told.queue in {"", queue}):
            by_agent.setdefault(told.agent_id, []).append((score, told.at_ms))
    facts = []
    for agent, found in by_agent.items():
        mean = sum(score for score, _ in found) / len(found)
        facts.append(_fact(agent, "outcome", round(mean, 3), max(at_ms for _, at_ms in found)))
    return sorted(facts, key=lambda fact: -fact.get("score", 1.0))[:AGENTS_MAX]


def _score_of(told: Told, terms: FactTerms) -> float | None:
    return told.score if told.score is not None else terms.scores.get(told.outcome)


def _fact(agent_id: str, kind: str, score: float, at_ms: int | None) -> dict[str, Any]:
    told: dict[str, Any] = {"agent_id": agent_id, "kind": kind}
    if at_ms is not None:
        told["at_ms"] = at_ms
    return told | ({} if score == 1.0 else {"score": score})
