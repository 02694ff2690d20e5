from __future__ import annotations

import pytest

from benchmarks.quality.contests import CONTESTS
from benchmarks.quality.strategies import RIVALS


@pytest.mark.parametrize("name", CONTESTS)
def test_every_contest_has_its_rows_and_targets(name: str) -> None:
    contest = CONTESTS[name]
    instance = contest.build()
    labels = [row.label for row in instance.rows]
    assert len(set(labels)) == len(labels)
    assert contest.compared_with in labels
    assert instance.targets
    for target in instance.targets:
        assert target.policy in labels
        assert set(target.than) <= set(labels)
    assert {row.kind for row in instance.rows} >= {"onequeue"}
    if contest.drawn:
        assert set(contest.drawn) <= set(instance.measures)


@pytest.mark.parametrize("name", ["xmodel", "match-value-85.5", "omnichannel"])
def test_centers_meet_every_named_strategy(name: str) -> None:
    labels = {row.label for row in CONTESTS[name].build().rows}
    assert {rival.name for rival in RIVALS} <= labels
