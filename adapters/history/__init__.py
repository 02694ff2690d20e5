"""A tenant's history as one sequence of records, wherever they are: archive, then journal."""

from __future__ import annotations

from adapters.history.errors import HistoryParted, HistoryTrimmed, JournalMissing
from adapters.history.history import History, counted, open_history
from adapters.history.snapshots import Stood

__all__ = (
    "History",
    "HistoryParted",
    "HistoryTrimmed",
    "JournalMissing",
    "Stood",
    "counted",
    "open_history",
)
