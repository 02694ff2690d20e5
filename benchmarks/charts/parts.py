"""The parts of a report: headline figures, verdict, tables, plots with their words, facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from benchmarks.charts.document import Document, mapping, text
from benchmarks.charts.markup import Markup, joined, tag
from benchmarks.charts.page import embedded
from benchmarks.charts.palette import Role
from benchmarks.charts.plots import Figure
from benchmarks.charts.wording import NOTHING, value

__all__ = (
    "Plot",
    "Tile",
    "bullets",
    "details",
    "pair",
    "plot",
    "reproduction",
    "section",
    "sentences",
    "table",
    "target_table",
    "tiles",
    "verdict",
)

_MARKS: Final = {
    True: ("✓ met", "mark"),
    False: ("✗ missed", "mark bad"),
    None: (NOTHING, "mark open"),
}


@dataclass(frozen=True, slots=True)
class Tile:
    """One headline figure."""

    label: str
    figure: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Plot:
    """A figure with its words. ``title`` says what one sees, ``unit`` what the axis counts,
    ``caption`` how it was made."""

    title: str
    figure: Figure
    unit: str = ""
    caption: str = ""
    legend: Sequence[tuple[str, Role]] = field(default=())


def tiles(found: Iterable[Tile]) -> Markup:
    """Headline figures side by side."""
    return tag("dl", *(_tile(one) for one in found), class_="tiles")


def _tile(one: Tile) -> Markup:
    note = [tag("dd", one.note, class_="note")] if one.note else []
    return tag(
        "div", tag("dt", one.label), tag("dd", one.figure, class_="figure"), *note, class_="tile"
    )


def verdict(words: str, reasons: Sequence[str] = (), *, good: bool) -> Markup:
    """What the whole comes to, in one sentence, with reasons."""
    listed = [tag("ul", *(tag("li", one) for one in reasons))] if reasons else []
    mark = "✓ " if good else "✗ "
    return tag(
        "div", tag("strong", mark + words), *listed, class_="verdict" if good else "verdict bad"
    )


def section(title: str, *parts: Markup) -> Markup:
    """A heading and what belongs to it; nothing at all when nothing does."""
    return tag("section", tag("h2", title), *parts) if parts else Markup("")


def plot(shown: Plot) -> Markup:
    """A plot in a card."""
    words = [tag("h3", shown.title)]
    if shown.caption:
        words.append(tag("p", shown.caption, class_="quiet"))
    if len(shown.legend) > 1:
        words.append(
            tag("ul", *(_entry(name, role) for name, role in shown.legend), class_="legend")
        )
    if shown.unit:
        words.append(tag("p", shown.unit, class_="unit"))
    place = tag("div", class_="plot", role="img", aria_label=shown.title)
    data = tag("script", embedded(shown.figure.to_plotly_json()), type="application/json")
    return tag("figure", *words, place, data, class_="card")


def _entry(name: str, role: Role) -> Markup:
    return tag("li", tag("span", class_=f"swatch {role.name}"), name)


def pair(*cards: Markup) -> Markup:
    """Cards beside each other where there is room."""
    return tag("div", *cards, class_="pair")


def table(
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    words: int = 1,
    caption: str = "",
    own: Sequence[int] = (),
) -> Markup:
    """A table. The first ``words`` columns hold words, others numbers; ``own`` rows stand out."""
    classes = [{} if place < words else {"class_": "n"} for place in range(len(headings))]
    head = tag(
        "tr",
        *(tag("th", name, scope="col", **c) for name, c in zip(headings, classes, strict=True)),
    )
    body = [
        tag("tr", *_cells(row, classes), **({"class_": "own"} if place in own else {}))
        for place, row in enumerate(rows)
    ]
    said = [tag("caption", caption)] if caption else []
    whole = tag("table", *said, tag("thead", head), tag("tbody", *body))
    return tag("div", whole, class_="scroll")


def _cells(row: Sequence[str], classes: Sequence[dict[str, str]]) -> list[Markup]:
    first, *others = row
    return [
        tag("th", first, scope="row"),
        *(tag("td", cell, **c) for cell, c in zip(others, classes[1:], strict=True)),
    ]


def target_table(targets: Iterable[Mapping[str, Any]]) -> Markup:
    """Targets (``name``, ``target``, ``value``, ``met``), each with its verdict."""
    return table(
        ("target", "asked for", "reached", ""),
        [
            (
                value(one.get("name")),
                value(one.get("target")),
                value(one.get("value")),
                _mark(one.get("met")),
            )
            for one in targets
        ],
    )


def _mark(met: object) -> Markup:
    words, class_ = _MARKS[met if isinstance(met, bool) else None]
    return tag("span", words, class_=class_)


def _facts(found: Mapping[str, Any]) -> Markup:
    """Names and values, one below the other."""
    pairs = (
        (tag("dt", str(name).replace("_", " ")), tag("dd", value(one)))
        for name, one in found.items()
    )
    return tag("dl", *(part for pair in pairs for part in pair), class_="facts")


def bullets(lines: Iterable[str]) -> Markup:
    """Plain sentences as a list."""
    return tag("div", tag("ul", *(tag("li", line) for line in lines)), class_="prose")


def sentences(prose: str) -> list[str]:
    """Paragraphs, set apart by empty lines, each in one line."""
    return [" ".join(paragraph.split()) for paragraph in prose.strip().split("\n\n")]


def _command(line: str) -> Markup:
    """A line for a terminal."""
    return tag("pre", tag("code", line))


def reproduction(document: Document, line: str) -> Iterator[Markup]:
    """The command of a run (``line`` if it is not told), its options, and where it ran."""
    yield _command(text(document, "command") or line)
    for name in ("options", "environment"):
        if found := mapping(document, name):
            yield _facts(found)


def details(summary: str, *parts: Markup) -> Markup:
    """Parts that are shown when asked for."""
    return tag("details", tag("summary", summary), joined(parts))
