"""The report of a preview: both sides, who goes elsewhere, the back-test, and what is supposed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

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
from benchmarks.charts.markup import Markup, tag
from benchmarks.charts.page import Page, write_page
from benchmarks.charts.palette import MUTED, SERIES, Role
from benchmarks.charts.parts import (
    Plot,
    Tile,
    bullets,
    details,
    pair,
    plot,
    reproduction,
    section,
    table,
    tiles,
    verdict,
)
from benchmarks.charts.preview_back_test import back_test_table, noted_table
from benchmarks.charts.rows import Interval, intervals
from benchmarks.charts.wording import NOTHING, capital, count, percent, seconds, value

__all__ = ("write_preview_report",)

HEADLINES: Final = (
    "service_level",
    "abandonment",
    "asa_s",
    "skill_fit",
    "preferred_rate",
    "occupancy",
)
BY_SCOPE: Final = ("service_level", "abandonment", "asa_s", "occupancy")
ROWS_MAX: Final = 16
"""Queues and channels of a plot; the table below has all."""

NAMED_MAX: Final = 50

_OWN: Final = {
    "answered": Measure("answered", "count"),
    "diverted": Measure("diverted", "count"),
    "asa_s": Measure("mean wait", "seconds", more_is_better=False),
    "wait_p50_s": Measure("median wait", "seconds", more_is_better=False),
    "wait_p90_s": Measure("wait, p90", "seconds", more_is_better=False),
    "wait_p95_s": Measure("wait, p95", "seconds", more_is_better=False),
    "aht_s": Measure("handle time", "seconds", more_is_better=False),
    "skill_fit": Measure("skill fit", "share", more_is_better=True),
    "preferred_rate": Measure("preferred agent", "share", more_is_better=True),
    "occupancy_spread": Measure("spread of occupancy", "share", more_is_better=False),
}


class _Row(NamedTuple):
    """One measure of one scope: both sides, and what changes."""

    measure: Measure
    base: Estimate | None
    draft: Estimate | None
    change: Estimate | None


def write_preview_report(document: Document, path: Path) -> None:
    """Write the report of `onequeue preview --json` as one HTML file.

    What the document lacks leaves its section out. Raises OSError when the file cannot be written.
    """
    done = mapping(document, "replications")
    lead = (
        f"{count(number(document, 'interactions'))} interactions of tenant "
        f"{text(document, 'tenant')}, {_moment(document, 'from')} to {_moment(document, 'to')}, "
        f"replayed {count(number(done, 'done'))} times under what ran and under the draft."
    )
    page = Page(
        kind="preview of a policy",
        title="What the draft would have changed",
        lead=lead,
        parts=tuple(_parts(document)),
    )
    write_page(page, path)


def _parts(document: Document) -> Iterator[Markup]:
    everything = mapping(document, "measures", "all")
    yield _trust(mapping(document, "back_test"))
    yield tiles(_tiles(everything))
    if warnings := texts(document, "warnings"):
        yield bullets(warnings)
    yield section("Side by side", *_side_by_side(everything))
    yield section("By queue and channel", *_by_scope(mapping(document, "measures")))
    yield section("Who goes elsewhere", *_elsewhere(mapping(document, "elsewhere")))
    yield section("The back-test", *back_test_table(mapping(document, "back_test"), _measure))
    yield section("What is supposed", *_supposed(document))
    yield section("To reproduce", *reproduction(document, _command(document)))


def _measure(name: str) -> Measure:
    return _OWN.get(name) or measure(name, unit="s" if name.endswith("_s") else "")


def _row(found: Document, name: str) -> _Row | None:
    one = mapping(found, name)
    row = _Row(_measure(name), *(estimate(one, side) for side in ("base", "draft", "difference")))
    return None if row.base is None and row.draft is None else row


def _trust(tested: Document) -> Markup:
    words = text(tested, "verdict")
    if not words:
        return Markup("")
    if tested.get("judged") is not True:
        return tag("p", words, class_="quiet")
    return verdict(words, texts(tested, "faults"), good=tested.get("holds") is True)


def _tiles(everything: Document) -> Iterator[Tile]:
    for name in HEADLINES:
        row = _row(everything, name)
        if row is not None and row.base and row.draft:
            kind = row.measure.kind
            tell = percent if kind == "share" else seconds
            note = f"was {tell(row.base.mean)}: {difference(row.change, kind)}"
            yield Tile(capital(row.measure.heading), tell(row.draft.mean), note)


def _side_by_side(everything: Document) -> Iterator[Markup]:
    rows = [row for name in everything if (row := _row(everything, name))]
    if not rows:
        return
    yield table(
        ("measure", "what ran", "draft", "change", ""),
        [_cells(row.measure.heading, row) for row in rows],
        caption="± is half of a 95 % interval over the replications; changes are of pairs that "
        "share their random numbers.",
    )
    cards = []
    for kind, words in (("share", "in points of a hundred"), ("seconds", "in seconds")):
        chosen = [row for row in rows if row.measure.kind == kind]
        if chosen:
            found = [(row.measure.heading, row) for row in chosen]
            cards.append(_changes(f"Change {words}", found, kind))
    if cards:
        yield pair(*cards)


def _cells(name: str, row: _Row) -> list[str]:
    kind = row.measure.kind
    base = bare(row.base, kind) if row.base else NOTHING
    draft = bare(row.draft, kind) if row.draft else NOTHING
    return [capital(name), base, draft, difference(row.change, kind), _judged(row)]


def _is_beyond(change: Estimate | None) -> bool:
    """Whether a change is beyond chance: of a single replication that cannot be said."""
    return change is not None and 0 < change.half_width < abs(change.mean)


def _judged(row: _Row) -> str:
    more = row.measure.more_is_better
    if row.change is None or more is None or not _is_beyond(row.change):
        return "" if more is None or row.change is None else "within chance"
    return "better" if (row.change.mean > 0) is more else "worse"


def _changes(title: str, rows: Sequence[tuple[str, _Row]], kind: str) -> Markup:
    drawn = [
        Interval(
            capital(name),
            row.change.mean,
            row.change.half_width,
            difference(row.change, kind),
            f"{said(row.base, kind)} → {said(row.draft, kind)}",
            _role(row),
        )
        for name, row in rows
        if row.change is not None
    ]
    made = intervals(drawn, tick_format=Measure("", kind).tick_format, goals={"no change": 0.0})
    legend = [("better", SERIES[2]), ("worse", SERIES[1]), ("neither, or within chance", MUTED)]
    shown = [one for one in legend if one[1] in {each.role for each in drawn}]
    return plot(Plot(title, made, legend=shown))


def _role(row: _Row) -> Role:
    return {"better": SERIES[2], "worse": SERIES[1]}.get(_judged(row), MUTED)


def _scopes(measures: Document) -> list[tuple[str, Document]]:
    return [
        (f"{word} {name}", mapping(measures, key, name))
        for key, word in (("queues", "queue"), ("channels", "channel"))
        for name in mapping(measures, key)
    ]


def _by_scope(measures: Document) -> Iterator[Markup]:
    scopes = _scopes(measures)
    cards = []
    for name in BY_SCOPE:
        rows = [(scope, row) for scope, found in scopes if (row := _row(found, name))]
        if rows:
            kind = rows[0][1].measure.kind
            title = f"{capital(rows[0][1].measure.heading)}: the change"
            cards.append(_changes(title, rows[:ROWS_MAX], kind))
    if cards:
        yield pair(*cards)
    for scope, found in scopes:
        rows_of = [row for name in found if (row := _row(found, name))]
        headings = ("measure", "what ran", "draft", "change", "")
        cells = [_cells(row.measure.heading, row) for row in rows_of]
        yield details(capital(scope), table(headings, cells))


def _elsewhere(found: Document) -> Iterator[Markup]:
    share, chance = estimate(found, "share"), estimate(found, "share_by_chance")
    if share is None:
        return
    named = list(islice(records(found, "interactions"), NAMED_MAX))
    yield tiles(
        (
            Tile("End otherwise, or with another agent", percent(share.mean), said(share, "share")),
            Tile(
                "By chance alone",
                percent(chance.mean) if chance else NOTHING,
                "when what ran is replayed: one agent who is free a second later changes all "
                "that follows",
            ),
            Tile("Interactions compared", count(number(found, "compared"))),
        )
    )
    if named:
        words = f"The {len(named)} whose wait changes most, in the first replication"
        headings = ("interaction", "queue", "channel", "what ran", "draft", "wait")
        yield details(words, table(headings, map(_moved, named), words=5))


def _moved(one: Document) -> list[str]:
    base, draft = mapping(one, "base"), mapping(one, "draft")
    gap = (number(draft, "wait_s") or 0.0) - (number(base, "wait_s") or 0.0)
    return [
        text(one, "interaction_id"),
        text(one, "queue"),
        text(one, "channel"),
        _side(base),
        _side(draft),
        difference(Estimate(round(gap, 1), 0.0), "seconds"),
    ]


def _side(side: Document) -> str:
    agent = f" by {text(side, 'agent')}" if text(side, "agent") else ""
    return f"{text(side, 'end')}{agent} after {seconds(number(side, 'wait_s'))}"


def _supposed(document: Document) -> Iterator[Markup]:
    if lines := texts(document, "assumptions"):
        yield bullets(lines)
    if rows := noted_table(mapping(document, "not_predicted")):
        yield rows
    if model := mapping(document, "model"):
        facts = [(name.replace("_", " "), value(model[name])) for name in model]
        yield details("What was fitted to the period", table(("", ""), facts))


def _moment(document: Document, key: str) -> str:
    """A time of the document, without a fraction that says nothing."""
    return text(document, key).replace(".000Z", "Z")


def _command(document: Document) -> str:
    seeds = document.get("seeds")
    first = seeds[0] if isinstance(seeds, list) and seeds else 1
    return (
        f"onequeue preview --policy FILE --from {_moment(document, 'from').replace(' ', 'T')} "
        f"--to {_moment(document, 'to').replace(' ', 'T')} --tenant {text(document, 'tenant')} "
        f"--replications {count(number(document, 'replications', 'of'))} --seed {first}"
    )
