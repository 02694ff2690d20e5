"""What the checker has found so far: violations with their place, and how much it has looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from adapters.verify.catalog import CHECKS, GROUPS

__all__ = ("Findings", "Report", "Violation")

OF_ATTRIBUTES: Final = frozenset(
    {
        "offer_unskilled", "offer_too_few", "offer_due_elsewhere", "step_wrong", "rescue_wrong",
        "overflow_wrong", "work_conservation", "oldest_first", "decision_counts",
        "decision_winner", "decision_order", "decision_tie_break", "decision_terms",
        "decision_urgency", "decision_chosen", "position_wrong", "estimate_wrong",
    }
)  # fmt: skip
"""What may hang on attributes of an interaction: nobody can tell once these were erased."""

KEPT_MAX: Final = 1_000
"""Violations kept with their details; all are counted."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule: ``record_id`` and ``event_index`` say where it was first seen.

    ``event_index`` is -1 for what concerns a record as a whole; ``record_id`` of a work entry is
    ``<inbox>/<entry id>``. ``ids`` names what is concerned (interaction_id, agent_id, offer_id
    ...).
    """

    code: str
    message: str
    record_id: str
    event_index: int = -1
    ids: Mapping[str, str] = field(default_factory=dict)

    @property
    def meaning(self) -> str:
        """What the code stands for, in words."""
        return CHECKS[self.code].meaning

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "code": self.code,
            "meaning": self.meaning,
            "message": self.message,
            "record_id": self.record_id,
            "event_index": self.event_index,
            "ids": dict(self.ids),
        }

    def __str__(self) -> str:
        where = self.record_id if self.event_index < 0 else f"{self.record_id}[{self.event_index}]"
        return f"{self.code} at {where}: {self.message}"


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome; ``violations`` holds the first thousand, ``violations_total`` counts all.

    ``facts`` counts what was looked at, by group of checks; ``interactions`` counts those created
    by the state that they are in at the end.
    """

    violations: tuple[Violation, ...]
    violations_total: int
    by_code: Mapping[str, int]
    facts: Mapping[str, int]
    records: int
    events: int
    work_entries: int
    interactions: Mapping[str, int]
    first_record: str
    last_record: str
    redacted: int = 0
    """Records from which personal data was erased."""

    unproved: int = 0
    """Doubts about interactions whose attributes were erased: they may be unfounded."""

    @property
    def clean(self) -> bool:
        """Whether no rule was found broken."""
        return self.violations_total == 0

    def violations_of(self, group: str) -> int:
        """How many violations a group of checks has found."""
        return sum(n for code, n in self.by_code.items() if CHECKS[code].group == group)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "clean": self.clean,
            "records": self.records,
            "events": self.events,
            "work_entries": self.work_entries,
            "first_record": self.first_record,
            "last_record": self.last_record,
            "interactions": dict(self.interactions),
            "facts": dict(self.facts),
            "redacted": self.redacted,
            "unproved": self.unproved,
            "violations_total": self.violations_total,
            "by_code": dict(self.by_code),
            "violations": [violation.to_dict() for violation in self.violations],
        }


class Findings:
    """Collects violations at the place where the checker stands; its owner moves that place."""

    def __init__(self) -> None:
        self.record_id = ""
        self.event_index = -1
        self.facts: Counter[str] = Counter(dict.fromkeys(GROUPS, 0))
        self.by_code: Counter[str] = Counter()
        self.violations: list[Violation] = []
        self.redacted = 0
        self.unproved = 0
        self.erased: set[str] = set()

    def add(self, code: str, message: str, **ids: str) -> None:
        """Note a violation where the checker stands now."""
        self.add_at((self.record_id, self.event_index), code, message, **ids)

    def add_at(self, place: tuple[str, int], code: str, message: str, **ids: str) -> None:
        """Note a violation at another place (record id, event index)."""
        if code not in CHECKS:
            raise KeyError(code)
        if code in OF_ATTRIBUTES and ids.get("interaction_id") in self.erased:
            self.unproved += 1
            return
        self.by_code[code] += 1
        if len(self.violations) < KEPT_MAX:
            self.violations.append(Violation(code, message, *place, ids))
