"""Answers: what a webhook or a function may say of an interaction, and how a command takes it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct, field

from router import limits
from router.command_terms import Priority
from router.commands import Direct, HistoryFact
from router.errors import OneQueueError
from router.requirements import AskedRequirements, Identifier

__all__ = ("ANSWER_BYTES_MAX", "Answer", "AnswerError", "answer_in", "answer_of", "merged")

ANSWER_BYTES_MAX: Final = 65_536
"""As much as the attributes of an interaction may hold."""

_ADDED: Final = ("requirements", "history", "excluded_agents")
"""Lists that grow by what is answered; all else is replaced."""


class AnswerError(OneQueueError):
    """An answer that cannot be taken. ``detail`` names types and fields, never what they hold."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class Answer(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What may be set of a ``create``; each field as the command has it (docs/protocol.md)."""

    queue: Identifier | None = None
    priority: Priority | None = None
    requirements: AskedRequirements = ()
    attributes: dict[str, Any] = field(default_factory=dict)
    history: Annotated[tuple[HistoryFact, ...], Meta(max_length=limits.HISTORY_FACTS_MAX)] = ()
    excluded_agents: Annotated[
        tuple[Identifier, ...], Meta(max_length=limits.EXCLUDED_AGENTS_MAX)
    ] = ()
    direct: Direct | None = None


_decoder: Final = msgspec.json.Decoder(Answer)
_VALUE: Final = re.compile(r"^Invalid enum value .*?(?= - at |\Z)", re.DOTALL)


def answer_in(data: bytes) -> Answer:
    """The answer in a text of JSON; an empty one says nothing. Raises :class:`AnswerError`."""
    if len(data) > ANSWER_BYTES_MAX:
        message = f"more than {ANSWER_BYTES_MAX:,} bytes"
        raise AnswerError(message)
    if not data.strip():
        return Answer()
    try:
        return _decoder.decode(data)
    except msgspec.ValidationError as error:
        raise AnswerError(_VALUE.sub("another value than those known", str(error))) from None
    except (msgspec.DecodeError, RecursionError, ValueError):
        raise AnswerError("not readable as JSON") from None


def answer_of(value: object) -> Answer:
    """The answer that a function has returned; None says nothing. Raises :class:`AnswerError`."""
    if value is None:
        return Answer()
    try:
        data = msgspec.json.encode(value)
    except (TypeError, ValueError, RecursionError):
        message = f"a {type(value).__name__} that JSON has no words for"
        raise AnswerError(message) from None
    return answer_in(data)


def merged(fields: Mapping[str, Any], answer: Answer) -> dict[str, Any]:
    """The fields of a command with those of an answer: lists grow, attributes are set one by one,
    all else is replaced."""
    result = dict(fields)
    given: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(answer))
    for name, value in given.items():
        before = fields.get(name)
        if name in _ADDED:
            result[name] = [*(before or ()), *value]
        elif name == "attributes":
            result[name] = {**(before or {}), **value}
        else:
            result[name] = value
    return result
