"""Small documents for tests."""

from __future__ import annotations

from typing import Any


def document(**changes: Any) -> dict[str, Any]:
    """One type, one group of three; ``changes`` replace what stands at the top."""
    return {
        "horizon_s": 3_600,
        "types": {"call": kind()},
        "groups": {"desk": {"count": 3}},
        **changes,
    }


def kind(**changes: Any) -> dict[str, Any]:
    """Sixty calls an hour that take a minute; ``changes`` replace fields."""
    return {
        "arrivals": {"kind": "poisson", "per_hour": 60},
        "handle": {"kind": "exponential", "mean_s": 60},
        **changes,
    }
