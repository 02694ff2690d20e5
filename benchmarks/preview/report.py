"""The document of a preview, for other programs to read (``onequeue-preview-1``)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from adapters.explain.words import clock
from benchmarks.preview.backtest import TOLERANCES, BackTest, Checked, back_test
from benchmarks.preview.cases import Recording
from benchmarks.preview.comparison import Comparison, Moved, elsewhere, estimate, of_pairs
from benchmarks.preview.measures import ALL, Scope, measures_of
from benchmarks.preview.model import ASSUMPTIONS, Model
from benchmarks.preview.running import Pair, Replayed
from benchmarks.simulator.estimates import Estimate

__all__ = ("FORMAT", "Asked", "to_document")

FORMAT: Final = "onequeue-preview-1"
SCOPES_MAX: Final = 200
"""Queues that are told of, those with the most interactions first: a document has its limits."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a preview was asked for: the draft, first seed and replications, processes, and how many
    interactions are named at most."""

    policy: Mapping[str, Any]
    seed: int
    replications: int
    jobs: int
    named_max: int


def to_document(
    recording: Recording, model: Model, asked: Asked, replayed: Replayed, took_s: float
) -> dict[str, Any]:
    """Everything that was found so far; what is not a number is null."""
    pairs = [pair.found for pair in replayed.pairs]
    tested = back_test(measures_of(recording.happened), pairs)
    came = sum(case.create is not None for case in recording.cases)
    return {
        "format": FORMAT,
        "tenant": recording.tenant,
        "from_ms": recording.from_ms,
        "to_ms": recording.to_ms,
        "from": clock(recording.from_ms),
        "to": clock(recording.to_ms),
        "interactions": came,
        "open_at_begin": len(recording.cases) - came,
        "seeds": [pair.seed for pair in replayed.pairs],
        "replications": {"done": len(pairs), "of": asked.replications},
        "interrupted": replayed.interrupted,
        "policies": [{"version": one.version, "from_ms": one.at_ms} for one in recording.policies],
        "measures": _measures(pairs),
        "elsewhere": _elsewhere(recording, asked, replayed),
        "back_test": _back_test(tested),
        "not_predicted": _noted(recording, replayed.pairs),
        "warnings": _warnings(recording, asked.policy),
        "assumptions": list(ASSUMPTIONS),
        "model": model.to_dict(),
        "seconds": {
            **recording.seconds,
            "replay_cpu": sum(pair.seconds for pair in replayed.pairs),
            "took": took_s,
        },
        "jobs": asked.jobs,
    }


def _measures(pairs: Sequence[Comparison]) -> dict[str, Any]:
    """By scope and measure: both sides and the difference."""
    told: dict[str, Any] = {"all": {}, "queues": {}, "channels": {}}
    for scope, found in _most(of_pairs(pairs)):
        measures = {
            name: {"base": base.to_dict(), "draft": draft.to_dict(), "difference": gap.to_dict()}
            for name, (base, draft, gap) in found.items()
        }
        _put(told, scope, measures)
    return told


def _most(
    found: dict[Scope, dict[str, tuple[Estimate, Estimate, Estimate]]],
) -> Iterable[tuple[Scope, dict[str, tuple[Estimate, Estimate, Estimate]]]]:
    """Those with the most interactions, in the order of their names."""
    busiest = sorted(found, key=lambda scope: -found[scope]["offered"][0].mean)[:SCOPES_MAX]
    return ((scope, found[scope]) for scope in sorted(busiest))


def _put(told: dict[str, Any], scope: Scope, measures: dict[str, Any]) -> None:
    if scope == ALL:
        told["all"] = measures
    else:
        told[f"{scope.by}s"][scope.name] = measures


def _elsewhere(recording: Recording, asked: Asked, replayed: Replayed) -> dict[str, Any]:
    """How many go elsewhere, and (in the first replication) which."""
    pairs = replayed.pairs
    compared = len(recording.cases)
    named: list[Moved] = []
    if replayed.base is not None and replayed.draft is not None:
        named = elsewhere(recording, replayed.base, replayed.draft, asked.named_max)
    return {
        "compared": compared,
        "count": estimate([pair.found.elsewhere for pair in pairs]).to_dict(),
        "share": estimate([pair.found.elsewhere / compared for pair in pairs]).to_dict(),
        "share_by_chance": estimate([pair.by_chance / compared for pair in pairs]).to_dict(),
        "interactions": [
            one._asdict() | {"base": one.base._asdict(), "draft": one.draft._asdict()}
            for one in named
        ],
    }


def _back_test(tested: BackTest) -> dict[str, Any]:
    told: dict[str, Any] = {"all": {}, "queues": {}, "channels": {}}
    busiest = sorted(tested.checked, key=lambda scope: scope != ALL)[:SCOPES_MAX]
    for scope in busiest:
        found = tested.checked[scope]
        _put(told, scope, {name: _checked(one) for name, one in found.items()})
    return {
        "judged": tested.is_judged,
        "holds": tested.holds,
        "verdict": tested.verdict(),
        "faults": list(tested.faults()),
        "tolerances": dict(TOLERANCES),
        **told,
    }


def _checked(one: Checked) -> dict[str, Any]:
    spare = Estimate(one.deviation, 0.0, 0.0).to_dict()
    happened = Estimate(one.happened, 0.0, 0.0).to_dict()
    return {
        "happened": happened["mean"],
        "replayed": one.replayed.to_dict(),
        "deviation": spare["mean"],
        "tolerance": one.tolerance,
        "holds": one.holds,
    }


def _noted(recording: Recording, pairs: Sequence[Pair]) -> dict[str, Any]:
    """What is not known or could not be done again: in the recording, and per replay of a side."""
    base: Counter[str] = Counter()
    draft: Counter[str] = Counter()
    for pair in pairs:
        base.update(pair.base_noted)
        draft.update(pair.draft_noted)
    many = max(1, len(pairs))
    return {
        "recording": recording.noted,
        "base": {name: count / many for name, count in sorted(base.items())},
        "draft": {name: count / many for name, count in sorted(draft.items())},
    }


def _warnings(recording: Recording, policy: Mapping[str, Any]) -> list[str]:
    """What a reader must know beside the figures."""
    found = []
    if recording.noted.get("begins_later_s"):
        begin = clock(recording.from_ms)
        found.append(f"No policy was in force before {begin}: what is replayed begins there.")
    terms_only = recording.noted.get("history_known_as_terms_only", 0)
    weighed = [one.document.get("history") for one in recording.policies]
    if terms_only and any(each != policy.get("history") for each in weighed):
        found.append(
            "The draft weighs history facts otherwise: that is not previewed for "
            f"{terms_only:,} interactions, of which an earlier release journaled no facts."
        )
    if recording.noted.get("refused_then"):
        many = recording.noted["refused_then"]
        found.append(f"{many:,} interactions were refused then: they are not known, and missing.")
    if len(recording.policies) > 1:
        many = len(recording.policies)
        found.append(f"{many} policies ran in the period; the base has each from its time on.")
    return found
