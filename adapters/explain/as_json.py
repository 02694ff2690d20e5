"""Explanations as plain values for ``--json``; docs/explain.md lists the fields."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from adapters.explain.answers import Answer, behind_words
from adapters.explain.choice import QueueView
from adapters.explain.evaluation import Score
from adapters.explain.interaction import Life, Waiting
from adapters.explain.offer import Explanation
from adapters.explain.ranking import Filtered, Ranking

__all__ = ("life_as_json", "offer_as_json")


def offer_as_json(found: Explanation, top: int | None = None) -> dict[str, Any]:
    """One offer, with every agent; or so many candidates, and as many stopped by each filter."""
    event = found.event
    return {
        "offer_id": event.offer_id,
        "interaction_id": event.interaction_id,
        "agent_id": event.agent_id,
        "record_id": found.record_id,
        "event_index": found.event_index,
        "now_ms": found.now_ms,
        "trigger": event.decision.trigger,
        "policy_version": event.decision.policy_version,
        "decision": msgspec.to_builtins(event.decision),
        "agrees": not found.mismatches,
        "mismatches": [one._asdict() for one in found.mismatches],
        "asked_before": found.asked_before,
        "begun_after": found.begun_after,
        **_queue(found.queue_view),
        **_ranking(found.ranking, found.now_ms, top),
        "why_not": [_answer(one) for one in found.answers],
    }


def life_as_json(life: Life, top: int | None = None) -> dict[str, Any]:
    """One interaction: its offers with their outcomes, and why it waits; ``top`` as for one."""
    offers = []
    for one in life.offers:
        outcome = life.outcomes.get(one.event.offer_id)
        offers.append(offer_as_json(one, top) | {"outcome": outcome._asdict() if outcome else None})
    return {
        "interaction_id": life.interaction_id,
        "state": life.state,
        "record_id": life.record_id,
        "now_ms": life.now_ms,
        "agrees": life.sound,
        "begun_after": life.begun_after,
        "stages": [
            one._asdict() | {"requirements": msgspec.to_builtins(one.requirements)}
            for one in life.stages
        ],
        "offers": offers,
        "waiting": _waiting(life.waiting, top) if life.waiting else None,
    }


def _waiting(waiting: Waiting, top: int | None) -> dict[str, Any]:
    return {
        "record_id": waiting.record_id,
        "now_ms": waiting.now_ms,
        "settled": waiting.settled,
        "left_waiting": waiting.left_waiting,
        "at_least": waiting.at_least,
        **_ranking(waiting.ranking, waiting.now_ms, top),
        "why_not": [_answer(one) for one in waiting.answers],
    }


def _queue(view: QueueView) -> dict[str, Any]:
    chooser = view.chooser
    return {
        "queue": {"waiting": view.waiting, "more_urgent": view.more_urgent},
        "chosen_by": chooser
        and {
            "agent_id": chooser.agent_id,
            "certain": chooser.certain,
            "choices": [one._asdict() for one in chooser.choices],
        },
    }


def _ranking(ranking: Ranking, now_ms: int, top: int | None) -> dict[str, Any]:
    subject = ranking.subject
    return {
        "interaction": {
            **subject._asdict(),
            "requirements": msgspec.to_builtins(subject.requirements),
            "waited_ms": now_ms - subject.origin_ms,
        },
        "urgency_ppm": ranking.urgency_ppm,
        "counts": ranking.counts,
        "tie_break": ranking.tie_break,
        "candidates": [
            {
                "rank": rank,
                "agent_id": one.agent_id,
                "idle_since_ms": one.idle_since_ms,
                "turn": {"rule": one.turn.rule, "place": one.turn.place},
                **_score(one.score),
                "reason": behind_words(ranking, rank),
            }
            for rank, one in enumerate(ranking.candidates[:top], 1)
        ],
        "filtered": [
            {
                "agent_id": one.agent_id,
                "filter": one.filter,
                "obstacles": [obstacle._asdict() for obstacle in one.obstacles],
            }
            for one in _some_of_each(ranking.filtered, top)
        ],
    }


def _some_of_each(filtered: Sequence[Filtered], top: int | None) -> Iterator[Filtered]:
    """The first so many of each filter; None: all."""
    told: Counter[str] = Counter()
    for one in filtered:
        told[one.filter] += 1
        if top is None or told[one.filter] <= top:
            yield one


def _score(score: Score) -> dict[str, Any]:
    return {
        "score": score.total,
        "terms": [one._asdict() | {"points": one.points} for one in score.terms],
    }


def _answer(found: Answer) -> dict[str, Any]:
    score = _score(found.score) if found.score else {"score": None, "terms": []}
    return {
        "agent_id": found.agent_id,
        "reason": found.words,
        "rank": found.rank,
        "would_rank": found.would_rank,
        **score,
        "obstacles": [one._asdict() for one in found.obstacles],
    }
