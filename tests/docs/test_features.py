"""docs/features.md: every feature of the big systems is there, or said not to be."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = (Path(__file__).parents[2] / "docs" / "features.md").read_text(encoding="utf-8")
FEATURES = 127
"""In the union of what twelve systems offer."""


def numbers(part: str) -> list[tuple[int, bool]]:
    """The numbers of a part's table; and whether it speaks of a part of the feature only."""
    cells = [line.split("|")[1] for line in part.splitlines() if line.startswith("| ")]
    return [
        (int(number), " of " in words)
        for cell in cells
        for words in cell.split(",")
        for number in re.findall(r"\d+", words)
    ]


def test_every_feature_has_its_place() -> None:
    here, not_yet = PAGE.split("## Not yet")
    built, missing = numbers(here), numbers(not_yet)
    assert {number for number, _ in built + missing} == set(range(1, FEATURES + 1))
    partly = {number for number, part in missing if part}
    assert {number for number, _ in built} & {number for number, _ in missing} == partly
