"""Redis' time goes on between samples, and never back."""

from __future__ import annotations

from router.clock import StoreClock


class Stopwatch:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_goes_on_between_samples() -> None:
    watch = Stopwatch()
    clock = StoreClock(watch)
    clock.sample(5_000)
    assert clock.now_ms() == 5_000
    watch.now_s += 1.25
    assert clock.now_ms() == 6_250


def test_follows_a_sample_forward_but_not_back() -> None:
    watch = Stopwatch()
    clock = StoreClock(watch)
    clock.sample(5_000)
    clock.sample(9_000)
    assert clock.now_ms() == 9_000
    clock.sample(4_000)
    assert clock.now_ms() == 9_000
    watch.now_s += 6
    assert clock.now_ms() == 10_000


def test_answer_that_another_has_overtaken_does_not_turn_it_back() -> None:
    """Entries that were read with the younger one lie in the future else."""
    clock = StoreClock(Stopwatch())
    clock.sample(9_000)
    clock.sample(4_000)
    assert clock.now_ms() == 9_000


def test_is_never_below_the_last_record() -> None:
    clock = StoreClock(Stopwatch())
    clock.not_before(8_000)
    clock.sample(5_000)
    assert clock.now_ms() == 8_000
