"""Where every row of the file is: folded from the journal's events, nothing else.

The sum over all states is the number of rows, always; a row that the journal says nothing of is
`unanswered`, never forgotten.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from adapters.journal_text import EventMap
from adapters.send.rows import Prepared
from adapters.send.table import Unreadable

__all__ = ("Entry", "Ledger", "Refusal", "State")

REASONS_KEPT: Final = 1_000
"""Faults told one by one; all are counted."""


class State(StrEnum):
    """What has become of a row."""

    COMPLETED = "completed"
    CANCELLED = "cancelled"
    DIVERTED = "diverted"
    WITH_AGENT = "with_agent"
    WAITING = "waiting"
    SUSPENDED = "suspended"
    REJECTED = "rejected"
    REPEATED = "repeated"
    """Sent before, and the journal no longer says what became of it."""

    UNANSWERED = "unanswered"
    UNREADABLE = "unreadable"
    SAME_ID = "same_id"
    """A row before it in the file has the same id."""

    NOT_SENT = "not_sent"


FINAL: Final = frozenset(
    {State.COMPLETED, State.CANCELLED, State.DIVERTED, State.REJECTED, State.REPEATED}
)
"""Nothing more is waited for here."""

_NEXT: Final = {
    "interaction_created": State.WAITING,
    "offer_accepted": State.WITH_AGENT,
    "interaction_requeued": State.WAITING,
    "interaction_suspended": State.SUSPENDED,
    "interaction_resumed": State.WAITING,
    "interaction_completed": State.COMPLETED,
    "interaction_cancelled": State.CANCELLED,
    "interaction_diverted": State.DIVERTED,
}
"""Events that move a row; offers do not: a customer to whom the phone rings is still waiting."""


@dataclass(slots=True)
class Entry:
    """One row that was sent."""

    line: int
    channel: str
    state: State = State.UNANSWERED
    sent_before: bool = False
    offered: bool = False
    waited_ms: int | None = None


@dataclass(slots=True)
class Refusal:
    """A row that the router refused, in its words."""

    line: int
    interaction_id: str
    channel: str
    code: str
    detail: str
    field: str


@dataclass(slots=True)
class Ledger:
    """The rows of one file by interaction id, and what became of those without one."""

    rows: int
    entries: dict[str, Entry] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    unreadable_total: int = 0
    same_id: list[tuple[int, int]] = field(default_factory=list)
    same_id_total: int = 0
    counts: Counter[State] = field(default_factory=Counter)
    changes: int = 0
    repeated: int = 0
    _inbound: dict[str, str] = field(default_factory=dict)
    _early: dict[str, EventMap] = field(default_factory=dict)

    def expect(self, row: Prepared) -> bool:
        """Note a row that is about to be sent; False when its id stood in a row before it."""
        first = self.entries.get(row.interaction_id)
        if first is not None:
            self.same_id_total += 1
            if len(self.same_id) < REASONS_KEPT:
                self.same_id.append((row.line, first.line))
            return False
        self.entries[row.interaction_id] = Entry(row.line, row.channel)
        self.counts[State.UNANSWERED] += 1
        return True

    def skip(self, row: Unreadable) -> None:
        """Note a row that cannot be sent."""
        self.unreadable_total += 1
        if len(self.unreadable) < REASONS_KEPT:
            self.unreadable.append(row)

    def sent(self, interaction_id: str, entry_id: str) -> None:
        """Note under which inbound entry a row was sent: refusals name nothing else, at times."""
        entry = self.entries[interaction_id]
        if entry.state is not State.UNANSWERED:
            return
        early = self._early.pop(entry_id, None)
        if early is not None:
            self._refuse(interaction_id, early)
        else:
            self._inbound[entry_id] = interaction_id

    def fold(self, event: EventMap) -> None:
        """Take in one event of the journal."""
        kind = event.get("type")
        if kind in _NEXT:
            entry = self.entries.get(event.get("interaction_id", ""))
            if entry is not None:
                self._move(entry, _NEXT[kind])
                if kind == "interaction_created":
                    self._inbound.pop(event.get("cause", ""), None)
                if kind in {"offer_accepted", "interaction_completed"}:
                    entry.offered = True  # the offer may be older than what is folded here
                if kind in {"offer_accepted", "interaction_cancelled", "interaction_diverted"}:
                    entry.waited_ms = event.get("waited_ms")
        elif kind == "offer_issued":
            entry = self.entries.get(event.get("interaction_id", ""))
            if entry is not None:
                entry.offered = True
        elif kind == "repeated" and event.get("command") == "create":
            self._repeated(event)
        elif kind == "rejected":
            self._rejected(event)

    def settle_repeated(self, states: dict[str, Entry]) -> None:
        """Take over what an earlier part of the journal says of rows that were sent before."""
        for interaction_id, found in states.items():
            entry = self.entries.get(interaction_id)
            if entry is None or found.state is State.UNANSWERED:
                continue
            entry.offered = entry.offered or found.offered
            if entry.waited_ms is None:
                entry.waited_ms = found.waited_ms
            if entry.state is State.REPEATED:
                self._move(entry, found.state)

    def repeated_ids(self) -> list[str]:
        """Rows that were sent before."""
        return [i for i, entry in self.entries.items() if entry.sent_before]

    @property
    def unanswered(self) -> int:
        """Rows of which the journal has said nothing yet."""
        return self.counts[State.UNANSWERED]

    @property
    def open(self) -> int:
        """Rows to which something may still happen."""
        return len(self.entries) - sum(self.counts[state] for state in FINAL)

    def totals(self) -> dict[State, int]:
        """Rows by state; they add up to ``rows``."""
        totals = {state: self.counts[state] for state in State}
        totals[State.UNREADABLE] = self.unreadable_total
        totals[State.SAME_ID] = self.same_id_total
        totals[State.NOT_SENT] = self.rows - sum(totals.values())
        return totals

    def by_channel(self) -> Iterator[tuple[str, list[Entry]]]:
        """The rows that were sent, channel by channel."""
        channels: dict[str, list[Entry]] = {}
        for entry in self.entries.values():
            channels.setdefault(entry.channel, []).append(entry)
        yield from sorted(channels.items())

    def _repeated(self, event: EventMap) -> None:
        entry = self.entries.get(event.get("target", ""))
        if entry is None:
            return
        self._inbound.pop(event.get("cause", ""), None)
        if entry.state is State.UNANSWERED:
            entry.sent_before = True
            self.repeated += 1
            self._move(entry, State.REPEATED)

    def _rejected(self, event: EventMap) -> None:
        cause = event.get("cause", "")
        interaction_id = self._inbound.pop(cause, None)
        if interaction_id is None and event.get("command") == "create":
            target = event.get("target", "")
            interaction_id = target if target in self.entries else None
        if interaction_id is not None:
            self._refuse(interaction_id, event)
        elif cause and event.get("command") in {"create", ""} and self.unanswered:
            self._early[cause] = event

    def _refuse(self, interaction_id: str, event: EventMap) -> None:
        entry = self.entries[interaction_id]
        if entry.state is not State.UNANSWERED:
            return
        self._move(entry, State.REJECTED)
        if len(self.refusals) < REASONS_KEPT:
            self.refusals.append(
                Refusal(
                    entry.line,
                    interaction_id,
                    entry.channel,
                    str(event.get("code", "")),
                    str(event.get("detail", "")),
                    str(event.get("field", "")),
                )
            )

    def _move(self, entry: Entry, state: State) -> None:
        self.counts[entry.state] -= 1
        self.counts[state] += 1
        entry.state = state
        self.changes += 1
