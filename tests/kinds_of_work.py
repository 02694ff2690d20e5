"""Labels and buckets of a small contact center: kinds of work that are limited, or come first."""

from __future__ import annotations

from typing import Any, Final

__all__ = ("BUCKETED", "BUCKETED_AND_STEPPING", "LABEL_PARTS")

_LABELS: Final[dict[str, Any]] = {
    "channels": {
        "chat": {"labels": {"complaint": {"maximum": 1}, "sale": {"maximum": 2}}},
        "letter": {"labels": {"complaint": {"maximum": 1}}},
    },
    "classification": [
        {"when": "interaction.tier == 1 || interaction.tier == 2", "label": "complaint"},
        {"label": "sale", "then": "continue"},
        {"when": "interaction.channel == 'chat'", "label": "complaint"},
    ],
}

LABEL_PARTS: Final[dict[str, dict[str, Any]]] = {
    "labels": _LABELS,
    "labels, several at once": {
        **_LABELS,
        "queues": {"general": {"offers_at_once": 3}, "billing": {"offers_at_least": 1}},
    },
    "labels above others": {
        "channels": {
            "voice": {"interrupts": ["chat"], "labels": {"sale": {"maximum": 1}}},
            "chat": {
                "cost": 0,
                "maximum": 4,
                "auto_accept": True,
                "labels": {"sale": {"maximum": 1}, "complaint": {"maximum": 3}},
            },
        },
        "classification": _LABELS["classification"],
        "weights": {"skill": 4, "history": 1, "load": 0, "idle": 0.25, "scarcity": 3},
    },
}
"""By name, what a policy has that limits work of some kind within a channel."""

_BUCKETS: Final[list[dict[str, Any]]] = [
    {"name": "important", "when": "interaction.priority > 4", "order": "oldest_first"},
    {"name": "due", "when": "has(interaction.tier)", "order": "lowest_first", "attribute": "tier"},
    {"when": "interaction.region == 'emea' && interaction.channel != 'voice'"},
    {
        "name": "customers",
        "when": "interaction.customer.tier < 3",
        "order": "highest_first",
        "attribute": "customer.tier",
    },
    {"when": "interaction.lang == 'fr'", "order": "newest_first"},
]

BUCKETED: Final[dict[str, tuple[dict[str, Any], dict[str, Any]]]] = {
    "buckets": ({"buckets": _BUCKETS}, {}),
    "buckets everywhere": (
        {"buckets": _BUCKETS[2:], "order": "newest_first", "strategy": "longest_idle"},
        {
            "buckets": [
                {"when": "interaction.queue == 'billing' && has(interaction.skill)"},
                {"order": "highest_first", "attribute": "due"},
            ],
            "order": "predicted_wait",
            "offers_at_once": 3,
        },
    ),
}
"""By name, both queues of a policy in which some come before all others."""

BUCKETED_AND_STEPPING: Final[dict[str, Any]] = {
    "general": {"workflow": "experts", "order": "ageing", "buckets": _BUCKETS[:1]},
    "billing": {
        "buckets": [
            {"when": "interaction.region == 'apac'", "order": "ageing"},
            {"when": "interaction.tier != 2", "order": "priority"},
        ],
        "ageing_points_per_minute": 0.5,
    },
}
"""Both queues, where one has a workflow too."""
