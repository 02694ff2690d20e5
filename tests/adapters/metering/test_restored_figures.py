"""The floor in figures after a start from a snapshot: as if every record had been folded."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.metering.floor_figures import FloorFigures
from tests.policies import POLICY_VARIANTS
from tests.snapshots import copied
from tests.traffic import played_under_engine


def told(figures: FloorFigures, now_ms: int) -> dict[str, Any]:
    """What metrics tell of a floor."""
    return {
        "waiting": sorted(figures.waiting(now_ms)),
        "agents": figures.agents_by_status(),
        "activities": figures.agents_by_activity(),
        "working": (figures.working(), figures.staffed()),
        "quiet": {state: +count for state, count in figures.quiet.items()},
        "groups": {queue: groups for queue, groups in figures.open_groups.items() if groups},
        "policy": (figures.policy_version, figures.policy_pending),
        "intake": figures.intake_open,
        "open": {name: (k.channel, k.queue, k.suspended) for name, k in figures.known.items()},
    }


@pytest.mark.parametrize("variant", ["groups", "callbacks", "everything may be idle", "reserves"])
def test_a_state_gives_the_figures_that_its_events_give(variant: str) -> None:
    engine = played_under_engine(POLICY_VARIANTS[variant], 7, 30)
    folded = FloorFigures()
    for event in engine.events:
        folded.fold(event)
    begun = FloorFigures.of(copied(engine.engine.state))
    assert told(begun, engine.now_ms) == told(folded, engine.now_ms)
    assert folded.known
    assert any(known.suspended for known in folded.known.values())
