"""The report of a surge: what customers, agents and machines went through."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks.charts.document import Document, mapping, number, records, text, texts
from benchmarks.charts.markup import Markup
from benchmarks.charts.page import Page, write_page
from benchmarks.charts.parts import (
    Tile,
    bullets,
    reproduction,
    section,
    sentences,
    table,
    target_table,
    tiles,
    verdict,
)
from benchmarks.charts.surge_plots import latency_plots, load_plots, machine_plots, service_plots
from benchmarks.charts.wording import count, ms, percent, rounded, seconds, times, value

__all__ = ("write_surge_report",)

LATENCIES: Final = {
    "matching_latency_ms": "matching",
    "idle_gap_ms": "idle gap",
    "relay_latency_ms": "bare relay, meanwhile",
    "relay_quiet_ms": "bare relay, all else quiet",
    "generator_lag_ms": "generator late",
    "agents_reading_lag_ms": "agents read late",
    "agents_deed_lag_ms": "agents act late",
}

OPEN_LOOP: Final = """
Arrivals keep their schedule whatever the system does, and latencies count from the intended time:
a system that falls behind cannot hide it (no coordinated omission).

Generator, router, Redis and agents are processes of their own; a run in which generator or agents
were the bottleneck is marked as not valid.
"""

DEFINITIONS: Final = """
Matching is the time from the intended arrival to the offer being readable on the work stream, when
an agent was free; an idle gap that from an agent becoming free to their next readable offer, when
work was waiting. Who was free and what waited is told by the generator's own ledger; the router is
not asked.

The bare relay sends entries of the same size through the same server, by the same client and loop,
with no engine between: what no router on this machine can go below.
"""
"""For documents that do not say it themselves."""

NOT_CLAIMED: Final = """
Not claimed: anything about another machine, another scenario or another day. Agents and customers
are simulated; networks between machines, telephony and media are not part of it.

All processes share the cores of the machine: what generator and agents take, the router lacks.
"""

ASKED: Final = ("seed", "agents", "rounds", "policy", "export")
"""Options that belong to the line that plays a run again."""

UNITS: Final = {"_ms.": " ms", "_s.": " s", "_mib.": " MiB", "ratios.": " ×", "_to_ideal.": " ×"}
"""By how the first part of a figure's path ends."""


def write_surge_report(document: Document, path: Path) -> None:
    """Write the report of a surge (the document of `onequeue bench surge --json`) as one HTML file.

    What the document lacks leaves its section out. Raises OSError when the file cannot be written.
    """
    page = Page(
        kind="surge benchmark",
        title=text(document, "scenario") or "surge",
        lead=text(document, "description"),
        parts=tuple(_parts(document)),
    )
    write_page(page, path)


def _parts(document: Document) -> Iterator[Markup]:
    yield _verdict(document)
    yield tiles(_tiles(document))
    targets = [_target(one) for one in records(document, "targets")]
    yield section("Targets", *([target_table(targets)] if targets else []))
    yield section("Load", *load_plots(document))
    yield section("Latency", *latency_plots(document), *_latency_table(document))
    yield section("Service", *service_plots(document), *_waits(document))
    yield section("Machine", *machine_plots(document))
    yield section("Method, and what is not claimed", bullets(_notes(document)))
    yield section("To reproduce", *reproduction(document, _command(document)))


def _command(document: Document) -> str:
    """The line that plays it again."""
    options = mapping(document, "options")
    asked = {"scenario": text(document, "scenario")}
    asked |= {key: str(options[key]) for key in ASKED if options.get(key) is not None}
    return " ".join(
        ["onequeue bench surge", *(f"--{key} {shlex.quote(one)}" for key, one in asked.items())]
    )


def _target(target: Document) -> Document:
    """A target with the unit that the path of its figure names."""
    head = text(target, "figure").partition(".")[0]
    unit = next((words for part, words in UNITS.items() if part in f"{head}."), "")
    figures = {key: target.get(key) for key in ("target", "value")}
    said = {key: f"{value(one)}{unit}" for key, one in figures.items() if one is not None}
    return {**target, **said}


def _verdict(document: Document) -> Markup:
    reasons = list(_faults(document))
    if document.get("valid") is False:
        return verdict(
            "This run is not valid; its figures must not be published.",
            [*texts(document, "invalid_because"), *reasons],
            good=False,
        )
    missed = [text(one, "name") for one in records(document, "targets") if one.get("met") is False]
    if missed:
        reasons.append(f"Missed: {', '.join(missed)}.")
    if reasons:
        return verdict("Something was missed.", reasons, good=False)
    met = sum(1 for one in records(document, "targets") if one.get("met") is True)
    every = f" All {met} targets are met." if met > 1 else " The target is met." if met else ""
    return verdict(f"A valid run, and nothing was lost.{every}", good=True)


def _faults(document: Document) -> Iterator[str]:
    for key, words in (
        ("lost", "{} interactions were lost."),
        ("duplicated", "{} interactions were doubled."),
        ("passed_over", "{} urgent interactions were passed over."),
        ("violations", "onequeue verify found {} violations."),
    ):
        found = _how_many(document, key)
        if found:
            yield words.format(count(found))
    yield from texts(document, "violations_list")[:5]


def _how_many(document: Document, key: str) -> float | None:
    found = document.get(key)
    return float(len(found)) if isinstance(found, list) else number(document, key)


def _tiles(document: Document) -> Iterator[Tile]:
    ratios = mapping(document, "ratios")
    for key, label in (("matching_latency_ms", "Matching"), ("idle_gap_ms", "Idle gap")):
        short = key.removesuffix("_latency_ms").removesuffix("_ms")
        for rank in ("p50", "p99"):
            if (found := number(document, key, rank)) is not None:
                relay = number(ratios, f"{short}_{rank}_to_relay")
                note = f"{times(relay)} the bare relay" if relay is not None else ""
                yield Tile(f"{label}, {rank}", ms(found), note)
    yield from _throughput(document)
    kept = [_how_many(document, key) for key in ("lost", "duplicated", "violations")]
    if any(found is not None for found in kept):
        yield Tile("Lost · doubled · violations", " · ".join(count(found) for found in kept))


def _throughput(document: Document) -> Iterator[Tile]:
    if (lives := number(document, "lives_per_second")) is not None:
        yield Tile("Complete lives a second", rounded(lives), "create, offer, accept, complete")
    if (drained := number(document, "drain_s")) is not None:
        ideal = number(document, "drain_ideal_s")
        note = f"ideal {seconds(ideal)}, {times(drained / ideal)}" if ideal else ""
        yield Tile("Drained in", seconds(drained), note)
    if (recovery := number(document, "recovery_s")) is not None:
        yield Tile("p99 back to normal after", seconds(recovery), "from the surge's end")
    if (offered := number(document, "offered")) is not None:
        served, abandoned = number(document, "served"), number(document, "abandoned")
        note = f"{count(served)} served, {count(abandoned)} abandoned"
        yield Tile("Interactions offered", count(offered), note)


def _latency_table(document: Document) -> Iterator[Markup]:
    ranks = ("p50", "p90", "p99", "p999", "max")
    found = {words: mapping(document, key) for key, words in LATENCIES.items()}
    rows = [
        (words, *(ms(number(latency, rank)) for rank in ranks), count(number(latency, "count")))
        for words, latency in found.items()
        if number(latency, "count")
    ]
    if rows:
        yield table(("", "p50", "p90", "p99", "p99.9", "longest", "samples"), rows)


def _waits(document: Document) -> Iterator[Markup]:
    unit, waits = 1.0, mapping(document, "waits_s")
    if not waits:
        unit, waits = 1_000.0, mapping(document, "waits_ms") or mapping(document, "waits")
    levels = mapping(document, "service_level")
    ranks = ("p50", "p90", "p99", "max")
    rows = [
        (
            channel,
            *(_in_unit(mapping(waits, channel), rank, unit) for rank in ranks),
            *_level(mapping(levels, channel)),
        )
        for channel in dict.fromkeys([*waits, *levels])
    ]
    if rows:
        headings = ("channel", "wait p50", "p90", "p99", "longest", "target", "in time")
        yield table(headings, rows)


def _in_unit(wait: Document, rank: str, unit: float) -> str:
    found = number(wait, rank)
    return seconds(None if found is None else found / unit)


def _level(level: Document) -> tuple[str, str]:
    return seconds(number(level, "threshold_s")), percent(number(level, "share"))


def _notes(document: Document) -> list[str]:
    own = texts(document, "notes") or sentences(DEFINITIONS)
    return [*sentences(OPEN_LOOP), *own, *sentences(NOT_CLAIMED)]
