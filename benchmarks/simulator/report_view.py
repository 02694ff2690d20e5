"""What a person reads of a simulation: tables of types, channels and groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.table import Table

from benchmarks.scenario.document import Scenario
from benchmarks.simulator.estimates import Estimate
from benchmarks.simulator.figures import Figures
from benchmarks.simulator.measures import Measures, Scope
from benchmarks.simulator.report import Effort, speed_of

__all__ = ("print_report",)

AGENTS_MAX: Final = 20
"""Agents who are told one by one; the document has all."""

LEVELS_MAX: Final = 6


def print_report(
    scenario: Scenario,
    effort: Effort,
    measures: Measures,
    runs: Sequence[Figures],
    screen: Console,
) -> None:
    """Print everything worth a look, with 95 % confidence intervals."""
    screen.print(_contacts(scenario, measures))
    screen.print(_waits(measures))
    screen.print(_in_time(measures))
    screen.print(_groups(scenario, measures))
    for line in _lines(measures):
        screen.print(line, markup=False)
    interactions = sum(run.contacts for run in runs)
    cpu_s = sum(run.cpu_s for run in runs)
    screen.print(
        f" {interactions:,} interactions in {cpu_s:.1f} s of processor time: "
        f"{speed_of(runs):,.0f} a second and core; {effort.took_s:.1f} s in all. "
        f"± is a 95 % confidence interval over {_over(effort)}."
    )


def _over(effort: Effort) -> str:
    if effort.replications == 1:
        return f"{effort.batches} stretches of one run"
    apart = f" of {effort.batches} stretches each" if effort.batches > 1 else ""
    return f"{effort.replications} replications{apart}"


def _scopes(measures: Measures) -> list[tuple[str, Scope]]:
    rows = list(measures.types.items())
    if len(measures.channels) > 1:
        rows += [(f"all {name}", scope) for name, scope in measures.channels.items()]
    return [*rows, ("all", measures.everything)] if len(rows) > 1 else rows


def _contacts(scenario: Scenario, measures: Measures) -> Table:
    table = _table(scenario.name, "type", "offered", "served", "gave up", "no place")
    others = [n for n in ("retried", "diverted", "left") if _any(measures, n)]
    values = [n for n in ("match_value", "preferred_rate") if n in measures.everything.one]
    for name in (*others, "SL", *values):
        table.add_column(name.replace("_", " "), justify="right", no_wrap=True)
    for name, scope in _scopes(measures):
        one = scope.one
        cells = [_count(one["offered"]), _count(one["served"])]
        cells += [_percent(one.get("abandonment")), _percent(one.get("blocking"))]
        cells += [_count(one[n]) for n in others]
        cells.append(_percent(one.get("service_level")))
        cells += [_number(one.get(n), 3) for n in values]
        table.add_row(name, *cells)
    return table


def _waits(measures: Measures) -> Table:
    quantiles = ("p50", "p90", "p95", "p99")
    table = _table("Waits of those served", "type", "mean (ASA)", *quantiles, "mean queue")
    for name, scope in _scopes(measures):
        waits = scope.many["wait_quantile_s"]
        cells = [_seconds(waits.get(quantile)) for quantile in quantiles]
        mean = _seconds(scope.one.get("asa_s"))
        table.add_row(name, mean, *cells, _number(scope.one["mean_depth"], 2))
    return table


def _in_time(measures: Measures) -> Table:
    """By threshold: served in time, of all; waited for longer, of those served."""
    table = _table("In time", "type", "within", "service level", "waited longer")
    for name, scope in _scopes(measures):
        for threshold, level in scope.many["service_level_at_s"].items():
            late = scope.many["wait_over_s"][threshold]
            table.add_row(name, f"{threshold} s", _percent(level), _percent(late))
    return table


def _groups(scenario: Scenario, measures: Measures) -> Table:
    table = _table("Agents", "group", "occupancy", "served", "share", "hours on duty")
    for name, found in measures.groups.items():
        table.add_row(
            name,
            _percent(found["occupancy"]),
            _count(found["served"]),
            _percent(found["served_share"]),
            _number(found["staffed_hours"], 1),
        )
    agents = measures.agents
    if len(measures.groups) < len(scenario.people) <= AGENTS_MAX:
        for number, person in enumerate(scenario.people):
            occupancy = _spelt(agents.occupancy[number], agents.occupancy_half_width[number])
            table.add_row(
                f"  {person.agent_id}", occupancy, f"{agents.served[number]:,.0f}", "", ""
            )
    return table


def _lines(measures: Measures) -> list[str]:
    spread = measures.spread
    told = f"{spread.lowest:.1%} to {spread.highest:.1%}, standard deviation {spread.deviation:.1%}"
    lines = [f" Occupancy of an agent: {told}."]
    levels = measures.everything.many["by_level"]
    if len(levels) > 1:
        told = ", ".join(f"{name}: {found.mean:.1%}" for name, found in levels.items())
        if len(levels) <= LEVELS_MAX:
            lines.append(f" Served by level in what is asked first: {told}.")
    at = max(range(len(measures.depth)), key=lambda n: measures.depth[n].mean)
    most = measures.depth[at]
    lines.append(
        f" Waiting: at most {measures.depth_max.mean:.1f} in a run; the highest mean over runs at "
        f"one moment is {_number(most, 1)}."
    )
    return lines


def _any(measures: Measures, name: str) -> bool:
    return measures.everything.one[name].mean > 0


def _table(title: str, first: str, *others: str) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column(first, no_wrap=True)
    for other in others:
        table.add_column(other, justify="right", no_wrap=True)
    return table


def _count(found: Estimate) -> str:
    return f"{found.mean:,.0f}"


def _percent(found: Estimate | None) -> str:
    return "" if found is None else _spelt(found.mean, found.half_width)


def _spelt(share: float, half_width: float) -> str:
    if share != share:
        return ""
    width = f" ± {half_width * 100:.2f}" if half_width == half_width else ""
    return f"{share * 100:.2f}{width} %"


def _seconds(found: Estimate | None) -> str:
    text = _number(found, 1)
    return f"{text} s" if text else ""


def _number(found: Estimate | None, digits: int) -> str:
    if found is None or found.mean != found.mean:
        return ""
    width = f" ± {found.half_width:.{digits}f}" if found.half_width == found.half_width else ""
    return f"{found.mean:,.{digits}f}{width}"
