"""Rows of a grid of skills: levels as people know them, and only what was changed."""

from __future__ import annotations

from adapters.client.models import Agent
from adapters.console.skill_grid import changed, edits, known_levels, scales_of, seen

POLICY = {
    "skills": {
        "english": {"levels": 5},
        "claims": {"levels": 20, "best": "lowest"},
        "french": {"levels": ["basic", "fluent"]},
    }
}
SCALES = scales_of(POLICY)
ADA = Agent(
    agent_id="ada/x",
    state="available",
    skills={"english": 3, "claims": 20},
    inactive_skills={"french": 1},
)


def row(**cells: str) -> dict[str, int | str] | None:
    fields = {f"level:ada/x\x1f{name}": text for name, text in cells.items()}
    (edit,) = edits({**fields, "seen:ada/x": seen(ADA), "q": "a"})
    assert (edit.agent_id, edit.seen) == ("ada/x", seen(ADA))
    return changed(edit, ADA, SCALES)


def test_levels_stand_on_the_scale_of_each_skill() -> None:
    assert known_levels(ADA, SCALES) == {"claims": 1, "english": 3, "french": "basic"}


def test_a_row_that_says_what_is_so_changes_nothing() -> None:
    assert row(english="3", claims="1", french="basic") is None


def test_a_row_has_all_skills_as_they_are_to_be() -> None:
    assert row(english="5") == {"claims": 1, "english": 5, "french": "basic"}
    assert row(english="", french="fluent") == {"claims": 1, "french": "fluent"}
    assert row(english="much") == {"claims": 1, "english": "much", "french": "basic"}
