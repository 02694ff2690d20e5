"""Checkpoints: whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.media.checkpoint import CHECKPOINT_BYTES_MAX, CheckpointError, CheckpointFile


def test_what_is_saved_is_there_the_next_time(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    assert CheckpointFile(path).load() == {}
    CheckpointFile(path).save({"uid": 7, "name": "Zoë"})
    assert CheckpointFile(path).load() == {"uid": 7, "name": "Zoë"}
    assert [each.name for each in tmp_path.iterdir()] == ["c.json"]


@pytest.mark.parametrize(("text", "told"), [("{", "is not JSON"), ("[1]", "is no JSON object")])
def test_one_that_cannot_be_read_is_named(text: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    path.write_text(text)
    with pytest.raises(CheckpointError, match=f"c.json: {told}.*delete it"):
        CheckpointFile(path).load()


def test_one_that_is_too_large_takes_nothing_away(tmp_path: Path) -> None:
    file = CheckpointFile(tmp_path / "c.json")
    file.save({"uid": 1})
    with pytest.raises(CheckpointError, match="would have 1,048,5"):
        file.save({"x": "y" * CHECKPOINT_BYTES_MAX})
    assert file.load() == {"uid": 1}
