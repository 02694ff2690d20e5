"""Skills of agents as a grid: which cells there are, and what a form makes of a row.

Levels stand there as people know them, on the scale of each skill.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from adapters.client.models import Agent
from router.scales import Scale, scale_of

__all__ = (
    "COLUMNS_A_PAGE",
    "ROWS_A_PAGE",
    "Edit",
    "changed",
    "edits",
    "known_levels",
    "scales_of",
    "seen",
)

ROWS_A_PAGE: Final = 50
COLUMNS_A_PAGE: Final = 12

LEVEL: Final = "level:"
SEEN: Final = "seen:"
_SEPARATOR: Final = "\x1f"


@dataclass(frozen=True, slots=True)
class Edit:
    """A row that was changed: all skills of the agent as they are to be, as told levels. ``seen``
    are those that stood there when the page was made."""

    agent_id: str
    cells: dict[str, str]
    seen: str


def scales_of(policy: Mapping[str, Any]) -> dict[str, Scale]:
    """The scales of a policy's skills, by name."""
    return {
        name: scale_of(skill["levels"], skill.get("lowest", 1), skill.get("best", "highest"))
        for name, skill in (policy.get("skills") or {}).items()
    }


def known_levels(agent: Agent, scales: Mapping[str, Scale]) -> dict[str, int | str]:
    """All skills that an agent has, those that do not count for now too."""
    levels = {**agent.inactive_skills, **agent.skills}
    return {
        name: scales[name].told(level) if name in scales else level
        for name, level in sorted(levels.items())
    }


def seen(agent: Agent) -> str:
    """What stands in a page of an agent's skills: whoever changes them has seen these."""
    told = [sorted(agent.skills.items()), sorted(agent.inactive_skills.items())]
    return msgspec.json.encode(told).decode()


def edits(fields: Mapping[str, str]) -> list[Edit]:
    """The rows that a form has, each with its cells."""
    rows: dict[str, dict[str, str]] = {}
    for name, value in fields.items():
        if name.startswith(LEVEL):
            agent_id, _, skill = name.removeprefix(LEVEL).partition(_SEPARATOR)
            rows.setdefault(agent_id, {})[skill] = value
    return [Edit(name, cells, fields.get(SEEN + name, "")) for name, cells in rows.items()]


def changed(edit: Edit, agent: Agent, scales: Mapping[str, Scale]) -> dict[str, int | str] | None:
    """All skills of an agent as a row has them; None: as they are. What is written is a number, or
    else a name of a level; nothing takes the skill away."""
    before = known_levels(agent, scales)
    after = dict(before)
    for skill, text in edit.cells.items():
        if not text:
            after.pop(skill, None)
        elif text != str(before.get(skill, "")):
            after[skill] = int(text) if text.removeprefix("-").isdecimal() else text
    return None if after == before else after
