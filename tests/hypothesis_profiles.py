"""Hypothesis profiles: ``ONEQUEUE_HYPOTHESIS=long`` searches for minutes, the default for seconds,
``brief`` for a few (what was searched before in another build).

The quick profile is derandomized, so that a run of the tests means the same on every machine; the
long one looks for something new each time.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

__all__ = ("TIMEOUT_S", "scaled")

SEARCH = os.environ.get("ONEQUEUE_HYPOTHESIS", "quick")
LONG = SEARCH == "long"
BRIEF_SHARE = 4
TIMEOUT_S = 3_600 if LONG else 300
"""For ``pytest.mark.timeout`` in the modules that search."""

settings.register_profile(
    "quick",
    deadline=None,
    report_multiple_bugs=False,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.register_profile(
    "long",
    deadline=None,
    report_multiple_bugs=False,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("long" if LONG else "quick")


def scaled(quick_examples: int, *, steps: int | None = None, factor: int = 20) -> settings:
    """Settings with so many examples in the quick profile, ``factor`` times as many in the long."""
    examples = quick_examples * factor if LONG else quick_examples
    if SEARCH == "brief":
        examples = max(1, quick_examples // BRIEF_SHARE)
    if steps is None:
        return settings(max_examples=examples)
    return settings(max_examples=examples, stateful_step_count=steps)
