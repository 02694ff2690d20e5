"""The wallboard: the whole floor in one answer, whose size and cost grow with queues and channels,
not with what is open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query
from msgspec import Struct
from starlette.responses import Response

from adapters.api.contract.access import Access, allowed
from adapters.api.contract.answers import tagged
from adapters.api.contract.description import Operation, describe
from adapters.api.reading.past import Source
from adapters.api.resources.statistics import zone_of
from adapters.identity.permissions import Permission
from adapters.statistics.windows import Days
from adapters.wallboard.counts import MINUTE_MS, MINUTES, Counts
from adapters.wallboard.floor import Floor
from adapters.wallboard.goals import LevelGoals
from adapters.wallboard.places import BANDS, Cell
from adapters.wallboard.surge import BEFORE_MINUTES, RECENT_MINUTES, SurgeLevel, judge
from queues.service_levels import MINUTES as LEVEL_MINUTES
from queues.waits import expected_wait
from router.state import State

__all__ = ("router", "wallboard_at")

router = APIRouter(prefix="/v1", tags=["statistics"])

Read = Annotated[Access, Depends(allowed(Permission.STATISTICS_READ))]
Zone = Annotated[str, Query(max_length=64, description="The time zone in which the day has begun.")]


class WallboardCountsView(Struct, frozen=True, kw_only=True):
    """What came, and what became of who was answered or gave up, as in docs/statistics.md.
    ``service_level`` is null where nobody was."""

    offered: int
    answered: int
    answered_in_target: int
    abandoned: int
    service_level: float | None


class WallboardGroupView(Struct, frozen=True, kw_only=True):
    """What is open, and what has happened. ``waiting_by_urgency`` tells how much of its target each
    wait has used up; ``oldest_ms`` is the origin of the longest (0: nothing waits), so that an
    answer does not change while only time passes. ``recent`` counts the last 30 minutes, ``day``
    since the day began. ``level_goal`` is the target of the policy's objective for the service
    level of this work, or of the wider work that it is part of (null: it states none)."""

    waiting: int
    waiting_by_urgency: dict[str, int]
    oldest_ms: int
    suspended: int
    with_agents: int
    in_wrap_up: int
    recent: WallboardCountsView
    day: WallboardCountsView
    level_goal: float | None


class WallboardChannelView(Struct, frozen=True, kw_only=True):
    """A channel, of all queues or of one."""

    channel: str
    figures: WallboardGroupView


class WallboardWaitView(Struct, frozen=True, kw_only=True):
    """How long who comes now will wait (ms); four times out of five between low and high. Null: too
    little is known, or nobody waits."""

    wait_ms: int | None = None
    wait_ms_low: int | None = None
    wait_ms_high: int | None = None


class WallboardSurgeView(Struct, frozen=True, kw_only=True):
    """Arrivals of the last five minutes, and what the 55 before let expect (null: they are not
    known)."""

    level: SurgeLevel
    arrivals: int
    expected: float | None


class WallboardTrendView(Struct, frozen=True, kw_only=True):
    """The last 60 minutes, the running one last; fewer of ``waiting`` where less is known."""

    waiting: tuple[int, ...]
    offered: tuple[int, ...]
    answered: tuple[int, ...]
    answered_in_target: tuple[int, ...]
    abandoned: tuple[int, ...]


class WallboardQueueView(Struct, frozen=True, kw_only=True):
    """A queue of the policy in force, or one in which something is open still."""

    queue: str
    figures: WallboardGroupView
    channels: tuple[WallboardChannelView, ...]
    estimate: WallboardWaitView
    surge: WallboardSurgeView
    trend: WallboardTrendView


class WallboardAgentsView(Struct, frozen=True, kw_only=True):
    """All agents. ``ready`` are available with nothing in hand, ``working`` have something, in
    whatever status."""

    by_status: dict[str, int]
    by_activity: dict[str, int]
    ready: int
    working: int


class WallboardView(Struct, frozen=True, kw_only=True):
    """The floor. What happened is counted since ``counted_from_ms``."""

    day_from_ms: int
    counted_from_ms: int
    policy_version: int
    total: WallboardGroupView
    surge: WallboardSurgeView
    trend: WallboardTrendView
    channels: tuple[WallboardChannelView, ...]
    queues: tuple[WallboardQueueView, ...]
    agents: WallboardAgentsView


@router.get(
    "/wallboard",
    **describe(
        Operation(
            summary="Show the floor",
            description="What waits and where, what became of the rest, and who is there: by queue "
            "and channel, as of the record that `OneQueue-Position` names. It costs the same "
            "however much is open, and its `ETag` changes only when something has happened.",
            answers=WallboardView,
            is_tagged=True,
        )
    ),
)
async def get_wallboard(access: Read, zone: Zone = "UTC") -> Response:
    """The floor, now."""
    hosted = access.hosted
    days = Days(ZoneInfo(zone_of(zone)))
    source = Source(
        hosted.endpoint.url, hosted.tenant, hosted.archive, access.settings.report_timeout_s
    )
    floor = await hosted.board.whole(hosted.readers, source)
    now_ms = hosted.board.now_ms()
    board = wallboard_at(floor, hosted.projection.state, now_ms, days.at(now_ms).begin_ms)
    return tagged(access, board)


def wallboard_at(floor: Floor, state: State, now_ms: int, day_ms: int) -> WallboardView:
    """The board of a floor that is whole; ``day_ms``: when the day has begun."""
    figured = _Figured(floor, now_ms, day_ms, LevelGoals(state.policy))
    cells = sorted(floor.cells.values(), key=lambda cell: (cell.queue, cell.channel))
    queues = dict.fromkeys(sorted(state.policy.get("queues", {})))
    queues |= dict.fromkeys(cell.queue for cell in cells if _is_open(cell))
    channels = dict.fromkeys(state.policy.get("channels", {}))
    return WallboardView(
        day_from_ms=day_ms,
        counted_from_ms=floor.counted_from_ms,
        policy_version=state.policy_version,
        total=figured.group(cells),
        surge=figured.surge(cells),
        trend=figured.trend(cells),
        channels=figured.channels(cells, channels),
        queues=tuple(
            figured.queue(name, [cell for cell in cells if cell.queue == name], state)
            for name in queues
        ),
        agents=WallboardAgentsView(
            by_status=floor.staff.by_status,
            by_activity=floor.staff.by_activity,
            ready=floor.staff.ready,
            working=floor.staff.working,
        ),
    )


def _is_open(cell: Cell) -> bool:
    return bool(cell.waiting or cell.suspended or cell.with_agents or cell.in_wrap_up)


class _Figured:
    """Adds up cells as of a moment."""

    def __init__(self, floor: Floor, now_ms: int, day_ms: int, goals: LevelGoals) -> None:
        self._goals = goals
        self._floor = floor
        self._now_ms = now_ms
        self._day_ms = day_ms

    def group(
        self, cells: Sequence[Cell], queue: str | None = None, channel: str | None = None
    ) -> WallboardGroupView:
        """All that is open in these cells, and has happened; of which queue and channel they
        are."""
        oldest = [cell.oldest_ms for cell in cells if cell.waiting]
        bands = [sum(counts) for counts in zip(*(cell.bands for cell in cells), strict=True)]
        return WallboardGroupView(
            waiting=sum(bands),
            waiting_by_urgency=dict(zip(BANDS, bands or [0] * len(BANDS), strict=True)),
            oldest_ms=min(oldest, default=0),
            suspended=sum(cell.suspended for cell in cells),
            with_agents=sum(cell.with_agents for cell in cells),
            in_wrap_up=sum(cell.in_wrap_up for cell in cells),
            recent=_counts(cell.past.last_minutes(self._now_ms, LEVEL_MINUTES) for cell in cells),
            day=_counts(cell.past.since(self._day_ms, self._now_ms) for cell in cells),
            level_goal=self._goals.of(queue, channel),
        )

    def channels(
        self, cells: Sequence[Cell], names: Iterable[str], queue: str | None = None
    ) -> tuple[WallboardChannelView, ...]:
        """The same by channel, of those that are named."""
        return tuple(
            WallboardChannelView(
                channel=name,
                figures=self.group([one for one in cells if one.channel == name], queue, name),
            )
            for name in names
        )

    def queue(self, name: str, cells: Sequence[Cell], state: State) -> WallboardQueueView:
        """A queue, by those channels on which it has had something."""
        known = state.departures.get(name)
        figures = self.group(cells, name)
        # whoever comes now stands behind all others
        found = expected_wait(known, figures.waiting + 1, self._now_ms) if figures.waiting else None
        told = found or (None, None, None)
        return WallboardQueueView(
            queue=name,
            figures=figures,
            channels=self.channels(cells, [cell.channel for cell in cells], name),
            estimate=WallboardWaitView(wait_ms=told[0], wait_ms_low=told[1], wait_ms_high=told[2]),
            surge=self.surge(cells),
            trend=self.trend(cells),
        )

    def surge(self, cells: Sequence[Cell]) -> WallboardSurgeView:
        """Whether more comes in than usual; of whole minutes."""
        recent = _summed(
            cell.past.last_minutes(self._now_ms, RECENT_MINUTES, skipped=1) for cell in cells
        )
        before = _summed(
            cell.past.last_minutes(self._now_ms, BEFORE_MINUTES, skipped=1 + RECENT_MINUTES)
            for cell in cells
        )
        known = self._floor.known_minutes(self._now_ms) - RECENT_MINUTES - 1
        found = judge(recent.offered, before.offered, known)
        return WallboardSurgeView(**found._asdict())

    def trend(self, cells: Sequence[Cell]) -> WallboardTrendView:
        """The last hour, minute by minute."""
        newest = self._now_ms // MINUTE_MS
        minutes = [Counts() for _ in range(MINUTES)]
        for cell in cells:
            for number, counts in cell.past.minutes.items():
                if newest - MINUTES < number <= newest:
                    minutes[number - newest - 1].add(counts)
        return WallboardTrendView(
            waiting=_waited(cells),
            offered=tuple(counts.offered for counts in minutes),
            answered=tuple(counts.answered for counts in minutes),
            answered_in_target=tuple(counts.in_target for counts in minutes),
            abandoned=tuple(counts.abandoned for counts in minutes),
        )


def _waited(cells: Sequence[Cell]) -> tuple[int, ...]:
    """How many waited at the end of each minute, and now."""
    known = max((len(cell.past.waiting) for cell in cells), default=0)
    found = [0] * known
    for cell in cells:
        for place, waiting in enumerate(reversed(cell.past.waiting), 1):
            found[-place] += waiting
    return (*found, sum(cell.waiting for cell in cells))[-MINUTES:]


def _summed(counts: Iterable[Counts]) -> Counts:
    found = Counts()
    for each in counts:
        found.add(each)
    return found


def _counts(counts: Iterable[Counts]) -> WallboardCountsView:
    found = _summed(counts)
    return WallboardCountsView(
        offered=found.offered,
        answered=found.answered,
        answered_in_target=found.in_target,
        abandoned=found.abandoned,
        service_level=found.service_level,
    )
