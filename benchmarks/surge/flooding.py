"""A flood on the HTTP API beside a run: it flows every other turn, so that a run has its own calm.

The API is a process as a platform has it, on the same server and tenant. While the flood stands
still, the API follows the journal as always.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import numpy as np
from numpy.typing import NDArray

from benchmarks.api.flood import CONNECTIONS
from benchmarks.demo.log_lines import NotStarted, said
from benchmarks.demo.processes import Children, last_words
from benchmarks.surge.latency import latency_of
from benchmarks.surge.ledger import Samples
from benchmarks.surge.measures import Measured

__all__ = ("Flooding", "flood_report")

TURN_S: Final = 5.0
SETTLE_S: Final = 0.5
"""The begin of each turn that counts for neither."""

READY_S_MAX: Final = 60.0
RATIO_MAX: Final = 1.5
"""What a flood may make of the median and of the 99th percentile."""

NS: Final = 1_000_000_000


@dataclass(slots=True)
class Flooding:
    """The API, the flood, and when it flowed: (from, until) in ns of the monotonic clock."""

    children: Children
    where: Sequence[str]
    logs: Path
    flowed: list[tuple[int, int]] = field(default_factory=list)
    stood: list[tuple[int, int]] = field(default_factory=list)

    async def start(self) -> None:
        """Start both; the flood stands still. Raises ``NotStarted``."""
        arguments = ("api", *self.where, "--no-auth", "--port", "0", "--log-format", "json")
        await self.children.start("api", "adapters.cli.main", arguments)
        url = (await said(self.logs / "api.log", "listening"))["url"]
        await _until_ready(url, self.logs / "api.log")
        at = urlsplit(url)
        await self.children.start(
            "flood", "benchmarks.api.flood", (at.hostname or "", str(at.port)), may_end=True
        )
        self._signal(signal.SIGSTOP)

    async def run(self, opens_ns: int) -> None:
        """Let it flow every other turn, from the opening on; does not end."""
        begin_ns, flows = opens_ns, False
        while True:
            until_ns = begin_ns + round(TURN_S * NS)
            await asyncio.sleep(max(0.0, (until_ns - time.monotonic_ns()) / NS))
            turns = self.flowed if flows else self.stood
            turns.append((begin_ns + round(SETTLE_S * NS), until_ns))
            begin_ns, flows = time.monotonic_ns(), not flows
            self._signal(signal.SIGCONT if flows else signal.SIGSTOP)

    async def stop(self) -> None:
        """Stop both."""
        self._signal(signal.SIGCONT)
        for name in ("flood", "api"):
            await self.children.stop(name)

    def _signal(self, number: signal.Signals) -> None:
        self.children.signal("flood", number)


async def _until_ready(url: str, log: Path) -> None:
    deadline_s = time.monotonic() + READY_S_MAX
    async with httpx.AsyncClient(base_url=url, timeout=READY_S_MAX) as client:
        while (await client.get("/readyz")).status_code != httpx.codes.OK:
            if time.monotonic() > deadline_s:
                raise NotStarted(f"the API is not ready:\n{last_words(log)}")
            await asyncio.sleep(0.05)


def flood_report(run: Measured, flooding: Flooding) -> dict[str, Any]:
    """Latencies, in ms, while the flood stood and while it flowed, and what it made of them."""
    turns = {"quiet": flooding.stood, "flooded": flooding.flowed}
    measured: dict[str, Callable[[], Samples]] = {
        "matching_latency_ms": lambda: run.matching,
        "relay_latency_ms": lambda: run.relay(is_quiet=False),
    }
    found = {
        name: {turn: latency_of(_within(samples(), spans)) for turn, spans in turns.items()}
        for name, samples in measured.items()
    }
    return {
        "connections": CONNECTIONS,
        "turn_s": TURN_S,
        "turns": len(flooding.flowed),
        **found,
        "ratio": {
            f"{name.removesuffix('_latency_ms')}_{at}": _ratio(both, at)
            for name, both in found.items()
            for at in ("p50", "p99")
        },
        "target_ratio": RATIO_MAX,
    }


def _ratio(both: dict[str, dict[str, Any]], at: str) -> float | None:
    if not all(each["count"] for each in both.values()):
        return None
    ratio: float = both["flooded"][at] / both["quiet"][at]
    return round(ratio, 3)


def _within(samples: Samples, spans: Sequence[tuple[int, int]]) -> NDArray[np.int64]:
    """How long those took that began within one of the spans."""
    began = np.asarray(samples.began_ns, dtype=np.int64)
    chosen = np.zeros(len(began), dtype=bool)
    for from_ns, until_ns in spans:
        chosen |= (began >= from_ns) & (began < until_ns)
    return np.asarray(samples.took_ns, dtype=np.int64)[chosen]
