"""The account at the end: a table for each channel, a sum that must come out, and every fault."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any, Final

from adapters.send.ledger import Entry, Ledger, Refusal, State
from adapters.send.sender import Pace

__all__ = (
    "all_is_well",
    "duration",
    "report_json",
    "report_lines",
    "same_id_lines",
    "text_table",
    "unreadable_lines",
)

SHOWN: Final = 20

_TOLD: Final = {
    State.COMPLETED: "completed",
    State.CANCELLED: "cancelled",
    State.DIVERTED: "diverted",
    State.WITH_AGENT: "with an agent",
    State.WAITING: "waiting",
    State.SUSPENDED: "suspended",
    State.REJECTED: "rejected",
    State.REPEATED: "sent before, outcome not known",
    State.UNANSWERED: "UNANSWERED",
    State.UNREADABLE: "unreadable",
    State.SAME_ID: "with the id of an earlier row",
    State.NOT_SENT: "not sent",
}
_COLUMNS: Final = (
    State.COMPLETED,
    State.CANCELLED,
    State.DIVERTED,
    State.WITH_AGENT,
    State.WAITING,
    State.SUSPENDED,
    State.REJECTED,
    State.REPEATED,
    State.UNANSWERED,
)

_BAD: Final = (
    State.REJECTED,
    State.UNANSWERED,
    State.UNREADABLE,
    State.SAME_ID,
    State.NOT_SENT,
)


def all_is_well(ledger: Ledger) -> bool:
    """Whether every row was sent and answered, and none was rejected."""
    totals = ledger.totals()
    return not any(totals[state] for state in _BAD)


def report_lines(ledger: Ledger, pace: Pace, notes: Sequence[str]) -> Iterator[str]:
    """The account in words."""
    yield from text_table(
        [
            "channel",
            "rows",
            "offered",
            *(_TOLD[s].split(",")[0] for s in _COLUMNS),
            "wait p50",
            "p95",
        ],
        [*_channel_rows(ledger)],
    )
    yield ""
    totals = {state: count for state, count in ledger.totals().items() if count}
    parts = " + ".join(f"{count:,} {_TOLD[state]}" for state, count in totals.items())
    yield f"{ledger.rows:,} rows = {parts or '0'}"
    yield _pace_line(ledger, pace)
    before = sum(entry.sent_before for entry in ledger.entries.values())
    if before:
        yield f"{before:,} rows had been sent before: a repeat is harmless"
    yield from (f"note: {note}" for note in notes)
    yield from unreadable_lines(ledger)
    yield from same_id_lines(ledger)
    yield from _refusal_lines(ledger)


def report_json(ledger: Ledger, pace: Pace, notes: Sequence[str]) -> dict[str, Any]:
    """The account as one JSON object."""
    return {
        "ok": all_is_well(ledger),
        "rows": ledger.rows,
        "states": {str(state): count for state, count in ledger.totals().items()},
        "channels": {name: _channel_json(entries) for name, entries in ledger.by_channel()},
        "sent": len(ledger.entries),
        "unconfirmed": len(ledger.entries) - pace.sent,
        "sent_before": sum(entry.sent_before for entry in ledger.entries.values()),
        "seconds": round(pace.seconds, 3),
        "late_ms_max": round(pace.late_ms_max),
        "unreadable": [{"line": row.line, "reason": row.reason} for row in ledger.unreadable],
        "same_id": [{"line": line, "first_line": first} for line, first in ledger.same_id],
        "rejected": [asdict(refusal) for refusal in ledger.refusals],
        "notes": list(notes),
    }


def text_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows in columns: the first one to the left, numbers to the right."""
    widths = [max(len(row[i]) for row in (header, *rows)) for i in range(len(header))]
    for row in (header, ["-" * width for width in widths], *rows):
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        yield "  ".join(cells).rstrip()


def _channel_rows(ledger: Ledger) -> Iterator[list[str]]:
    for name, entries in ledger.by_channel():
        yield _channel_row(name, entries)
    yield _channel_row("all sent", list(ledger.entries.values()))


def _channel_row(name: str, entries: list[Entry]) -> list[str]:
    states = Counter(entry.state for entry in entries)
    offered = sum(entry.offered for entry in entries)
    waits = sorted(entry.waited_ms for entry in entries if entry.waited_ms is not None)
    counts = [len(entries), offered, *(states[state] for state in _COLUMNS)]
    return [name, *(f"{count:,}" for count in counts), _wait(waits, 50), _wait(waits, 95)]


def _channel_json(entries: list[Entry]) -> dict[str, Any]:
    states = Counter(entry.state for entry in entries)
    waits = sorted(entry.waited_ms for entry in entries if entry.waited_ms is not None)
    return {
        "rows": len(entries),
        "offered": sum(entry.offered for entry in entries),
        **{str(state): states[state] for state in _COLUMNS},
        "wait_ms_p50": _percentile(waits, 50),
        "wait_ms_p95": _percentile(waits, 95),
    }


def _percentile(ordered: list[int], percent: int) -> int | None:
    """The smallest value that at least ``percent`` of all do not exceed."""
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)] if ordered else None


def _wait(ordered: list[int], percent: int) -> str:
    found = _percentile(ordered, percent)
    return "-" if found is None else duration(found)


def duration(milliseconds: float) -> str:
    """A length of time as people write it: 40 ms, 1.5 s, 12 min, 3.2 h."""
    if milliseconds < 1_000:
        return f"{milliseconds:.0f} ms"
    if milliseconds < 120_000:
        return f"{milliseconds / 1_000:.1f} s"
    if milliseconds < 7_200_000:
        return f"{milliseconds / 60_000:.1f} min"
    return f"{milliseconds / 3_600_000:.1f} h"


def _pace_line(ledger: Ledger, pace: Pace) -> str:
    line = f"{len(ledger.entries):,} rows sent, followed for {duration(pace.seconds * 1_000)}"
    if unconfirmed := len(ledger.entries) - pace.sent:
        line += f"; Redis did not confirm the last {unconfirmed:,}"
    if pace.at_full_speed or pace.late_ms_max < 100:
        return line
    return f"{line}; at worst {duration(pace.late_ms_max)} behind the times of the file"


def unreadable_lines(ledger: Ledger) -> Iterator[str]:
    """Rows that could not be used, the first few with their reason."""
    if ledger.unreadable_total:
        yield f"unreadable rows: {ledger.unreadable_total:,}"
    yield from (f"  line {row.line}: {row.reason}" for row in ledger.unreadable[:SHOWN])
    yield from _more(ledger.unreadable_total)


def same_id_lines(ledger: Ledger) -> Iterator[str]:
    """Rows whose id stood in a row before."""
    total = ledger.same_id_total
    if total:
        yield f"rows with the id of an earlier row, which were not sent: {total:,}"
    yield from (f"  line {line}: as in line {first}" for line, first in ledger.same_id[:SHOWN])
    yield from _more(total)


def _refusal_lines(ledger: Ledger) -> Iterator[str]:
    """Refusals by their words: a wrong name in the mapping is one line, not thousands."""
    groups: dict[tuple[str, str], list[Refusal]] = {}
    for refusal in ledger.refusals:
        groups.setdefault((refusal.code, refusal.detail), []).append(refusal)
    if groups:
        yield f"rejected by the router: {ledger.counts[State.REJECTED]:,}"
    for (code, detail), members in list(groups.items())[:SHOWN]:
        lines = ", ".join(str(member.line) for member in members[:5])
        more = ", …" if len(members) > 5 else ""
        yield f"  {len(members):,} × {code}: {detail} (line {lines}{more})"
    yield from _more(len(groups))


def _more(total: int) -> Iterator[str]:
    if total > SHOWN:
        yield f"  … and {total - SHOWN:,} more (--json lists up to 1,000)"
