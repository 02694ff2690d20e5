"""Objectives: each goal with its target, owner, result and trend, and what changed the policy."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends
from starlette.responses import Response

from adapters.client.errors import Invalid
from adapters.client.objective_models import ObjectivesReport
from adapters.console.cookies import zone_of
from adapters.console.goals import HEIGHT, LEFT, MEASURES, TOP, WIDTH, figure, plot_of
from adapters.console.visit import Visit, visiting
from adapters.identity.permissions import Permission

__all__ = ("router",)

router = APIRouter()

Viewing = Annotated[Visit, Depends(visiting(Permission.STATISTICS_READ))]
Period = Literal["today", "week", "month"]

PERIODS: Final = {
    "today": ("Today", 0, 1_800),
    "week": ("7 days", 6, 86_400),
    "month": ("28 days", 27, 86_400),
}
"""What each is called, how many days before today it begins, and its intervals in seconds."""


@router.get("/objectives")
async def show_objectives(visit: Viewing, period: Period = "today") -> Response:
    """All goals of the policy in force."""
    zone = zone_of(visit.request)
    _, days, interval_s = PERIODS[period]
    report, fault = None, ""
    try:
        report = await visit.queue.objectives.report(
            from_ms=_begin_ms(zone, days), interval_s=interval_s, zone=zone.key
        )
    except Invalid as problem:
        fault = problem.detail
    if report is not None:
        await visit.people.meet(*(each.changed_by for each in report.policy_changes))
    return visit.page(
        "objectives.html",
        report=report,
        fault=fault,
        period=period,
        periods=[(key, label) for key, (label, *_) in PERIODS.items()],
        plots=_plots(report),
        measures=MEASURES,
        figure=figure,
        size=(WIDTH, HEIGHT, LEFT, TOP),
    )


def _plots(report: ObjectivesReport | None) -> dict[str, object]:
    if report is None:
        return {}
    return {goal.name: plot_of(goal, report) for goal in report.objectives}


def _begin_ms(zone: ZoneInfo, days: int) -> int:
    today = datetime.now(zone).date() - timedelta(days=days)
    begin = datetime(today.year, today.month, today.day, tzinfo=zone)
    return round(begin.timestamp() * 1_000)
