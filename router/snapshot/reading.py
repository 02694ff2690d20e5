"""Reading a snapshot: chunk by chunk into a state, each checked before it is believed."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterator

import msgspec

from router.errors import BadSnapshot
from router.snapshot.chunks import unpacked
from router.snapshot.columns import Columns, decode_page
from router.snapshot.manifest import Manifest, checksum
from router.snapshot.tables import load
from router.state import State

__all__ = ("Reading",)


class Reading:
    """A snapshot on its way into a state. All methods raise :class:`BadSnapshot`.

    ``keeps`` false: it is only looked at, and takes no more memory than a chunk.
    """

    def __init__(self, manifest: Manifest, *, keeps: bool = True) -> None:
        self._manifest = manifest
        self._keeps = keeps
        self._state = State()
        self._rows: Counter[str] = Counter()
        self._columns = Columns()
        self._chunks = 0

    def take(self, chunk: bytes | None) -> None:
        """Take in the next chunk; None: it is not there."""
        for _ in self.pages(chunk):
            pass

    def pages(self, chunk: bytes | None) -> Iterator[None]:
        """The same, page by page: a few milliseconds with each step, of which all must be taken."""
        number, manifest = self._chunks, self._manifest
        self._chunks += 1
        if chunk is None:
            raise self._bad(f"chunk {number} of {len(manifest.checksums)} is missing")
        if checksum(chunk) != manifest.checksums[number]:
            raise self._bad(f"chunk {number} is torn: its checksum is another one")
        try:
            for data in unpacked(chunk):
                page = decode_page(data)
                load(self._state, page, self._columns)
                self._rows[page.table] += page.rows
                yield
        except (msgspec.MsgspecError, zlib.error, ValueError, IndexError, TypeError) as error:
            raise self._bad(f"chunk {number} cannot be read: {error}") from error
        if not self._keeps:
            self._state = State()

    def state(self) -> State:
        """The state, when all chunks have been taken in."""
        for table, rows in self._manifest.rows.items():
            if self._rows[table] != rows:
                raise self._bad(f"it has {self._rows[table]} of {rows} rows of {table}")
        return self._state

    def _bad(self, detail: str) -> BadSnapshot:
        return BadSnapshot(self._manifest.record_id, detail)
