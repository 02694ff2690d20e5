"""States that an archive keeps: each hour for a week, then each day, none that is torn believed."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.archive.states import Filling, drop_states, keep_state, kept_states
from router.errors import BadSnapshot
from router.snapshot.chunks import Packing, pages_of
from router.snapshot.manifest import FORMAT, Manifest, checksum
from router.state import State
from router.tail import Tail

HOUR_MS = 3_600_000
BEGIN_MS = 1_772_409_600_000
"""Midnight, UTC."""


def manifest_at(now_ms: int, number: int, chunk: bytes) -> Manifest:
    return Manifest(
        v=FORMAT,
        release="0",
        record_id=f"3-{number}",
        hash=b"12345678",
        now_ms=now_ms,
        position="0-0",
        journal_bytes=0,
        epoch=3,
        is_takeover=False,
        rows={},
        checksums=[checksum(chunk)],
        stored_bytes=len(chunk),
    )


def packed(state: State) -> bytes:
    packing = Packing()
    for _, _, page in pages_of(state):
        packing.add(page)
    return packing.end() or b""


def keep(directory: Path, hours: int) -> None:
    chunk = packed(State(offers_made=hours))
    keep_state(directory, manifest_at(BEGIN_MS + hours * HOUR_MS, hours, chunk), [chunk])


def test_what_was_kept_is_loaded(tmp_path: Path) -> None:
    assert kept_states(tmp_path) == []
    for hours in (1, 2, 10):
        keep(tmp_path, hours)
    found = kept_states(tmp_path)
    assert [one.record_id for one in found] == ["3-10", "3-2", "3-1"]
    manifest, state = found[1].load()
    assert manifest.now_ms == found[1].now_ms == BEGIN_MS + 2 * HOUR_MS
    assert state.offers_made == 2


def test_what_is_older_than_a_week_is_kept_for_each_day(tmp_path: Path) -> None:
    for hours in range(0, 72, 6):
        keep(tmp_path, hours)
    keep(tmp_path, 9 * 24)
    kept = [int(one.record_id[2:]) for one in reversed(kept_states(tmp_path))]
    assert kept == [0, 24, 48, 54, 60, 66, 216]


@pytest.mark.parametrize("damage", ["torn", "flipped", "gone"])
def test_what_is_damaged_is_not_believed(tmp_path: Path, damage: str) -> None:
    keep(tmp_path, 1)
    (one,) = kept_states(tmp_path)
    data = one.path.read_bytes()
    if damage == "gone":
        one.path.unlink()
    else:
        bad = data[:-9] if damage == "torn" else data[:-9] + bytes([data[-9] ^ 1]) + data[-8:]
        one.path.write_bytes(bad)
    with pytest.raises(BadSnapshot):
        one.load()


def test_all_are_dropped(tmp_path: Path) -> None:
    keep(tmp_path, 1)
    keep(tmp_path, 2)
    assert drop_states(tmp_path) == 2
    assert kept_states(tmp_path) == []


def test_what_is_missing_is_kept_while_a_history_is_folded(tmp_path: Path) -> None:
    keep(tmp_path, 200)
    for kept in (8 + 167, 0):
        filling = Filling(tmp_path, "0", BEGIN_MS + 360 * HOUR_MS)
        for hours in range(361):
            tail = Tail(now_ms=BEGIN_MS + hours * HOUR_MS)
            filling.take(f"3-{hours}", tail, State(offers_made=hours))
        assert filling.kept == kept
    hours_kept = [int(one.record_id[2:]) for one in reversed(kept_states(tmp_path))]
    assert hours_kept[:8] == [24, 48, 72, 96, 120, 144, 168, 192]
    assert hours_kept[8:] == list(range(193, 361))
