"""One instance of routing quality: all its policies, by plots and by tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from benchmarks.charts.document import Document, mapping, number, records, text, texts
from benchmarks.charts.estimates import (
    Estimate,
    Measure,
    bare,
    difference,
    estimate,
    measure,
    said,
)
from benchmarks.charts.frontiers import Point, frontier
from benchmarks.charts.markup import Markup, tag
from benchmarks.charts.palette import ACCENT, MUTED, SERIES, Role
from benchmarks.charts.parts import Plot, bullets, pair, plot, table
from benchmarks.charts.rows import Interval, intervals
from benchmarks.charts.wording import NOTHING, capital, percent

__all__ = ("instance_parts", "measure_of")

ROLES: Final[Mapping[str, Role]] = {"onequeue": ACCENT, "rival": MUTED, "reference": SERIES[1]}
WORDS: Final = {"onequeue": "OneQueue", "rival": "other rules", "reference": "known results"}

SPREAD: Final = "spread"
"""The one measure that is no estimate: how differently agents are used."""

CHARTS_MAX: Final = 2
"""Measures of an instance that are drawn; all of them are in its table."""


def measure_of(instance: Document, key: str) -> Measure:
    """What a key of an instance stands for."""
    heading = text(mapping(instance, "headings"), key)
    return measure(key, heading, text(mapping(instance, "units"), key))


def instance_parts(instance: Document) -> Iterator[Markup]:
    """Description, plots, frontier, tables and notes of an instance."""
    rows = list(records(instance, "rows"))
    if described := text(instance, "description"):
        yield tag("p", capital(described), class_="quiet")
    keys = texts(instance, "measures")
    cards = [card for key in keys[:CHARTS_MAX] if (card := _chart(instance, rows, key)) is not None]
    if cards:
        yield pair(*cards)
    yield from _frontier(instance, rows)
    if rows and keys:
        yield from _tables(instance, rows, keys)
    if notes := texts(instance, "notes"):
        yield bullets(notes)


def _chart(instance: Document, rows: Sequence[Document], key: str) -> Markup | None:
    """All policies by one measure, the best on top."""
    shown = measure_of(instance, key)
    found = [(row, one) for row in rows if (one := _estimate(row, key)) is not None]
    if not found:
        return None
    found.sort(key=lambda pair: pair[1].mean, reverse=shown.more_is_better is not False)
    drawn = [_interval(row, one, shown) for row, one in found]
    kinds = dict.fromkeys(_kind(row) for row in rows)
    return plot(
        Plot(
            f"{capital(shown.heading)}: {_ends(found, shown)}",
            intervals(drawn, tick_format=shown.tick_format),
            unit="with 95 % intervals",
            legend=[(WORDS[kind], ROLES[kind]) for kind in kinds],
        )
    )


def _interval(row: Document, one: Estimate, shown: Measure) -> Interval:
    words = bare(one, shown.kind), said(one, shown.kind)
    return Interval(text(row, "policy"), one.mean, one.half_width, *words, _role(row))


def _ends(found: Sequence[tuple[Document, Estimate]], shown: Measure) -> str:
    """The first and the last of a list that is in order."""
    ends = [f"{bare(one, shown.kind)} with {text(row, 'policy')}" for row, one in found]
    return ends[0] if len(ends) == 1 else f"from {ends[0]} to {ends[-1]}"


def _frontier(instance: Document, rows: Sequence[Document]) -> Iterator[Markup]:
    keys = [text(mapping(instance, "frontier"), axis) for axis in ("x", "y")]
    x, y = (measure_of(instance, key) for key in keys)
    points = [
        Point(text(row, "policy"), across, up, _role(row), named=_kind(row) == "onequeue")
        for row in rows
        if (across := _estimate(row, keys[0])) is not None
        and (up := _estimate(row, keys[1])) is not None
    ]
    if points:
        yield plot(
            Plot(
                f"{capital(y.heading)} against {x.heading}",
                frontier(points, x, y),
                caption="Up and to the right is better; no policy lies beyond the dotted line.",
            )
        )


def _tables(instance: Document, rows: Sequence[Document], keys: Sequence[str]) -> Iterator[Markup]:
    yield _table(instance, rows, keys, "measures", said)
    compared = [row for row in rows if mapping(row, "differences")]
    if compared:
        words = f"Differences from {text(instance, 'compared_with')}, on the same contacts."
        others = [key for key in keys if key != SPREAD]
        yield _table(instance, compared, others, "differences", difference, words)


def _table(
    instance: Document,
    rows: Sequence[Document],
    keys: Sequence[str],
    under: str,
    tell: Callable[[Estimate | None, str], str],
    caption: str = "",
) -> Markup:
    """A line for each policy, a column for each measure."""
    shown = {key: measure_of(instance, key) for key in keys}
    return table(
        ("policy", *(one.heading for one in shown.values())),
        [
            (
                text(row, "policy"),
                *(
                    _spread(row)
                    if key == SPREAD
                    else tell(estimate(mapping(row, under), key), one.kind)
                    for key, one in shown.items()
                ),
            )
            for row in rows
        ],
        own=[place for place, row in enumerate(rows) if _kind(row) == "onequeue"],
        caption=caption,
    )


def _spread(row: Document) -> str:
    """From the least to the most occupied agent."""
    found = [number(row, "occupancy_spread", key) for key in ("lowest", "highest")]
    return NOTHING if None in found else " to ".join(percent(share, 0) for share in found)


def _estimate(row: Document, key: str) -> Estimate | None:
    return estimate(mapping(row, "measures"), key)


def _kind(row: Document) -> str:
    found = text(row, "kind")
    return found if found in ROLES else "rival"


def _role(row: Document) -> Role:
    return ROLES[_kind(row)]
