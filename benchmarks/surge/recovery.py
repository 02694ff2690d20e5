"""How soon all is as it was before, once a surge is over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from benchmarks.surge.latency import percentile_series
from benchmarks.surge.measures import Measured

__all__ = ("recovery_of",)

STEP_S: Final = 1.0
NORMAL: Final = 2.0
"""Times the p99 of before the surge is normal again."""

NORMAL_MS_MIN: Final = 10.0
IN_A_ROW: Final = 3


def recovery_of(run: Measured, windows: Sequence[Mapping[str, Any]]) -> dict[str, float | None]:
    """From the end of the last surge until matching is normal again, in s; null without a surge, or
    where it never is.

    What is looked at is the p99, second by second, of both latencies: in a surge agents wait for
    nobody, and work waits for agents, so the idle gaps tell how fast the router is. ``normal_ms``
    is twice what it was before the first surge, but at least 10 ms; three seconds in a row count,
    in one of which at least something was offered.
    """
    if not windows:
        return {"recovery_s": None, "normal_ms": None}
    begin_s = min(window["from_s"] for window in windows)
    end_s = max(window["until_s"] for window in windows)
    samples = (run.matching, run.idle)
    began_ns = np.concatenate([np.array(each.began_ns, dtype=np.int64) for each in samples])
    took_ns = np.concatenate([np.array(each.took_ns, dtype=np.int64) for each in samples])
    began_s = (began_ns - run.opens_ns) / 1e9
    before = took_ns[began_s < begin_s]
    if not len(before):
        return {"recovery_s": None, "normal_ms": None}
    normal_ms = max(NORMAL_MS_MIN, NORMAL * float(np.percentile(before, 99)) / 1e6)
    last_s = (run.over_ns - run.opens_ns) / 1e9
    edges_s = np.arange(end_s, max(last_s, end_s) + STEP_S, STEP_S)
    after = percentile_series(began_s, took_ns, edges_s, 99)
    return {"recovery_s": _first_normal(after, normal_ms), "normal_ms": round(normal_ms, 3)}


def _first_normal(p99_ms: Sequence[float | None], normal_ms: float) -> float | None:
    # a second without an offer says nothing; three of them say that nothing is as it was
    for step in range(len(p99_ms) - IN_A_ROW + 1):
        told = [value for value in p99_ms[step : step + IN_A_ROW] if value is not None]
        if told and max(told) <= normal_ms:
            return step * STEP_S
    return None
