"""Lines of exported audit files: one entry each, as JSON, chained by hashes.

::

    {"number", "id", "inbound", "entry": {… "seal"}, "prev", "hash", "content": {"salt", …}}

``hash`` is BLAKE2b-256 of all that stands before it, in its canonical form; ``prev`` is the hash of
the line before. The content (before and after) is covered by the seal within the entry alone: so it
can be erased, and the chain still proves that nothing else was changed.
"""

from __future__ import annotations

import json
from hashlib import blake2b
from hmac import compare_digest
from typing import Any, Final

import msgspec
from msgspec import Struct, structs

from adapters.audit.entry import AuditEntry

__all__ = ("GENESIS", "Line", "LineFault", "decode_line", "line_after", "require_follows")

HASH_BYTES: Final = 32
GENESIS: Final = "0" * (2 * HASH_BYTES)
"""``prev`` of the first line."""


class LineFault(Exception):
    """A line is not what was written, or does not follow; the text says how."""


class Line(Struct, frozen=True, kw_only=True):
    """An exported entry. ``number`` counts all that were ever added to the stream, from 1: a gap
    is entries that were dropped before they were exported."""

    number: int
    id: str
    inbound: str
    entry: AuditEntry
    prev: str
    hash: str

    def to_bytes(self) -> bytes:
        """The line as it stands in a file."""
        told = self._covered()
        told["hash"] = self.hash
        told["content"] = None if self.entry.erased else self._content()
        return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"

    def erased(self) -> Line:
        """The same line without the entry's before and after."""
        return structs.replace(self, entry=self.entry.without_content())

    def digest(self) -> str:
        """The hash that the line must have."""
        canonical = json.dumps(self._covered(), sort_keys=True, separators=(",", ":")).encode()
        return blake2b(canonical, digest_size=HASH_BYTES).hexdigest()

    def _covered(self) -> dict[str, Any]:
        core = msgspec.to_builtins(self.entry.core)
        core["seal"] = self.entry.seal.hex()
        return {
            "number": self.number,
            "id": self.id,
            "inbound": self.inbound,
            "entry": core,
            "prev": self.prev,
        }

    def _content(self) -> dict[str, Any]:
        entry = self.entry
        return {"salt": entry.salt.hex(), "before": entry.before, "after": entry.after}


def line_after(prev: str, number: int, entry_id: str, inbound: str, entry: AuditEntry) -> Line:
    """The line of an entry, behind the line with that hash."""
    line = Line(number=number, id=entry_id, inbound=inbound, entry=entry, prev=prev, hash="")
    return structs.replace(line, hash=line.digest())


def decode_line(data: bytes) -> Line:
    """A line of a file. Raises :class:`LineFault` if it cannot be read."""
    try:
        told = json.loads(data)
        core, content = told["entry"], told["content"]
        fields = {**core, "seal": bytes.fromhex(core["seal"])}
        if content is None:
            fields["erased"] = True
        else:
            fields |= {**content, "salt": bytes.fromhex(content["salt"])}
        entry = msgspec.convert(fields, AuditEntry, builtin_types=(bytes,))
        names = ("number", "id", "inbound", "prev", "hash")
        return msgspec.convert({**{n: told[n] for n in names}, "entry": entry}, Line)
    except (ValueError, KeyError, TypeError, AttributeError, msgspec.ValidationError) as error:
        raise LineFault(f"it cannot be read ({type(error).__name__}: {error})") from None


def require_follows(line: Line, before: Line | None) -> None:
    """Check a line: its hash, its seal, and that it follows the line before (None: it is the first
    of all). Raises :class:`LineFault`."""
    if not compare_digest(line.digest(), line.hash):
        raise LineFault("it was changed: it does not have its hash")
    if not line.entry.is_sound:
        raise LineFault("its before or after was changed: they do not fit their seal")
    prev = GENESIS if before is None else before.hash
    if line.prev != prev:
        raise LineFault("a line before it is missing, or another one: its prev is not its hash")
    if before is not None and line.number <= before.number:
        raise LineFault(f"its number is {line.number}, that of the line before {before.number}")
