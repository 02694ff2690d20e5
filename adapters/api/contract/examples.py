"""Examples in the OpenAPI document."""

from __future__ import annotations

from typing import Any, Final

__all__ = ("AGENT_EXAMPLE", "CREATE_EXAMPLES", "INTERACTION_EXAMPLE", "LOGIN_EXAMPLE")

CREATE_EXAMPLES: Final[dict[str, Any]] = {
    "call": {
        "interaction_id": "call-1",
        "channel": "voice",
        "customer_id": "c-7",
        "priority": 2,
        "attributes": {"number": "+49 30 1234"},
    },
    "chat": {"channel": "chat", "conversation_id": "matter-12"},
}

INTERACTION_EXAMPLE: Final[dict[str, Any]] = {
    "interaction_id": "call-1",
    "state": "queued",
    "version": "9f0c2b1a77d4e35b",
    "channel": "voice",
    "queue": "general",
    "customer_id": "c-7",
    "conversation_id": "",
    "priority": 2,
    "requirements": [],
    "attributes": {"number": "+49 30 1234"},
    "created_ms": 1790000000000,
    "origin_ms": 1790000000000,
    "sequence": 1,
}

LOGIN_EXAMPLE: Final[dict[str, Any]] = {"inbox": "desk-1", "encoding": "json"}

AGENT_EXAMPLE: Final[dict[str, Any]] = {
    "agent_id": "anna",
    "state": "available",
    "activity": "",
    "reason": None,
    "version": "1d5b0a6f3c2e9948",
    "inbox": "desk-1",
    "encoding": "json",
    "skills": {},
    "inactive_skills": {},
    "closed_channels": [],
    "capacity": 1,
    "free_capacity": 1,
    "maximums": {},
    "share": 1,
    "attributes": {},
    "idle_since_ms": 1790000000000,
    "away_since_ms": 0,
    "held": [],
    "offers": [],
    "idle": [],
    "waking": [],
}
