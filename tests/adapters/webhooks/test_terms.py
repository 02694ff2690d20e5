"""When it is tried again."""

from __future__ import annotations

from random import Random

from adapters.webhooks.terms import Terms


def test_waits_double_up_to_a_bound_and_differ() -> None:
    terms, draw = Terms(), Random(1)
    for attempts, wait_s in ((1, 1), (2, 2), (5, 16), (8, 120), (9, 120), (10_000, 120)):
        drawn = [terms.wait_s(attempts, 0.0, draw) for _ in range(100)]
        assert wait_s * 0.8 <= min(drawn) < max(drawn) <= wait_s * 1.2


def test_a_receiver_may_ask_for_more_and_not_for_ever() -> None:
    terms, draw = Terms(), Random(1)
    assert terms.wait_s(1, 60.0, draw) == 60.0
    assert terms.wait_s(1, 86_400.0, draw) == 600.0
    assert terms.wait_s(9, 1.0, draw) > 90.0
