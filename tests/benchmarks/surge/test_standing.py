from __future__ import annotations

from pathlib import Path

from benchmarks.surge.standing import Stand, Standing


def test_others_see_at_once_where_a_contact_stands(tmp_path: Path) -> None:
    mine, theirs = Standing(tmp_path / "standing", 4), Standing(tmp_path / "standing", 4)
    mine.bytes[2] = Stand.ANSWERED
    theirs.bytes[0] = Stand.GAVE_UP
    assert mine.snapshot().tolist() == [3, 0, 1, 0]
    assert theirs.snapshot().tolist() == [3, 0, 1, 0]
