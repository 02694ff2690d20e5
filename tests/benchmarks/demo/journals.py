"""Hand-made journals: events as they stand on the wire, one record a call."""

from __future__ import annotations

from typing import Any

from benchmarks.demo.tally import Tally
from benchmarks.floor.journal_reader import JournalRecord

POLICY: dict[str, Any] = {
    "channels": {"voice": {"target_s": 20}, "chat": {"target_s": 60}},
    "queues": {"general": {}, "urgent": {"targets_s": {"voice": 10}}},
}


def record(now_ms: int, *events: dict[str, Any]) -> JournalRecord:
    return JournalRecord(f"1-{now_ms}", now_ms, list(events))


def opening() -> list[dict[str, Any]]:
    """A policy and two agents, ada available and ben not."""
    return [
        {"type": "policy_replaced", "version": 1, "policy": POLICY},
        {"type": "agent_logged_in", "agent_id": "ada", "inbox": "floor", "capacity": 100},
        {"type": "agent_available", "agent_id": "ada"},
        {"type": "agent_logged_in", "agent_id": "ben", "inbox": "floor", "capacity": 100},
        {"type": "agent_unavailable", "agent_id": "ben"},
    ]


def created(number: int, created_ms: int, channel: str = "voice", **fields: Any) -> dict[str, Any]:
    return {
        "type": "interaction_created",
        "interaction_id": f"i-{number}",
        "channel": channel,
        "queue": "general",
        "created_ms": created_ms,
        "origin_ms": created_ms,
        "sequence": number,
        **fields,
    }


def issued(
    number: int, agent_id: str = "ada", cost: int = 100, offer: str = "", **decision: Any
) -> dict[str, Any]:
    return {
        "type": "offer_issued",
        "offer_id": offer or f"o-{number}",
        "interaction_id": f"i-{number}",
        "agent_id": agent_id,
        "cost": cost,
        "expires_ms": 0,
        "decision": {
            "trigger": "interaction",
            "policy_version": 1,
            "urgency_ppm": 0,
            "logged_in": 2,
            "not_available": 1,
            "lacking_skill": 0,
            "no_capacity": 0,
            "excluded": 0,
            "candidates": 1,
            "best": [[agent_id, 700_000, 800_000, 0, 1_000_000, 0]],
            **decision,
        },
    }


def about_offer(kind: str, number: int, agent_id: str = "ada", offer: str = "") -> dict[str, Any]:
    return {
        "type": kind,
        "offer_id": offer or f"o-{number}",
        "interaction_id": f"i-{number}",
        "agent_id": agent_id,
    }


def about(kind: str, number: int, agent_id: str = "ada") -> dict[str, Any]:
    return {"type": kind, "interaction_id": f"i-{number}", "agent_id": agent_id}


def tally_of(*records: JournalRecord) -> Tally:
    tally = Tally()
    for each in records:
        tally.apply(each)
    return tally
