"""A tenant's history as one sequence of records, wherever they are: archive, then journal."""

from __future__ import annotations

from adapters.history.errors import HistoryParted, HistoryTrimmed, JournalMissing
from adapters.history.history import History, counted, open_history

__all__ = (
    "History",
    "HistoryParted",
    "HistoryTrimmed",
    "JournalMissing",
    "counted",
    "open_history",
)
