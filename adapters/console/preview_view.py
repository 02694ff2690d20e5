"""What a page shows of a preview (an ``onequeue-preview-1`` document): figures side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from adapters.console.formats import count, duration
from adapters.console.whiskers import Tone, Whiskers, whiskers

__all__ = ("HEADLINES", "MEASURES", "Cell", "Measure", "Row", "differences", "rows", "said")

Estimates = Mapping[str, Mapping[str, float | None]]

LONG_S: Final = 120.0
ROWS_MAX: Final = 40
"""Scopes that are drawn; the table has all."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure in words, of which kind it is, and whether more of it is better (None: neither)."""

    words: str
    kind: str
    more_is_better: bool | None = None


MEASURES: Final[Mapping[str, Measure]] = {
    "service_level": Measure("service level", "share", more_is_better=True),
    "asa_s": Measure("mean wait", "seconds", more_is_better=False),
    "wait_p90_s": Measure("nine of ten wait", "seconds", more_is_better=False),
    "abandonment": Measure("gave up", "share", more_is_better=False),
    "skill_fit": Measure("skill fit", "share", more_is_better=True),
    "preferred_rate": Measure("reached who they know", "share", more_is_better=True),
    "aht_s": Measure("handle time", "seconds"),
    "occupancy": Measure("occupancy", "share"),
    "occupancy_spread": Measure("spread of occupancy", "share", more_is_better=False),
    "offered": Measure("came", "count"),
    "answered": Measure("were answered", "count", more_is_better=True),
}
HEADLINES: Final = (
    "service_level",
    "asa_s",
    "abandonment",
    "skill_fit",
    "preferred_rate",
    "occupancy_spread",
)
"""At the top of the page, of everything together."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One measure: as it was, as it would be, and the difference with its interval."""

    base: str
    draft: str
    change: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Row:
    """A queue, a channel or everything, with its measures by name."""

    by: str
    name: str
    cells: Mapping[str, Cell]

    @property
    def label(self) -> str:
        """As people call it."""
        return "everything" if self.by == "all" else f"{self.by} {self.name}"


def rows(document: Mapping[str, Any]) -> list[Row]:
    """Everything, then channels, then queues."""
    return [
        Row(by, name, {key: _cell(key, one) for key, one in found.items() if key in MEASURES})
        for by, name, found in _scopes(document["measures"])
    ]


def differences(document: Mapping[str, Any], measure: str) -> Whiskers | None:
    """One measure in every scope: what the draft changes."""
    found = [
        (row, one[measure]["difference"])
        for row, one in ((f"{by} {name}", one) for by, name, one in _scopes(document["measures"]))
        if measure in one and one[measure]["difference"]["mean"] is not None
    ]
    if not found:
        return None
    return whiskers(
        (
            "everything" if label == "all all" else label,
            gap["mean"] or 0.0,
            gap["half_width"] or 0.0,
            said(gap, MEASURES[measure].kind, sign=True),
            _tone(gap, MEASURES[measure].more_is_better),
        )
        for label, gap in found[:ROWS_MAX]
    )


def said(value: Mapping[str, float | None], kind: str, *, sign: bool = False) -> str:
    """An estimate in words, with its interval if there is one."""
    mean, half = value["mean"], value.get("half_width")
    if mean is None:
        return "–"
    write = _WRITE[kind]
    if sign and mean == 0 and not half:
        return "none"
    told = write(abs(mean) if sign else mean)
    if sign:
        told = f"{'+' if mean >= 0 else '−'}{told}"
    return told if half is None else f"{told} ± {write(half)}"


def _share(value: float) -> str:
    return f"{value * 100:.1f} %"


def _seconds(value: float) -> str:
    if value >= LONG_S:
        return duration(round(value * 1_000))
    return f"{value:.{2 if 0 < value < 1 else 1}f} s"


_WRITE: Final[Mapping[str, Callable[[float], str]]] = {
    "share": _share,
    "seconds": _seconds,
    "count": lambda value: count(round(value)),
}


def _cell(name: str, one: Estimates) -> Cell:
    measure = MEASURES[name]
    gap = one["difference"]
    return Cell(
        _mean(one["base"], measure.kind),
        _mean(one["draft"], measure.kind),
        said(gap, measure.kind, sign=True),
        _tone(gap, measure.more_is_better),
    )


def _mean(value: Mapping[str, float | None], kind: str) -> str:
    return said({"mean": value["mean"]}, kind)


def _tone(gap: Mapping[str, float | None], more_is_better: bool | None) -> Tone:  # noqa: FBT001  # None is a third answer
    """Better or worse beyond its interval; of a single replication nothing is known."""
    mean, half = gap["mean"], gap["half_width"]
    if more_is_better is None or mean is None or half is None or abs(mean) <= half:
        return "same"
    return "good" if (mean > 0) == more_is_better else "bad"


def _scopes(measures: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Estimates]]]:
    yield "all", "all", measures["all"]
    for by in ("channel", "queue"):
        for name, found in measures[f"{by}s"].items():
            yield by, name, found
