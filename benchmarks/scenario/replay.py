"""A CSV export of another system as traffic: its rows at their own times.

The mapping says which column is what, as for ``onequeue send`` (docs/send.md): time, channel,
queue, skills asked, priority, customer. Rows that are alike in all but time and customer are one
type.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final

import yaml
from pydantic import Field

from adapters.send.guess import guess_mapping
from adapters.send.mapping import LoadedMapping, load_mapping, parse_mapping
from adapters.send.plan import schedule, survey
from adapters.send.rows import Prepared, RowReader
from adapters.send.table import Table, Unreadable
from benchmarks.scenario.elements import Element, Factor
from benchmarks.scenario.errors import ScenarioError
from router.policy.elements import NUMBER, Name

__all__ = ("Replay", "Replayed", "replayed")

FAULTS_TOLD: Final = 5
OTHER: Final = "other"
_NO_NAME: Final = re.compile(r"[^A-Za-z0-9_.:-]+")


class Replay(Element):
    """The rows of a ``file``, ``speed`` times as fast as they came.

    ``mapping`` is a file or a document as ``onequeue send`` has it (a guess, without). What the
    export does not say of a contact stands in ``channels``, by channel of the policy: handle time,
    patience, and so on, as in a type. Queues are named by the mapping's ``queue``; beyond
    ``queues_max`` the rarest are one (``other``). With ``queue_is_skill`` each asks for the skill
    of that name. Rows that cannot be used stop the reading, unless ``skip_faulty``.
    """

    file: str
    mapping: str | dict[str, Any] | None = None
    channels: Annotated[dict[Name, dict[str, Any]], Field(min_length=1)]
    speed: Factor = 1.0
    queues_max: Annotated[int, Field(ge=1, le=900), NUMBER] = 50
    queue_is_skill: bool = False
    skip_faulty: bool = False
    limit: Annotated[int, Field(ge=1, le=10_000_000), NUMBER] | None = None


@dataclass(slots=True)
class Replayed:
    """What an export says: types as the document has them, and when the last row came."""

    types: dict[str, dict[str, Any]] = field(default_factory=dict)
    span_s: float = 0.0
    skipped: int = 0


def replayed(replay: Replay, base: Path) -> Replayed:
    """Read the export; its file names are relative to ``base``.

    Raises :class:`ScenarioError` with the lines of rows that cannot be used, and the errors of
    ``onequeue send`` for a mapping or a table that is none.
    """
    reader = _reader(replay, base)
    rows, faults = _rows(reader, replay)
    if faults and not replay.skip_faulty:
        raise ScenarioError(_told(replay.file, faults))
    if not rows:
        raise ScenarioError(f"{replay.file}: there is no row that can be used")
    return _gathered(replay, rows, len(faults))


def _reader(replay: Replay, base: Path) -> RowReader:
    file = base / replay.file
    if not file.is_file():
        raise ScenarioError(f"replay.file: {file}: there is no such file")
    if isinstance(replay.mapping, str):
        loaded = load_mapping(base / replay.mapping)
    elif replay.mapping is not None:
        loaded = parse_mapping(yaml.safe_dump(replay.mapping), "replay.mapping")
    else:
        loaded = parse_mapping(guess_mapping(Table(file)), "guessed mapping")
    return RowReader(_table(file, loaded), loaded)


def _table(file: Path, loaded: LoadedMapping) -> Table:
    return Table(file, loaded.mapping.encoding, loaded.mapping.delimiter)


def _rows(reader: RowReader, replay: Replay) -> tuple[list[tuple[float, Prepared]], list[str]]:
    """Every row with its time in s, in order of time, and what is wrong with the others."""
    rows, faults = [], []
    seen = survey(reader, replay.limit)
    for due in schedule(reader, replay.limit, seen, replay.speed):
        if isinstance(due, Unreadable):
            faults.append(f"line {due.line}: {due.reason}")
        elif due.row.channel not in replay.channels:
            known = ", ".join(replay.channels)
            faults.append(
                f"line {due.row.line}: its channel is {due.row.channel!r}, and replay.channels has "
                f"only {known}"
            )
        else:
            rows.append((due.offset_ms / 1_000, due.row))
    return rows, faults


def _told(file: str, faults: list[str]) -> str:
    more = len(faults) - FAULTS_TOLD
    lines = [f"{file}: {fault}" for fault in faults[:FAULTS_TOLD]]
    if more > 0:
        lines.append(f"{file}: and {more:,} more")
    lines.append("mend the rows or the mapping, or leave such rows out with skip_faulty: true")
    return "\n".join(lines)


def _gathered(replay: Replay, rows: list[tuple[float, Prepared]], skipped: int) -> Replayed:
    counts = Counter(_queue_of(row) for _, row in rows)
    kept = {queue for queue, _ in counts.most_common(replay.queues_max)}
    alike: dict[tuple[str, str, str], list[tuple[float, Prepared]]] = {}
    for at_s, row in rows:
        queue = _queue_of(row)
        about = str([row.command.get(field) for field in ("priority", "requirements")])
        key = (row.channel, queue if queue in kept else OTHER, about)
        alike.setdefault(key, []).append((at_s, row))
    found = Replayed(span_s=rows[-1][0], skipped=skipped)
    for (channel, queue, _), some in alike.items():
        found.types[_name(channel, queue, found.types)] = _type(replay, queue, some)
    return found


def _type(replay: Replay, queue: str, rows: list[tuple[float, Prepared]]) -> dict[str, Any]:
    """The type of rows that are alike, as the document would have it."""
    first = rows[0][1]
    asked: Any = first.command.get("requirements", [])
    as_skill = [{"skill": queue}] if replay.queue_is_skill and queue else []
    customers = [str(row.command.get("customer_id", "")) for _, row in rows]
    return {
        "channel": first.channel,
        "queue": queue or None,
        "priority": first.command.get("priority", 0),
        "requirements": [*asked, *as_skill],
        "arrivals": {"kind": "times", "at_s": [at for at, _ in rows], "customers": customers},
        **replay.channels[first.channel],
    }


def _queue_of(row: Prepared) -> str:
    """The queue as policies can name it, or nothing."""
    name = str(row.command.get("queue", ""))
    plain = _NO_NAME.sub("-", name).strip("-_.:")
    return name if plain == name else plain.lower()


def _name(channel: str, queue: str, taken: Collection[str]) -> str:
    """A name of a type that is not taken."""
    stem = f"{channel}.{queue}" if queue else channel
    name, number = stem, 2
    while name in taken:
        name, number = f"{stem}.{number}", number + 1
    return name
