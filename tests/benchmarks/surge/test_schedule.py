from __future__ import annotations

from benchmarks.surge.schedule import Moment, Schedule


def schedule(length_s: float) -> Schedule:
    return Schedule(length_s=length_s, patience_s=10, quiet_s=4, probes_per_s=50, probes_min=5_000)


def test_a_short_run_is_followed_by_more_probes() -> None:
    short = schedule(2)
    probes = 400 * (short.quiet_s + short.quiet_after_s) + 50 * 2
    assert probes >= 5_000
    assert schedule(600).quiet_after_s == 4


def test_who_waits_is_who_has_come_and_is_nowhere_else() -> None:
    assert Moment(1.0, "", due=10, answered=2, ended=3, gave_up=1).waiting == 4
