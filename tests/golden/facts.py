"""What anybody can see of a state, whatever a later release adds to it."""

from __future__ import annotations

import json
from collections import Counter
from hashlib import blake2b
from typing import Any

from router.state import State

__all__ = ("facts_of", "noted")


def facts_of(state: State) -> dict[str, Any]:
    """Interactions, agents and offers by id, and what holds for the tenant."""
    return {
        "interactions": {name: _interaction(state, name) for name in state.interactions},
        "agents": {
            name: [
                agent.status,
                agent.inbox,
                agent.capacity,
                agent.activity,
                agent.skills,
                sorted(agent.held),
                sorted(agent.idle),
                sorted(agent.waking),
            ]
            for name, agent in state.agents.items()
        },
        "offers": {
            name: [offer.interaction_id, offer.agent_id, offer.state, offer.expires_ms]
            for name, offer in state.offers.items()
        },
        "tenant": [state.epoch, state.policy_version, state.policy["name"], state.intake_open],
        "ended": [sorted(state.ended_interactions.keys()), sorted(state.ended_offers.keys())],
    }


def noted(state: State) -> dict[str, Any]:
    """What is written beside a golden file: enough to compare, and to look at."""
    facts = facts_of(state)
    data = json.dumps(facts, sort_keys=True, ensure_ascii=False).encode()
    return {
        "interactions": dict(sorted(Counter(f[0] for f in facts["interactions"].values()).items())),
        "agents": dict(sorted(Counter(f[0] for f in facts["agents"].values()).items())),
        "offers": len(facts["offers"]),
        "policy_version": state.policy_version,
        "digest": blake2b(data, digest_size=16).hexdigest(),
    }


def _interaction(state: State, name: str) -> list[Any]:
    known = state.interactions[name]
    assignment, aside = state.assignments.get(name), state.suspended.get(name)
    return [
        known.state,
        known.channel,
        known.queue,
        known.priority,
        known.created_ms,
        known.origin_ms,
        known.preferred,
        known.excluded_agents,
        [asked.skill for asked in known.requirements],
        assignment.agent_id if assignment is not None else "",
        aside.until_ms if aside is not None else 0,
        state.labels.get(name, ""),
        [note.text for note in state.notes.get(name, ())],
    ]
