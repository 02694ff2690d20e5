"""The report of a search for weights: the frontier, the base in it, and what each point changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Final

from benchmarks.charts.document import Document, mapping, number, text, texts
from benchmarks.charts.estimates import Estimate, Measure, difference, estimate, said
from benchmarks.charts.frontiers import Others, Point, frontier
from benchmarks.charts.markup import Markup
from benchmarks.charts.page import Page, write_page
from benchmarks.charts.palette import ACCENT, SERIES
from benchmarks.charts.parts import (
    Plot,
    Tile,
    bullets,
    details,
    plot,
    reproduction,
    section,
    sentences,
    table,
    tiles,
    verdict,
)
from benchmarks.charts.rows import Interval, intervals
from benchmarks.charts.wording import NOTHING, count, seconds, value

__all__ = ("write_tuning_report",)

METHOD: Final = """
Optuna (TPE, several goals, bounds as constraints) proposes policies; each is played on the same
contacts by the engine that routes, in virtual time. Those that lose by the first replications are
dropped, the others are played as often as the base.

The best of many tries is good partly by chance. So the shortlist and the base are played once more
on fresh numbers, and everything here but the small dots comes from these alone. Δ is a paired
difference to the base, ± half of a 95 % interval (Student's t over replications).

A policy counts as better where a difference is beyond the noise of all comparisons of this page
together (Bonferroni).

Not claimed: that the traffic will be like this again, or that nothing better exists.
"""


def write_tuning_report(document: Document, path: Path) -> None:
    """Write the report of `onequeue tune --json` as one HTML file.

    What the document lacks leaves its section out. Raises OSError when the file cannot be written.
    """
    page = Page(
        kind="tuning",
        title=text(mapping(document, "traffic"), "name") or "tuning",
        lead=text(mapping(document, "objective"), "description"),
        parts=tuple(_parts(document)),
    )
    write_page(page, path)


def _parts(document: Document) -> Iterator[Markup]:
    points = [mapping(document, "base"), *_maps(document, "frontier")]
    yield verdict(text(document, "conclusion"), good=bool(document.get("is_better_found")))
    yield tiles(_tiles(document))
    goals = [one for one in _maps(document, "figures") if text(one, "wanted")]
    yield section("The frontier", *_frontiers(document, goals, points), *_rows(goals, points))
    yield section("Figures", _table(document, points))
    yield section("What each point changes", *_changes(points[1:]))
    yield section("Method, and what is not claimed", bullets(sentences(METHOD)))
    yield section("To reproduce", *reproduction(document, _command(document)))


def _maps(document: Document, key: str) -> list[Document]:
    found = document.get(key)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def _tiles(document: Document) -> Iterator[Tile]:
    effort = mapping(document, "effort")
    yield Tile("Policies tried", count(number(effort, "trials") or 0.0), "")
    yield Tile("Replications", count(number(effort, "runs") or 0.0), "search and fresh")
    yield Tile("It took", seconds(number(effort, "took_s") or 0.0))


def _measure(figure: Document) -> Measure:
    kind = "seconds" if text(figure, "unit") == "s" else "share"
    wanted = {"more": True, "less": False}.get(text(figure, "wanted"))
    return Measure(text(figure, "name"), kind, wanted)


def _found(point: Document, name: str) -> Estimate | None:
    return estimate(mapping(point, "figures"), name)


def _frontiers(
    document: Document, goals: Sequence[Document], points: Sequence[Document]
) -> Iterator[Markup]:
    """Each pair of goals against each other."""
    for first, second in combinations(goals, 2):
        x, y = _measure(first), _measure(second)
        drawn = [
            Point(
                text(point, "name"),
                found_x,
                found_y,
                SERIES[1] if text(point, "name") == "base" else ACCENT,
                named=True,
            )
            for point in points
            if (found_x := _found(point, x.heading)) and (found_y := _found(point, y.heading))
        ]
        if drawn:
            others = _tried(document, x.heading, y.heading)
            words = f"{x.heading} against {y.heading}"
            caption = "Better is to the right and up. Small dots: everything that was tried, as "
            caption += "the search saw it."
            yield plot(Plot(words, frontier(drawn, x, y, others), caption=caption))


def _tried(document: Document, x: str, y: str) -> Others:
    tried = mapping(document, "tried")
    goals, values = texts(tried, "goals"), tried.get("values")
    if x not in goals or y not in goals or not isinstance(values, list):
        return ()
    at_x, at_y = goals.index(x), goals.index(y)
    return [(one[at_x], one[at_y]) for one in values if None not in one]


def _rows(goals: Sequence[Document], points: Sequence[Document]) -> Iterator[Markup]:
    """A single goal: each point with its interval."""
    if len(goals) != 1:
        return
    measure = _measure(goals[0])
    drawn = [
        Interval(
            text(point, "name"),
            found.mean,
            found.half_width,
            said(found, measure.kind),
            said(found, measure.kind),
            SERIES[1] if text(point, "name") == "base" else ACCENT,
        )
        for point in points
        if (found := _found(point, measure.heading))
    ]
    if drawn:
        yield plot(Plot(measure.heading, intervals(drawn, tick_format=measure.tick_format)))


def _table(document: Document, points: Sequence[Document]) -> Markup:
    figures = _maps(document, "figures")
    headings = ["policy"]
    for figure in figures:
        headings += [text(figure, "name"), "Δ"]
    return table([*headings, "bounds", "verdict"], [_cells(figures, point) for point in points])


def _cells(figures: Sequence[Document], point: Document) -> list[str]:
    cells = [text(point, "name")]
    for figure in figures:
        measure = _measure(figure)
        gap = estimate(mapping(point, "differences"), measure.heading)
        is_base = text(point, "name") == "base"
        cells.append(said(_found(point, measure.heading), measure.kind))
        cells.append(NOTHING if is_base else difference(gap, measure.kind))
    bounds = mapping(point, "bounds")
    kept = [f"{bound}: {text(bounds, bound)}" for bound in bounds]
    return [*cells, "; ".join(kept) or NOTHING, text(point, "verdict") or NOTHING]


def _changes(points: Sequence[Document]) -> Iterator[Markup]:
    for point in points:
        rows = [
            (text(change, "path"), value(change.get("before")), value(change.get("after")))
            for change in _maps(point, "changes")
        ]
        words = f"{text(point, 'name')}: {text(point, 'verdict')}"
        if rows:
            yield details(words, table(("field", "base", "here"), rows, words=3))


def _command(document: Document) -> str:
    effort = mapping(document, "effort")
    asked = {"--trials": "trials", "--seed": "seed", "--replications": "replications"}
    options = [
        f"{option} {number(effort, name):g}"
        for option, name in asked.items()
        if number(effort, name) is not None
    ]
    return " ".join(["onequeue tune --objective FILE", *options])
