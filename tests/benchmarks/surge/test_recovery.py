from __future__ import annotations

from benchmarks.surge.facts import FactKind
from benchmarks.surge.recovery import recovery_of
from tests.benchmarks.surge.plans import MS, S, facts, here, life, plan, run_of

WINDOW = [{"from_s": 5.0, "until_s": 10.0}]


def latencies(slow_until_s: int) -> dict[str, float | None]:
    """An arrival every 100 ms; those from 5 s on are offered late, until a second."""
    rows: list[tuple[FactKind, int, int, int]] = [*here(100)]
    at_ns = [number * S // 10 for number in range(200)]
    for number, came_ns in enumerate(at_ns):
        is_slow = 5 * S <= came_ns < slow_until_s * S
        offered_ns = came_ns + (200 if is_slow else 2) * MS
        rows += life(number, number % 100, came_ns, offered_ns, offered_ns + MS)
    return recovery_of(run_of(plan(at_ns, agents=100), facts(*rows), over_ns=20 * S), WINDOW)


def test_it_is_normal_as_soon_as_it_stays_so() -> None:
    assert latencies(10)["recovery_s"] == 0
    assert latencies(13)["recovery_s"] == 3
    assert latencies(13)["normal_ms"] == 10


def test_it_may_never_be_normal() -> None:
    assert latencies(20)["recovery_s"] is None
    # one good second at the end is not three
    assert latencies(19)["recovery_s"] is None


def test_who_is_offered_nothing_has_not_recovered() -> None:
    rows: list[tuple[FactKind, int, int, int]] = [*here(100)]
    at_ns = [number * S // 10 for number in range(50)]
    for number, came_ns in enumerate(at_ns):
        rows += life(number, number, came_ns, came_ns + 2 * MS, came_ns + 3 * MS)
    found = recovery_of(run_of(plan(at_ns, agents=100), facts(*rows), over_ns=20 * S), WINDOW)
    assert found["recovery_s"] is None


def test_without_a_surge_there_is_no_recovery() -> None:
    run = run_of(plan([0]), facts(*here(2), *life(0, 0, 0, MS, 2 * MS)))
    assert recovery_of(run, [])["recovery_s"] is None
