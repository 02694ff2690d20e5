"""How far the tests search, by ``ONEQUEUE_HYPOTHESIS``:

=========  =========================================================================================
``quick``  the default, for seconds: a few examples of everything, the same in every run
``brief``  less than half of that, for what is searched in another build besides
``deep``   what ``make deep`` runs, for minutes: five times as much, and new examples in every run
``long``   thirty times as much, for hours, when something has been changed from the ground up
=========  =========================================================================================

The quick profile is derandomized, so that a run of the tests means the same on every machine.
"""

from __future__ import annotations

import os
from typing import Final

from hypothesis import HealthCheck, settings

__all__ = ("SEARCH", "SHARE", "TIMEOUT_S", "at_depth", "scaled")

SEARCH: Final = os.environ.get("ONEQUEUE_HYPOTHESIS", "quick")
SHARE: Final = {"brief": 0.2, "quick": 0.4, "deep": 3.0, "long": 20.0}[SEARCH]
DEEP: Final = SEARCH in {"deep", "long"}
LONG: Final = SEARCH == "long"
TIMEOUT_S: Final = 3_600 if DEEP else 300
"""For ``pytest.mark.timeout`` in the modules that search."""

SUPPRESSED: Final = (HealthCheck.too_slow, HealthCheck.data_too_large)
EXAMPLES: Final = 100
"""Of tests that say nothing of their number, as hypothesis has it."""

settings.register_profile(
    "repeatable",
    deadline=None,
    report_multiple_bugs=False,
    derandomize=True,
    database=None,
    max_examples=round(EXAMPLES * min(1.0, SHARE)),
    suppress_health_check=SUPPRESSED,
)
settings.register_profile(
    "new",
    deadline=None,
    report_multiple_bugs=False,
    print_blob=True,
    max_examples=round(EXAMPLES * SHARE),
    suppress_health_check=SUPPRESSED,
)
settings.load_profile("new" if DEEP else "repeatable")


def scaled(examples: int, *, steps: int | None = None) -> settings:
    """Settings with the share of so many examples that the profile searches."""
    examples = max(1, round(examples * SHARE))
    if steps is None:
        return settings(max_examples=examples)
    return settings(max_examples=examples, stateful_step_count=steps)


def at_depth(quick: int, deep: int, long: int | None = None) -> int:
    """How much seeded traffic is played, or how many seeds: what fits the search."""
    if LONG and long is not None:
        return long
    return deep if DEEP else quick
