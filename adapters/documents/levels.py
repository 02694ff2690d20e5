"""Levels of skills as a document has them, in which every value is a text."""

from __future__ import annotations

from typing import Any

__all__ = ("numbered",)


def numbered(asked: Any) -> Any:
    """Requirements with levels that are numbers as numbers: a text would be the name of a level."""
    if isinstance(asked, list | tuple):
        return [numbered(each) for each in asked]
    if not isinstance(asked, dict):
        return asked
    levels = {name: asked[name] for name in ("level", "level_max") if name in asked}
    numbers = {name: int(one) for name, one in levels.items() if str(one).isdecimal()}
    return {name: numbered(each) for name, each in asked.items()} | numbers
