"""The report of a run: plain values under fixed names, and why it did not pass."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from benchmarks.chaos.evidence import Evidence
from benchmarks.chaos.faults import FaultKind, required
from benchmarks.chaos.settings import Settings
from benchmarks.demo.figures import percentiles
from benchmarks.engine.environment import environment

__all__ = ("FORMAT", "make_report")

FORMAT: Final = "onequeue-chaos-1"
FINDINGS_MAX: Final = 50


def make_report(settings: Settings, evidence: Evidence) -> dict[str, Any]:
    """All figures; ``failures`` is empty if the run has passed."""
    verdict, checked = evidence.verdict, evidence.checked
    kinds = {kind.value: _kind(kind, settings, evidence) for kind in settings.kinds}
    failures = [*_failures(evidence), *_too_few(kinds, settings.minutes)]
    return {
        "format": FORMAT,
        "passed": not failures,
        "failures": failures,
        "acknowledged": verdict.acknowledged,
        "faults": len(evidence.faults),
        "lost": len(verdict.lost),
        "doubled": len(verdict.doubled),
        "violations": checked.violations_total,
        "longest_pause_ms": evidence.longest_pause_ms,
        "lost_by_server": len(verdict.lost_by_server),
        "left_open": evidence.left_open,
        "router_failures": list(evidence.router_failures),
        "faults_per_minute": round(len(evidence.faults) / settings.minutes, 1),
        "kinds": kinds,
        "takeovers": evidence.takeovers,
        "fenced": evidence.fenced,
        "offers": evidence.offers,
        "records": checked.records,
        "events": checked.events,
        "findings": {
            "lost": list(verdict.lost[:FINDINGS_MAX]),
            "doubled": list(verdict.doubled[:FINDINGS_MAX]),
            "violations": list(checked.violations),
            "lost_by_server": list(verdict.lost_by_server[:FINDINGS_MAX]),
        },
        "seed": settings.seed,
        "settings": settings.to_dict(),
        "server": evidence.server,
        "environment": environment(),
    }


def _kind(kind: FaultKind, settings: Settings, evidence: Evidence) -> dict[str, Any]:
    count = sum(fault.kind is kind for fault in evidence.faults)
    spread = percentiles(pause for fault, pause in evidence.blamed if fault.kind is kind)
    return {
        "faults": count,
        "per_minute": round(count / settings.minutes, 1),
        "measured": spread.count,
        "pause_ms": {"p50": spread.p50, "p99": spread.p99, "max": spread.highest},
    }


def _failures(evidence: Evidence) -> Iterator[str]:
    verdict = evidence.verdict
    if verdict.lost:
        yield f"{len(verdict.lost):,} lost, first {verdict.lost[0]}"
    if verdict.doubled:
        yield f"{len(verdict.doubled):,} doubled, first {verdict.doubled[0]}"
    if not evidence.checked.clean:
        first = next(iter(evidence.checked.violations), "")
        yield f"{evidence.checked.violations_total:,} violations, first {first}"
    if verdict.lost_by_server:
        yield (
            f"the server has lost {len(verdict.lost_by_server):,} commands that it had "
            "acknowledged: it does not keep what the promise rests on"
        )
    if evidence.left_open:
        yield f"{evidence.left_open:,} interactions did not come to their end"
    yield from evidence.router_failures


def _too_few(kinds: Mapping[str, Mapping[str, Any]], minutes: float) -> Iterator[str]:
    least = required(minutes)
    for kind, figures in kinds.items():
        if figures["faults"] < least:
            yield f"{kind} happened {figures['faults']} times: fewer than {least} prove nothing"
