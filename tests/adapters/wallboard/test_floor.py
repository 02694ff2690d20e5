"""The board against a walk over the state, and against the statistics, under random traffic."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from adapters.metering.targets import Targets
from adapters.statistics.interaction import Stage
from adapters.wallboard.counts import Counts
from adapters.wallboard.floor import Floor
from adapters.wallboard.places import band_at, stage_of
from router import events as ev
from router.lifecycle import AgentStatus
from router.state import State
from tests.adapters.wallboard.house import House

BATCHES = 45


def walked(state: State, now_ms: int) -> dict[tuple[str, str], Any]:
    """The same by looking at everything."""
    targets = Targets()
    targets.replace(ev.PolicyReplaced(version=0, policy=state.policy))
    found: dict[tuple[str, str], Counter[Any]] = {}
    oldest: dict[tuple[str, str], int] = {}
    for one in state.interactions.values():
        place = (one.queue, one.channel)
        stage = stage_of(one.state)
        counter = found.setdefault(place, Counter())
        if stage is not Stage.WAITING:
            counter[stage] += 1
            continue
        target_ms = state.targets.get(one.interaction_id) or targets.target_ms(
            one.channel, one.queue
        )
        counter[band_at(now_ms, one.origin_ms, target_ms)] += 1
        oldest[place] = min(oldest.get(place, one.origin_ms), one.origin_ms)
    return {place: (dict(counter), oldest.get(place, 0)) for place, counter in found.items()}


def told(floor: Floor) -> dict[tuple[str, str], Any]:
    found = {}
    for place, cell in floor.cells.items():
        counts: dict[Any, int] = dict(enumerate(cell.bands))
        counts[Stage.SUSPENDED] = cell.suspended
        counts[Stage.WITH_AGENT] = cell.with_agents
        counts[Stage.WRAP_UP] = cell.in_wrap_up
        counts = {key: count for key, count in counts.items() if count}
        if counts:
            found[place] = (counts, cell.oldest_ms)
    return found


@pytest.mark.parametrize("seed", range(3))
async def test_what_is_open_is_what_a_walk_finds(seed: int) -> None:
    house = House(seed)
    house.play(seed * 7)  # nobody has asked yet
    bands = Counter[int]()
    later_ms = 0
    for number in range(BATCHES):
        house.play(1)
        later_ms = max(later_ms, house.now_ms + (0, 15_000)[number % 2])
        await house.floor.whole(later_ms)
        assert told(house.floor) == walked(house.state, later_ms)
        bands.update(
            {i: n for cell in house.floor.cells.values() for i, n in enumerate(cell.bands)}
        )
        assert_staff(house)
    assert all(bands[band] for band in range(4)), "the traffic comes into every band"


def assert_staff(house: House) -> None:
    agents, staff = house.state.agents.values(), house.floor.staff
    statuses = Counter(agent.status.value for agent in agents)
    assert {name: count for name, count in staff.by_status.items() if count} == statuses
    assert staff.working == sum(agent.has_work for agent in agents)
    assert staff.ready == sum(
        agent.status is AgentStatus.AVAILABLE and not agent.has_work for agent in agents
    )
    assert sum(staff.by_activity.values()) == sum(
        bool(agent.activity) and agent.status is not AgentStatus.OFFLINE for agent in agents
    )


@pytest.mark.parametrize("seed", range(2))
async def test_what_has_happened_is_what_the_statistics_say(seed: int) -> None:
    house = House(seed)
    await house.floor.whole(house.now_ms)
    house.play(2 * BATCHES)
    groups = house.statistics.groupings["queue", "channel"].known
    compared = Counts()
    for (queue, channel), group in groups.items():
        past = house.floor.cell(queue, channel).past
        (tally,) = group.tallies.at((0,))
        counts = past.since(0, house.now_ms)
        expected = (
            tally.offered - tally.moved_in,
            tally.answered,
            tally.answered_in_target,
            tally.abandoned,
        )
        assert (counts.offered, counts.answered, counts.in_target, counts.abandoned) == expected
        compared.add(counts)
    assert min(compared.offered, compared.answered, compared.in_target, compared.abandoned) > 0
