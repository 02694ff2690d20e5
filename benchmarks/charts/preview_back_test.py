"""The back-test of a preview as a table, and what could not be taken over, in words and counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from benchmarks.charts.document import Document, mapping, number
from benchmarks.charts.estimates import Estimate, Measure, bare, difference, estimate, said
from benchmarks.charts.markup import Markup, tag
from benchmarks.charts.parts import details, table
from benchmarks.charts.wording import NOTHING, capital, rounded

__all__ = ("back_test_table", "noted_table")

HEADINGS: Final = ("measure", "was", "replayed", "off by", "tolerated", "")


def back_test_table(tested: Document, measure: Callable[[str], Measure]) -> Iterator[Markup]:
    """What really was beside the replay of it: overall, then for each queue and channel."""
    if rows := _rows(mapping(tested, "all"), measure):
        words = "The policies that ran are replayed, and held against what really was."
        yield table(HEADINGS, rows, caption=words)
    for key, word in (("queues", "queue"), ("channels", "channel")):
        for name in mapping(tested, key):
            if rows := _rows(mapping(tested, key, name), measure):
                yield details(capital(f"{word} {name}"), table(HEADINGS, rows))


def _rows(found: Document, measure: Callable[[str], Measure]) -> list[list[str | Markup]]:
    return [_row(mapping(found, name), measure(name)) for name in found]


def _row(one: Document, shown: Measure) -> list[str | Markup]:
    was, off, most = (number(one, name) for name in ("happened", "deviation", "tolerance"))
    return [
        capital(shown.heading),
        NOTHING if was is None else bare(Estimate(was, 0.0), shown.kind),
        said(estimate(one, "replayed"), shown.kind),
        NOTHING if off is None else difference(Estimate(off, 0.0), shown.kind),
        NOTHING if most is None else bare(Estimate(most, 0.0), shown.kind),
        _mark(one, is_judged=most is not None),
    ]


def _mark(one: Document, *, is_judged: bool) -> Markup:
    if not is_judged:
        return tag("span", "too few", class_="mark open")
    holds = one.get("holds") is True
    return tag("span", "✓ near" if holds else "✗ off", class_="mark" if holds else "mark bad")


def noted_table(noted: Document) -> Markup | None:
    """What was counted on the way: in the recording, and in the replays of either side."""
    recording, base, draft = (mapping(noted, key) for key in ("recording", "base", "draft"))
    rows = [(_words(name), rounded(number(recording, name)), NOTHING) for name in recording]
    rows += [
        (_words(name), rounded(number(base, name)), rounded(number(draft, name)))
        for name in dict.fromkeys((*base, *draft))
    ]
    if not rows:
        return None
    counted = table(("", "what ran", "draft"), rows)
    return details("What was used as recorded, drawn, or left out: counts", counted)


def _words(name: str) -> str:
    return capital(name.replace("_", " "))
