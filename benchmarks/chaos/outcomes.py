"""What the journal says became of commands and interactions, folded for the verdict alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from benchmarks.floor.journal_reader import JournalRecord

__all__ = ("Outcomes",)

Event: TypeAlias = dict[str, Any]

ENDINGS: Final = frozenset(("interaction_cancelled", "interaction_diverted"))


@dataclass(slots=True)
class Outcomes:
    """Commands by the record that holds their outcome, and who has what; feed it every record."""

    record_of: dict[str, str] = field(default_factory=dict)
    """By id of the inbound entry."""

    accepted: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Interaction and agent by offer."""

    commands_doubled: list[str] = field(default_factory=list)
    interactions_doubled: list[str] = field(default_factory=list)
    """Created, completed or ended twice, or accepted while somebody had it: what and where."""

    offers: int = 0
    leaders: int = 0
    """How often the lead was taken."""

    _owner: dict[str, str] = field(default_factory=dict)
    _created: set[str] = field(default_factory=set)
    _completed: set[str] = field(default_factory=set)
    _ended: set[str] = field(default_factory=set)

    def feed(self, record: JournalRecord) -> None:
        """Take in the next record."""
        for event in record.events:
            cause = event.get("cause", "")
            if cause and self.record_of.setdefault(cause, record.record_id) != record.record_id:
                both = f"{self.record_of[cause]} and {record.record_id}"
                self.commands_doubled.append(f"command {cause}: in records {both}")
            self._follow(record.record_id, event)

    def _follow(self, record_id: str, event: Event) -> None:
        kind, name = event["type"], event.get("interaction_id", "")
        if kind == "interaction_created":
            self._once(self._created, name, "created", record_id)
        elif kind == "leader_started":
            self.leaders += 1
        elif kind == "offer_issued":
            self.offers += 1
        elif kind == "offer_accepted":
            self._accept(record_id, event)
        elif kind == "interaction_requeued":
            self._owner.pop(name, None)
            self._completed.discard(name)
        elif kind == "interaction_completed":
            self._once(self._completed, name, "completed", record_id)
        elif kind == "interaction_wrapped_up" or kind in ENDINGS:
            self._owner.pop(name, None)
            self._once(self._ended, name, "ended", record_id)

    def _accept(self, record_id: str, event: Event) -> None:
        name, agent = event["interaction_id"], event["agent_id"]
        owner = self._owner.setdefault(name, agent)
        if event["offer_id"] in self.accepted or owner != agent or name in self._ended:
            self.interactions_doubled.append(
                f"interaction {name}: accepted by {agent} in {record_id}, {owner} had it"
            )
        self.accepted[event["offer_id"]] = (name, agent)

    def _once(self, done: set[str], name: str, what: str, record_id: str) -> None:
        if name in done:
            self.interactions_doubled.append(f"interaction {name}: {what} again in {record_id}")
        done.add(name)
