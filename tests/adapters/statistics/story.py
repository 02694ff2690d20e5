"""An engine, its statistics, and a clock in hand: single stories."""

from __future__ import annotations

from typing import Any, Final
from zoneinfo import ZoneInfo

from adapters.explain.grid import plain_lines
from adapters.statistics.figures import figures_at
from adapters.statistics.grouping import Grouping
from adapters.statistics.intervals import figures_of_intervals
from adapters.statistics.statistics import Statistics
from adapters.statistics.table import Window, page_of
from adapters.statistics.windows import Intervals, Span, Windows
from router import commands as cm
from router.engine import Engine
from router.inputs import Input
from router.record import GENESIS, Record
from tests.policies import POLICY

__all__ = ("BEGIN_MS", "Story", "create")

BEGIN_MS: Final = 1_767_225_600_000  # 2026-01-01 00:00 UTC


class Story:
    """What happens is folded as it happens, and kept as a journal."""

    def __init__(self, begin_ms: int = BEGIN_MS) -> None:
        self.windows = Windows(ZoneInfo("UTC"), 900_000)
        self.statistics = Statistics(self.windows)
        self.now_ms = begin_ms
        self.engine = Engine()
        self.records: list[Record] = []
        self.do(cm.ReplacePolicy(policy=POLICY))

    def do(self, *commands: cm.Command, after_s: float = 0) -> None:
        self.now_ms += round(1_000 * after_s)
        batch = [Input(f"{self.now_ms}-{n}", self.now_ms, c) for n, c in enumerate(commands)]
        events = self.engine.handle(batch, self.now_ms)
        record = Record(
            v=1, now_ms=self.now_ms, position="0-0", consumed=0, prev=GENESIS, events=events
        )
        self.records.append(record)
        self.statistics.fold(record)

    def figures(self, *by: str, after_s: float = 0) -> dict[str, Any]:
        now_ms = self.now_ms + round(1_000 * after_s)
        return figures_at(self.statistics, self.windows, by or ("queue",), now_ms)

    def text(self, *by: str, window: Window = "interval", after_s: float = 0) -> str:
        by = by or ("queue",)
        return "\n".join(plain_lines(page_of(self.figures(*by, after_s=after_s), by, window)))

    def intervals(
        self,
        by: Grouping,
        interval_s: int,
        span: Span | None = None,
        *,
        zone: str = "UTC",
        first: int = 0,
    ) -> list[dict[str, Any]]:
        """The figures of intervals, from the journal without its ``first`` records."""
        span = span or Span(self.records[0].now_ms, self.now_ms)
        intervals = Intervals(ZoneInfo(zone), interval_s * 1_000, span)
        statistics = Statistics(intervals, (by,))
        return list(figures_of_intervals(statistics, intervals, iter(self.records[first:]), by))


def create(name: str, channel: str = "voice", **fields: Any) -> cm.Create:
    return cm.Create(name, channel, **{"queue": "general", **fields})
