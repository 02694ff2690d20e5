"""Entries become inputs: nothing arrives in the future, nor does an age begin there."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from router.commands import Create
from router.draft import decode_batch
from router.inputs import Input
from router.limits import ORIGIN_AHEAD_MS_MAX
from router.ports import InboundEntry

CREATE = {"type": "create", "interaction_id": "i", "channel": "chat"}


def arrived(at_ms: int, now_ms: int, **fields: Any) -> tuple[Input, Create]:
    data = msgspec.msgpack.encode({**CREATE, **fields})
    batch = decode_batch((), [InboundEntry(f"{at_ms}-0", at_ms, {b"m": data})], now_ms)
    (item,) = batch.inputs
    assert isinstance(item.command, Create)
    return item, item.command


def test_entry_arrives_when_its_id_says() -> None:
    item, create = arrived(1_000, 5_000, origin_ms=900)
    assert (item.at_ms, create.origin_ms) == (1_000, 900)


@pytest.mark.parametrize(
    ("at_ms", "origin_ms", "counts_ms"),
    [
        (9_000, None, None),
        (9_000, 4_000, 4_000),
        (9_000, 6_000, 5_000),
        (4_000, 5_000, 4_000),
        (4_000, 4_000 + ORIGIN_AHEAD_MS_MAX, 4_000),
        (4_000, 4_001 + ORIGIN_AHEAD_MS_MAX, 4_001 + ORIGIN_AHEAD_MS_MAX),
        (900_000, 900_000, 5_000),
        (900_000, 900_001, 900_001),
    ],
)
def test_nothing_comes_from_ahead_and_no_age_begins_there(
    at_ms: int, origin_ms: int | None, counts_ms: int | None
) -> None:
    """Redis' clock was set back after an entry came, or after an edge had noted when it did."""
    item, create = arrived(at_ms, 5_000, origin_ms=origin_ms)
    assert (item.at_ms, create.origin_ms) == (min(at_ms, 5_000), counts_ms)
