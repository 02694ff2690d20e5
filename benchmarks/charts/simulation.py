"""The report of a simulation: service, waits and occupancy with intervals, the queue in time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeAlias

from benchmarks.charts.document import Document, mapping, number, numbers, text, texts
from benchmarks.charts.estimates import Measure, bare, estimate, flattened, measure, said
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
from benchmarks.charts.plots import Band, Figure, Line, lines
from benchmarks.charts.rows import Interval, intervals
from benchmarks.charts.wording import capital, count, rounded, seconds

__all__ = ("write_simulation_report",)

Measures: TypeAlias = Mapping[str, Document]
"""Estimates by key."""

HEADLINES: Final = ("service_level", "abandonment", "asa_s", "match_value", "preferred_rate")
"""Measures of all contacts that stand at the top."""

DRAWN: Final = {
    "types": ("By type of contact", ("service_level", "asa_s", "abandonment")),
    "channels": ("By channel", ("service_level",)),
    "groups": ("By group of agents", ("occupancy",)),
}
"""What a section is called, and what it draws; all measures are in its table."""

AGENTS_MAX: Final = 200
"""Agents in the table; all of them are in the JSON."""

FLOWS: Final = (
    ("arrivals", "arrived", SERIES[0]),
    ("served", "served", SERIES[2]),
    ("abandoned", "gave up", SERIES[1]),
)
CREW: Final = (("staffed_agents", "on duty", SERIES[6]), ("busy_agents", "at work", SERIES[2]))

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
    every = flattened(mapping(document, "all"))
    yield tiles(_tiles(document, every))
    yield section("In time", *_over_time(mapping(document, "series")))
    for by, (title, drawn) in DRAWN.items():
        named = mapping(document, by)
        found = {name: flattened(mapping(named, name)) for name in named}
        yield section(title, *_by(found, every if by != "groups" else {}, drawn))
    yield section("By agent", *_agents(mapping(document, "agents")))
    yield section("Method, and what is not claimed", bullets(_notes(document)))
    yield section("To reproduce", *reproduction(document, _command(document)))


def _tiles(document: Document, every: Measures) -> Iterator[Tile]:
    for key in HEADLINES:
        if (found := estimate(every, key)) is not None:
            shown = measure(key)
            off = said(found, shown.kind).partition("±")[2].strip()
            yield Tile(capital(shown.heading), bare(found, shown.kind), f"± {off}" if off else "")
    if (replications := number(document, "replications")) is not None:
        horizon = number(document, "horizon_s")
        yield Tile("Replications", count(replications), f"of {seconds(horizon)} each")
    if (rate := number(document, "interactions_per_cpu_s")) is not None:
        yield Tile("Simulated a second", rounded(rate), "contacts, on one core")


def _over_time(series: Document) -> Iterator[Markup]:
    at_s = [at for at in numbers(series, "at_s") if at is not None]
    if len(at_s) < 2:
        return
    step_s = number(series, "step_s") or 1.0
    flows = [
        Line(words, [v and v * 60 / step_s for v in numbers(series, key)], role)
        for key, words, role in FLOWS
        if any(numbers(series, key))
    ]
    if flows:
        top = max((value for value in flows[0].values if value is not None), default=0.0)
        yield _plot(f"Up to {rounded(top)} contacts arrived a minute", "contacts a minute",
                    lines(at_s, flows, unit="a minute"), flows)  # fmt: skip
    yield from _depth(at_s, series)
    crew = [
        Line(words, numbers(series, key), role)
        for key, words, role in CREW
        if any(numbers(series, key))
    ]
    if crew:
        yield _plot("Agents on duty and at work", "agents", lines(at_s, crew), crew)


def _depth(at_s: Sequence[float], series: Document) -> Iterator[Markup]:
    depth, widths = numbers(series, "depth"), numbers(series, "depth_half_width")
    if not any(depth):
        return
    top = max(value for value in depth if value is not None)
    drawn = [Line("waiting", depth, ACCENT)]
    figure = lines(at_s, drawn, band=_band(depth, widths))
    words = f"On average at most {rounded(top)} contacts waited"
    yield _plot(words, "waiting contacts, with the 95 % interval of the mean", figure, drawn)


def _band(means: Sequence[float | None], widths: Sequence[float | None]) -> Band:
    pairs = [
        (None, None) if mean is None else (max(0.0, mean - (width or 0.0)), mean + (width or 0.0))
        for mean, width in zip(means, widths, strict=False)
    ]
    return Band([low for low, _ in pairs], [high for _, high in pairs], ACCENT)


def _plot(title: str, unit: str, figure: Figure, drawn: Sequence[Line]) -> Markup:
    return plot(Plot(title, figure, unit=unit, legend=[(line.name, line.role) for line in drawn]))


def _by(found: Mapping[str, Measures], every: Measures, drawn: Sequence[str]) -> Iterator[Markup]:
    """Plots of some measures and a table of all, with all contacts together first."""
    cards = [card for key in drawn if (card := _chart(found, key)) is not None]
    if cards:
        yield pair(*cards)
    beside = {"all": every, **found} if every and len(found) > 1 else found
    keys = [key for key in _keys(beside) if _is_told(beside, key)]
    if keys:
        yield table(
            ("", *beside),
            [(capital(measure(key).heading), *_told(beside, key)) for key in keys],
        )


def _keys(found: Mapping[str, Measures]) -> list[str]:
    """All keys of all, in the order in which they come up; those of one measure together."""
    keys = dict.fromkeys(key for one in found.values() for key in one)
    names = list(dict.fromkeys(key.partition("[")[0] for key in keys))
    return sorted(keys, key=lambda key: names.index(key.partition("[")[0]))


def _is_told(found: Mapping[str, Measures], key: str) -> bool:
    """Whether a measure is anything but 0 anywhere."""
    estimates = [estimate(one, key) for one in found.values()]
    return any(one is not None and (one.mean or one.half_width) for one in estimates)


def _told(found: Mapping[str, Measures], key: str) -> Iterator[str]:
    kind = measure(key).kind
    return (said(estimate(one, key), kind) for one in found.values())


def _chart(found: Mapping[str, Measures], key: str) -> Markup | None:
    shown = measure(key)
    rows = [
        Interval(
            name, one.mean, one.half_width, bare(one, shown.kind), said(one, shown.kind), ACCENT
        )
        for name in found
        if (one := estimate(found[name], key)) is not None
    ]
    if not rows:
        return None
    figure = intervals(rows, tick_format=shown.tick_format)
    return plot(Plot(_title(rows, shown), figure, unit="with 95 % intervals"))


def _title(rows: Sequence[Interval], shown: Measure) -> str:
    low, high = min(rows, key=lambda row: row.mean), max(rows, key=lambda row: row.mean)
    heading = capital(shown.heading)
    if low.said == high.said:
        return f"{heading}: {low.said} {'everywhere' if len(rows) > 1 else f'({low.label})'}"
    return f"{heading}: {low.said} ({low.label}) to {high.said} ({high.label})"


def _agents(found: Document) -> Iterator[Markup]:
    named = {name: flattened(mapping(found, name)) for name in list(found)[:AGENTS_MAX]}
    keys = _keys(named)
    keys = [key for key in keys if _is_told(named, key)]
    if not keys:
        return
    lines = [
        (
            name,
            text(mapping(found, name), "group"),
            *(said(estimate(one, key), measure(key).kind) for key in keys),
        )
        for name, one in named.items()
    ]
    rest = len(found) > len(named)
    words = f"{count(len(named))} agents" + (f" of {count(len(found))}" if rest else "")
    headings = ("agent", "group", *(capital(measure(key).heading) for key in keys))
    yield details(words, table(headings, lines, words=2))


def _notes(document: Document) -> list[str]:
    return [*sentences(METHOD), *texts(document, "notes")]


def _command(document: Document) -> str:
    seed = number(document, "seed")
    line = f"onequeue simulate {text(document, 'scenario')}"
    return line if seed is None else f"{line} --seed {seed:.0f}"
