"""What is left of what was said when a customer is forgotten."""

from __future__ import annotations

import json
from typing import Any

import pytest

from adapters.privacy.said import ATTACHMENTS_TOLD_MAX, Said
from adapters.privacy.subject import Subject

MIA = Subject(customer_id="mia", interactions=["i-1"], conversations=["of mia"])


def entry(**fields: Any) -> dict[bytes, bytes]:
    return {b"m": json.dumps(fields).encode()}


@pytest.mark.parametrize(
    ("fields", "is_theirs"),
    [
        ({"customer_id": "mia", "conversation_id": "elsewhere"}, True),
        ({"conversation_id": "of mia"}, True),
        ({"customer_id": "max", "conversation_id": "of mia"}, False),
        ({"conversation_id": "of max"}, False),
    ],
)
def test_whose_a_message_is(fields: dict[str, str], is_theirs: bool) -> None:
    there = entry(**fields)
    assert Said(MIA).in_dialogue("1-1", there) == (None if is_theirs else there)


def test_what_cannot_be_read_is_left() -> None:
    for data in (b"\xff", b"[1]", b""):
        assert Said(MIA).in_dialogue("1-1", {b"m": data}) == {b"m": data}


def test_attachments_of_theirs_are_named_once() -> None:
    said = Said(MIA)
    assert said.remains == []
    uris = [f"file:///{number}" for number in range(ATTACHMENTS_TOLD_MAX + 2)]
    for _ in range(2):
        for uri in uris:
            said.in_dialogue("1-1", entry(customer_id="mia", attachments=[{"uri": uri}]))
    said.in_dialogue("1-1", entry(customer_id="max", attachments=[{"uri": "file:///max"}]))
    (told,) = said.remains
    assert told.startswith("22 attachments, which their adapters keep: file:///0, file:///1, ")
    assert told.endswith("file:///19 and 2 more")
