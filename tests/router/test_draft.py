"""Entries become inputs: nothing arrives in the future, nor does an age begin there."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from router.commands import Create
from router.draft import decode_batch
from router.inputs import Input
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
    ("origin_ms", "counts_ms"), [(None, None), (4_000, 4_000), (6_000, 5_000), (9_000, 5_000)]
)
def test_entry_from_ahead_arrives_now_with_an_age_that_began_by_then(
    origin_ms: int | None, counts_ms: int | None
) -> None:
    """Redis' clock was set back after the entry came, and after an edge had noted when."""
    item, create = arrived(9_000, 5_000, origin_ms=origin_ms)
    assert (item.at_ms, create.origin_ms) == (5_000, counts_ms)


def test_origin_after_its_own_entry_is_left_to_be_refused() -> None:
    _, create = arrived(9_000, 5_000, origin_ms=9_001)
    assert create.origin_ms == 9_001
