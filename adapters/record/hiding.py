"""What is personal in a record, whatever the policy marks: addresses, and what people have written
of somebody."""

from __future__ import annotations

from typing import Any, Final, TypeVar

import msgspec
from msgspec import Struct

from adapters.connectors.facts import SourceView
from adapters.privacy.redaction import REDACTED

__all__ = ("without_personal",)

PERSONAL_FIELDS: Final = frozenset(
    {"address", "value", "title", "name", "text", "author", "outcome", "reason", "source"}
    | {"subject", "message_id", "attachments"}  # a list is left empty
)
_KEPT: Final = frozenset({"PreferenceView.name"})

T = TypeVar("T", bound=Struct)


def without_personal(view: T) -> T:
    """A view of a record without it, however deep; fields keep their names."""
    hidden: T = _hidden(view)
    return hidden


def _hidden(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_hidden(each) for each in value]
    if isinstance(value, SourceView):
        return msgspec.structs.replace(value, facts=dict.fromkeys(value.facts, REDACTED))
    if not isinstance(value, Struct):
        return value
    kind, told = type(value).__name__, {}
    for name in value.__struct_fields__:
        found = getattr(value, name)
        is_personal = name in PERSONAL_FIELDS and f"{kind}.{name}" not in _KEPT
        told[name] = _gone(found) if is_personal and found else _hidden(found)
    return msgspec.structs.replace(value, **told)


def _gone(value: Any) -> Any:
    return REDACTED if isinstance(value, str) else type(value)()
