"""The checker's tables are those of docs/protocol.md, and it reads nothing else."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgpack
import pytest

from adapters.verify.wire import (
    EVENT_FIELDS,
    Unreadable,
    complete_event,
    read_record,
    read_work_entry,
    split_id,
)
from tests.adapters.verify.story import Story

PAGE = Path(__file__).parents[3] / "docs" / "protocol.md"


def documented() -> dict[str, set[tuple[str, bool]]]:
    """Events of the page: each field's name, and whether it has a default."""
    section = PAGE.read_text().split("\n## Events\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| (`.*) \|$", section, re.MULTILINE)
    return {
        kind: {
            (name, bool(default))
            for name, default in re.findall(r"`(\w+)`( \[[^]]*\])?", re.sub(r"\(.*?\)", "", fields))
        }
        for kind, fields in rows
    }


def test_the_event_table_is_that_of_the_page() -> None:
    page = documented()
    assert set(page) == set(EVENT_FIELDS)
    for kind, fields in EVENT_FIELDS.items():
        names = {name for name, _ in page[kind]}
        assert names == set(fields), kind


@pytest.mark.parametrize("kind", sorted(EVENT_FIELDS))
def test_what_has_a_default_on_the_page_may_be_left_out(kind: str) -> None:
    optional = {name for name, has_default in documented()[kind] if has_default}
    samples: dict[type, Any] = {str: "x", int: 1, bool: True, dict: {}, list: []}
    event = {name: samples[wanted] for name, (wanted, _) in EVENT_FIELDS[kind].items()}
    for name in EVENT_FIELDS[kind]:
        without = {"type": kind, **{n: v for n, v in event.items() if n != name}}
        if name in optional:
            assert name in complete_event(without)
        else:
            with pytest.raises(Unreadable, match=name):
                complete_event(without)


def test_a_record_with_fields_of_a_later_release() -> None:
    _, data = Story().records[0]
    later = msgpack.packb(msgpack.unpackb(data) | {"colour": "green"})
    assert read_record(later) == read_record(data)


@pytest.mark.parametrize("text", ["", "1", "1-", "-1", "a-1", "1-1-1", "+1-0"])
def test_what_is_no_stream_id(text: str) -> None:
    with pytest.raises(Unreadable):
        split_id(text)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "exactly one field"),
        ({b"m": b"\x80", b"j": b"{}"}, "exactly one field"),
        ({b"x": b"{}"}, "not 'm' or 'j'"),
        ({b"m": b"\x01"}, "not a msgpack map"),
        ({b"j": b"[]"}, "not a JSON object"),
        ({b"j": b"{"}, "not readable as JSON"),
        ({b"j": b"{}"}, "no type"),
    ],
)
def test_work_entries_that_cannot_be_read(fields: dict[bytes, bytes], words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        read_work_entry(fields)
