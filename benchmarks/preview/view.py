"""A preview as tables for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from rich.console import Console
from rich.table import Table

__all__ = ("print_preview",)

COLUMNS: Final = {
    "service_level": "SL %",
    "abandonment": "gave up %",
    "asa_s": "wait s",
    "wait_p90_s": "p90 s",
    "aht_s": "handle s",
    "skill_fit": "skill fit %",
    "preferred_rate": "preferred %",
    "occupancy": "occupancy %",
    "occupancy_spread": "spread %",
}
SCOPES_MAX: Final = 30
NAMED_MAX: Final = 10


def print_preview(document: dict[str, Any], console: Console) -> None:
    """Print what was found."""
    done = document["replications"]
    console.print(
        f"tenant {document['tenant']}, {document['from']} to {document['to']}: "
        f"{document['interactions']:,} interactions, {done['done']} of {done['of']} replications",
        markup=False,
    )
    console.print(_compared(document))
    for line in (*_elsewhere(document), *_of_back_test(document), *_closing(document)):
        console.print(line, markup=False)


def _compared(document: dict[str, Any]) -> Table:
    """Three rows for each scope: what ran, the draft, the difference with its interval."""
    title = "What ran, and the draft on the same interactions (± 95 % over replications)"
    table = Table(title=title, title_justify="left")
    table.add_column("", no_wrap=True)
    table.add_column("", no_wrap=True)
    for name in COLUMNS.values():
        table.add_column(name, justify="right", no_wrap=True)
    for where, measures in _scopes(document["measures"]):
        for label, side in (("what ran", "base"), ("draft", "draft"), ("change", "difference")):
            cells = [_cell(name, measures.get(name), side) for name in COLUMNS]
            table.add_row(where if side == "base" else "", label, *cells)
        table.add_section()
    return table


def _scopes(told: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "all", told["all"]
    named = [(f"queue {name}", found) for name, found in told["queues"].items()]
    named += [(f"channel {name}", found) for name, found in told["channels"].items()]
    yield from named[:SCOPES_MAX]


def _cell(name: str, found: dict[str, Any] | None, side: str) -> str:
    if found is None or found[side]["mean"] is None:
        return ""
    mean, width = found[side]["mean"], found[side]["half_width"]
    is_time = name.endswith("_s")
    scale = 1 if is_time else 100
    if side != "difference":
        return f"{mean * scale:.1f}"
    return f"{mean * scale:+.1f}" + ("" if width is None else f" ± {width * scale:.1f}")


def _elsewhere(document: dict[str, Any]) -> Iterator[str]:
    found = document["elsewhere"]
    if found["share"]["mean"] is None:
        return
    chance = found["share_by_chance"]["mean"]
    yield (
        f"{found['count']['mean']:,.0f} of {found['compared']:,} interactions end otherwise or "
        f"with another agent ({found['share']['mean']:.0%}); {chance:.0%} do where only chance "
        "differs. Those whose wait changes most:"
    )
    for one in found["interactions"][:NAMED_MAX]:
        base, draft = one["base"], one["draft"]
        yield f"  {one['interaction_id']} ({one['queue']}): {_side(base)} -> {_side(draft)}"


def _side(side: dict[str, Any]) -> str:
    agent = f" by {side['agent']}" if side["agent"] else ""
    return f"{side['end']}{agent} after {side['wait_s']:.1f} s"


def _of_back_test(document: dict[str, Any]) -> Iterator[str]:
    found = document["back_test"]
    yield f"Back-test: {found['verdict']}"
    for name, one in found["all"].items():
        if one["happened"] is not None and one["replayed"]["mean"] is not None:
            was, now = _number(name, one["happened"]), _number(name, one["replayed"]["mean"])
            yield f"  {name.removesuffix('_s').replace('_', ' ')}: was {was}, replayed {now}"
    for fault in found["faults"]:
        yield f"  off: {fault}"


def _number(name: str, value: float) -> str:
    return f"{value:.1f} s" if name.endswith("_s") else f"{value:.1%}"


def _closing(document: dict[str, Any]) -> Iterator[str]:
    for warning in document["warnings"]:
        yield f"Note: {warning}"
    unseen = document["not_predicted"]["draft"].get("served_by_agents_not_seen_at_such_work", 0)
    if unseen:
        yield (
            f"Note: {unseen:,.0f} interactions go to agents who were not seen at such work in the "
            "period: how long it takes them is known the least."
        )
    seconds = document["seconds"]
    yield (
        f"Assumptions: docs/preview.md, or the field assumptions of --json. Took "
        f"{seconds['took']:.1f} s (fold {seconds['fold']:.1f}, read {seconds['read']:.1f}, replays "
        f"{seconds['replay_cpu']:.1f} s of processor time)."
    )
