"""Redaction: nothing that is marked gets through, and nothing else is touched."""

from __future__ import annotations

import json
from typing import Any

import msgpack
import msgspec
import pytest

from adapters.privacy.marks import EVERYTHING, NOTHING, Marks
from adapters.privacy.redaction import REDACTED, redact, redact_payload
from router.commands import Command
from router.events import Event

PLANTED = "Zaphod 0800-PLANTED"
CREATED: dict[str, Any] = {
    "type": "interaction_created",
    "interaction_id": "call-1",
    "customer_id": PLANTED,
    "conversation_id": PLANTED,
    "attributes": {"name": PLANTED, "number": {"home": [PLANTED]}, "site": "paris"},
    "requirements": [
        {"skill": "french", "level": 2},
        {"all": [{"not": {"expression": f"agent.knows == '{PLANTED}'"}}]},
    ],
    "given": {"queue": "sales", "requirements": [{"expression": PLANTED}]},
}
MESSAGES: list[dict[str, Any]] = [
    CREATED,
    {"type": "interaction_noted", "interaction_id": "c", "text": PLANTED, "author": PLANTED},
    {"type": "interaction_cancelled", "interaction_id": "c", "waited_ms": 1, "reason": PLANTED},
    {"type": "interaction_completed", "interaction_id": "c", "outcome": PLANTED},
    {"type": "rejected", "command": "create", "code": "invalid", "detail": f"no {PLANTED}"},
    {"type": "offer", "customer_id": PLANTED, "notes": [{"at_ms": 1, "text": PLANTED}]},
    {"type": "offer_over", "outcome": "declined", "reason": PLANTED},
    {"type": "create", "attributes": {"x": PLANTED}, "suspension": {"reason": PLANTED}},
]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: str(message["type"]))
def test_nothing_that_is_marked_gets_through(message: dict[str, Any]) -> None:
    found = redact(message, EVERYTHING)
    assert PLANTED not in json.dumps(found)
    assert found.keys() == message.keys()
    assert REDACTED in json.dumps(found)


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: str(message["type"]))
def test_nothing_is_touched_that_is_not_marked(message: dict[str, Any]) -> None:
    before = json.dumps(message)
    assert redact(message, NOTHING) == message
    redact(message, EVERYTHING)
    assert json.dumps(message) == before


def test_attributes_are_marked_by_name() -> None:
    found = redact(CREATED, Marks(frozenset(("name",))))
    expected = CREATED["attributes"] | {"name": REDACTED}
    assert found == CREATED | {"attributes": expected}


@pytest.mark.parametrize(
    "message",
    [
        {"type": "agent_logged_in", "agent_id": "ada", "attributes": {"name": "ada"}},
        {"type": "agent_unavailable", "agent_id": "ada", "reason": "lunch"},
        {"type": "offer_rescinded", "offer_id": "1-1", "reason": "taken"},
        {"type": "offer_over", "offer_id": "1-1", "outcome": "declined", "reason": ""},
    ],
)
def test_what_is_of_agents_or_the_engine_is_no_customers(message: dict[str, Any]) -> None:
    assert redact(message, EVERYTHING) == message


NOT_PERSONAL = {
    "interaction_id", "offer_id", "agent_id", "channel", "queue", "label", "producer", "cause",
    "command", "target", "command_id", "reply_to", "inbox", "name", "rule", "code", "field",
    "version", "if_version", "state", "router_id", "release", "first", "last", "changed_by",
    "comment", "activity", "encoding", "ended_by", "profile", "to_agent", "op", "type",
}  # fmt: skip
"""Texts that are words of the platform's: names of the policy, ids, and who runs it."""


@pytest.mark.parametrize(
    "kind", [*Event.__args__, *Command.__args__], ids=lambda kind: kind.__name__
)
def test_every_text_of_a_message_was_thought_of(kind: type[msgspec.Struct]) -> None:
    """A text field that is added later must be redacted, or be listed above."""
    tag = str(kind.__struct_config__.tag)
    if tag.startswith("agent_"):
        return
    fields = [
        field.name
        for field in msgspec.structs.fields(kind)
        if "str" in str(field.type) and field.name not in NOT_PERSONAL
    ]
    unknown = [
        name
        for name in fields
        if name not in {"requirements", "given", "reason"}
        and REDACTED not in str(redact({"type": tag, name: PLANTED}, EVERYTHING)[name])
    ]
    allowed = {
        "policy", "decision", "preferred", "excluded_agents", "classified_by", "overflowed",
        "link", "history", "opened", "closed", "prices_ppm", "offer_ids", "suspension", "direct",
    }  # fmt: skip
    assert set(unknown) <= allowed


@pytest.mark.parametrize("pack", [msgpack.packb, lambda value: json.dumps(value).encode()])
def test_a_payload_that_is_a_map_is_redacted_by_its_fields(pack: Any) -> None:
    found = redact_payload(pack({"type": "create", "customer_id": PLANTED, "x": 1}), EVERYTHING)
    assert found == {"type": "create", "customer_id": REDACTED, "x": 1}


def test_any_other_payload_is_told_by_its_length() -> None:
    payload = f"\xff{PLANTED}".encode("latin-1")
    assert redact_payload(payload, EVERYTHING) == f"{REDACTED} {len(payload)} bytes"
    assert PLANTED in redact_payload(payload, NOTHING)
    assert redact_payload(b"[" * 100_000, EVERYTHING) == f"{REDACTED} 100000 bytes"
