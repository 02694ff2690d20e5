"""The report of a simulation: service, waits and occupancy with intervals, the queue in time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from benchmarks.charts.document import Document, mapping, number, numbers, text, texts
from benchmarks.charts.estimates import Measure, bare, estimate, measure, said
from benchmarks.charts.markup import Markup
from benchmarks.charts.page import Page, write_page
from benchmarks.charts.palette import ACCENT, SERIES
from benchmarks.charts.parts import (
    Plot,
    Tile,
    bullets,
    details,
    pair,
    plot,
    reproduction,
    section,
    sentences,
    table,
    tiles,
)
from benchmarks.charts.plots import Band, Line, lines
from benchmarks.charts.rows import Interval, intervals
from benchmarks.charts.wording import capital, count, rounded, seconds

__all__ = ("write_simulation_report",)

HEADLINES: Final = ("service_level", "abandonment", "asa_s", "occupancy", "value", "preferred")
"""Measures of all contacts that stand at the top, each in its first form that is there."""

DRAWN: Final = {"types": ("service_level", "asa_s", "abandonment"), "groups": ("occupancy",)}
TITLES: Final = {"types": "By type of contact", "groups": "By group of agents"}

AGENTS_MAX: Final = 200
"""Agents in the table; all of them are in the JSON."""

METHOD: Final = """
The engine is the one that routes: the same code under virtual time. Contacts, handle times and
patience are drawn from the scenario, each from a stream of its own, so that another policy under
the same seed meets the same contacts.

± is half of a 95 % confidence interval over the replications (Student's t). What happens in the
warm-up is not counted.

Not claimed: that the scenario is right. People who tire, learn, or come late are in it only as far
as it says so.
"""


def write_simulation_report(document: Document, path: Path) -> None:
    """Write the report of `onequeue simulate --json` as one HTML file.

    What the document lacks leaves its section out. Raises OSError when the file cannot be written.
    """
    page = Page(
        kind="simulation",
        title=text(document, "scenario") or "simulation",
        lead=text(document, "description"),
        parts=tuple(_parts(document)),
    )
    write_page(page, path)


def _parts(document: Document) -> Iterator[Markup]:
    yield tiles(_tiles(document))
    yield section("In time", *_over_time(document))
    measures = mapping(document, "measures")
    for by, title in TITLES.items():
        yield section(title, *_by(mapping(measures, by), DRAWN[by]))
    yield section("By agent", *_agents(mapping(measures, "agents")))
    yield section("Method, and what is not claimed", bullets(_notes(document)))
    yield section("To reproduce", *reproduction(document, _command(document)))


def _tiles(document: Document) -> Iterator[Tile]:
    measures = mapping(document, "measures", "all")
    for headline in HEADLINES:
        key = next((key for key in measures if key.partition("[")[0] == headline), None)
        if key is not None and (found := estimate(measures, key)) is not None:
            shown = measure(key)
            off = said(found, shown.kind).partition("±")[2].strip()
            note = f"± {off}" if off else ""
            yield Tile(capital(shown.heading), bare(found, shown.kind), note)
    if (replications := number(document, "replications")) is not None:
        horizon = number(document, "horizon_s")
        yield Tile("Replications", count(replications), f"of {seconds(horizon)} each")
    if (rate := number(document, "interactions_per_second")) is not None:
        yield Tile("Simulated a second", rounded(rate), "contacts, on one core")


def _over_time(document: Document) -> Iterator[Markup]:
    series = mapping(document, "series")
    at_s = [at for at in numbers(series, "at_s") if at is not None]
    depth, low, high = (numbers(series, key) for key in ("depth", "depth_low", "depth_high"))
    if at_s and depth:
        drawn = [
            Line("mean over replications", depth, ACCENT),
        ]
        top = max((value for value in depth if value is not None), default=0.0)
        yield plot(
            Plot(
                f"On average at most {rounded(top)} contacts waited",
                lines(at_s, drawn, unit="waiting", band=Band(low, high, ACCENT)),
                unit="waiting contacts, mean over replications with its 95 % interval",
            )
        )
    yield from _staffing(at_s, series)


def _staffing(at_s: Sequence[float], series: Document) -> Iterator[Markup]:
    drawn = [
        Line(words, numbers(series, key), role)
        for key, words, role in (
            ("staffed", "on duty", SERIES[6]),
            ("busy", "at work", SERIES[2]),
        )
        if any(numbers(series, key))
    ]
    if at_s and drawn:
        yield plot(
            Plot(
                "Agents on duty and at work",
                lines(at_s, drawn, unit="agents"),
                unit="agents, mean over replications",
                legend=[(line.name, line.role) for line in drawn],
            )
        )


def _by(found: Document, drawn: Sequence[str]) -> Iterator[Markup]:
    """Plots of some measures and a table of all."""
    keys = _keys(found)
    cards = [
        card
        for key in keys
        if key.partition("[")[0] in drawn and (card := _chart(found, key)) is not None
    ]
    if cards:
        yield pair(*cards)
    if keys:
        yield _table(found, list(found), keys)


def _keys(found: Document) -> list[str]:
    """All keys of all, in the order in which they come up."""
    return list(dict.fromkeys(key for name in found for key in mapping(found, name)))


def _chart(found: Document, key: str) -> Markup | None:
    shown = measure(key)
    rows = [
        Interval(
            name, one.mean, one.half_width, bare(one, shown.kind), said(one, shown.kind), ACCENT
        )
        for name in found
        if (one := estimate(mapping(found, name), key)) is not None
    ]
    if not rows:
        return None
    figure = intervals(rows, tick_format=shown.tick_format)
    return plot(Plot(_title(rows, shown), figure, unit="with 95 % intervals"))


def _title(rows: Sequence[Interval], shown: Measure) -> str:
    ordered = sorted(rows, key=lambda row: row.mean)
    ends = dict.fromkeys((ordered[0].label, ordered[-1].label))
    said_of = {row.label: row.said for row in rows}
    if len({said_of[label] for label in ends}) == 1 and len(rows) > 1:
        return f"{capital(shown.heading)}: {rows[0].said} everywhere"
    words = " to ".join(f"{said_of[label]} ({label})" for label in ends)
    return f"{capital(shown.heading)}: {words}"


def _table(found: Document, names: Sequence[str], keys: Sequence[str]) -> Markup:
    shown = [measure(key) for key in keys]
    return table(
        ("", *(one.heading for one in shown)),
        [
            (
                name,
                *(
                    said(estimate(mapping(found, name), key), one.kind)
                    for key, one in zip(keys, shown, strict=True)
                ),
            )
            for name in names
        ],
    )


def _agents(found: Document) -> Iterator[Markup]:
    keys, names = _keys(found), list(found)[:AGENTS_MAX]
    if keys:
        rest = len(found) - len(names)
        words = f"{count(len(names))} agents" + (f" of {count(len(found))}" if rest else "")
        yield details(words, _table(found, names, keys))


def _notes(document: Document) -> list[str]:
    return [*sentences(METHOD), *texts(document, "notes")]


def _command(document: Document) -> str:
    seed = number(document, "seed")
    line = f"onequeue simulate {text(document, 'scenario')}"
    return line if seed is None else f"{line} --seed {seed:.0f}"
