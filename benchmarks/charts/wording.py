"""Numbers as a reader takes them in: three digits that mean something, and the unit."""

from __future__ import annotations

__all__ = ("capital", "count", "ms", "percent", "rounded", "seconds", "times", "value")

NOTHING = "–"
"""What stands where nothing was measured."""

_MINUTE_S = 60
_HOUR_S = 3_600


def rounded(value: float | None, digits: int = 3) -> str:
    """About ``digits`` significant digits, never fewer than all before the point."""
    if value is None:
        return NOTHING
    size = abs(value)
    if size >= 10 ** (digits - 1) or value == round(value):
        return f"{value:,.0f}"
    behind, edge = digits - 1, 10.0
    while size >= edge and behind > 0:
        behind, edge = behind - 1, edge * 10
    if size < 1:
        behind = digits if size >= 10.0**-digits else digits + 2
    return f"{value:,.{behind}f}"


def ms(value: float | None) -> str:
    """Milliseconds; seconds from ten thousand on."""
    if value is None:
        return NOTHING
    return f"{rounded(value)} ms" if value < 10_000 else f"{rounded(value / 1_000)} s"


def seconds(value: float | None) -> str:
    """A length of time: milliseconds, seconds, minutes or hours, whichever reads best."""
    if value is None:
        return NOTHING
    if 0 < value < 1:
        return f"{rounded(value * 1_000)} ms"
    if value < 2 * _MINUTE_S:
        return f"{rounded(value)} s"
    if value < 2 * _HOUR_S:
        return f"{rounded(value / _MINUTE_S)} min"
    return f"{rounded(value / _HOUR_S)} h"


def percent(share: float | None, digits: int = 1) -> str:
    """A share of one as per cent."""
    return NOTHING if share is None else f"{share:.{digits}%}".replace("%", " %")


def count(value: float | None) -> str:
    """A whole number with its thousands set apart."""
    return NOTHING if value is None else f"{value:,.0f}"


def times(factor: float | None) -> str:
    """How many times as much."""
    return NOTHING if factor is None else f"{factor:,.2f} ×"


def capital(words: str) -> str:
    """Words that begin a title."""
    return words[:1].upper() + words[1:]


def value(found: object) -> str:
    """A value of any kind from a document."""
    if found is None:
        return NOTHING
    if isinstance(found, bool):
        return "yes" if found else "no"
    if isinstance(found, int):
        return f"{found:,}"
    if isinstance(found, float):
        return rounded(found, 4)
    if isinstance(found, list | tuple):
        return ", ".join(value(one) for one in found) or NOTHING
    if isinstance(found, dict):
        return ", ".join(f"{key} {value(one)}" for key, one in found.items()) or NOTHING
    return str(found)
