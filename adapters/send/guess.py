"""A starter mapping, guessed from the header and the first rows of a table, and explained.

The guess is a mapping text like any other: shown, written to a file, corrected, validated.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

import yaml

from adapters.send.table import Row, Table
from adapters.send.times import TimeFormat, detect_time_format
from adapters.send.words import PRIORITY_WORDS, channel_of, name_score, normalised

__all__ = ("guess_mapping",)

SAMPLE_ROWS: Final = 1_000
TIME_SAMPLE: Final = 40
CELL_CHARACTERS: Final = 200
"""As much of a cell as is looked at."""

UNIQUE_SHARE_MIN: Final = 0.8
"""A column of ids may have a few empty or repeated cells; those rows are told when sent."""

ID_CHARACTERS_MAX: Final = 40
CHANNEL_VALUES_MAX: Final = 40
FALLBACK_CHANNEL: Final = "web"
EXAMPLE_VALUES: Final = 5


@dataclass(frozen=True, slots=True)
class _Column:
    """One column of the sample: its name, and its cells that are not empty."""

    name: str
    cells: list[str]
    rows: int

    @property
    def distinct(self) -> Counter[str]:
        return Counter(self.cells)

    @property
    def unique_share(self) -> float:
        """Rows that have a cell of their own here, as a share of all rows."""
        return len(set(self.cells)) / self.rows if self.rows else 0.0


def guess_mapping(table: Table, policy_channels: tuple[str, ...] = ()) -> str:
    """The text of a mapping that may fit; comments say what was seen and what to look at.

    ``policy_channels`` are the channels that the router knows; guesses outside are marked.
    """
    columns = _sample(table)
    taken: set[str] = set()
    parts = [
        f"# A mapping for {_one_line(table.path.name)}, guessed from its header and first rows.",
        "# Look through it: what is wrong here is routed wrongly. Every field: docs/send.md",
        f"# Columns: {_one_line(', '.join(table.header))}",
        "",
        _id_part(columns, taken),
        _created_part(columns, taken),
        _channel_part(columns, taken, policy_channels),
        _queue_part(columns, taken),
        _customer_part(columns, taken),
        _priority_part(columns, taken),
        _requirements_part(columns, taken),
        "# Columns carried to the agent: rest (those not used above), all, none, or a list.",
        "attributes: rest",
        "",
    ]
    return "\n".join(parts)


def _sample(table: Table) -> list[_Column]:
    rows = [row for row in table.rows(SAMPLE_ROWS) if isinstance(row, Row)]
    return [
        _Column(
            name,
            [cell for row in rows if (cell := _start_of_cell(row, i))],
            len(rows),
        )
        for i, name in enumerate(table.header)
    ]


def _start_of_cell(row: Row, index: int) -> str:
    return row.cells[index][:CELL_CHARACTERS].strip() if index < len(row.cells) else ""


def _best(columns: list[_Column], role: str, taken: set[str]) -> _Column | None:
    scored = [(name_score(c.name, role), -i, c) for i, c in enumerate(columns)]
    score, _, column = max((s for s in scored if s[2].name not in taken), default=(0.0, 0, None))
    if column is None or score <= 0:
        return None
    return column


def _id_part(columns: list[_Column], taken: set[str]) -> str:
    column = _id_column(columns, taken)
    if column is None:
        return (
            "# No column with a name like an id and a different value in every row was found: ids\n"
            "# are made of the file's name, the row's number and content, the same every time.\n"
            "# id: {column: …, prefix: …}\n"
        )
    taken.add(column.name)
    seen = "Every cell of this column is different."
    if column.unique_share < 1:
        rest = round(column.rows * (1 - column.unique_share))
        seen = f"CAREFUL: {rest} of the first {column.rows} rows repeat an id or have none."
    return (
        f"# {seen} A prefix keeps ids of several files apart.\n"
        f"id: {_flow({'column': column.name, 'prefix': ''})}\n"
    )


def _id_column(columns: list[_Column], taken: set[str]) -> _Column | None:
    fit = [
        column
        for column in columns
        if column.unique_share >= _share_wanted(column.name)
        and name_score(column.name, "customer") <= name_score(column.name, "id")
        and detect_time_format(column.cells[:5]) is None
    ]
    named = _best(fit, "id", taken)
    if named is not None:
        return named
    first = fit[0] if fit and fit[0] is columns[0] else None
    if first is None or first.unique_share < 1:
        return None
    short = all(len(cell) <= ID_CHARACTERS_MAX and " " not in cell for cell in first.cells)
    return first if short else None


def _share_wanted(name: str) -> float:
    return UNIQUE_SHARE_MIN if name_score(name, "id") < 0.9 else UNIQUE_SHARE_MIN / 2


def _created_part(columns: list[_Column], taken: set[str]) -> str:
    readable: list[tuple[float, int, _Column, TimeFormat]] = []
    for column in columns:
        found = detect_time_format(column.cells[:TIME_SAMPLE])
        if found is not None and column.name not in taken:
            readable.append((name_score(column.name, "created"), -len(readable), column, found))
    if not readable:
        return (
            "# No column with times was found: rows are sent one (file) second apart.\n"
            "# created: {column: …, format: '%d.%m.%Y %H:%M', timezone: Europe/Berlin}\n"
        )
    _, _, column, found = max(readable, key=lambda scored: scored[:2])
    taken.add(column.name)
    others = [c.name for _, _, c, _ in readable if c is not column]
    notes = [
        f"# Read as {found.patterns[0]}. The pace follows it; the time zone is UTC unless named."
    ]
    if found.note:
        notes.append(f"# CAREFUL: {found.note}.")
    if others:
        notes.append(f"# Other columns with times: {', '.join(others)}.")
    return "\n".join(notes) + f"\ncreated: {_flow({'column': column.name})}\n"


def _channel_part(columns: list[_Column], taken: set[str], known: tuple[str, ...]) -> str:
    column = _channel_column(columns, taken)
    if column is None:
        return (
            "# No column that names the medium was found: every row goes to this channel.\n"
            f"channel: {_flow({'default': FALLBACK_CHANNEL})}\n"
        )
    taken.add(column.name)
    lines = [
        "# Cells and the channels of the policy that they mean; compared without regard to case.",
        "channel:",
        f"  column: {_flow(column.name)}",
        "  values:",
    ]
    for value, count in column.distinct.most_common(CHANNEL_VALUES_MAX):
        found = channel_of(value)
        remark = f"  # {count} of the first {column.rows} rows"
        if found is None:
            remark += "; not recognised, CHECK"
        elif known and found not in known:
            remark += f"; the policy has no such channel, only {', '.join(known)}: CHANGE"
        lines.append(f"    {_flow(value)}: {found or FALLBACK_CHANNEL}{remark}")
    lines += [
        "  # Cells that are empty or not named above go here; without it such rows are not sent.",
        f"  default: {FALLBACK_CHANNEL}",
        "",
    ]
    return "\n".join(lines)


def _channel_column(columns: list[_Column], taken: set[str]) -> _Column | None:
    best: tuple[float, int] = (0.0, 0)
    found = None
    for index, column in enumerate(columns):
        distinct = column.distinct
        if column.name in taken or not distinct or len(distinct) > CHANNEL_VALUES_MAX:
            continue
        meant = sum(count for value, count in distinct.items() if channel_of(value))
        share = meant / len(column.cells)
        score = (name_score(column.name, "channel") + share, -index)
        if (share >= 0.5 or score[0] >= 0.9) and score > best:
            best, found = score, column
    return found


def _queue_part(columns: list[_Column], taken: set[str]) -> str:
    column = _best([c for c in columns if c.distinct], "queue", taken)
    head = "# Queues are the policy's own, so none is guessed: its default_queue is used.\n"
    if column is None or name_score(column.name, "queue") == 0:
        return head + "# queue: {column: …, values: {CELL: queue}, default: queue}\n"
    values = [value for value, _ in column.distinct.most_common(EXAMPLE_VALUES)]
    example = _flow({"column": column.name, "values": dict.fromkeys(values, "general")})
    return f"{head}# queue: {example[:-1]}, default: general}}\n"


def _customer_part(columns: list[_Column], taken: set[str]) -> str:
    column = _best([c for c in columns if c.cells], "customer", taken)
    if column is None:
        return (
            "# No column that names the customer was found. Several columns together may do it.\n"
            "# customer: [first_column, second_column]\n"
        )
    taken.add(column.name)
    return f"# Who it is about; carried to the agent.\ncustomer: {_flow([column.name])}\n"


def _priority_part(columns: list[_Column], taken: set[str]) -> str:
    column = _best([c for c in columns if c.cells], "priority", taken)
    if column is None or name_score(column.name, "priority") == 0:
        return "# priority: {column: …, values: {High: 5}, default: 0}\n"
    values = {v: PRIORITY_WORDS.get(normalised(v)) for v, _ in column.distinct.most_common(20)}
    known = {value: points for value, points in values.items() if points is not None}
    if not known:
        example = _flow({"column": column.name, "values": dict.fromkeys(list(values)[:5], 0)})
        return (
            f"# Is this a priority? Which values are urgent is not clear.\n# priority: {example}\n"
        )
    taken.add(column.name)
    shown = _flow({"column": column.name, "values": known, "default": 0})
    return (
        f"# Points of priority, 0 to 100; each is worth some waiting (policy).\npriority: {shown}\n"
    )


def _requirements_part(columns: list[_Column], taken: set[str]) -> str:
    column = next(
        (c for c in columns if normalised(c.name) in {"language", "lang", "skill", "product"}), None
    )
    head = "# Skills are the policy's own, so requirements are not guessed; for example:\n"
    if column is None or column.name in taken:
        return (
            head
            + "# requirements:\n#   - {column: …, values: {Spanish: {skill: spanish, level: 3}}}\n"
        )
    values = [value for value, _ in column.distinct.most_common(EXAMPLE_VALUES)]
    example = _flow({"column": column.name, "values": {v: normalised(v) for v in values}})
    return f"{head}# requirements:\n#   - {example}\n"


def _one_line(text: str) -> str:
    return " ".join(text.split())


class _OneLineDumper(yaml.SafeDumper):
    """Writes text with line breaks in double quotes, so that it stays on its line."""


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None if text.isprintable() else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_OneLineDumper.add_representer(str, _represent_text)


def _flow(value: object) -> str:
    """A value as one line of YAML, quoted where it must be."""
    text = yaml.dump(
        value,
        Dumper=_OneLineDumper,
        default_flow_style=True,
        allow_unicode=True,
        width=10**6,
        sort_keys=False,
    )
    return text.removesuffix("\n").removesuffix("\n...")
