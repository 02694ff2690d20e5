"""Times as exports write them, to milliseconds; the format is found by looking at a sample."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Final

__all__ = ("AMBIGUOUS", "TimeFormat", "detect_time_format", "named_time_format")

ISO: Final = "iso"
EPOCH_S: Final = "epoch_s"
EPOCH_MS: Final = "epoch_ms"

_DATES: Final = (
    "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y.%m.%d",
    "%m/%d/%y", "%d/%m/%y", "%d.%m.%y", "%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%d/%b/%Y",
    "%b %d, %Y", "%b %d %Y", "%B %d, %Y", "%d %B %Y", "%a, %d %b %Y", "%a %b %d %Y", "%Y%m%d",
)  # fmt: skip
_TIMES: Final = (
    " %H:%M:%S", " %H:%M", " %I:%M:%S %p", " %I:%M %p", " %H:%M:%S.%f", "", ", %H:%M:%S",
    ", %H:%M", ", %I:%M:%S %p", ", %I:%M %p", " %H:%M:%S %z", " %H:%M:%S.%f %z", " %I:%M:%S.%f %p",
    "T%H:%M:%S", "T%H:%M", " %H.%M", " %H%M", "_%H%M%S", "%H%M%S", " %H:%M:%S GMT", " %H:%M:%S UTC",
)  # fmt: skip
PROBES: Final = 5
"""Texts that a format is tried on before it is tried on all."""

_PLAUSIBLE_MS: Final = range(631_152_000_000, 2_082_758_400_000)
"""1990 to 2035: a number beyond is more likely a telephone number than a time."""

PLAUSIBLE_YEARS: Final = range(1970, 2101)
_CLOCK: Final = re.compile(r"^[-+]?\d{9,13}(\.\d+)?$")
AMBIGUOUS: Final = "day and month cannot be told apart: read as {chosen} (set `created.format`)"


@dataclass(slots=True)
class TimeFormat:
    """How a column writes its times. ``patterns`` are tried in order; a hit moves to the front."""

    patterns: list[str]
    zone: tzinfo = UTC
    note: str = field(default="", compare=False)

    def parse_ms(self, text: str) -> int:
        """Milliseconds since 1970. Raises ``ValueError`` when no pattern fits."""
        text = text.strip()
        for index, pattern in enumerate(self.patterns):
            moment = _parsed(text, pattern)
            if moment is not None:
                if index:
                    self.patterns.insert(0, self.patterns.pop(index))
                return moment if isinstance(moment, int) else self._milliseconds(moment)
        message = f"{text[:40]!r} is not a time like {self.patterns[0]}"
        raise ValueError(message)

    def _milliseconds(self, moment: datetime) -> int:
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=self.zone)
        return round(moment.timestamp() * 1_000)


def named_time_format(name: str, zone: tzinfo) -> TimeFormat:
    """The format that a mapping names: ``iso``, ``epoch_s``, ``epoch_ms`` or a strptime pattern.

    Raises ``ValueError`` for what is none of these.
    """
    if name not in {ISO, EPOCH_S, EPOCH_MS} and "%" not in name:
        message = f"{name!r}: write iso, epoch_s, epoch_ms or a pattern like '%d.%m.%Y %H:%M'"
        raise ValueError(message)
    return TimeFormat([name], zone)


def detect_time_format(sample: Sequence[str], zone: tzinfo = UTC) -> TimeFormat | None:
    """The format that reads the most of a sample; None when it reads less than four fifths."""
    texts = [text.strip() for text in sample if text.strip()]
    if not texts:
        return None
    families: dict[str, list[str]] = {EPOCH_S: [EPOCH_S], EPOCH_MS: [EPOCH_MS], ISO: [ISO]}
    families |= {date: [date + time for time in _TIMES] for date in _DATES}
    hits: dict[str, int] = {}
    for name, patterns in families.items():
        promising = any(_readable(text, patterns) for text in texts[:PROBES])
        hits[name] = sum(_readable(text, patterns) for text in texts) if promising else 0
        if name == ISO and max(hits.values()) == len(texts):
            break
    best = max(hits, key=lambda name: hits[name])
    if hits[best] < len(texts) * 0.8:
        return None
    used = [p for p in families[best] if any(_parsed(text, p) is not None for text in texts)]
    return TimeFormat(used, zone, _ambiguity(best, hits))


def _ambiguity(best: str, hits: dict[str, int]) -> str:
    swapped = best.replace("%d", "%?").replace("%m", "%d").replace("%?", "%m")
    if swapped == best or hits.get(swapped, 0) < hits[best]:
        return ""
    return AMBIGUOUS.format(chosen="month first" if best.startswith("%m") else "day first")


def _readable(text: str, patterns: list[str]) -> bool:
    for index, pattern in enumerate(patterns):
        if _parsed(text, pattern) is not None:
            patterns.insert(0, patterns.pop(index))
            return True
    return False


def _parsed(text: str, pattern: str) -> datetime | int | None:
    try:
        if pattern == EPOCH_S:
            return _epoch(text, 1_000, 11)
        if pattern == EPOCH_MS:
            return _epoch(text, 1, 13)
        if pattern == ISO:
            return None if text.isdigit() else datetime.fromisoformat(text.removesuffix(" UTC"))
        moment = datetime.strptime(text, pattern)  # noqa: DTZ007  # the caller adds the zone
        return moment if moment.year in PLAUSIBLE_YEARS and _is_whole(text, pattern) else None
    except (ValueError, OverflowError):
        return None


def _is_whole(text: str, pattern: str) -> bool:
    """Digits without separators are a time only in full: others are numbers of some kind."""
    return not text.isdigit() or len(text) == (14 if "%S" in pattern else 8)


def _epoch(text: str, factor: int, digits_max: int) -> int | None:
    whole = text.partition(".")[0]
    if not _CLOCK.match(text) or (len(whole) > 11) != (digits_max > 11):
        return None
    moment = round(float(text) * factor)
    return moment if moment in _PLAUSIBLE_MS else None
