"""Times, shares and foreign text as they stand in an explanation."""

from __future__ import annotations

from datetime import UTC, datetime

__all__ = ("clock", "printable", "seconds", "share", "signed_share")


def clock(at_ms: int) -> str:
    """A time in ms since 1970, in UTC."""
    try:
        moment = datetime.fromtimestamp(at_ms // 1_000, UTC)
    except (OverflowError, ValueError, OSError):
        return f"{at_ms} ms"
    return f"{moment:%Y-%m-%d %H:%M:%S}.{at_ms % 1_000:03d}Z"


def share(ppm: int) -> str:
    """Millionths as a share of 1, exactly."""
    sign = "-" if ppm < 0 else ""
    return f"{sign}{abs(ppm) // 1_000_000}.{abs(ppm) % 1_000_000:06d}"


def signed_share(ppm: int) -> str:
    """The same with its sign, for a difference."""
    return ("+" if ppm > 0 else "") + share(ppm)


def seconds(ms: int) -> str:
    """A duration in seconds, exactly."""
    return f"{ms / 1_000:,.3f} s" if ms % 1_000 else f"{ms // 1_000:,} s"


def printable(text: str) -> str:
    """Text from outside, with whatever could steer a terminal escaped."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
