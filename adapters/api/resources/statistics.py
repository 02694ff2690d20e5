"""Statistics: of now, and of intervals that are over."""

from __future__ import annotations

from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from adapters.api.contract.access import Access, allowed
from adapters.api.contract.answers import answer
from adapters.api.contract.description import Operation, describe
from adapters.api.contract.reports import ask_live, ask_past, not_yet
from adapters.api.problems import Fault, ProblemError
from adapters.api.reading.live import live_statistics
from adapters.api.reading.past import AskedIntervals, interval_statistics
from adapters.identity.permissions import Permission
from adapters.statistics.grouping import Grouping, parsed_grouping
from adapters.statistics.windows import DAY_MS

__all__ = ("TimeMs", "Zone", "interval_ms_of", "router", "zone_of")

router = APIRouter(prefix="/v1/statistics", tags=["statistics"])

Read = Annotated[Access, Depends(allowed(Permission.STATISTICS_READ))]
By = Annotated[
    str,
    Query(
        max_length=64,
        pattern=r"^(agent|total|(queue|channel|skill)(,(queue|channel|skill)){0,2})$",
        description="Some of `queue`, `channel`, `skill`; or `agent`, or `total`, alone.",
    ),
]
Zone = Annotated[
    str, Query(max_length=64, description="Days and intervals are counted in this time zone.")
]
TimeMs = Annotated[int | None, Query(ge=0, le=2**53)]

INTERVAL_S: Final = 900


@router.get(
    "/live",
    **describe(
        Operation(
            summary="Who waits now, and what agents do",
            description="As `onequeue stats --json`, see docs/statistics.md.",
            answers=dict[str, Any],
            codes=("too_much", "starting"),
        )
    ),
)
async def live(
    access: Read,
    by: By = "queue",
    interval_s: Annotated[int, Query(ge=60, lt=86_400)] = INTERVAL_S,
    zone: Zone = "UTC",
) -> Response:
    """The figures of now, of the running interval, and of the day."""
    asked = (interval_ms_of(interval_s), zone_of(zone), _grouping(by))
    figures = await ask_live(access, live_statistics, asked)
    if figures is None:
        raise not_yet()
    return answer(access, figures)


@router.get(
    "/intervals",
    **describe(
        Operation(
            summary="Intervals that are over",
            description="As `onequeue stats --from --to --json`, see docs/statistics.md. "
            "`interval_s` 0 is one for all of the time.",
            answers=dict[str, Any],
            codes=("too_much",),
        )
    ),
)
async def intervals(
    access: Read,
    by: By = "queue",
    interval_s: Annotated[int, Query(ge=0, le=86_400)] = INTERVAL_S,
    zone: Zone = "UTC",
    from_ms: TimeMs = None,
    to_ms: TimeMs = None,
) -> Response:
    """The figures of each interval."""
    interval_ms = interval_ms_of(interval_s) if interval_s else 0
    asked = AskedIntervals(interval_ms, zone_of(zone), _grouping(by), from_ms, to_ms)
    return answer(access, await ask_past(access, interval_statistics, asked))


def interval_ms_of(interval_s: int) -> int:
    """An interval in ms: a part of a day, or the whole of one. Raises :class:`ProblemError`."""
    interval_ms = interval_s * 1_000
    if interval_ms < 60_000 or DAY_MS % interval_ms:  # a minute
        raise _wrong("interval_s", "give a part of a day, of a minute or more, in seconds")
    return interval_ms


def zone_of(name: str) -> str:
    """A name of a time zone that there is. Raises :class:`ProblemError`."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise _wrong("zone", "there is no such time zone; write one like Europe/Berlin") from None
    return name


def _grouping(by: str) -> Grouping:
    try:
        return parsed_grouping(by)
    except ValueError as error:
        raise _wrong("by", str(error)) from None


def _wrong(parameter: str, detail: str) -> ProblemError:
    return ProblemError("invalid", detail, errors=[Fault(detail, parameter=parameter)])
