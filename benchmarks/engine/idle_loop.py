"""What the machine does to a program that does nothing: the measure for every longest step.

A virtual machine is stopped now and then for others, and charges it to whoever runs. A longest step
that is not longer than the longest gap of an empty loop says nothing about the engine.
"""

from __future__ import annotations

from time import perf_counter_ns

__all__ = ("longest_gap_us",)


def longest_gap_us(seconds: float) -> float:
    """Look at the clock again and again; the longest time between two looks."""
    now_ns = perf_counter_ns()
    end_ns = now_ns + int(seconds * 1e9)
    longest_ns = 0
    while now_ns < end_ns:
        before_ns, now_ns = now_ns, perf_counter_ns()
        if now_ns - before_ns > longest_ns:
            longest_ns = now_ns - before_ns
    return longest_ns / 1e3
