"""The live view: what the floor looks like now, redrawn on a terminal, told in lines elsewhere."""

from __future__ import annotations

from collections import Counter
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from benchmarks.demo.hour import Hour

__all__ = ("LiveView", "clock", "floor_now")

LINE_EVERY_MINUTES: Final = 5
TIMELINE_WIDTH: Final = 46
BAR_MAX: Final = 20
PER_BLOCK: Final = 2
"""Waiting interactions that one block of a channel's bar stands for."""
MANY: Final = 10
RATE_OVER_S: Final = 3.0

STATUS_WORDS: Final = {
    "working": "at work",
    "ringing": "ringing",
    "idle": "free",
    "unavailable": "on a break",
    "not_responding": "not responding",
}


class LiveView:
    """Shows the hour as it passes. Use as a context manager; call :meth:`show` now and then."""

    def __init__(self, hour: Hour, console: Console) -> None:
        self._hour = hour
        self._console = console
        self._live: Live | None = None
        self._next_line_minute = 0.0
        self._recent: list[tuple[float, int]] = []

    def __enter__(self) -> LiveView:
        if self._console.is_terminal:
            self._live = Live(
                console=self._console, auto_refresh=False, transient=True, redirect_stderr=False
            )
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()

    def show(self, now_ms: int) -> None:
        """Draw the floor as it is at ``now_ms`` (Redis' time)."""
        minute = min(60.0, self._hour.frame.minute(now_ms))
        if self._live is not None:
            self._live.update(self._picture(minute, now_ms), refresh=True)
        elif minute >= self._next_line_minute:
            self._next_line_minute += LINE_EVERY_MINUTES
            self._console.print(self._line(minute, now_ms), markup=False)

    def _picture(self, minute: float, now_ms: int) -> RenderableType:
        return Group(
            _timeline(self._hour, minute, surging=self._hour.frame.in_surge(now_ms)),
            Text(),
            _channels(self._hour),
            Text(),
            _agents(self._hour),
            Text(f" {_offers(self._hour)}"),
            Text(f" {self._latest(now_ms)}", style="dim", no_wrap=True, overflow="ellipsis"),
        )

    def _line(self, minute: float, now_ms: int) -> str:
        tally = self._hour.tally
        status = floor_now(self._hour)
        surge = "  SURGE" if self._hour.frame.in_surge(now_ms) else ""
        return (
            f"{clock(minute)}  waiting {tally.queued:4d}  at work {status['working']:3d}  "
            f"free {status['idle']:3d}  arrived {len(tally.interactions):5d}  "
            f"completed {tally.counts['interaction_completed']:5d}  "
            f"gave up {tally.counts['interaction_cancelled']:4d}{surge}"
        )

    def _latest(self, now_ms: int) -> str:
        tally = self._hour.tally
        pace = f"{tally.counts.total():,} events, {self._events_per_s(now_ms):,.0f} a second"
        if not tally.accepted:
            return pace
        offer = tally.offers[tally.accepted[-1]].event
        return (
            f"{pace}; just now {offer['interaction_id']} to {offer['agent_id']}, "
            f"best of {offer['decision']['candidates']}"
        )

    def _events_per_s(self, now_ms: int) -> float:
        total = self._hour.tally.counts.total()
        now_s = now_ms / 1_000
        self._recent.append((now_s, total))
        while self._recent[0][0] < now_s - RATE_OVER_S:
            del self._recent[0]
        since_s, before = self._recent[0]
        return (total - before) / (now_s - since_s) if now_s > since_s else 0.0


def clock(minute: float) -> str:
    """A minute of the hour as a clock shows it."""
    return f"{int(minute) // 60 + 9:02d}:{int(minute) % 60:02d}"


def floor_now(hour: Hour) -> Counter[str]:
    """How many agents do what."""
    now: Counter[str] = Counter(dict.fromkeys(STATUS_WORDS, 0))
    for agent in hour.tally.agents.values():
        if agent.in_hand:
            now["working"] += 1
        elif agent.ringing:
            now["ringing"] += 1
        else:
            now["idle" if agent.status == "available" else agent.status] += 1
    return now


def _timeline(hour: Hour, minute: float, *, surging: bool) -> Text:
    frame = hour.frame
    surge_from, surge_to = frame.minute(frame.surge_starts_ms), frame.minute(frame.surge_ends_ms)
    text = Text(f" {clock(minute)} ", style="bold")
    for cell in range(TIMELINE_WIDTH):
        at = cell * 60 / TIMELINE_WIDTH
        colour = "red" if surge_from <= at < surge_to else "green"
        text.append("━" if at <= minute else "─", style=colour if at <= minute else f"dim {colour}")
    text.append(" 10:00")
    text.append("   SURGE: a power cut" if surging else "", style="bold red")
    return text


def _channels(hour: Hour) -> Table:
    table = Table(box=None, pad_edge=True, header_style="dim")
    table.add_column("channel")
    for heading in ("waiting", "ringing", "in hand", "done", "gave up"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("", width=BAR_MAX, no_wrap=True)
    everything: Counter[str] = Counter()
    for channel, count in _stages(hour).items():
        everything += count
        queued = count["queued"]
        colour = "red" if queued >= MANY else "yellow"
        bar = Text("▇" * min(BAR_MAX, -(-queued // PER_BLOCK)), style=colour)
        table.add_row(channel, *_row(count), bar)
    table.add_row("all", *_row(everything), style="bold")
    return table


def _row(count: Counter[str]) -> tuple[str, ...]:
    done = count["completed"] + count["wrap_up"]
    numbers = (count["queued"], count["offered"], count["assigned"], done, count["cancelled"])
    return tuple(str(number) for number in numbers)


def _stages(hour: Hour) -> dict[str, Counter[str]]:
    policies = hour.tally.policies
    channels = policies[max(policies)]["channels"] if policies else {}
    stages: dict[str, Counter[str]] = {channel: Counter() for channel in channels}
    for interaction in hour.tally.interactions.values():
        stages[interaction.channel][interaction.stage] += 1
    return stages


def _agents(hour: Hour) -> Text:
    now = floor_now(hour)
    text = Text(f" {len(hour.tally.agents)} agents: ")
    for number, (status, words) in enumerate(STATUS_WORDS.items()):
        text.append(", " if number else "")
        text.append(str(now[status]), style="bold")
        text.append(f" {words}")
    return text


def _offers(hour: Hour) -> str:
    counts = hour.tally.counts
    return (
        f"{counts['offer_issued']:,} offers: {counts['offer_accepted']:,} accepted, "
        f"{counts['offer_declined']} declined, {counts['offer_expired']} not answered, "
        f"{counts['offer_rescinded']} withdrawn"
    )
