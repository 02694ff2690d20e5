"""Options that models share, and how their text is read."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

from adapters.cli.output import UsageError

__all__ = (
    "Agents",
    "Handle",
    "Patience",
    "Rate",
    "Threshold",
    "numbers",
    "per_minute",
    "whole_numbers",
)

Rate: TypeAlias = Annotated[str, typer.Option(help="Arrivals: 4.2 or 4.2/min, 100/h, 0.5/s.")]
Handle: TypeAlias = Annotated[float, typer.Option(min=0.001, help="Mean handle time, minutes.")]
Agents: TypeAlias = Annotated[int, typer.Option(min=1, max=2_000, help="How many agents.")]
Patience: TypeAlias = Annotated[float, typer.Option(min=0.001, help="Mean patience, minutes.")]
Threshold: TypeAlias = Annotated[
    float, typer.Option(min=0.001, help="Service-level threshold, seconds.")
]

_PER_MINUTE = {"s": 60.0, "min": 1.0, "h": 1 / 60}


def per_minute(text: str) -> float:
    """A rate such as ``100/h``; a plain number is per minute. Raises ``UsageError``."""
    number, _, unit = text.partition("/")
    factor = _PER_MINUTE.get(unit.strip() or "min")
    try:
        rate = float(number) * (factor or 0.0)
    except ValueError:
        rate = 0.0
    if not 0 < rate < float("inf"):
        raise UsageError(f"{text!r} is no rate; write it as 4.2/min, 100/h or 0.5/s")
    return rate


def numbers(text: str, *, count: int | None = None) -> tuple[float, ...]:
    """Positive numbers, separated by commas. Raises ``UsageError``."""
    try:
        found = tuple(float(part) for part in text.split(","))
    except ValueError:
        found = ()
    if not found or not all(0 < number < float("inf") for number in found):
        raise UsageError(f"{text!r} should be positive numbers, separated by commas, such as 10,8")
    if count is not None and len(found) != count:
        raise UsageError(f"{text!r} has {len(found)} numbers; {count} are wanted")
    return found


def whole_numbers(text: str, *, count: int | None = None) -> tuple[int, ...]:
    """Positive whole numbers, separated by commas. Raises ``UsageError``."""
    found = numbers(text, count=count)
    if not all(number.is_integer() for number in found):
        raise UsageError(f"{text!r} should be whole numbers, separated by commas, such as 48,48")
    return tuple(int(number) for number in found)
