"""The independent checker: proves from journal and work streams that routing kept its rules.

Written from docs/protocol.md and docs/matching.md alone. It shares no code with the engine, so
that a fault in the engine cannot hide in the check of it.
"""

from __future__ import annotations

from adapters.verify.catalog import CHECKS, GROUPS, Check
from adapters.verify.checker import Checker
from adapters.verify.deliveries import Retained
from adapters.verify.findings import Report, Violation
from adapters.verify.stream import Progress, check_history, check_stream

__all__ = (
    "CHECKS",
    "GROUPS",
    "Check",
    "Checker",
    "Progress",
    "Report",
    "Retained",
    "Violation",
    "check_history",
    "check_stream",
)
