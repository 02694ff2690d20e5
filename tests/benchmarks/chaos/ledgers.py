"""Ledgers and journals by hand, for the verdict on them."""

from __future__ import annotations

from typing import Any

from benchmarks.chaos.ledger import Acknowledged, Ledger, Told
from benchmarks.chaos.outcomes import Outcomes
from benchmarks.floor.journal_reader import JournalRecord

__all__ = ("assigned", "ledger", "outcomes_of", "released", "said", "told")


def said(at_ms: int, command: str, subject: str, *, again: bool = False) -> Acknowledged:
    """A command that was due and acknowledged at that time."""
    return Acknowledged(f"{at_ms}-0", command, subject, at_ms, again)


def told(at_ms: int, kind: str, agent: str, thing: str = "", detail: str = "") -> Told:
    """An entry about an interaction; its offer bears its name too."""
    return Told(f"{at_ms}-0", kind, agent, f"offer of {thing} to {agent}", thing, detail)


def assigned(at_ms: int, agent: str, thing: str) -> Told:
    """The agent has it from then on."""
    return told(at_ms, "assigned", agent, thing)


def released(at_ms: int, agent: str, thing: str) -> Told:
    """The agent has it no more."""
    return told(at_ms, "released", agent, thing)


def outcomes_of(*records: list[dict[str, Any]]) -> Outcomes:
    """What a journal of these records says."""
    outcomes = Outcomes()
    for number, events in enumerate(records):
        outcomes.feed(JournalRecord(f"1-{number}", 1_000 + number, events))
    return outcomes


def ledger(*lines: Acknowledged | Told) -> Ledger:
    """One client's ledger."""
    return Ledger(
        [line for line in lines if isinstance(line, Acknowledged)],
        [line for line in lines if isinstance(line, Told)],
    )
