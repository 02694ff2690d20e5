"""Workflows of a small contact center: what becomes of what waits as it grows older."""

from __future__ import annotations

from typing import Any, Final

__all__ = ("WORKFLOWS",)

WORKFLOWS: Final[dict[str, Any]] = {
    "known first": {
        "steps": [
            {"only": "preferred", "until_s": 12, "name": "who knows them", "tell": "music"},
            {"until_target": 2, "lower": {"vip": 60, "tech": 1}, "priority": 1, "tell": "music"},
            {"until_target": 4, "widen": [{"skill": "tech"}], "expedite": True},
            {"drop": ["french"], "add": [{"skill": "vip", "hard": False, "weight": 7}]},
        ]
    },
    "experts": {
        "steps": [
            {
                "until_s": 3,
                "add": [{"skill": "vip", "level": 20}],
                "skip_if": {"waiting_at_least": 4},
            },
            {
                "until_s": 45.5,
                "lower": {"french": 2},
                "skip_if": {"available_below": 2, "logged_in_below": 3},
            },
            {"only": "preferred", "until_s": 60, "priority": 2, "expedite": True},
            {"require": [{"any": [{"skill": "tech", "op": "<", "level": 3}, {"skill": "vip"}]}]},
        ]
    },
    "patient": {
        "steps": [
            {"until_s": 40, "add": [{"skill": "vip"}], "skip_if": {"estimated_wait_above_s": 20}},
            {"until_s": 90, "priority": 1, "skip_if": {"estimated_wait_above_s": 45}},
            {},
        ]
    },
    "free in time": {
        "steps": [
            {"only": "preferred", "until_s": 6, "free_in_time": 0.9},
            {"until_s": 15, "widen": [{"skill": "tech"}]},
            {"only": "preferred", "until_s": 30, "history_at_least": 0.5},
            {"only": "preferred", "until_s": 40, "free_in_time": 0.2},
            {"only": "preferred", "until_target": 9, "free_in_time": 0},
            {},
        ]
    },
    "one": {"steps": [{"priority": 3, "drop": ["tech"]}]},
    "moving": {
        "steps": [
            {"until_s": 2, "add": [{"skill": "vip"}], "skip_if": {"available_below": 1}},
            {"until_target": 0.5, "lower": {"tech": 1}, "priority": 1},
            {"queue": "billing", "name": "to the others"},
        ]
    },
    "leaving": {
        "steps": [
            {"only": "preferred", "until_s": 4},
            {"until_s": 30, "drop": ["vip"]},
            {"divert": "voicemail", "inbox": "switch", "name": "too late"},
        ]
    },
}
