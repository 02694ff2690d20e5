"""Rows of a CSV file, as real exports are: quotes with line breaks, short rows, stray quotes.

A fault costs the row that it stands in and nothing else; every line of the file ends up either in a
row or in a reason. Memory holds one record at a time.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple, TextIO

from adapters.send.encoding import SNIFF_CHARACTERS, TableError, detect_delimiter, detect_encoding

__all__ = ("Row", "Table", "Unreadable")

LINE_CHARACTERS_MAX: Final = 16 * 1024**2
"""A single line beyond it is no row of anything."""

RECORD_LINES_MAX: Final = 2_000
"""Lines that one quoted cell may span; beyond it the quote was never meant to be closed."""

UNCLOSED: Final = "a quote is opened here and never closed"


class Row(NamedTuple):
    """One record: its number among the records (from 1), its first line in the file, its cells."""

    number: int
    line: int
    cells: list[str]


class Unreadable(NamedTuple):
    """A record that could not be used: where, and why in words."""

    number: int
    line: int
    reason: str


class Table:
    """A CSV file with a header line. Open it as often as needed: every pass reads it anew."""

    def __init__(
        self, path: Path, encoding: str | None = None, delimiter: str | None = None
    ) -> None:
        """Look at the file. Raises :class:`TableError` or ``OSError``."""
        csv.field_size_limit(LINE_CHARACTERS_MAX)
        self.path = path
        found = detect_encoding(path)
        self.encoding = encoding or found.encoding
        self.notes = [found.note] if found.note and not encoding else []
        sample = self._sample()
        self._skipped_lines = 0
        if sample.lower().startswith("sep="):  # written by and for Excel
            delimiter = delimiter or sample[4:5]
            self._skipped_lines = 1
        self.delimiter = delimiter or detect_delimiter(sample)
        self.header = self._header()

    def rows(self, limit: int | None = None) -> Iterator[Row | Unreadable]:
        """Every record after the header, at most ``limit``."""
        width = len(self.header)
        with self._open() as lines:
            records = _records(lines, self.delimiter)
            next(records)
            for number, (line, cells) in enumerate(records, start=1):
                if limit is not None and number > limit:
                    return
                if isinstance(cells, str):
                    yield Unreadable(number, line, cells)
                elif any(cell.strip() for cell in cells[width:]):
                    reason = f"{len(cells)} cells where the header has {width}"
                    yield Unreadable(number, line, f"{reason}: a delimiter in an unquoted text?")
                else:
                    yield Row(number, line, cells[:width])

    def column(self, name: str) -> int | None:
        """The index of a column by its exact name, else by its name in any case."""
        if name in self.header:
            return self.header.index(name)
        folded = [header.casefold() for header in self.header]
        wanted = name.strip().casefold()
        return folded.index(wanted) if wanted in folded else None

    def _header(self) -> list[str]:
        with self._open() as lines:
            first = next(_records(lines, self.delimiter), None)
        if first is None:
            raise TableError(self.path, "the file is empty; a header line and rows were expected")
        _, cells = first
        if isinstance(cells, str):
            raise TableError(self.path, f"the header line cannot be read: {cells}")
        return _named([cell.strip() for cell in cells])

    def _sample(self) -> str:
        try:
            with self._opened() as stream:
                return stream.read(SNIFF_CHARACTERS)
        except LookupError:
            detail = f"there is no encoding {self.encoding!r}; utf-8, cp1252, latin-1, utf-16 are"
            raise TableError(self.path, detail) from None
        except UnicodeError as error:
            raise TableError(self.path, f"not {self.encoding} text: {error}") from None

    @contextmanager
    def _open(self) -> Iterator[_Lines]:
        with self._opened() as stream:
            lines = _Lines(stream)
            for _ in range(self._skipped_lines):
                lines.take()
            yield lines

    def _opened(self) -> TextIO:
        return self.path.open(encoding=self.encoding, errors="replace", newline="")


class _Lines:
    """Lines of a text with their numbers; lines taken too far can be put back."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._back: deque[str] = deque()
        self.number = 0

    def take(self) -> str | None:
        line = self._back.popleft() if self._back else self._stream.readline(LINE_CHARACTERS_MAX)
        if not line:
            return None
        self.number += 1
        return line

    def put_back(self, lines: Sequence[str]) -> None:
        self._back.extendleft(reversed(lines))
        self.number -= len(lines)


def _records(lines: _Lines, delimiter: str) -> Iterator[tuple[int, list[str] | str]]:
    """Each record with its first line: its cells, or the reason why it has none."""
    while (line := lines.take()) is not None:
        number = lines.number
        if line.strip():
            yield number, _record(line, lines, delimiter)


def _record(line: str, lines: _Lines, delimiter: str) -> list[str] | str:
    gathered = [line]
    while True:
        try:
            return next(csv.reader(gathered, delimiter=delimiter, strict=True))
        except csv.Error as error:
            if "unexpected end of data" not in str(error):
                return _repaired(gathered, lines, delimiter)
        if not _gather_to_quote(gathered, lines):
            lines.put_back(gathered[1:])
            return UNCLOSED


def _gather_to_quote(gathered: list[str], lines: _Lines) -> bool:
    """Take lines up to the next that can close the quote; False when there is none."""
    while len(gathered) < RECORD_LINES_MAX and (line := lines.take()) is not None:
        gathered.append(line)
        if '"' in line:
            return True
    return False


def _repaired(gathered: list[str], lines: _Lines, delimiter: str) -> list[str] | str:
    """A record that breaks the rules of quoting: read one line leniently, give several back."""
    if len(gathered) > 1:
        lines.put_back(gathered[1:])
        return UNCLOSED
    try:
        return next(csv.reader(gathered, delimiter=delimiter))
    except csv.Error as error:
        return str(error)


def _named(cells: list[str]) -> list[str]:
    """Names for every column: empty ones are numbered, repeated ones too."""
    names: list[str] = []
    for index, cell in enumerate(cells, start=1):
        name = cell or f"column {index}"
        count = 2
        while name in names:
            name = f"{cell or f'column {index}'} ({count})"
            count += 1
        names.append(name)
    return names
