"""When rows are due: speed, order, rows without a time."""

from __future__ import annotations

from pathlib import Path

from adapters.send.plan import Due, schedule, survey
from adapters.send.table import Unreadable
from tests.adapters.send.tables import reader, written

MAPPING = "id: id\nchannel: {default: web}\ncreated: {column: at, format: iso}\n"


def dues(
    path: Path, speed: float | None, mapping: str = MAPPING, limit: int | None = None
) -> list[tuple[str, float] | None]:
    rows = reader(path, mapping)
    seen = survey(rows, limit)
    return [
        (item.row.interaction_id, item.offset_ms) if isinstance(item, Due) else None
        for item in schedule(rows, limit, seen, speed)
    ]


def test_rows_follow_the_file_s_times_divided_by_the_speed(tmp_path: Path) -> None:
    path = written(tmp_path, "id,at\na,2024-01-01 10:00\nb,2024-01-01 10:01\nc,2024-01-01 10:05\n")
    assert dues(path, 60) == [("a", 0), ("b", 1_000), ("c", 5_000)]
    assert dues(path, 1, limit=2) == [("a", 0), ("b", 60_000)]
    assert dues(path, None) == [("a", 0), ("b", 0), ("c", 0)]


def test_rows_out_of_order_are_sent_in_order(tmp_path: Path) -> None:
    path = written(tmp_path, "id,at\nc,2024-01-01 10:05\na,2024-01-01 10:00\nb,2024-01-01 10:01\n")
    assert dues(path, 60) == [("a", 0), ("b", 1_000), ("c", 5_000)]
    assert dues(path, None) == [("c", 0), ("a", 0), ("b", 0)]
    seen = survey(reader(path, MAPPING), None)
    assert seen.span_ms == 300_000
    assert any("not in order" in note for note in seen.notes(60))
    assert not seen.notes(None)


def test_a_row_without_a_time_goes_with_the_row_before(tmp_path: Path) -> None:
    path = written(tmp_path, "id,at\na,2024-01-01 10:00\nb,\nc,2024-01-01 10:01\n")
    assert dues(path, 60) == [("a", 0), ("b", 0), ("c", 1_000)]
    assert survey(reader(path, MAPPING), None).notes(1) == [
        "1 rows have no time: sent with the row before them"
    ]


def test_without_a_column_of_times_rows_are_a_second_apart(tmp_path: Path) -> None:
    path = written(tmp_path, "id,at\na,x\nb,y\nc,z\n")
    mapping = "id: id\nchannel: {default: web}\n"
    assert dues(path, 10, mapping) == [("a", 0), ("b", 100), ("c", 200)]


def test_unreadable_rows_are_counted_and_passed_on(tmp_path: Path) -> None:
    path = written(tmp_path, "id,at\na,2024-01-01 10:00\nb,never\n")
    assert dues(path, 1) == [("a", 0), None]
    seen = survey(reader(path, MAPPING), None)
    assert (seen.rows, seen.unreadable, dict(seen.channels)) == (2, 1, {"web": 1})
    items = list(schedule(reader(path, MAPPING), None, seen, 1))
    assert isinstance(items[1], Unreadable)
