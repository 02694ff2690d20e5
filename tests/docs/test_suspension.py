"""The commands of docs/suspension.md are taken, and its table names every field."""

from __future__ import annotations

import re
from pathlib import Path

from router import commands as cm
from router.inputs import decode_entry

PAGE = (Path(__file__).parents[2] / "docs" / "suspension.md").read_text(encoding="utf-8")
(SNIPPET,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)


def test_every_command_can_be_read() -> None:
    lines = [line.encode() for line in SNIPPET.splitlines()]
    kinds = [type(decode_entry("1-0", 1, {b"j": line}).command) for line in lines]
    assert kinds == [cm.Create, cm.Suspend, cm.Resume, cm.Requeue]


def test_the_table_names_every_field() -> None:
    rows = [line.split("|")[1] for line in PAGE.splitlines() if line.startswith("| `")]
    assert {row.strip(" `") for row in rows} == set(cm.Suspension.__struct_fields__)
    assert set(cm.Suspension.__struct_fields__) < set(cm.Suspend.__struct_fields__)
