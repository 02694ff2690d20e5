"""The document of a search, for other programs to read (``onequeue-tuning-1``)."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from adapters.policies.differences import changes
from adapters.tuning.figures import MEASURES, Figure
from benchmarks.engine.environment import environment
from benchmarks.tuning.ground import Ground
from benchmarks.tuning.knobs import Knob
from benchmarks.tuning.merit import Terms
from benchmarks.tuning.search import Searched
from benchmarks.tuning.validation import Holds, Point, Verdict
from router.policy import parse_policy

__all__ = ("FORMAT", "Effort", "conclusion", "name_of", "search_document", "tuning_document")

FORMAT: Final = "onequeue-tuning-1"

TRIED_MAX: Final = 1_000
"""Tries that are drawn behind the frontier."""

POLICY_BYTES_MAX: Final = 1_000_000
"""Of all policies together: where they are longer, the changes stand alone."""

DIGITS: Final = 6


@dataclass(frozen=True, slots=True)
class Effort:
    """What was done: ``trials`` proposed, of which ``dropped`` after a first look; ``runs``
    replications in all; how often each candidate was played at most, and on fresh numbers."""

    seed: int
    trials: int
    dropped: int
    runs: int
    replications: int
    fresh: int
    jobs: int
    took_s: float
    ended_by: str


def tuning_document(
    found: dict[str, Any], ground: Ground, points: Sequence[Point], effort: Effort
) -> dict[str, Any]:
    """What the search has ``found``, and what fresh numbers say of it; ``points`` begin with the
    base."""
    base, *others = points
    told = [_point(one, number, ground.policy) for number, one in enumerate(others)]
    _add_policies(told, others)
    return found | {
        "effort": _effort(effort),
        "is_validated": True,
        "conclusion": conclusion(points),
        "is_better_found": any(one.verdict is Verdict.BETTER for one in others),
        "base": _point(base, -1, ground.policy),
        "frontier": told,
        "environment": environment(),
    }


def search_document(
    ground: Ground, terms: Terms, knobs: Sequence[Knob], searched: Searched, effort: Effort
) -> dict[str, Any]:
    """What the search has seen so far: nothing of it is validated."""
    return _head(ground, terms, knobs, effort) | {
        "is_validated": False,
        "conclusion": "The search goes on; the best of many tries is good partly by chance.",
        "is_better_found": False,
        "base": None,
        "frontier": [],
        "tried": _tried(terms, searched),
    }


def conclusion(points: Sequence[Point]) -> str:
    """What was found, in a sentence or two that claim no more than that."""
    _, *others = points
    better = [one for one in others if one.verdict is Verdict.BETTER]
    trades = [one for one in others if one.verdict is Verdict.TRADE]
    said = "Nothing better than the base was found within the noise."
    if better:
        found = _count(len(better), "policy is", "policies are")
        said = f"{found} better than the base beyond the noise, and worse in nothing asked for."
    elif trades:
        found = _count(len(trades), "policy trades", "policies trade")
        said = f"Nothing is better than the base throughout; {found} one goal for another."
    return f"{said} {_bounds_in_words(points)}".rstrip()


def _bounds_in_words(points: Sequence[Point]) -> str:
    base, *others = points
    if not base.bounds:
        return ""
    surely = sum(one.keeps is Holds.YES for one in others)
    perhaps = sum(one.keeps is Holds.PERHAPS for one in others)
    found = f"{_count(surely, 'keeps', 'keep') if surely else 'None keeps'} all bounds for sure"
    if perhaps:
        found += f", {perhaps} within the noise"
    own = {Holds.YES: "does", Holds.PERHAPS: "does within the noise", Holds.NO: "does not"}
    return f"{found}; the base {own[base.keeps]}."


def name_of(number: int) -> str:
    """A, B, C … for the points, ``base`` for -1."""
    return "base" if number < 0 else chr(ord("A") + number)


def _head(ground: Ground, terms: Terms, knobs: Sequence[Knob], effort: Effort) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "objective": terms.objective.model_dump(mode="json", exclude_defaults=True),
        "figures": [_figure(terms, figure) for figure in terms.figures],
        "traffic": ground.about,
        "knobs": [{"name": k.name, "now": k.now, "values": list(k.values)} for k in knobs],
        "effort": _effort(effort),
    }


def _effort(effort: Effort) -> dict[str, Any]:
    return asdict(effort)


def _figure(terms: Terms, figure: Figure) -> dict[str, Any]:
    wanted = ""
    if figure in terms.goals:
        wanted = "more" if terms.objective.is_maximised(figure) else "less"
    return {
        "name": str(figure),
        "words": MEASURES[figure.measure].words,
        "unit": figure.unit,
        "wanted": wanted,
        "bounds": [str(bound) for bound in terms.bounds if bound.figure == figure],
    }


def _point(point: Point, number: int, base: Mapping[str, Any]) -> dict[str, Any]:
    policy = point.candidate.policy
    return {
        "name": name_of(number),
        "verdict": "" if number < 0 else point.verdict.value,
        "better_in": list(point.better),
        "worse_in": list(point.worse),
        "is_unbeaten": point.is_unbeaten,
        "keeps_bounds": point.keeps.value if point.bounds else "",
        "bounds": {str(bound): holds.value for bound, holds in point.bounds.items()},
        "figures": {str(f): each.to_dict() for f, each in point.figures.items()},
        "differences": {str(f): each.to_dict() for f, each in point.differences.items()},
        "changes": [
            {"path": each.path, "before": _plain(each.before), "after": _plain(each.after)}
            for each in changes(_whole(base), _whole(policy))
        ],
    }


def _whole(policy: Mapping[str, Any]) -> dict[str, Any]:
    """With every default written out, so that a field is compared with what it was."""
    return parse_policy(dict(policy)).model_dump(mode="json")


def _plain(value: Any) -> Any:
    return value if isinstance(value, dict | list | str | float | int | bool) else None


def _add_policies(told: list[dict[str, Any]], points: Sequence[Point]) -> None:
    policies = [_whole(one.candidate.policy) for one in points]
    if sum(len(json.dumps(policy)) for policy in policies) <= POLICY_BYTES_MAX:
        for one, policy in zip(told, policies, strict=True):
            one["policy"] = policy


def _tried(terms: Terms, searched: Searched) -> dict[str, Any]:
    """Every try by its goals as the search has seen them, the base first."""
    signs = [terms.sign(goal) for goal in terms.goals]
    some = list(zip(searched.candidates, searched.merits, strict=True))[:TRIED_MAX]
    return {
        "goals": [str(goal) for goal in terms.goals],
        "values": [
            [_rounded(sign * cost) for sign, cost in zip(signs, merit.costs, strict=True)]
            for _, merit in some
        ],
        "is_feasible": [merit.is_feasible for _, merit in some],
        "replications": [len(one.evidence.runs) for one, _ in some],
    }


def _rounded(value: float) -> float | None:
    return round(value, DIGITS) if math.isfinite(value) else None


def _count(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"
