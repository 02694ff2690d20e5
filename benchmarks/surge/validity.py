"""Whether a run says anything about the router: reasons why it may not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

__all__ = ("faults_of",)

RELAY_P50_MS_MAX: Final = 1.5
RELAY_P99_MS_MAX: Final = 6.0
RELAY_SAMPLES_MIN: Final = 5_000
LAG_SHARE_MAX: Final = 0.25
"""Of the measured p99 that may be the clients' own lateness."""

LAG_MS_ALLOWED: Final = 1.0
"""Below that a lag is no matter: it is the machine's own jitter."""

MEASURED: Final = ("matching_latency_ms", "idle_gap_ms")
LAGS: Final = {
    "generator_lag_ms": "the generator sent late",
    "agents_reading_lag_ms": "the agents' process read late",
    "agents_deed_lag_ms": "the agents' process acted late",
}


def faults_of(document: Mapping[str, Any]) -> list[str]:
    """Why the figures must not be published; empty when they may."""
    return [*_relay(document), *_lags(document)]


def _relay(document: Mapping[str, Any]) -> Iterator[str]:
    quiet = document["relay_quiet_ms"]
    samples = quiet["count"] + document["relay_latency_ms"]["count"]
    if samples < RELAY_SAMPLES_MIN:
        yield f"the relay was measured {samples:,} times only, at least {RELAY_SAMPLES_MIN:,} count"
    for name, bound in (("p50", RELAY_P50_MS_MAX), ("p99", RELAY_P99_MS_MAX)):
        if quiet["count"] and quiet[name] > bound:
            yield (
                f"the machine was not idle: {name} of the bare relay {quiet[name]:.2f} ms while "
                f"nothing else was sent, more than {bound:g} ms"
            )


def _lags(document: Mapping[str, Any]) -> Iterator[str]:
    measured = [document[name]["p99"] for name in MEASURED if document[name]["count"]]
    if not measured:
        yield "nothing was measured: no agent was free for an arrival, nor work for an agent"
        return
    bound_ms = max(LAG_MS_ALLOWED, LAG_SHARE_MAX * max(measured))
    for name, words in LAGS.items():
        lag = document[name]
        if lag["count"] and lag["p99"] > bound_ms:
            yield f"{words}: p99 {lag['p99']:.2f} ms, more than {bound_ms:.2f} ms are allowed"
