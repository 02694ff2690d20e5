"""Bodies of requests, derived from the commands that they become (router/commands.py).

A body has the fields of its command, but for those that stand in the path and those that are the
API's own business. So there is one place that says what a command is made of.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any, Final, Generic, TypeVar

import msgspec
from msgspec import NODEFAULT, Raw, Struct
from msgspec.structs import FieldInfo, fields

from adapters.api.contract.choices import choices_at
from adapters.api.problems import Fault, ProblemError, pointer_of
from router.command_terms import CommandBase

__all__ = ("API_FIELDS", "Body", "body_of", "invalid", "plain_body")

API_FIELDS: Final = frozenset({"command_id", "reply_to", "if_version"})
"""Fields of commands that no body has: the API hears the answer by itself, and ``If-Match`` is
``if_version``."""

_AT: Final = re.compile(r" - at `(?:key in )?\$\.?(?P<path>[^`]*)`$")
_NAMED: Final = re.compile(r"(?:unknown field|missing required field) `(?P<name>[^`]*)`")

T = TypeVar("T", bound=Struct)


class Body(Generic[T]):
    """A kind of body: how it is read, and how it is part of a command."""

    def __init__(self, kind: type[T]) -> None:
        self.kind = kind
        self.is_empty = not fields(kind)
        self._decoder = msgspec.json.Decoder(kind)
        self._defaults = {info.name: _default(info) for info in fields(kind)}
        self.is_optional = all(not info.required for info in fields(kind))

    def read(self, data: bytes) -> T:
        """The body in these bytes. Raises :class:`ProblemError` that points to the fault."""
        try:
            return self._decoder.decode(data or b"{}")
        except msgspec.ValidationError as error:
            raise invalid(error, self.kind) from None
        except RecursionError:
            raise ProblemError("malformed", "the body is nested too deeply") from None
        except (msgspec.DecodeError, ValueError) as error:
            raise ProblemError("malformed", f"the body is not JSON: {error}") from None

    def terms(self, body: T) -> dict[str, Any]:
        """The fields of a command that a body gives; those that have their default are left out."""
        told = {}
        for name, default in self._defaults.items():
            value = getattr(body, name)
            if value != default:
                told[name] = value
        return told


def body_of(
    command: type[CommandBase],
    in_path: Collection[str] = (),
    optional: Collection[str] = (),
    name: str = "",
) -> Body[Any]:
    """The body of a request that becomes this command, or a part of one (``name``); ``optional``
    are fields that the API fills in where they are left out."""
    own = [
        _field(info, is_optional=info.name in optional)
        for info in fields(command)
        if info.name not in API_FIELDS and info.name not in in_path
    ]
    return Body(plain_body(name or f"{command.__name__}Body", own, command.__doc__ or ""))


def plain_body(name: str, own: list[tuple[str, Any, Any]], doc: str) -> type[Struct]:
    """A kind of body from (name, type, default) of its fields; none that is not named is taken."""
    return msgspec.defstruct(
        name,
        own,
        namespace={"__doc__": doc},
        kw_only=True,
        frozen=True,
        forbid_unknown_fields=True,
        omit_defaults=True,
    )


def invalid(error: msgspec.ValidationError, kind: type) -> ProblemError:
    """What a validation error of this kind of body says, with the place as a pointer, and the
    choices where there are a few."""
    message = str(error)
    at, named = _AT.search(message), _NAMED.search(message)
    place = at["path"] if at else ""
    if named:
        place = f"{place}.{named['name']}"
    detail = _AT.sub("", message).replace("`", "'")
    if detail.startswith("Invalid enum value"):
        detail += f"; one of {', '.join(choices_at(kind, place))}"
    return ProblemError("invalid", detail, errors=[Fault(detail, pointer_of(place))])


def _field(info: FieldInfo, *, is_optional: bool) -> tuple[str, Any, Any]:
    """As in the command; what is packed there is a map here."""
    if info.type is Raw:
        return info.name, dict[str, Any], msgspec.field(default_factory=dict)
    if is_optional:
        return info.name, info.type | None, None
    if info.default_factory is not NODEFAULT:
        return info.name, info.type, msgspec.field(default_factory=info.default_factory)
    if info.default is not NODEFAULT:
        return info.name, info.type, msgspec.field(default=info.default)
    return info.name, info.type, msgspec.field()


def _default(info: FieldInfo) -> Any:
    return info.default_factory() if info.default_factory is not NODEFAULT else info.default
