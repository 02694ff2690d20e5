"""Profiles, pools and groups of a small contact center: who serves which queue, and when."""

from __future__ import annotations

from typing import Any, Final

__all__ = ("GROUP_PARTS", "POOLS", "PROFILES")

PROFILES: Final[dict[str, Any]] = {
    "first-line": {
        "queues": {"general": {}, "billing": {"delay_s": 20}},
        "skills": {"french": 2, "tech": 1},
        "capacity": 90,
        "maximums": {"chat": 2},
    },
    "experts": {"queues": {"billing": {}, "general": {"delay_s": 45.5}}, "skills": {"vip": 60}},
}
POOLS: Final[dict[str, Any]] = {
    "technicians": {"require": [{"skill": "tech", "level": 2}]},
    "remote": {"require": [{"expression": "agent.remote"}, {"skill": "french", "op": "<"}]},
    "line": {"profiles": ["first-line", "experts"]},
    "everybody": {"require": [{"expression": "true"}]},
}

RESERVES: Final[dict[str, Any]] = {
    "first-line": {
        "queues": {"general": {}, "billing": {"reserve": 1, "delay_s": 3}},
        "skills": {"french": 2, "tech": 1},
    },
    "experts": {"queues": {"billing": {}, "general": {"reserve": 2}}, "skills": {"vip": 60}},
    "others": {"queues": {"billing": {"reserve": 2}, "general": {"reserve": 1}}},
}

GROUP_PARTS: Final[dict[str, dict[str, Any]]] = {
    "conditional rings": {
        "joint_cells": 0,
        "profiles": PROFILES,
        "pools": POOLS,
        "channels": {"chat": {"short_abandon_s": 5}},
        "workflows": {
            "rings": {
                "steps": [
                    {"pool": "technicians", "until_s": 5},
                    {
                        "pool": "remote",
                        "until_s": 20,
                        "open_if": [{"queue": "billing", "waiting_below": 2}],
                    },
                    {
                        "pool": "line",
                        "until_s": 45,
                        "open_if": [
                            {"longest_wait_above_s": 12, "estimated_wait_above_s": 30},
                            {"pool": "line", "idle_at_least": 1, "available_below": 1},
                        ],
                    },
                    {
                        "pool": "everybody",
                        "until_s": 60,
                        "open_if": [{"service_level_below": 0.9, "idle_below": 2, "pool": "line"}],
                    },
                    {
                        "until_s": 90,
                        "priority": 1,
                        "skip_if": {"queue": "billing", "service_level_at_least": 0.3},
                    },
                    {"pool": "everybody"},
                ]
            }
        },
        "queues": {"general": {"workflow": "rings"}, "billing": {"workflow": "rings"}},
    },
    "groups": {
        "pools": {name: pool for name, pool in POOLS.items() if name != "line"},
        "queues": {
            "general": {
                "pool": "technicians",
                "activation": {
                    "every_s": 2,
                    "groups": [
                        {
                            "pool": "remote",
                            "open_if": [{"waiting_at_least": 2}],
                            "close_if": [{"waiting_below": 1}],
                        },
                        {
                            "pool": "everybody",
                            "open_if": [
                                {"longest_wait_above_s": 8, "estimated_wait_above_s": 5},
                                {"queue": "billing", "longest_wait_below_s": 40},
                            ],
                        },
                    ],
                },
            },
            "billing": {
                "pool": "technicians",
                "activation": {
                    "every_s": 11.5,
                    "groups": [
                        {
                            "pool": "everybody",
                            "open_if": [{"service_level_below": 0.8, "waiting_at_least": 3}],
                            "close_if": [
                                {"service_level_at_least": 0.8, "estimated_wait_below_s": 9},
                                {"pool": "everybody", "available_at_least": 1},
                            ],
                        }
                    ],
                },
            },
        },
    },
    "reserves": {
        "profiles": RESERVES,
        "pools": POOLS,
        "joint_cells": 0,
        "queues": {
            "general": {
                "activation": {
                    "every_s": 3,
                    "overload": {
                        "first": {"longest_wait_above_s": 4},
                        "second": {"estimated_wait_above_s": 20, "waiting_at_least": 4},
                    },
                }
            },
            "billing": {
                "pool": "everybody",
                "activation": {
                    "every_s": 1,
                    "groups": [
                        {"pool": "line", "open_if": [{"pool": "line", "logged_in_below": 3}]}
                    ],
                    "overload": {
                        "first": {"service_level_below": 0.75},
                        "second": {"waiting_at_least": 2},
                    },
                },
            },
        },
    },
}
"""What policies have under which agents serve a queue only while something is so."""
