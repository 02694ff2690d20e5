"""Objectives: for each goal of the policy its measure, target, owner, result and trend."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query
from msgspec import Struct
from starlette.responses import Response

from adapters.api.contract.access import Access, allowed
from adapters.api.contract.answers import answer
from adapters.api.contract.description import Operation, describe
from adapters.api.contract.reports import ask_past
from adapters.api.reading.measuring import counts_of, value_of
from adapters.api.reading.past import (
    AskedIntervals,
    interval_contacts,
    interval_fits,
    interval_statistics,
    policy_versions,
)
from adapters.api.resources.policies import VersionView
from adapters.api.resources.statistics import TimeMs, Zone, interval_ms_of, zone_of
from adapters.identity.permissions import Permission
from adapters.statistics.grouping import parsed_grouping
from router.policy import Objective, parse_policy

__all__ = ("router",)

router = APIRouter(prefix="/v1/objectives", tags=["objectives"])

Read = Annotated[Access, Depends(allowed(Permission.STATISTICS_READ))]

INTERVAL_S: Final = 1_800
VERSIONS_MAX: Final = 200
FITS: Final = frozenset({"skill_fit", "preferred_agents"})


class TrendView(Struct, frozen=True, kw_only=True):
    """One interval: the measure in it, null where there was nothing to measure."""

    from_ms: int
    to_ms: int
    value: float | None


class ObjectiveView(Struct, frozen=True, kw_only=True):
    """A goal: what is measured of which work (null: of all), and the target. ``result`` is that of
    the whole period, null where there was nothing to measure; so is ``is_met``. ``within_s``: in
    what time a customer who comes again was not helped, with ``first_contact`` only."""

    name: str
    description: str
    owner: str
    measure: str
    queue: str | None
    channel: str | None
    target: float
    within_s: int | None
    wants_more: bool
    result: float | None
    is_met: bool | None
    trend: list[TrendView]


class ObjectivesView(Struct, frozen=True, kw_only=True):
    """All goals of the policy in force, over one period, and what changed the policy in it."""

    from_ms: int
    to_ms: int
    interval_s: int
    zone: str
    objectives: list[ObjectiveView]
    policy_changes: list[VersionView]


@router.get(
    "",
    **describe(
        Operation(
            summary="How the objectives of the policy stand",
            description="Each goal of `objectives` with its result and trend, measured by the "
            "journal (and the archive), and the versions of the policy that came into force.",
            answers=ObjectivesView,
            codes=("too_much", "unknown_version"),
        )
    ),
)
async def list_objectives(
    access: Read,
    interval_s: Annotated[int, Query(ge=60, le=86_400)] = INTERVAL_S,
    zone: Zone = "UTC",
    from_ms: TimeMs = None,
    to_ms: TimeMs = None,
) -> Response:
    """The goals of the policy in force."""
    in_force = access.hosted.projection.state.policy
    goals = parse_policy(in_force).objectives if in_force.get("objectives") else {}
    by = parsed_grouping("queue,channel")
    asked = AskedIntervals(interval_ms_of(interval_s), zone_of(zone), by, from_ms, to_ms)
    figures = await ask_past(access, interval_statistics, asked)
    intervals = figures["intervals"]
    if any(goal.measure in FITS for goal in goals.values()):
        _add_rows(intervals, await ask_past(access, interval_fits, asked))
    withins_s = {each.again_within_s for each in goals.values() if each.measure == "first_contact"}
    if withins_s:
        _add_rows(intervals, await ask_past(access, interval_contacts, asked, sorted(withins_s)))
    first_ms, last_ms = _extent(intervals)
    versions = await ask_past(access, policy_versions, None, VERSIONS_MAX)
    return answer(
        access,
        ObjectivesView(
            from_ms=first_ms,
            to_ms=last_ms,
            interval_s=interval_s,
            zone=zone,
            objectives=[_view(name, goal, intervals) for name, goal in goals.items()],
            policy_changes=[
                VersionView(**one) for one in versions if first_ms <= one["now_ms"] < last_ms
            ][::-1],
        ),
    )


def _add_rows(intervals: Sequence[dict[str, Any]], found: Sequence[dict[str, Any]]) -> None:
    """Further sums of the same intervals."""
    rows = {each["from_ms"]: each["rows"] for each in found}
    for each in intervals:
        each["rows"] = [*each["rows"], *rows.get(each["from_ms"], ())]


def _extent(intervals: Sequence[dict[str, Any]]) -> tuple[int, int]:
    return (intervals[0]["from_ms"], intervals[-1]["to_ms"]) if intervals else (0, 0)


def _view(name: str, goal: Objective, intervals: Sequence[dict[str, Any]]) -> ObjectiveView:
    counts: list[Counter[str]] = [
        counts_of(goal, each["rows"], each["agents"]) for each in intervals
    ]
    result = value_of(goal, counts)
    is_met = None
    if result is not None:
        is_met = result >= goal.target if goal.wants_more else result <= goal.target
    return ObjectiveView(
        name=name,
        description=goal.description,
        owner=goal.owner,
        measure=goal.measure,
        queue=goal.queue,
        channel=goal.channel,
        target=goal.target,
        within_s=goal.again_within_s if goal.measure == "first_contact" else None,
        wants_more=goal.wants_more,
        result=result,
        is_met=is_met,
        trend=[
            TrendView(from_ms=each["from_ms"], to_ms=each["to_ms"], value=value_of(goal, [one]))
            for each, one in zip(intervals, counts, strict=True)
        ],
    )
