from __future__ import annotations

from itertools import pairwise

from benchmarks.surge.probes import HUSH_NS, ProbeSchedule, filled, probe_keys, probe_number

S = 1_000_000_000


def taken(schedule: ProbeSchedule, until_ns: int) -> list[tuple[int, bool, int]]:
    found = []
    while schedule.next_ns < until_ns:
        number, is_quiet, due_ns, _ = schedule.take()
        found.append((number, is_quiet, due_ns))
    return found


def test_a_payload_names_its_probe_and_has_its_size() -> None:
    assert len(filled(12, 300)) == 300
    assert probe_number(filled(12, 300)) == 12


def test_the_streams_are_in_the_slot_of_the_tenant() -> None:
    keys = probe_keys("main")
    assert all("{main}" in key for key in keys)
    assert keys.there != keys.back


def test_probes_are_close_while_all_is_quiet_and_sparse_beside_the_run() -> None:
    schedule = ProbeSchedule("key", 300)
    schedule.begin(0, 4 * S, S // 50)
    before = taken(schedule, 4 * S)
    assert all(is_quiet for _, is_quiet, _ in before)
    assert 1_300 < len(before) < 1_600
    assert before[-1][2] <= 4 * S - HUSH_NS
    beside = taken(schedule, 14 * S)
    assert not any(is_quiet for _, is_quiet, _ in beside)
    assert 450 < len(beside) < 550
    schedule.is_quiet_from(14 * S)
    schedule.is_quiet_from(15 * S)
    after = taken(schedule, 15 * S)
    assert all(is_quiet for _, is_quiet, _ in after)
    assert 350 < len(after) < 450
    numbers = [number for number, _, _ in (*before, *beside, *after)]
    assert numbers == list(range(len(numbers)))


def test_gaps_differ_or_they_would_meet_the_same_beat() -> None:
    schedule = ProbeSchedule("key", 300)
    schedule.begin(0, 0, S // 50)
    times = [due_ns for _, _, due_ns in taken(schedule, 2 * S)]
    gaps = {later - earlier for earlier, later in pairwise(times)}
    assert len(gaps) > 50
    assert all(S // 100 <= gap <= S * 3 // 100 for gap in gaps)
