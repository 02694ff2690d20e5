"""Waits grow, but not for ever."""

from __future__ import annotations

from router.backoff import MOST_S, Backoff


def test_waits_double_up_to_a_limit() -> None:
    backoff = Backoff()
    waits = [backoff.next_s() for _ in range(2_000)]
    assert waits[:3] == [0.02, 0.04, 0.08]
    assert waits[-1] == MOST_S
    assert backoff.attempt == 2_000
    backoff.reset()
    assert backoff.next_s() == 0.02
