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

import numpy as np
from numpy.typing import NDArray

from benchmarks.api.flood import CONNECTIONS
from benchmarks.demo.api_process import api_ready
from benchmarks.demo.log_lines import said
from benchmarks.demo.processes import Children
from benchmarks.surge.latency import latency_of
from benchmarks.surge.ledger import Samples
from benchmarks.surge.measures import Measured

__all__ = ("Flooding", "flood_report", "turn_s_of")

TURN_S_MAX: Final = 5.0
TURNS_MIN: Final = 6
SETTLING: Final = 0.1
"""The share of each turn, at its begin, that counts for neither."""

OVER_RELAY_MAX: Final = 1.25
"""What a flood may do to matching, for what it does to a relay through the same machine."""

NS: Final = 1_000_000_000


def turn_s_of(length_s: float) -> float:
    """How long a turn lasts in a run of that length."""
    return min(TURN_S_MAX, length_s / TURNS_MIN)


@dataclass(slots=True)
class Flooding:
    """The API, the flood, and when it flowed: (from, until) in ns of the monotonic clock."""

    children: Children
    where: Sequence[str]
    logs: Path
    turn_s: float
    flowed: list[tuple[int, int]] = field(default_factory=list)
    stood: list[tuple[int, int]] = field(default_factory=list)

    async def start(self) -> None:
        """Start both; the flood stands still. Raises ``NotStarted``."""
        arguments = ("api", *self.where, "--no-auth", "--port", "0", "--log-format", "json")
        await self.children.start("api", "adapters.cli.main", arguments)
        url = (await said(self.logs / "api.log", "listening"))["url"]
        await api_ready(url, self.logs / "api.log")
        at = urlsplit(url)
        await self.children.start(
            "flood", "benchmarks.api.flood", (at.hostname or "", str(at.port)), may_end=True
        )
        self._signal(signal.SIGSTOP)

    async def run(self, opens_ns: int) -> None:
        """Let it flow every other turn, from the opening on; does not end."""
        begin_ns, flows = opens_ns, False
        while True:
            until_ns = begin_ns + round(self.turn_s * NS)
            await asyncio.sleep(max(0.0, (until_ns - time.monotonic_ns()) / NS))
            turns = self.flowed if flows else self.stood
            turns.append((begin_ns + round(SETTLING * self.turn_s * NS), until_ns))
            begin_ns, flows = time.monotonic_ns(), not flows
            self._signal(signal.SIGCONT if flows else signal.SIGSTOP)

    async def stop(self) -> None:
        """Stop both."""
        self._signal(signal.SIGCONT)
        for name in ("flood", "api"):
            await self.children.stop(name)

    def _signal(self, number: signal.Signals) -> None:
        self.children.signal("flood", number)


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
    ratios = {
        f"{name.removesuffix('_latency_ms')}_{at}": _ratio(both, at)
        for name, both in found.items()
        for at in ("p50", "p99")
    }
    over_relay = {at: _over_relay(ratios, at) for at in ("p50", "p99")}
    return {
        "connections": CONNECTIONS,
        "turn_s": flooding.turn_s,
        "turns": len(flooding.flowed),
        **found,
        "ratio": ratios,
        "over_relay": over_relay,
        "target_over_relay": OVER_RELAY_MAX,
        "met": all(each is not None and each <= OVER_RELAY_MAX for each in over_relay.values()),
    }


def _over_relay(ratios: dict[str, float | None], at: str) -> float | None:
    matching, relay = ratios[f"matching_{at}"], ratios[f"relay_{at}"]
    return round(matching / relay, 3) if matching and relay else None


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
