"""How a table was written: its encoding and its delimiter, found by looking."""

from __future__ import annotations

import codecs
import csv
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Final

from router.errors import CallerError

__all__ = ("TableError", "TextFormat", "detect_delimiter", "detect_encoding")

CHUNK_BYTES: Final = 1_048_576
SAMPLE_RECORDS: Final = 30
DELIMITERS: Final = (",", ";", "\t", "|")
SNIFF_CHARACTERS: Final = 65_536

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NOT_TABLES: Final = (
    (b"PK\x03\x04", "an Excel workbook or a ZIP archive: save it as CSV first"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook: save it as CSV first"),
    (b"\x1f\x8b", "compressed (gzip): unpack it first"),
    (b"%PDF", "a PDF"),
    (b"PAR1", "a Parquet file: export it as CSV first"),
)


class TableError(CallerError):
    """A file that is no table: ``path`` and what is wrong with it."""

    def __init__(self, path: Path, detail: str) -> None:
        super().__init__(path, detail)
        self.path = path
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.path}: {self.detail}"


@dataclass(frozen=True, slots=True)
class TextFormat:
    """An encoding, and a note for the reader where it was not plain UTF-8."""

    encoding: str
    note: str = ""


def detect_encoding(path: Path) -> TextFormat:
    """Look through the whole file: UTF-8 unless it cannot be.

    Raises :class:`TableError` for what is no text, and ``OSError``.
    """
    with path.open("rb") as stream:
        head = stream.read(4_096)
        for magic, kind in _NOT_TABLES:
            if head.startswith(magic):
                raise TableError(path, f"this is {kind}")
        for mark, encoding in _MARKS:
            if head.startswith(mark):
                return TextFormat(encoding)
        wide = _wide_encoding(head)
        if wide:
            return TextFormat(wide, f"read as {wide.upper()}")
        stream.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        broken = multibyte = 0
        while chunk := stream.read(CHUNK_BYTES):
            text = decoder.decode(chunk)
            broken += text.count("\ufffd")
            multibyte += len(chunk) - len(text)
    if not broken:
        return TextFormat("utf-8")
    if multibyte > broken:
        return TextFormat("utf-8", f"{broken} broken UTF-8 sequences were replaced by \ufffd")
    return TextFormat("cp1252", "not UTF-8: read as Windows-1252 (set `encoding` if it is not)")


def _wide_encoding(head: bytes) -> str:
    """UTF-16 without a mark shows as a zero in every other byte."""
    half = len(head) // 2
    if half < 4:
        return ""
    if head[1::2].count(0) > half * 0.8:
        return "utf-16-le"
    return "utf-16-be" if head[0::2].count(0) > half * 0.8 else ""


def detect_delimiter(sample: str) -> str:
    """The delimiter that cuts the most records into as many cells as the first one has."""
    return max(DELIMITERS, key=lambda delimiter: _agreement(sample, delimiter))


def _agreement(sample: str, delimiter: str) -> tuple[float, int]:
    widths: list[int] = []
    for record in csv.reader(StringIO(sample[:SNIFF_CHARACTERS], newline=""), delimiter=delimiter):
        if record:
            widths.append(len(record))
        if len(widths) > SAMPLE_RECORDS:
            break
    if not widths or widths[0] < 2:
        return (0.0, 0)
    return (sum(width == widths[0] for width in widths) / len(widths), widths[0])
