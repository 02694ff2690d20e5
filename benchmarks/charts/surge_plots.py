"""The plots of a surge report, each with words that say what this run shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from benchmarks.charts.document import Document, mapping, number, numbers, records, text
from benchmarks.charts.histograms import Shares, histogram_of, histograms
from benchmarks.charts.markup import Markup
from benchmarks.charts.palette import MUTED, RAMP, SERIES
from benchmarks.charts.parts import Plot, pair, plot
from benchmarks.charts.plots import Figure, Line, Window, lines
from benchmarks.charts.rows import Bar, bars
from benchmarks.charts.wording import count, ms, percent, rounded, seconds

__all__ = ("latency_plots", "load_plots", "machine_plots", "service_plots")

Values = Sequence[float | None]

COMMANDS_MAX: Final = 6
"""Redis commands that are shown; the rest is in the JSON."""

SAMPLES_MAX: Final = 150
"""Points of a process: the clock of processor time ticks in hundredths of a second, and samples of
half a second are rough."""

OTHERS: Final = "others"

FLOWS: Final = (
    ("arrivals", "arrived", SERIES[0]),
    ("served", "served", SERIES[2]),
    ("abandoned", "abandoned", SERIES[1]),
)
PERCENTILES: Final = (
    ("matching_p50_ms", "matching p50", RAMP[0]),
    ("matching_p99_ms", "matching p99", RAMP[2]),
    ("idle_gap_p99_ms", "idle gap p99", SERIES[1]),
    ("relay_p99_ms", "bare relay p99", MUTED),
)
SPREADS: Final = (
    ("relay_latency_ms", "bare relay", MUTED),
    ("matching_latency_ms", "matching", SERIES[0]),
    ("idle_gap_ms", "idle gap", SERIES[1]),
)


def load_plots(document: Document) -> Iterator[Markup]:
    """What came, and what became of it; how much waited."""
    series, windows = mapping(document, "series"), _windows(document)
    at_s, step_s = _times(series), number(series, "step_s") or 1.0
    flows = [
        Line(name, [None if v is None else v / step_s for v in numbers(series, key)], role)
        for key, name, role in FLOWS
        if any(numbers(series, key))
    ]
    if at_s and flows:
        top = _most(flows[0].values)
        yield _over_time(
            f"Up to {rounded(top)} interactions arrived a second", "interactions a second",
            lines(at_s, flows, unit="a second", windows=windows), flows,
        )  # fmt: skip
    depth = numbers(series, "depth")
    if at_s and depth:
        yield _over_time(
            f"At most {count(_most(depth))} interactions waited at once", "waiting interactions",
            lines(at_s, drawn := _depths(series, depth), windows=windows, take="max"), drawn,
        )  # fmt: skip


def _depths(series: Document, depth: Values) -> list[Line]:
    found = mapping(series, "depth_by_channel")
    if len(found) < 2:
        return [Line("waiting", depth, SERIES[0], filled=True)]
    return _by_name({name: numbers(found, name) for name in found})


def latency_plots(document: Document) -> Iterator[Markup]:
    """Percentiles over time, and how latencies are spread beside those of the relay."""
    series = mapping(document, "series")
    at_s = _times(series)
    drawn = [
        Line(name, numbers(series, key), role)
        for key, name, role in PERCENTILES
        if any(numbers(series, key))
    ]
    if at_s and drawn:
        yield _over_time(
            _latency_title(document), "milliseconds, logarithmic",
            lines(at_s, drawn, unit="ms", windows=_windows(document), log=True, take="max"), drawn,
        )  # fmt: skip
    yield from _histogram(document)


def _latency_title(document: Document) -> str:
    series, warm_up_s = mapping(document, "series"), number(document, "warm_up_s") or 0.0
    steps = zip(_times(series), numbers(series, "matching_p99_ms"), strict=False)
    worst = [v for at_s, v in steps if v is not None and at_s >= warm_up_s]
    if not worst:
        return "Latency over time"
    usual = sorted(worst)[len(worst) // 2]
    return f"p99 of matching: {ms(usual)} in the usual step, {ms(max(worst))} in the worst"


def _histogram(document: Document) -> Iterator[Markup]:
    drawn = [
        Shares(name, role, found)
        for key, name, role in SPREADS
        if (found := histogram_of(mapping(document, key))) is not None
    ]
    if drawn and {one.name for one in drawn} != {"bare relay"}:
        yield plot(
            Plot(
                _histogram_title(document),
                histograms(drawn),
                unit="share of the samples of each, over equal steps of a logarithmic axis",
                legend=[(one.name, one.role) for one in drawn],
            )
        )


def _histogram_title(document: Document) -> str:
    own, relay = (
        number(document, key, "p50") for key in ("matching_latency_ms", "relay_latency_ms")
    )
    if own and relay:
        return (
            f"Half of all offers were readable within {ms(own)}; the bare relay takes {ms(relay)}"
        )
    return "How latencies are spread"


def service_plots(document: Document) -> Iterator[Markup]:
    """How many were answered in time, and how busy the agents were."""
    levels = mapping(document, "service_level")
    rows = [
        Bar(f"{channel}{_within(mapping(levels, channel))}", share, percent(share))
        for channel in levels
        if (share := number(levels, channel, "share")) is not None
    ]
    if rows:
        worst = min(row.value for row in rows)
        some = len(rows) > 1
        many = "All" if worst >= 1 else f"{percent(worst)}{' or more' if some else ''}"
        title = f"{many} were answered in time{' on every channel' if some else ''}"
        yield plot(Plot(title, bars(rows, most=1.0), unit="share answered within the target"))
    series = mapping(document, "series")
    busy, free = numbers(series, "busy_agents"), numbers(series, "free_agents")
    at_s = _times(series)
    shares = [_share(b, f) for b, f in zip(busy, free, strict=False)]
    if at_s and any(v is not None for v in shares):
        drawn = [Line("busy agents", shares, SERIES[2], filled=True)]
        yield _over_time(
            f"Agents were busy {percent(_occupancy(document, shares), 0)} of the time",
            "share of agents who have work in hand",
            lines(at_s, drawn, windows=_windows(document), share=True), drawn,
        )  # fmt: skip


def _within(level: Document) -> str:
    threshold = number(level, "threshold_s")
    return "" if threshold is None else f", within {seconds(threshold)}"


def _share(busy: float | None, free: float | None) -> float | None:
    if busy is None or free is None or busy + free <= 0:
        return None
    return busy / (busy + free)


def _occupancy(document: Document, shares: Values) -> float:
    stated = number(document, "occupancy")
    found = [v for v in shares if v is not None]
    return stated if stated is not None else sum(found) / len(found)


def machine_plots(document: Document) -> Iterator[Markup]:
    """What each process took, and what Redis did."""
    processes = mapping(document, "processes")
    named = {name: mapping(processes, name) for name in processes}
    shown = [
        card
        for key, unit, title in (
            ("cpu_share", "cores", "Processor by process"),
            ("rss_mib", "MiB resident", "Memory by process"),
        )
        if (card := _by_process(document, named, key, unit, title)) is not None
    ]
    if shown:
        yield pair(*shown)
    yield from _redis(document)


def _by_process(
    document: Document, named: Mapping[str, Document], key: str, unit: str, title: str
) -> Markup | None:
    found = {name: numbers(one, key) for name, one in named.items() if any(numbers(one, key))}
    if not found:
        return None
    at_s = max((_times(named[name]) for name in found), key=len)
    drawn = _by_name(found)
    top = max(found, key=lambda name: _most(found[name]))
    said = f"{title}: most for {top}, up to {rounded(_most(found[top]))} {unit}"
    figure = lines(at_s, drawn, unit=unit, windows=_windows(document), points=SAMPLES_MAX)
    return _over_time(said, unit, figure, drawn)


def _redis(document: Document) -> Iterator[Markup]:
    redis = mapping(document, "redis")
    rates, at_s = numbers(redis, "ops_per_second"), _times(redis)
    if at_s and any(rates):
        drawn = [Line("commands", rates, SERIES[3], filled=True)]
        title = f"Redis answered up to {count(_most(rates))} commands a second"
        yield _over_time(title, "commands a second", lines(at_s, drawn), drawn)
    calls = mapping(redis, "commands")
    ordered = sorted(calls, key=lambda name: -(number(calls, name) or 0))[:COMMANDS_MAX]
    rows = [Bar(name, found, count(found)) for name in ordered if (found := number(calls, name))]
    if rows:
        rate = number(redis, "ops_per_second")
        said = f", {count(rate)} a second" if rate is not None else ""
        yield plot(Plot(f"Redis commands{said}", bars(rows, role=SERIES[3]), unit="calls"))


def _by_name(found: Mapping[str, Values]) -> list[Line]:
    """A line for each name, in a colour of its own; when there are more names than colours, the
    smallest are one line."""
    names = list(found)
    if len(names) > len(SERIES):
        ordered = sorted(names, key=lambda name: -_most(found[name]))
        kept, rest = ordered[: len(SERIES) - 1], ordered[len(SERIES) - 1 :]
        found = {**{name: found[name] for name in kept}, OTHERS: _sum([found[n] for n in rest])}
    return [Line(name, found[name], role) for name, role in zip(found, SERIES, strict=False)]


def _sum(found: Sequence[Values]) -> list[float | None]:
    return [
        sum(v for v in at if v is not None) if any(v is not None for v in at) else None
        for at in zip(*found, strict=False)
    ]


def _over_time(title: str, unit: str, figure: Figure, drawn: Sequence[Line]) -> Markup:
    return plot(Plot(title, figure, unit=unit, legend=[(line.name, line.role) for line in drawn]))


def _times(series: Document) -> list[float]:
    found = numbers(series, "at_s")
    return [v for v in found if v is not None] if all(v is not None for v in found) else []


def _most(values: Values) -> float:
    return max((v for v in values if v is not None), default=0.0)


def _windows(document: Document) -> list[Window]:
    warm_up_s = number(document, "warm_up_s")
    warm_up = [Window(0.0, warm_up_s, "warm-up, not counted")] if warm_up_s else []
    return warm_up + [
        Window(from_s, until_s, text(one, "label"))
        for one in records(document, "windows")
        if (from_s := number(one, "from_s")) is not None
        and (until_s := number(one, "until_s")) is not None
    ]
