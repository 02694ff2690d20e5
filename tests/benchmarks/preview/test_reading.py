"""A period is the same whether all before it is folded, or only what came after a kept state."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from adapters.archive.states import kept_states
from adapters.archive.writing import ArchiveWriter
from adapters.history import History, HistoryTrimmed, open_history
from benchmarks.preview.cases import Recording
from benchmarks.preview.kept_day import keep
from benchmarks.preview.reading import record
from benchmarks.preview.recorded_day import BEGIN_MS
from router.engine import Engine
from router.recovery import follow
from router.tail import Tail
from tests.benchmarks.preview.floors import TO_MS, recorded

FROM_MS = BEGIN_MS + 5_400_000
STOOD = 2_500
"""Records before the state that is kept."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small day as an archive, with the state after so many records."""
    folder = tmp_path_factory.mktemp("archive")
    entries, _ = recorded()
    ArchiveWriter(folder, "main").append(entries)
    engine, tail = Engine(), Tail()
    for record_id, data in entries[:STOOD]:
        tail = tail.after(follow(engine, tail, record_id, data), data)
    assert tail.now_ms < FROM_MS
    keep(folder, engine.state, tail, entries[STOOD - 1][0])
    return folder


class Counted:
    """A history, and how many of its records were read."""

    def __init__(self, history: History, *, knows_states: bool = True) -> None:
        self.tenant = history.tenant
        self.read = 0
        self._history = history
        self.require_whole = history.require_whole
        self.stood_before = history.stood_before if knows_states else partial(_nothing)

    def records(self, after: str = "") -> Iterator[tuple[str, bytes]]:
        for entry in self._history.records(after):
            self.read += 1
            yield entry


def _nothing(_now_ms: int) -> None:
    return None


def facts_of(recording: Recording) -> Any:
    outcome = recording.happened
    told = (outcome.total, outcome.queues, outcome.ends, outcome.waited_ms, outcome.occupancy)
    return recording.state, recording.cases, recording.timetable, recording.policies, told


def test_from_a_state_it_is_the_same_and_less_is_read(folder: Path) -> None:
    history = open_history(None, "main", folder)
    whole, short = Counted(history, knows_states=False), Counted(history)
    all_of_it = record(whole, FROM_MS, TO_MS)
    from_state = record(short, FROM_MS, TO_MS)
    assert facts_of(from_state) == facts_of(all_of_it)
    assert short.read == whole.read - STOOD
    assert from_state.noted["folded_before"] == all_of_it.noted["folded_before"] - STOOD


def test_a_state_that_is_torn_or_too_young_is_passed_over(folder: Path, tmp_path: Path) -> None:
    history = open_history(None, "main", folder)
    (kept,) = kept_states(folder)
    assert history.stood_before(kept.now_ms) is None
    assert history.stood_before(kept.now_ms + 1) is not None
    kept.path.rename(tmp_path / "away")
    kept.path.write_bytes((tmp_path / "away").read_bytes()[:-1])
    try:
        assert history.stood_before(TO_MS) is None
    finally:
        (tmp_path / "away").rename(kept.path)


def test_a_state_of_another_history_is_passed_over(folder: Path, tmp_path: Path) -> None:
    entries, _ = recorded()
    other = tmp_path / "other"
    other.mkdir()
    ArchiveWriter(other, "main").append(entries[: STOOD - 2])
    (other / "states").symlink_to(folder / "states")
    assert open_history(None, "main", other).stood_before(TO_MS) is None


def test_a_state_stands_for_records_that_are_gone(folder: Path) -> None:
    history = open_history(None, "main", folder)
    whole = Counted(history)

    def gone() -> None:
        raise HistoryTrimmed("1-1", "long ago")

    whole.require_whole = gone
    assert record(whole, FROM_MS, TO_MS).cases
    with pytest.raises(HistoryTrimmed):
        record(whole, BEGIN_MS + 60_000, TO_MS)


def test_a_period_begins_with_the_first_policy(folder: Path) -> None:
    history = open_history(None, "main", folder)
    early = record(history, BEGIN_MS - 86_400_000, FROM_MS)
    assert BEGIN_MS <= early.from_ms < BEGIN_MS + 60_000
    assert early.noted["begins_later_s"] == (early.from_ms - BEGIN_MS) // 1_000 + 86_400
    assert early.policies[0].at_ms == early.from_ms
    whole = record(history, early.from_ms + 1, FROM_MS)
    assert "begins_later_s" not in whole.noted
    assert [case.interaction_id for case in whole.cases] == [
        case.interaction_id for case in early.cases
    ]
