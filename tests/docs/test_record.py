"""docs/record.md: its tables are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

from adapters.record.meters import RecordMeters
from adapters.record.schema import Base

PAGE = (Path(__file__).parents[2] / "docs" / "record.md").read_text(encoding="utf-8")


def test_every_table_is_told() -> None:
    part = PAGE.split("## Tables and migrations")[1].split("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE)) == set(Base.metadata.tables)


def test_every_metric_is_told_with_its_type() -> None:
    listed = dict(re.findall(r"^\| `(onequeue_record_\w+)` \| (\w+) \|", PAGE, re.MULTILINE))
    found = {
        family.name + "_total" * (family.type == "counter"): family.type
        for family in RecordMeters().registry.collect()
        if family.name.startswith("onequeue_")
    }
    assert listed == found
