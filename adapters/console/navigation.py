"""The menu: which pages there are, in which part of it, and what it takes to see them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from adapters.console.viewer import Viewer
from adapters.identity.permissions import Permission

__all__ = ("ENTRIES", "Entry", "menu")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. ``key`` (one letter) goes there after ``g``; ``is_own``: it suffices to have the
    permission for one's own agent."""

    part: str
    label: str
    path: str
    permission: Permission
    key: str = ""
    is_own: bool = False

    def is_for(self, viewer: Viewer) -> bool:
        """Whether somebody may see it."""
        return viewer.may_own(self.permission) if self.is_own else viewer.may(self.permission)

    def is_at(self, path: str) -> bool:
        """Whether a path is there, or below."""
        return path == self.path or (self.path != "/" and path.startswith(self.path + "/"))


ENTRIES: Final = (
    Entry("Floor", "Wallboard", "/", Permission.STATISTICS_READ, "w"),
    Entry("Floor", "Queues", "/queues", Permission.QUEUES_READ, "q"),
    Entry("Floor", "Interactions", "/interactions", Permission.INTERACTIONS_READ, "i"),
    Entry("Floor", "Agents", "/agents", Permission.AGENTS_READ, "a", is_own=True),
    Entry("Floor", "Rescue", "/rescue", Permission.INTERACTIONS_READ, "r"),
    Entry("Floor", "Customers", "/customers", Permission.INTERACTIONS_READ, "c"),
    Entry("Policy", "Objectives", "/objectives", Permission.STATISTICS_READ, "o"),
    Entry("Policy", "Tuning", "/tuning", Permission.POLICY_READ, "t"),
    Entry("Policy", "Previews", "/previews", Permission.POLICY_READ, "p"),
    Entry("Policy", "Suggestions", "/suggestions", Permission.POLICY_READ, "s"),
    Entry("Policy", "Skills", "/skills", Permission.AGENTS_READ, "l"),
    Entry("Policy", "Versions", "/versions", Permission.POLICY_READ, "v"),
)
"""In the order in which they are shown; entries of one part stand together."""


def menu(viewer: Viewer) -> Iterator[tuple[str, list[Entry]]]:
    """The parts that somebody may see, each with its entries."""
    seen = [entry for entry in ENTRIES if entry.is_for(viewer)]
    for part in dict.fromkeys(entry.part for entry in seen):
        yield part, [entry for entry in seen if entry.part == part]
