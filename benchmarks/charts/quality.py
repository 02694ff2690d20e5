"""The report of routing quality: every strategy beside OneQueue's, on each instance."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks.charts.document import Document, mapping, number, records, text, texts
from benchmarks.charts.estimates import Estimate, difference, said
from benchmarks.charts.instances import instance_parts, measure_of
from benchmarks.charts.markup import Markup
from benchmarks.charts.page import Page, write_page
from benchmarks.charts.parts import (
    Tile,
    bullets,
    reproduction,
    section,
    sentences,
    target_table,
    tiles,
    verdict,
)
from benchmarks.charts.wording import NOTHING, count

__all__ = ("write_quality_report",)

QUICK: Final = "A quick run: few contacts, and wide intervals."

METHOD: Final = """
The engine of these figures is the one that routes: the same code under virtual time. Rules that no
policy can say are matchers of their own.

All policies of an instance meet the same contacts (common random numbers): differences are of
pairs, and have intervals of their own.

± is half of a 95 % confidence interval. A target is met when it is reached within three standard
errors of what was measured.

Not claimed: that a center of other numbers is served as well. What is simulated is what is stated:
people neither tire nor learn, and their forecasts are right.
"""


def write_quality_report(document: Document, path: Path) -> None:
    """Write the report of `onequeue bench quality --json` as one HTML file.

    What the document lacks leaves its section out. Raises OSError when the file cannot be written.
    """
    page = Page(
        kind="routing quality",
        title="Who is served how well, by which rule",
        lead="OneQueue beside the rules that contact centers route by, each on the same contacts.",
        parts=tuple(_parts(document)),
    )
    write_page(page, path)


def _parts(document: Document) -> Iterator[Markup]:
    instances = list(records(document, "instances"))
    targets = [one for instance in instances for one in _targets(instance)]
    yield _verdict(document, targets)
    yield tiles(_tiles(document, instances, targets))
    yield section("Targets", *([target_table(targets)] if targets else []))
    for instance in instances:
        yield section(text(instance, "title") or text(instance, "name"), *instance_parts(instance))
    yield section("Method, and what is not claimed", bullets(_notes(document)))
    yield section("To reproduce", *reproduction(document, "onequeue bench quality"))


def _targets(instance: Document) -> Iterator[dict[str, object]]:
    for one in records(instance, "targets"):
        kind = measure_of(instance, text(one, "measure")).kind
        value, asked = number(one, "value"), number(one, "target")
        reached = None if value is None else Estimate(value, number(one, "half_width") or 0.0)
        than = text(one, "than")
        tell = difference if than else said
        bound = "≤" if one.get("at_most") is True else "≥"
        whose = f" ({text(one, 'policy')}{f' against {than}' if than else ''})"
        yield {
            "name": f"{text(instance, 'name')}: {text(one, 'name')}{whose}",
            "target": NOTHING if asked is None else f"{bound} {tell(Estimate(asked, 0.0), kind)}",
            "value": tell(reached, kind),
            "met": one.get("met"),
        }


def _verdict(document: Document, targets: list[dict[str, object]]) -> Markup:
    missed = [str(one["name"]) for one in targets if one["met"] is False]
    if missed:
        return verdict(f"{len(missed)} of {len(targets)} targets are missed.", missed, good=False)
    if document.get("holds") is False:
        return verdict("Not every target is met.", good=False)
    words = f"All {len(targets)} targets are met." if targets else "Measured."
    quick = [QUICK] if mapping(document, "options").get("quick") is True else []
    return verdict(words, quick, good=True)


def _tiles(
    document: Document, instances: list[Document], targets: list[dict[str, object]]
) -> Iterator[Tile]:
    met = sum(1 for one in targets if one["met"] is True)
    if targets:
        yield Tile("Targets met", f"{met} of {len(targets)}")
    yield Tile("Instances", count(len(instances)))
    policies = {text(row, "policy") for one in instances for row in records(one, "rows")}
    yield Tile("Policies", count(len(policies)))
    calls = number(document, "options", "calls")
    if calls is not None:
        yield Tile("Contacts", count(calls), "for each policy of an instance")


def _notes(document: Document) -> list[str]:
    return [*sentences(METHOD), *texts(document, "notes")]
