"""The report of a run: figures as plain values, as they stand in the JSON file."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.engine.environment import environment
from benchmarks.scenario.document import Scenario
from benchmarks.surge.evidence import Evidence
from benchmarks.surge.facts import FactKind
from benchmarks.surge.flooding import flood_report
from benchmarks.surge.latency import latency_of
from benchmarks.surge.live import Live
from benchmarks.surge.measures import NONE, Measured
from benchmarks.surge.plan import NEVER
from benchmarks.surge.recovery import recovery_of
from benchmarks.surge.run import Played
from benchmarks.surge.series import occupancy_of, series_of
from benchmarks.surge.targets import judged
from benchmarks.surge.validity import faults_of

__all__ = ("FORMAT", "Options", "report_of")

FORMAT: Final = "onequeue-surge-1"
NOTES: Final = (
    "Latencies count from the time at which something was to happen, not from when it was sent.",
    (
        "Matching latency: intended arrival until the offer can be read, where by the generator's "
        "own ledger an agent was free. Idle gap: an agent's work was to end until the next offer "
        "can be read, where work was waiting."
    ),
    (
        "The bare relay takes the same way through the server, with nothing decided; ratios "
        "compare with the probes that were sent while the scenario ran."
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the user asked for; all of it stands in the report."""

    scenario: str
    seed: int = 1
    compression: float | None = None
    agents: int | None = None
    rounds: int | None = None
    policy: str | None = None
    export: str | None = None
    mapping: str | None = None
    redis: str = "embedded"
    flood: bool = False


def report_of(
    options: Options,
    compression: float,
    scenario: Scenario,
    live: Live,
    run: Measured,
    played: Played,
    evidence: Evidence,
) -> dict[str, Any]:
    """Everything that was measured."""
    document = {
        "format": FORMAT,
        "scenario": scenario.name,
        "description": scenario.description,
        "options": {**asdict(options), "compression": compression},
        "measured_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "duration_s": round((run.over_ns - run.opens_ns) / 1e9, 3),
        "warm_up_s": scenario.warm_up_s,
        "agents": len(run.plan.agents),
        **_latencies(run),
        **_work(run, live, played),
        **_by_channel(run),
        **_evidence(evidence),
        "series": series_of(run),
        "windows": _windows(scenario),
        "processes": played.processes,
        "redis": played.redis,
        "environment": {**environment(), "server": played.server},
        "notes": [*NOTES, *live.notes],
    }
    if played.flooding is not None:
        document["flood"] = flood_report(run, played.flooding)
    document |= recovery_of(run, document["windows"])
    document["targets"] = judged(document, live.targets)
    faults = faults_of(document)
    return {**document, "valid": not faults, "invalid_because": faults}


def _latencies(run: Measured) -> dict[str, Any]:
    relay = latency_of(run.relay(is_quiet=False).took_ns)
    matching, idle = latency_of(run.matching.took_ns), latency_of(run.idle.took_ns)
    ledger = run.ledger
    return {
        "matching_latency_ms": matching,
        "idle_gap_ms": idle,
        "relay_latency_ms": relay,
        "relay_quiet_ms": latency_of(run.relay(is_quiet=True).took_ns),
        "generator_lag_ms": latency_of(run.generator_lag_ns),
        "agents_reading_lag_ms": latency_of(run.reading_lag_ns),
        "agents_deed_lag_ms": latency_of(run.deed_lag_ns),
        "ratios": {
            f"{name}_{percentile}_to_relay": _ratio(measured, relay, percentile)
            for name, measured in (("matching", matching), ("idle_gap", idle))
            for percentile in ("p50", "p99")
        },
        "ledger": {
            "arrivals_without_free_agent": ledger.without_agent,
            "agents_without_work": ledger.without_work,
            "arrivals_that_gave_way": ledger.gave_way,
            "arrivals_never_offered": ledger.unmet,
        },
    }


def _ratio(measured: Mapping[str, Any], relay: Mapping[str, Any], percentile: str) -> float | None:
    if not measured["count"] or not relay["count"]:
        return None
    ratio: float = measured[percentile] / relay[percentile]
    return round(ratio, 3)


def _work(run: Measured, live: Live, played: Played) -> dict[str, Any]:
    last_ns = run.opens_ns + run.plan.contacts.last_ns
    window_s = max((last_ns - run.counts_from_ns) / 1e9, 1e-9)
    within = (run.released_ns >= run.counts_from_ns) & (run.released_ns <= last_ns)
    came, ended = run.came_ns != NONE, run.released_ns != NONE
    until_ns = max(last_ns, run.counts_from_ns + 1) if window_s > 1 else run.over_ns
    occupancy = occupancy_of(run, run.counts_from_ns, until_ns)
    return {
        "offered": int(np.count_nonzero(came)),
        "served": int(np.count_nonzero(ended)),
        "abandoned": int(np.count_nonzero(run.gave_up_ns != NONE)),
        "came_again": int(np.count_nonzero(came & (run.plan.contacts.at_ns == NEVER))),
        "refused_commands": run.refused(),
        "left_open": played.left_open,
        "lives_per_second": (
            round(float(np.count_nonzero(within)) / window_s, 1) if window_s > 1 else None
        ),
        "occupancy": None if occupancy is None else round(occupancy, 4),
        **_drain(run, live),
    }


def _drain(run: Measured, live: Live) -> dict[str, Any]:
    """From the first agent's coming to the last end of work, and what is the least it can take."""
    if not live.drains:
        return {"drain_s": None, "drain_ideal_s": None, "drain_to_ideal": None}
    comes = run.agents[run.agents[:, 0] == FactKind.CAME, 3]
    contacts = run.plan.contacts
    work_ns = (contacts.handle_ns + contacts.wrap_up_ns + contacts.answer_ns).mean(axis=1)
    took_s = float(run.released_ns.max() - comes.min()) / 1e9
    ideal_s = float(work_ns.sum()) / len(run.plan.agents) / 1e9
    return {
        "drain_s": round(took_s, 3),
        "drain_ideal_s": round(ideal_s, 3),
        "drain_to_ideal": round(took_s / ideal_s, 4),
    }


def _by_channel(run: Measured) -> dict[str, Any]:
    """Waits and service levels; who came in the warm-up is left out."""
    channels = np.array([kind.channel for kind in run.plan.types])[run.plan.contacts.type_of]
    queues = np.array([kind.queue for kind in run.plan.types])[run.plan.contacts.type_of]
    threshold_s = np.array([kind.threshold_s for kind in run.plan.types])
    threshold_ns = (threshold_s[run.plan.contacts.type_of] * 1e9).astype(np.int64)
    by: dict[str, Any] = {"service_level": {}, "waits_ms": {}, "queues": {}}
    for channel in sorted(set(channels.tolist())):
        chosen = (channels == channel) & run.counts
        by["service_level"][channel] = _service_level(run, chosen, threshold_ns)
        by["waits_ms"][channel] = _waits(run, chosen)
    for queue in sorted(set(queues.tolist())):
        chosen = (queues == queue) & run.counts
        by["queues"][queue] = {
            **_service_level(run, chosen, threshold_ns),
            "abandoned": int(np.count_nonzero(run.gave_up_ns[chosen] != NONE)),
        }
    return by


def _service_level(
    run: Measured, chosen: NDArray[np.bool_], threshold_ns: NDArray[np.int64]
) -> dict[str, Any]:
    waited, threshold = run.waited_ns[chosen], threshold_ns[chosen]
    offered = len(waited)
    in_time = np.count_nonzero((waited != NONE) & (waited <= threshold))
    return {
        "threshold_s": round(float(threshold.max(initial=0)) / 1e9, 6),
        "share": round(in_time / offered, 5) if offered else None,
        "offered": offered,
        "abandoned_share": (
            round(float(np.mean(run.gave_up_ns[chosen] != NONE)), 5) if offered else None
        ),
    }


def _waits(run: Measured, chosen: NDArray[np.bool_]) -> dict[str, Any]:
    waited = run.waited_ns[chosen]
    figures = latency_of(waited[waited != NONE])
    kept = ("p50", "p90", "p99", "max", "mean", "count")
    return {name: figures[name] for name in kept}


def _evidence(evidence: Evidence) -> dict[str, Any]:
    found = asdict(evidence)
    found["journal_intact"] = not (evidence.violations or evidence.duplicated)
    return found


def _windows(scenario: Scenario) -> list[dict[str, Any]]:
    return [
        {
            "from_s": spike.from_s,
            "until_s": spike.from_s + spike.for_s,
            "label": f"× {spike.factor:g}" + (f" {', '.join(spike.types)}" if spike.types else ""),
        }
        for spike in scenario.spikes
    ]
