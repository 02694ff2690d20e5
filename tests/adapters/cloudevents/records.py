"""A journal to read from: real records, as a release has written them, and small ones made up."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import msgspec

__all__ = ("NOW_MS", "golden", "record")

NOW_MS = 1_700_000_000_123
GOLDEN = Path(__file__).parents[2] / "golden" / "0.1.0.journal"


def golden() -> list[tuple[str, bytes]]:
    """The golden journal, record by record."""
    found: list[tuple[str, bytes]] = msgspec.msgpack.decode(
        zlib.decompress(GOLDEN.read_bytes()), type=list[tuple[str, bytes]]
    )
    return found


def record(*events: dict[str, Any], now_ms: int = NOW_MS) -> bytes:
    """A record with these events."""
    return msgspec.msgpack.encode(
        {"v": 1, "now_ms": now_ms, "position": "0-0", "consumed": 0, "prev": bytes(8),
         "events": list(events)}
    )  # fmt: skip
