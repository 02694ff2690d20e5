"""What would be sent: a dry run over the whole file, without a server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from adapters.send.ledger import Ledger
from adapters.send.report import same_id_lines, text_table, unreadable_lines
from adapters.send.rows import RowReader
from adapters.send.table import Unreadable

__all__ = ("Preview", "preview")

DEFAULT_QUEUE = "(the policy's default)"


@dataclass(slots=True)
class Preview:
    """Rows by channel and queue, the first command, and every fault."""

    ledger: Ledger
    queues: Counter[tuple[str, str]] = field(default_factory=Counter)
    first: dict[str, object] | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def all_is_well(self) -> bool:
        """Whether every row would be sent."""
        return len(self.ledger.entries) == self.ledger.rows

    def lines(self) -> Iterator[str]:
        """The preview in words."""
        rows = [[channel, queue, f"{n:,}"] for (channel, queue), n in sorted(self.queues.items())]
        yield from text_table(["channel", "queue", "rows"], rows)
        yield ""
        totals = [f"{len(self.ledger.entries):,} to send"]
        if self.ledger.unreadable_total:
            totals.append(f"{self.ledger.unreadable_total:,} unreadable")
        if self.ledger.same_id_total:
            totals.append(f"{self.ledger.same_id_total:,} with the id of an earlier row")
        yield f"{self.ledger.rows:,} rows = {' + '.join(totals)}"
        if self.first is not None:
            yield f"the first command: {self.first}"
        yield from (f"note: {note}" for note in self.notes)
        yield from unreadable_lines(self.ledger)
        yield from same_id_lines(self.ledger)

    def as_json(self) -> dict[str, Any]:
        """The preview as one JSON object."""
        return {
            "ok": self.all_is_well,
            "rows": self.ledger.rows,
            "to_send": len(self.ledger.entries),
            "queues": [
                {"channel": channel, "queue": queue, "rows": rows}
                for (channel, queue), rows in sorted(self.queues.items())
            ],
            "first": self.first,
            "unreadable": [{"line": r.line, "reason": r.reason} for r in self.ledger.unreadable],
            "unreadable_total": self.ledger.unreadable_total,
            "same_id_total": self.ledger.same_id_total,
            "notes": self.notes,
        }


def preview(reader: RowReader, limit: int | None) -> Preview:
    """Read the whole table and send nothing."""
    seen = Preview(Ledger(0))
    for row in reader.rows(limit):
        seen.ledger.rows += 1
        if isinstance(row, Unreadable):
            seen.ledger.skip(row)
        elif seen.ledger.expect(row):
            seen.queues[row.channel, str(row.command.get("queue", DEFAULT_QUEUE))] += 1
            seen.first = seen.first or row.command
    seen.notes = reader.all_notes()
    return seen
