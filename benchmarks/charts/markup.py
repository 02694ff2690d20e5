"""HTML from values: whatever is not markup already is escaped, so that no name can become any."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Final

__all__ = ("Markup", "joined", "tag")

_VOID: Final = frozenset({"br", "col", "hr", "img", "link", "meta"})


class Markup(str):
    """HTML that was built here, and is put into a page as it is."""

    __slots__ = ()


def tag(name: str, *children: str, **attributes: str) -> Markup:
    """An element. Plain strings are escaped; ``class_`` is ``class``, ``_`` stands for ``-``."""
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for key, value in attributes.items()
    )
    if name in _VOID:
        return Markup(f"<{name}{said}>")
    return Markup(f"<{name}{said}>{joined(children)}</{name}>")


def joined(parts: Iterable[str]) -> Markup:
    """Parts one after the other; plain strings are escaped."""
    return Markup("".join(part if isinstance(part, Markup) else escape(part) for part in parts))
