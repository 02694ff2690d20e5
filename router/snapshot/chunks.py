"""Chunks: pages behind one another, compressed, of a size that a server takes at once.

A page is made in a few milliseconds, so whoever writes a snapshot is never busy for long. The
state must not change from the first page to the last.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from router.snapshot.columns import Writing
from router.snapshot.tables import REST, TABLES, Table, columns_in, items_of, rest_of
from router.state import State

__all__ = ("CHUNK_BYTES", "Packing", "pages_of", "unpacked")

PAGE_ROWS_FIRST: Final = 64
PAGE_ROWS_MAX: Final = 1_024
PAGE_BYTES: Final = 128 * 1024
"""Bytes of a page, about: the next has as many rows as seem to fit. What has come to twice as much
is made in two; one row is never divided."""

CHUNK_BYTES: Final = 1024**2
"""Bytes of pages from which on a chunk is closed: compressed, some 100 to 400 KiB."""

UNPACKED_MAX: Final = 64 * CHUNK_BYTES
"""No chunk of ours comes near; what is larger was never a chunk."""

LEVEL: Final = 1
LENGTH_BYTES: Final = 4


class Packing:
    """Pages on their way into chunks."""

    def __init__(self) -> None:
        self._begin()

    def add(self, page: bytes) -> bytes | None:
        """Take in a page; the chunk, if that has filled it."""
        length = len(page).to_bytes(LENGTH_BYTES, "big")
        self._parts += (self._compressor.compress(length), self._compressor.compress(page))
        self._bytes += len(page)
        return self.end() if self._bytes >= CHUNK_BYTES else None

    def end(self) -> bytes | None:
        """The last chunk, if there is anything left for it."""
        if not self._bytes:
            return None
        chunk = b"".join((*self._parts, self._compressor.flush()))
        self._begin()
        return chunk

    def _begin(self) -> None:
        self._compressor = zlib.compressobj(LEVEL)
        self._parts: list[bytes] = []
        self._bytes = 0


def pages_of(state: State) -> Iterator[tuple[str, int, bytes]]:
    """The pages of a state: table, rows, bytes."""
    writing = Writing()
    yield REST, 1, writing.page(REST, 1, rest_of(state))
    for table in TABLES.values():
        items, rows = items_of(state, table), PAGE_ROWS_FIRST
        while some := list(islice(items, rows)):
            for count, page in _pages(writing, table, some):
                yield table.name, count, page
                rows = min(PAGE_ROWS_MAX, 2 * rows, 1 + PAGE_BYTES * count // len(page))


def _pages(
    writing: Writing, table: Table, items: list[tuple[str, Any]]
) -> Iterator[tuple[int, bytes]]:
    """Some rows as one page, or as more where they are large."""
    page = writing.page(table.name, len(items), columns_in(table, items))
    if len(page) <= 2 * PAGE_BYTES or len(items) == 1:
        yield len(items), page
        return
    writing.take_back()
    half = len(items) // 2
    yield from _pages(writing, table, items[:half])
    yield from _pages(writing, table, items[half:])


def unpacked(chunk: bytes) -> Iterator[bytes]:
    """The pages of a chunk. Raises ``zlib.error`` or ``ValueError`` for what is none."""
    unpacker = zlib.decompressobj()
    data = memoryview(unpacker.decompress(chunk, UNPACKED_MAX))
    if not unpacker.eof:
        raise ValueError("a chunk ends before its time")
    at = 0
    while at < len(data):
        begin = at + LENGTH_BYTES
        at = begin + int.from_bytes(data[at:begin], "big")
        if at > len(data):
            raise ValueError("a page ends before its time")
        yield bytes(data[begin:at])
