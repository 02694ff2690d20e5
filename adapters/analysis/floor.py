"""The part of the fold that tells of offers and agents, and keeps interactions up to date."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias

from adapters.analysis.standing import OpenAgent, OpenInteraction, OpenOffer, Standing

__all__ = ("Floor",)

_Row: TypeAlias = dict[str, Any]
_Rows: TypeAlias = Iterator[tuple[str, _Row]]

_ENDS: Final = {
    "offer_accepted": "accepted",
    "offer_declined": "declined",
    "offer_expired": "expired",
    "offer_rescinded": "rescinded",
}
_STATUS_AFTER: Final = {
    "agent_available": "available",
    "agent_unavailable": "unavailable",
    "agent_not_responding": "not_responding",
    "agent_logged_out": "offline",
}
_SCORES: Final = ("score_ppm", "skill_ppm", "history_ppm", "load_ppm", "idle_ppm")


class Floor:
    """What events change in a :class:`Standing`, and the rows that come of it."""

    def __init__(self, standing: Standing) -> None:
        self._standing = standing
        self._changes: dict[str, Callable[[OpenInteraction, _Row, int], None]] = {
            "interaction_updated": _updated,
            "interaction_suspended": _suspended,
            "interaction_resumed": _resumed,
            "interaction_completed": _completed,
        }

    def told(self, event: _Row, now_ms: int, item: OpenInteraction | None) -> _Rows:
        """Take in one event; ``item`` is the interaction that it is about, where it is known."""
        kind = event.get("type", "")
        change = self._changes.get(kind)
        if change is not None and item is not None:
            change(item, event, now_ms)
        elif kind == "offer_issued":
            self._issued(event, now_ms, item)
        elif kind in _ENDS:
            yield from self._ended(event, now_ms, item)
        elif kind == "agent_logged_in":
            yield from self._logged_in(event, now_ms)
        elif kind in _STATUS_AFTER:
            yield from self._stands(event, now_ms, status=_STATUS_AFTER[kind])
        elif kind == "agent_activity_changed":
            yield from self._stands(event, now_ms, activity=event["activity"])

    def _issued(self, event: _Row, now_ms: int, item: OpenInteraction | None) -> None:
        decision = event.get("decision") or {}
        best = [each for each in decision.get("best", ()) if each[0] == event["agent_id"]]
        self._standing.offers[event["offer_id"]] = OpenOffer(
            interaction_id=event["interaction_id"],
            agent_id=event["agent_id"],
            issued_ms=now_ms,
            cost=event["cost"],
            trigger=decision.get("trigger", ""),
            policy_version=decision.get("policy_version", 0),
            urgency_ppm=decision.get("urgency_ppm", 0),
            candidates=decision.get("candidates", 0),
            scores=list(best[0][1:6]) if best else [],
        )
        if item is not None:
            item.offers += 1

    def _ended(self, event: _Row, now_ms: int, item: OpenInteraction | None) -> _Rows:
        end = _ENDS[event["type"]]
        if item is not None and end != "accepted":
            setattr(item, end, getattr(item, end) + 1)
        offer = self._standing.offers.pop(event["offer_id"], None)
        if offer is None:
            return
        row = {
            "interaction_id": offer.interaction_id,
            "offer_id": event["offer_id"],
            "agent_id": offer.agent_id,
            "issued": offer.issued_ms,
            "issued_ms": offer.issued_ms,
            "ended": now_ms,
            "ended_ms": now_ms,
            "ending": end,
            "reason": event.get("reason"),
            "cost": offer.cost,
            "trigger": offer.trigger or None,
            "policy_version": offer.policy_version,
            "urgency_ppm": offer.urgency_ppm,
            "candidates": offer.candidates,
        }
        row |= dict(zip(_SCORES, offer.scores, strict=False))
        if item is not None:
            row |= {"conversation_id": item.conversation_id or None, "channel": item.channel}
            row |= {"customer_id": item.customer_id or None, "queue": item.queue}
        yield "offers", row

    def _logged_in(self, event: _Row, now_ms: int) -> _Rows:
        """Who signs in is unavailable until they say otherwise."""
        agent = self._standing.agents.get(event["agent_id"])
        if agent is None or agent.status != "available":
            yield from self._stands(event, now_ms, status="unavailable")

    def _stands(
        self, event: _Row, now_ms: int, status: str | None = None, activity: str | None = None
    ) -> _Rows:
        agent_id, reason = event["agent_id"], event.get("reason", "")
        before = self._standing.agents.get(agent_id)
        after = OpenAgent(
            status=status or (before.status if before else "unavailable"),
            since_ms=now_ms,
            activity=activity if activity is not None else (before.activity if before else ""),
            reason=reason if status else (before.reason if before else ""),
        )
        if before is not None and (before.status, before.activity, before.reason) == (
            after.status,
            after.activity,
            after.reason,
        ):
            return
        if after.status == "offline":
            self._standing.agents.pop(agent_id, None)
        else:
            self._standing.agents[agent_id] = after
        if before is not None:
            yield "agent_states", _state_row(agent_id, before, now_ms)


def _state_row(agent_id: str, agent: OpenAgent, now_ms: int) -> _Row:
    return {
        "agent_id": agent_id,
        "status": agent.status,
        "activity": agent.activity or None,
        "reason": agent.reason or None,
        "began": agent.since_ms,
        "began_ms": agent.since_ms,
        "ended": now_ms,
        "ended_ms": now_ms,
    }


def _updated(item: OpenInteraction, event: _Row, _now_ms: int) -> None:
    item.priority = event["priority"]


def _suspended(item: OpenInteraction, _event: _Row, _now_ms: int) -> None:
    item.suspended = True


def _resumed(item: OpenInteraction, event: _Row, _now_ms: int) -> None:
    item.suspended = False
    item.origin_ms = event["origin_ms"]


def _completed(item: OpenInteraction, event: _Row, now_ms: int) -> None:
    item.completed_ms = now_ms
    item.outcome = event.get("outcome", "")
