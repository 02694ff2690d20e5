"""Forms that ask for a job: their fields as values, and what is wrong with them, field by field."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from adapters.client.errors import Invalid
from adapters.console.periods import Period, period_of
from adapters.console.raw_policy import RawFault, read_raw
from router.errors import CallerError

__all__ = ("FormError", "faults_by_field", "map_in", "number_in", "period_in")

NUMBER_DIGITS_MAX = 9


class FormError(CallerError):
    """A field that cannot be meant: its name ("form": none of them alone), and what is wrong."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(field, detail)
        self.field, self.detail = field, detail

    def __str__(self) -> str:
        return f"{self.field}: {self.detail}"


def number_in(fields: Mapping[str, str], name: str) -> int:
    """A whole number. Raises :class:`FormError`."""
    text = fields.get(name, "")
    if not text.isdecimal() or len(text) > NUMBER_DIGITS_MAX:
        raise FormError(name, "Give a whole number.")
    return int(text)


async def map_in(fields: Mapping[str, str], name: str, expected: str) -> dict[str, Any]:
    """A map in YAML. Raises :class:`FormError`."""
    try:
        return await asyncio.to_thread(read_raw, fields.get(name, ""), expected)
    except RawFault as error:
        raise FormError(name, str(error)) from None


def period_in(request: Request, fields: Mapping[str, str]) -> Period:
    """The fields ``from`` and ``to``. Raises :class:`FormError`."""
    found = period_of(request, fields.get("from", ""), fields.get("to", ""))
    if not isinstance(found, Period):
        raise FormError(*found)
    return found


def faults_by_field(error: Invalid, fields: Mapping[str, str]) -> dict[str, str]:
    """What the API says, at the field that it is about; ``fields`` by the name in the body. What
    none of them is about stands under ``form``."""
    told: dict[str, str] = {}
    for fault in error.body.errors:
        first = fault.pointer.strip("/").partition("/")[0]
        told.setdefault(fields.get(first, "form"), fault.detail)
    return told or {"form": error.detail or "This cannot be asked."}
