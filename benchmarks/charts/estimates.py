"""Estimates of a document as words, and what each measure is and which way it counts."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from benchmarks.charts.document import Document, mapping, number
from benchmarks.charts.wording import NOTHING, count, percent, rounded, seconds

__all__ = ("Estimate", "Measure", "bare", "difference", "estimate", "flattened", "measure", "said")


class Estimate(NamedTuple):
    """A mean, and half the width of its 95 % interval (0 when nothing is known of it)."""

    mean: float
    half_width: float


class Measure(NamedTuple):
    """A measure as people name it. ``kind``: share, seconds, minutes, count or number;
    ``more_is_better``: None for what is neither."""

    heading: str
    kind: str
    more_is_better: bool | None = None

    @property
    def tick_format(self) -> str:
        """How an axis of it is marked, as d3 writes numbers."""
        return _TICKS.get(self.kind, ",.3~g")


_TICKS: Final = {"share": ".2~%", "count": ",.3~s"}

_MEASURES: Final = {
    "service_level": Measure("service level", "share", more_is_better=True),
    "service_level_at_s": Measure("served", "share", more_is_better=True),
    "abandonment": Measure("gave up", "share", more_is_better=False),
    "blocking": Measure("blocked", "share", more_is_better=False),
    "late": Measure("waited longer", "share", more_is_better=False),
    "wait_over_s": Measure("of the served waited longer", "share", more_is_better=False),
    "asa_s": Measure("mean wait of the served", "seconds", more_is_better=False),
    "abandon_wait_s": Measure("mean wait of who gave up", "seconds"),
    "wait_quantile_s": Measure("wait,", "seconds", more_is_better=False),
    "wait_min": Measure("mean wait", "minutes", more_is_better=False),
    "occupancy": Measure("occupancy", "share"),
    "by_level": Measure("served at level", "share"),
    "value": Measure("match value", "number", more_is_better=True),
    "match_value": Measure("match value", "number", more_is_better=True),
    "preferred": Measure("reached who they knew", "share", more_is_better=True),
    "preferred_rate": Measure("reached who they knew", "share", more_is_better=True),
    "mean_depth": Measure("waiting on average", "number", more_is_better=False),
    "served_share": Measure("share of all served", "share"),
    "staffed_hours": Measure("hours on duty", "number"),
    "spread": Measure("occupancy by agent", "share"),
    "offered": Measure("offered", "count"),
    "served": Measure("served", "count", more_is_better=True),
    "abandoned": Measure("abandoned", "count", more_is_better=False),
    "blocked": Measure("blocked", "count", more_is_better=False),
    "diverted": Measure("went elsewhere", "count"),
    "left": Measure("still there at the end", "count"),
    "retried": Measure("tried again", "count"),
}
EXACT: Final = 1e-9
"""Shares of a mean below which an interval is that of sums of doubles."""

_KEY: Final = re.compile(r"^(?P<name>[^\[]*)(\[(?P<which>.*)\])?$", re.DOTALL)
_THRESHOLDS: Final = {
    "service_level": "within",
    "service_level_at_s": "within",
    "late": "than",
    "wait_over_s": "than",
}
"""Measures by a wait in seconds, and how it is said."""


def measure(key: str, heading: str = "", unit: str = "") -> Measure:
    """What a key like ``service_level[20]`` stands for; ``heading`` and ``unit`` as a document may
    name them: its headings are short, and taken where there is nothing better."""
    parts = _KEY.match(key)
    name, which = (parts["name"], parts["which"]) if parts else (key, None)
    known = _MEASURES.get(name, Measure(name.replace("_", " "), "number"))
    if unit in {"s", "share"}:
        known = known._replace(kind="seconds" if unit == "s" else "share")
    if heading and (which or name not in _MEASURES):
        return known._replace(heading=heading)
    return known._replace(heading=f"{known.heading}{_detail(name, which)}")


def _detail(name: str, which: str | None) -> str:
    if not which:
        return ""
    if name in _THRESHOLDS and re.fullmatch(r"[0-9.]+", which):
        return f" {_THRESHOLDS[name]} {seconds(float(which))}"
    return f" {which}"


def estimate(measures: Document, key: str) -> Estimate | None:
    """The estimate under a key, if it has a mean."""
    mean = number(measures, key, "mean")
    return None if mean is None else Estimate(mean, number(measures, key, "half_width") or 0.0)


def flattened(measures: Document) -> dict[str, Document]:
    """Estimates by key; those that a document has by threshold, quantile or level have that in
    brackets: ``wait_quantile_s[p90]``."""
    found: dict[str, Document] = {}
    for key in measures:
        one = mapping(measures, key)
        if "mean" in one:
            found[key] = one
        else:
            found |= {f"{key}[{which}]": mapping(one, which) for which in one}
    return found


def said(found: Estimate | None, kind: str) -> str:
    """An estimate with its interval, in the digits that the interval leaves meaning to."""
    if found is None:
        return NOTHING
    mean, half = found
    if half < abs(mean) * EXACT:
        half = 0.0
    if kind == "share":
        return f"{percent(mean, 2)} ± {100 * half:.2f}" if half else percent(mean, 2)
    if kind == "count":
        return f"{count(mean)} ± {rounded(half, 2)}" if half else count(mean)
    unit = {"seconds": " s", "minutes": " min"}.get(kind, "")
    digits = _digits(half or abs(mean) / 10)
    return f"{mean:,.{digits}f} ± {half:,.{digits}f}{unit}" if half else f"{mean:,.{digits}f}{unit}"


def bare(found: Estimate, kind: str) -> str:
    """An estimate without its interval."""
    return said(Estimate(found.mean, 0.0), kind)


def difference(found: Estimate | None, kind: str) -> str:
    """A difference with its sign; in points of a hundred for shares."""
    if found is None:
        return NOTHING
    sign = "+" if found.mean >= 0 else "−"
    return sign + said(Estimate(abs(found.mean), found.half_width), kind)


def _digits(size: float) -> int:
    """Digits behind the point, so that ``size`` shows two that count (at most five)."""
    digits = 0
    while 0 < size < 10 and digits < 5:
        size, digits = size * 10, digits + 1
    return digits
