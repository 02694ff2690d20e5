"""The demo's policy: read from YAML in real durations, compressed for a faster clock."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from router.policy import parse_policy

__all__ = ("CALLS", "POLICY_FILE", "compress", "load_policy", "with_calls")

POLICY_FILE: Final = Path(__file__).with_name("policy.yaml")

SHORTEST_S: Final = {
    "offer_ttl_s": 0.05,
    "target_s": 0.1,
    "targets_s": 0.1,
    "idle_half_s": 0.1,
    "half_life_s": 1.0,
}
"""What the policy's bounds allow (router/policy.py); a faster clock stops there."""


def load_policy(path: Path = POLICY_FILE) -> dict[str, Any]:
    """The document in real durations. Raises ``PolicyError`` when it is not valid."""
    document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    parse_policy(document)
    return document


CALLS: Final = "sip"
"""The channel of calls by SIP."""

RINGS_S: Final = 20.0
"""How long an offer of one stands, in real time: a phone does not ring faster in a faster hour."""


def with_calls(document: Mapping[str, Any], speed: float) -> dict[str, Any]:
    """The document with a channel for calls by SIP, like that of all calls."""
    calls = {**document["channels"]["voice"], "description": "Calls by SIP"}
    calls["offer_ttl_s"] = RINGS_S * speed
    return {**document, "channels": {**document["channels"], CALLS: calls}}


def compress(document: Mapping[str, Any], speed: float) -> dict[str, Any]:
    """The document with every duration divided by ``speed``."""
    return {key: _compressed(key, value, speed) for key, value in document.items()}


def _compressed(key: str, value: object, speed: float) -> object:
    if isinstance(value, Mapping):
        # targets_s maps channels to durations, every other map has durations under their own names
        return {
            name: _compressed(key if key == "targets_s" else name, inner, speed)
            for name, inner in value.items()
        }
    if key.endswith("_s") and isinstance(value, int | float):
        return max(value / speed, SHORTEST_S.get(key, 0.0))
    return value
