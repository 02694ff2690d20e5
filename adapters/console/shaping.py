"""A policy document with faults, as far as the forms of a draft can show it.

Drafts are kept whatever is wrong with them. What is of another shape than its form expects has no
fields there: its fault is told above, and it is mended as text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

__all__ = ("shaped",)

STEP: Final[Mapping[str, Any]] = {
    "name": "",
    "until_s": None,
    "until_target": None,
    "queue": None,
    "divert": None,
    "priority": 0,
    "only": None,
    "history_at_least": None,
}
"""What a form asks of a step, where the document leaves it out."""


def shaped(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document with maps and lists where forms look for them, and what stands in them."""
    workflows = _map(document.get("workflows"))
    return {
        **document,
        "weights": _map(document.get("weights")),
        "urgency": _map(document.get("urgency")),
        "channels": {name: _map(one) for name, one in _map(document.get("channels")).items()},
        "queues": {name: _queue(one) for name, one in _map(document.get("queues")).items()},
        "workflows": {name: _workflow(one) for name, one in workflows.items()},
    }


def _queue(found: Any) -> dict[str, Any]:
    own = _map(found).get("weights")
    weights = None if own is None else _map(own)
    return {**_map(found), "weights": weights, "targets_s": _map(_map(found).get("targets_s"))}


def _workflow(found: Any) -> dict[str, Any]:
    steps = _map(found).get("steps")
    return {
        "description": str(_map(found).get("description") or ""),
        "steps": [_step(one) for one in steps] if isinstance(steps, list) else [],
    }


def _step(found: Any) -> dict[str, Any]:
    return {**STEP, **_map(found), "lower": _map(_map(found).get("lower"))}


def _map(found: Any) -> dict[str, Any]:
    return dict(found) if isinstance(found, Mapping) else {}
