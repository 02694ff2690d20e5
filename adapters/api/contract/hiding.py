"""Personal data is hidden from whoever may not see it, in whatever is answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from adapters.api.contract.access import Access
from adapters.privacy import redact
from adapters.privacy.marks import NOTHING, Marks

__all__ = ("hidden",)


def hidden(access: Access, value: Any) -> Any:
    """The value as it is, or plain values without what is personal, however deep it lies."""
    marks = access.hides
    if marks is None or marks == NOTHING:
        return value
    return _redacted(msgspec.to_builtins(value), marks)


def _redacted(value: Any, marks: Marks) -> Any:
    if isinstance(value, Mapping):
        told = redact(value, marks)
        return {name: _redacted(each, marks) for name, each in told.items()}
    if isinstance(value, list | tuple):
        return [_redacted(each, marks) for each in value]
    return value
