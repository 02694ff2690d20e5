"""Facts of other systems, and what is told of a source."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final, TypeAlias

from msgspec import Struct

__all__ = ("Answer", "Fact", "SourceFailed", "SourceView", "scalar")

TEXT_MAX: Final = 500

Fact: TypeAlias = str | int | float | bool | None


class SourceFailed(Exception):
    """A source has not answered, or with nonsense; the message names no customer."""


class Answer(Struct, frozen=True):
    """What a source says of a customer (nothing: it does not know them), and as of when."""

    facts: Mapping[str, Fact]
    as_of_ms: int


class SourceView(Struct, frozen=True, kw_only=True):
    """What one source says: its facts, and how old they are. ``state``: ``fresh`` (asked now),
    ``cached``, ``stale`` (it is down, and this is what it said last), ``late`` or ``failed``."""

    source: str
    state: str
    facts: dict[str, Fact]
    as_of_ms: int
    age_ms: int


def scalar(value: Any) -> Fact:
    """A value as it is told: plain, and of bounded length. Raises :class:`SourceFailed` for what is
    no single value."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    if isinstance(value, str):
        return value[:TEXT_MAX]
    raise SourceFailed(f"a fact is a single value, not {type(value).__name__}")
