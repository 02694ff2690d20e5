"""Inputs of the engine: inbound entries decoded into commands, or into the fault they have.

Nothing here raises on bad input: whatever stands in the stream becomes a value that the engine can
answer, with the code, the words and the field that docs/protocol.md promises.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeAlias

import msgspec

from router import limits
from router.commands import (
    COMMAND_TYPES,
    OWN_COMMANDS,
    AgentAttributes,
    AgentLogin,
    Assign,
    Command,
    Create,
    InquireVersion,
    OfferTo,
    Transfer,
    Update,
    target_of,
)
from router.eligibility.profile import PROFILE, SKILLS
from router.eligibility.tree import wrong_in

__all__ = ("DEAD_LETTER_CODES", "Fault", "Input", "decode_entry", "refusal")

DETAIL_MAX: Final = 2_000
FIELD_MAX: Final = 200
"""Longest field that a rejection names: a key of the input may be as long as the input."""

# of these, ValueError covers bad UTF-8 and msgspec's own errors about numbers out of range
_UNREADABLE = (msgspec.MsgspecError, ValueError, RecursionError, OverflowError)

DEAD_LETTER_CODES = frozenset({"malformed", "too_large", "unknown_type", "invalid"})


class Fault(NamedTuple):
    """An inbound entry that is no command; what can be told of it is kept for the answer."""

    code: str
    detail: str
    field: str = ""
    command: str = ""
    target: str = ""
    command_id: str = ""
    reply_to: str = ""
    agent_id: str = ""
    if_version: str = ""
    version: str = ""


class Input(NamedTuple):
    """One command (or fault) with its inbound id and arrival time; "" is the service itself."""

    entry_id: str
    at_ms: int
    command: Command | Fault
    is_json: bool = False


Fields: TypeAlias = dict[bytes, bytes]

_decoder: msgspec.msgpack.Decoder[Command] = msgspec.msgpack.Decoder(Command)
_flat_attributes: Final = msgspec.msgpack.Decoder(dict[str, str | int | float | bool | None])
"""Attributes as nearly all are: what these can be read as needs no further look."""

_AT = re.compile(r" - at `(?:key in )?\$\.?(?P<field>[^`]*)`$")
_UNKNOWN_FIELD = re.compile(r"unknown field `(?P<field>[^`]*)`")
_MISSING_FIELD = re.compile(r"missing required field `(?P<field>[^`]*)`")


def decode_entry(entry_id: str, at_ms: int, fields: Fields) -> Input:
    """The command in one inbound entry, or its fault."""
    try:
        command = _decode(fields)
    except Exception as error:  # noqa: BLE001  # no entry, whatever it holds, may stop the router
        command = Fault("malformed", f"cannot be read: {type(error).__name__}")
    if isinstance(command, Fault):
        command = _shortened(command)
    return Input(entry_id, at_ms, command, is_json=b"j" in fields)


def refusal(command: Command, code: str, detail: str, field: str = "", version: str = "") -> Fault:
    """The fault of a command that could be read, and cannot be carried out; ``version`` is that of
    what it is about, where the command names another."""
    if_version: str = getattr(command, "if_version", "") if version else ""
    return _shortened(
        Fault(
            code,
            detail,
            field,
            command=str(command.__struct_config__.tag),
            target=target_of(command),
            command_id=command.command_id,
            reply_to=command.reply_to or "",
            agent_id=_sender_of(command),
            if_version=if_version,
            version=version,
        )
    )


def _sender_of(command: Command) -> str:
    """The agent who has sent a command; "" where whoever it names need not be the sender."""
    named: str | None = getattr(command, "agent_id", "")
    return "" if isinstance(command, OfferTo | Assign | InquireVersion) else named or ""


def _shortened(fault: Fault) -> Fault:
    """Cut the texts of a rejection where they would grow with the input that it is about."""
    return fault._replace(detail=_cut(fault.detail, DETAIL_MAX), field=_cut(fault.field, FIELD_MAX))


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _decode(fields: Fields) -> Command | Fault:
    packed = fields.get(b"m")
    if packed is None or len(fields) > 1 or len(packed) > limits.COMMAND_BYTES_MAX:
        return _decode_other(fields)
    return _decode_packed(packed)


def _decode_other(fields: Fields) -> Command | Fault:
    size = sum(map(len, fields.values()))
    if size > limits.COMMAND_BYTES_MAX:
        return Fault("too_large", f"{size} bytes; at most {limits.COMMAND_BYTES_MAX} are taken")
    if len(fields) != 1 or b"j" not in fields:
        return Fault(
            "malformed", "an entry has exactly one field: m (msgpack map) or j (JSON object)"
        )
    return _decode_json(fields[b"j"])


def _decode_json(data: bytes) -> Command | Fault:
    try:
        packed = msgspec.msgpack.encode(msgspec.json.decode(data))
    except _UNREADABLE as error:
        return Fault("malformed", f"not readable as JSON: {error}")
    return _decode_packed(packed)


def _decode_packed(packed: bytes) -> Command | Fault:
    try:
        command = _decoder.decode(packed)
    except msgspec.ValidationError as error:
        return _explain(packed, str(error))
    except _UNREADABLE as error:
        return Fault("malformed", f"not readable as msgpack: {error}")
    return _check_further(command, packed)


def _check_further(command: Command, packed: bytes) -> Command | Fault:
    if isinstance(command, OWN_COMMANDS):
        return _fault_of(packed, "unknown_type", "this is the router's own command", "type")
    wrong = _FURTHER.get(type(command))
    return wrong(command, packed) if wrong is not None else command


def _check_create(command: Create, packed: bytes) -> Command | Fault:
    return _wrong_requirements(command, packed) or _check_attributes(command, packed)


def _check_asked(command: Update | Transfer, packed: bytes) -> Command | Fault:
    return _wrong_requirements(command, packed) or command


def _wrong_requirements(command: Create | Update | Transfer, packed: bytes) -> Fault | None:
    wrong = wrong_in(command.requirements or ())
    return None if wrong is None else _fault_of(packed, "invalid", wrong.detail, wrong.field)


def _check_agent(command: AgentLogin | AgentAttributes, packed: bytes) -> Command | Fault:
    """Attributes of an agent: small, of finite numbers, and not in the way of skills."""
    if not command.attributes:
        return command
    size = len(msgspec.msgpack.encode(command.attributes))
    if size > limits.AGENT_ATTRIBUTES_BYTES_MAX:
        most = limits.AGENT_ATTRIBUTES_BYTES_MAX
        detail = f"attributes take {size} bytes; at most {most} are taken"
        return _fault_of(packed, "too_large", detail, "attributes")
    for reserved, found in ((SKILLS, "levels"), (PROFILE, "routing profile")):
        if reserved in command.attributes:
            detail = f"is where expressions find the agent's {found}; choose another name"
            return _fault_of(packed, "invalid", detail, f"attributes.{reserved}")
    for name, value in command.attributes.items():
        if not all(map(_is_finite, value if isinstance(value, list) else (value,))):
            detail = "must be a number, neither infinite nor NaN"
            return _fault_of(packed, "invalid", detail, f"attributes.{name}")
    return command


def _is_finite(value: object) -> bool:
    return not isinstance(value, float) or math.isfinite(value)


def _check_attributes(command: Create, packed: bytes) -> Command | Fault:
    size = len(bytes(command.attributes))
    if size > limits.ATTRIBUTES_BYTES_MAX:
        detail = f"attributes take {size} bytes; at most {limits.ATTRIBUTES_BYTES_MAX} are taken"
        return _fault_of(packed, "too_large", detail, "attributes")
    try:
        _flat_attributes.decode(command.attributes)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return _check_nested_attributes(command, packed)
    return command


def _check_nested_attributes(command: Create, packed: bytes) -> Command | Fault:
    try:
        attributes = msgspec.msgpack.decode(command.attributes)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        return _fault_of(packed, "malformed", f"attributes cannot be read: {error}", "attributes")
    if not isinstance(attributes, dict):
        return _fault_of(packed, "invalid", "attributes must be a map", "attributes")
    if (wrong := _wrong_in(attributes, limits.NESTING_MAX)) is not None:
        return _fault_of(packed, *wrong, "attributes")
    return command


def _wrong_in(value: Any, depth: int) -> tuple[str, str] | None:
    """Code and words for what JSON could not carry, or what lies too deep; None if all is well."""
    if isinstance(value, msgspec.msgpack.Ext):
        return "invalid", "attributes must not hold msgpack extension types"
    if not isinstance(value, dict | list):
        return None
    if depth == 0:
        return "too_large", f"attributes are nested deeper than {limits.NESTING_MAX}"
    if isinstance(value, dict) and not all(isinstance(key, str) for key in value):
        return "invalid", "keys of attributes must be strings"
    inner = value.values() if isinstance(value, dict) else value
    return next(filter(None, (_wrong_in(item, depth - 1) for item in inner)), None)


_FURTHER: Final[dict[type[Command], Callable[[Any, bytes], Command | Fault]]] = {
    Create: _check_create,
    Update: _check_asked,
    Transfer: _check_asked,
    AgentLogin: _check_agent,
    AgentAttributes: _check_agent,
}
"""What is checked beyond types and ranges."""


def _explain(packed: bytes, message: str) -> Fault:
    """Turn a validation error into code, words and field."""
    at = _AT.search(message)
    named = _UNKNOWN_FIELD.search(message) or _MISSING_FIELD.search(message)
    parts = [match["field"] for match in (at, named) if match and match["field"]]
    field = ".".join(parts)
    detail = _AT.sub("", message).replace("Object", "the map").replace("`", "'")
    if not field and detail.startswith("Expected 'object'"):
        return Fault("malformed", "the entry is not a map")
    if field == "type":
        detail = f"there is no such command; the commands are: {', '.join(COMMAND_TYPES)}"
        return _fault_of(packed, "unknown_type", detail, field)
    return _fault_of(packed, "invalid", detail, field)


def _fault_of(packed: bytes, code: str, detail: str, field: str) -> Fault:
    """A fault that names sender and target as far as they can be read."""
    try:
        fields = msgspec.msgpack.decode(packed)
    except (msgspec.DecodeError, RecursionError, ValueError):
        fields = None
    if not isinstance(fields, dict):
        return Fault(code, detail, field)
    target = next(
        filter(None, (_text(fields, f"{x}_id") for x in ("interaction", "offer", "agent"))), ""
    )
    return Fault(
        code,
        detail,
        field,
        command=_text(fields, "type"),
        target=target,
        command_id=_text(fields, "command_id"),
        reply_to=_inbox(fields),
        agent_id=_text(fields, "agent_id"),
    )


def _text(fields: dict[Any, Any], name: str) -> str:
    value = fields.get(name, "")
    return value[: limits.IDENTIFIER_MAX] if isinstance(value, str) else ""


def _inbox(fields: dict[Any, Any]) -> str:
    value = _text(fields, "reply_to")
    return value if re.fullmatch(r"[A-Za-z0-9_.:-]{1,64}", value) else ""
