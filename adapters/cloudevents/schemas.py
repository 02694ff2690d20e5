"""JSON Schemas (draft 7) of events and their envelopes, derived from the event classes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final, get_args

import msgspec
from msgspec import Raw

from adapters.cloudevents.catalog import EVENTS
from adapters.cloudevents.envelope import SPEC_VERSION, type_of
from adapters.desktop import messages
from router.commands import OWN_COMMANDS, Command

__all__ = (
    "COMMANDS",
    "DESKTOP_HEARS",
    "REF",
    "command_schemas",
    "desktop_schemas",
    "envelope_schema",
    "event_schemas",
    "schema_name",
)

REF: Final = "#/components/schemas/{name}"


COMMANDS: Final[tuple[type[msgspec.Struct], ...]] = tuple(
    kind for kind in get_args(Command) if kind not in OWN_COMMANDS
)
"""The commands of docs/protocol.md."""


DESKTOP_HEARS: Final[tuple[type[msgspec.Struct], ...]] = (
    messages.Welcome,
    messages.Work,
    messages.Stands,
    messages.Card,
    messages.DialogueShown,
    messages.MessageSaid,
    messages.Delivered,
    messages.Heartbeat,
    messages.Answer,
    messages.Refusal,
)
"""What the server says to a desktop (docs/desktops.md)."""


def schema_name(kind: str) -> str:
    """The name of an event's schema: that of its class."""
    return EVENTS[kind].__name__


@cache
def event_schemas() -> dict[str, dict[str, Any]]:
    """The schema of each event and of each part that events share, by name."""
    return _schemas(EVENTS.values())


@cache
def command_schemas() -> dict[str, dict[str, Any]]:
    """The schema of each command and of each part that commands share, by name."""
    return _schemas(COMMANDS)


@cache
def desktop_schemas() -> dict[str, dict[str, Any]]:
    """The schema of each message between server and desktop, and of their parts, by name."""
    return _schemas((*DESKTOP_HEARS, messages.Hello))


def envelope_schema(kind: str) -> dict[str, Any]:
    """The schema of the envelope around events of one kind."""
    text = {"type": "string", "minLength": 1}
    return {
        "title": f"{schema_name(kind)}Event",
        "type": "object",
        "required": ["specversion", "id", "source", "type", "data"],
        "properties": {
            "specversion": {"const": SPEC_VERSION},
            "id": {**text, "pattern": r"^\d+-\d+/\d+$", "examples": ["3-120/0"]},
            "source": {**text, "examples": ["/onequeue/main"]},
            "type": {"const": type_of(kind)},
            "subject": {**text, "examples": ["interactions/call-1"]},
            "time": {**text, "format": "date-time"},
            "datacontenttype": {"const": "application/json"},
            "channel": {**text, "description": "Of the interaction in question, where known."},
            "queue": {**text, "description": "Of the interaction in question, where known."},
            "data": {"$ref": REF.format(name=schema_name(kind))},
        },
    }


def _schemas(kinds: Iterable[type[msgspec.Struct]]) -> dict[str, dict[str, Any]]:
    plain = [_without_raw(kind) for kind in kinds]
    _, components = msgspec.json.schema_components(plain, ref_template=REF)
    return {name: _draft_7(schema) for name, schema in components.items()}


def _without_raw(kind: type[msgspec.Struct]) -> type[msgspec.Struct]:
    """The same with packed maps as what they hold, which is what a reader gets to see."""
    fields = msgspec.structs.fields(kind)
    if not any(field.type is Raw for field in fields):
        return kind
    plain: list[tuple[str, Any, Any]] = [
        (field.name, dict[str, Any], msgspec.field(default_factory=dict))
        for field in fields
        if field.type is Raw
    ]
    made = msgspec.defstruct(kind.__name__, plain, bases=(kind,), tag=kind.__struct_config__.tag,
                             kw_only=True, frozen=True)  # fmt: skip
    made.__doc__ = kind.__doc__
    return made


def _draft_7(schema: Any) -> Any:
    """The same in the words of draft 7, which is what AsyncAPI reads without being told."""
    if isinstance(schema, list):
        return [_draft_7(one) for one in schema]
    if not isinstance(schema, Mapping):
        return schema
    words = {name: _draft_7(value) for name, value in schema.items() if name != "discriminator"}
    if "prefixItems" in words:
        words["items"] = words.pop("prefixItems")
    if isinstance(words.get("pattern"), str):
        words["pattern"] = words["pattern"].replace(r"\Z", "$")  # which only Python has
    return words
