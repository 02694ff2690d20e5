"""The AsyncAPI 3.0 document: every channel on which OneQueue tells or takes something."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from msgspec import Struct

from adapters.cloudevents.catalog import EVENTS, summary_of
from adapters.cloudevents.envelope import CONTENT_TYPE, type_of
from adapters.cloudevents.schemas import (
    COMMANDS,
    DESKTOP_HEARS,
    REF,
    command_schemas,
    desktop_schemas,
    envelope_schema,
    event_schemas,
    schema_name,
)
from adapters.desktop import messages
from adapters.process.release import release

__all__ = ("asyncapi_document",)

MSGPACK: Final = "application/msgpack"
TENANT: Final = {
    "description": "The tenant in braces, as {main}: the hash tag of all of its keys.",
    "examples": ["{main}"],
}
INBOX: Final = {"description": "The inbox that logins of agents name.", "examples": ["desk-1"]}
TEXT: Final = {"type": "string"}


def asyncapi_document() -> dict[str, Any]:
    """The document, made from the classes of events and commands."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "OneQueue",
            "version": release(),
            "description": "Events out: over HTTP, by webhooks, and over Redis streams. The words "
            "are those of docs/protocol.md and docs/events.md.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": _servers(),
        "channels": {
            "events": _events_channel(),
            "webhook": _webhook_channel(),
            "desktop": _desktop_channel(),
            "journal": _journal_channel(),
            "work": _work_channel(),
            "inbound": _inbound_channel(),
            "webhookDeadLetter": _dead_letter_channel(),
        },
        "operations": _operations(),
        "components": {
            "schemas": {**command_schemas(), **desktop_schemas(), **event_schemas()},
            "messages": {schema_name(kind): _event_message(kind) for kind in EVENTS},
        },
    }


def _servers() -> dict[str, Any]:
    return {
        "api": {
            "host": "localhost:8080",
            "protocol": "https",
            "description": "onequeue api: the bearer of an API key or a token reads events.",
        },
        "redis": {
            "host": "localhost:6379",
            "protocol": "redis",
            "description": "The Redis or Valkey of the tenant, for those who read streams.",
        },
    }


def _events_channel() -> dict[str, Any]:
    return {
        "address": "/v1/events",
        "title": "Server-sent events",
        "description": "text/event-stream: `id` is the position, `data` the envelope. Goes on "
        "where Last-Event-ID says; query: types, queue, channel, agent, subject, from.",
        "servers": [{"$ref": "#/servers/api"}],
        "messages": _all_events(),
        "bindings": {"http": {}},
    }


def _webhook_channel() -> dict[str, Any]:
    return {
        "address": None,
        "title": "Webhooks",
        "description": "POST to the URL of a subscription, signed by Standard Webhooks: "
        "webhook-id, webhook-timestamp, webhook-signature.",
        "messages": _all_events(),
    }


def _desktop_channel() -> dict[str, Any]:
    said = {
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"enum": list(messages.FIELDS)}, "id": {}},
    }
    heard = {kind.__name__: {"payload": _ref(kind.__name__)} for kind in DESKTOP_HEARS}
    return {
        "address": "/v1/desktop",
        "title": "Agents' desktops",
        "description": "WebSocket, JSON or msgpack, one for each desktop. A desktop says hello, "
        "then commands with an id of its own; it hears work, what is said in its agent's "
        "conversations, and answers (docs/desktops.md).",
        "servers": [{"$ref": "#/servers/api"}],
        "messages": {
            **heard,
            "Hello": {"payload": _ref(messages.Hello.__name__)},
            "Command": {"payload": said},
        },
        "bindings": {"ws": {"method": "GET"}},
    }


def _journal_channel() -> dict[str, Any]:
    record = {
        "type": "object",
        "required": ["v", "now_ms", "position", "consumed", "prev", "events"],
        "properties": {
            "v": {"const": 1},
            "now_ms": {"type": "integer"},
            "position": TEXT,
            "consumed": {"type": "integer"},
            "partial": {"type": "boolean"},
            "timers_upto_ms": {"type": "integer"},
            "prev": {"description": "BLAKE2b-64 of the previous record, 8 bytes."},
            "events": {
                "type": "array",
                "items": {"oneOf": [_ref(schema_name(kind)) for kind in EVENTS]},
            },
        },
    }
    return _stream("onequeue:{tenant}:journal", "The journal", "record", record,
                   "Entry field `r`. Every fact, in order, under explicit ids.")  # fmt: skip


def _work_channel() -> dict[str, Any]:
    entry = {
        "type": "object",
        "required": ["type"],
        "properties": {"type": TEXT, "agent_id": TEXT, "interaction_id": TEXT, "offer_id": TEXT},
    }
    return _stream("onequeue:{tenant}:work:{inbox}", "Work streams", "entry", entry,
                   "Entry field `m`, or `j` (JSON): docs/protocol.md.", inbox=INBOX)  # fmt: skip


def _inbound_channel() -> dict[str, Any]:
    commands = {"oneOf": [_ref(kind.__name__) for kind in COMMANDS]}
    return _stream("onequeue:{tenant}:inbound", "Commands", "command", commands,
                   "Entry field `m`, or `j` (JSON), added with the id *.")  # fmt: skip


def _dead_letter_channel() -> dict[str, Any]:
    names = ("subscription", "webhook_id", "position", "reason", "status", "attempts", "failed_ms")
    letter = {"type": "object", "required": list(names),
              "properties": dict.fromkeys((*names, "body"), TEXT)}  # fmt: skip
    return _stream("onequeue:{tenant}:webhook-dead-letter", "Dead letters of webhooks", "letter",
                   letter, "Fields of the entry: what no receiver has taken.")  # fmt: skip


def _stream(
    address: str, title: str, name: str, payload: dict[str, Any], text: str, **parameters: Any
) -> dict[str, Any]:
    return {
        "address": address,
        "title": title,
        "description": text,
        "servers": [{"$ref": "#/servers/redis"}],
        "parameters": {"tenant": TENANT, **parameters},
        "messages": {name: {"title": title, "contentType": MSGPACK, "payload": payload}},
        "bindings": {"redis": {}},
    }


def _operations() -> dict[str, Any]:
    told = "OneQueue tells"
    return {
        "tellEvents": _operation("send", "events", f"{told} who has asked for events.", _kinds()),
        "postWebhook": {
            **_operation("send", "webhook", f"{told} the receiver of a subscription.", _kinds()),
            "bindings": {"http": {"method": "POST"}},
        },
        "tellDesktop": _operation(
            "send", "desktop", f"{told} the desktop of an agent.", _names(DESKTOP_HEARS)
        ),
        "hearDesktop": _operation(
            "receive", "desktop", "OneQueue hears a desktop.", ("Hello", "Command")
        ),
        "writeJournal": _operation("send", "journal", "The leading router writes.", ("record",)),
        "tellAgents": _operation("send", "work", f"{told} the agents' gateways.", ("entry",)),
        "takeCommands": _operation("receive", "inbound", "OneQueue takes commands.", ("command",)),
        "keepDeadLetters": _operation(
            "send", "webhookDeadLetter", "What was given up is kept.", ("letter",)
        ),
    }


def _operation(action: str, channel: str, summary: str, messages: Iterable[str]) -> dict[str, Any]:
    where = f"#/channels/{channel}"
    return {
        "action": action,
        "channel": {"$ref": where},
        "summary": summary,
        "messages": [{"$ref": f"{where}/messages/{name}"} for name in messages],
    }


def _names(kinds: Iterable[type[Struct]]) -> list[str]:
    return [kind.__name__ for kind in kinds]


def _kinds() -> list[str]:
    return [schema_name(kind) for kind in EVENTS]


def _all_events() -> dict[str, Any]:
    return {name: {"$ref": f"#/components/messages/{name}"} for name in _kinds()}


def _event_message(kind: str) -> dict[str, Any]:
    return {
        "name": type_of(kind),
        "title": schema_name(kind),
        "summary": summary_of(kind),
        "contentType": CONTENT_TYPE,
        "payload": envelope_schema(kind),
    }


def _ref(name: str) -> dict[str, str]:
    return {"$ref": REF.format(name=name)}
