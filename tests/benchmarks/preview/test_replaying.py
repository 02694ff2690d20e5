from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from adapters.statistics.figures import Moment
from adapters.statistics.statistics import Statistics
from adapters.statistics.windows import Intervals, Span
from benchmarks.preview.comparison import compare
from benchmarks.preview.errors import PreviewError
from benchmarks.preview.measures import ALL, Measures, Scope, measures_of
from benchmarks.preview.model import model_of
from benchmarks.preview.recorded_day import Change, recorded_day
from benchmarks.preview.replaying import replay
from router.record import decode_record
from tests.benchmarks.preview.floors import (
    FROM_MS,
    TO_MS,
    day,
    fewer_skilled,
    period_of,
    policy_of,
    recorded,
)

SEEDS = (1, 2, 3)


@pytest.fixture(scope="module")
def replayed() -> tuple[list[Measures], list[Measures]]:
    """Under the policy that ran, and under one by which skill does not count; by seed."""
    _, recording = recorded()
    model = model_of(recording)
    base = [measures_of(replay(recording, None, seed, model)) for seed in SEEDS]
    draft = [measures_of(replay(recording, fewer_skilled(), seed, model)) for seed in SEEDS]
    return base, draft


@pytest.fixture(scope="module")
def truth() -> Measures:
    """What the very same contacts and agents come to under that policy, from the period on."""
    entries = recorded_day(day(), 1, Change(FROM_MS, fewer_skilled()))
    assert entries[:500] == recorded()[0][:500]
    return measures_of(period_of(entries).happened)


def mean(found: list[Measures], name: str, scope: Scope = ALL) -> float:
    return sum(one[scope][name] for one in found) / len(found)


def test_what_really_happened_is_told_as_the_statistics_tell_it() -> None:
    entries, recording = recorded()
    intervals = Intervals(ZoneInfo("UTC"), 0, Span(FROM_MS, TO_MS))
    statistics = Statistics(intervals, (("queue",),))
    for _, data in entries:
        record = decode_record(data)
        if record.now_ms < TO_MS:
            statistics.fold(record)
    statistics.advance(TO_MS)
    moment = Moment((), TO_MS, (FROM_MS,))
    happened = recording.happened
    assert moment.group(statistics.everything) == happened.total
    assert moment.staff(statistics.staffing.everybody) == happened.staff
    for row in moment.rows(statistics, ("queue",), quiet=False):
        assert row == {"queue": row["queue"], **happened.queues[row["queue"]]}


def test_equal_arguments_give_equal_outcomes_and_other_seeds_do_not() -> None:
    _, recording = recorded()
    once, again = replay(recording, None, 7), replay(recording, None, 7)
    assert (once.ends, once.agents, once.waited_ms) == (again.ends, again.agents, again.waited_ms)
    assert replay(recording, None, 8).agents != once.agents


def test_what_ran_is_found_again(replayed: tuple[list[Measures], list[Measures]]) -> None:
    _, recording = recorded()
    happened, base = measures_of(recording.happened)[ALL], replayed[0]
    assert mean(base, "service_level") == pytest.approx(happened["service_level"], abs=0.02)
    assert mean(base, "asa_s") == pytest.approx(happened["asa_s"], abs=0.7)
    assert mean(base, "abandonment") == pytest.approx(happened["abandonment"], abs=0.01)
    assert mean(base, "aht_s") == pytest.approx(happened["aht_s"], abs=2)
    assert mean(base, "occupancy") == pytest.approx(happened["occupancy"], abs=0.01)
    assert mean(base, "preferred_rate") == pytest.approx(happened["preferred_rate"], abs=0.02)


def test_another_policy_is_foretold(
    replayed: tuple[list[Measures], list[Measures]], truth: Measures
) -> None:
    base, draft = replayed
    true = truth[ALL]
    assert mean(draft, "preferred_rate") == pytest.approx(true["preferred_rate"], abs=0.02)
    assert mean(base, "preferred_rate") > mean(draft, "preferred_rate") + 0.1
    assert mean(draft, "aht_s") == pytest.approx(true["aht_s"], abs=2)
    assert mean(base, "aht_s") > mean(draft, "aht_s") + 1
    assert mean(draft, "skill_fit") == pytest.approx(true["skill_fit"], abs=0.015)
    assert mean(draft, "service_level") == pytest.approx(true["service_level"], abs=0.03)
    assert mean(draft, "asa_s") == pytest.approx(true["asa_s"], abs=1)
    assert mean(draft, "occupancy") == pytest.approx(true["occupancy"], abs=0.015)
    assert mean(draft, "occupancy_spread") == pytest.approx(true["occupancy_spread"], abs=0.015)
    billing = Scope("queue", "billing")
    for name in ("service_level", "asa_s"):
        gain = mean(draft, name, billing) - mean(base, name, billing)
        really = truth[billing][name] - measures_of(recorded()[1].happened)[billing][name]
        assert gain * really > 0, name


def test_a_policy_without_what_is_in_use_is_refused() -> None:
    _, recording = recorded()
    document = policy_of(day())
    queues = {"billing": document["queues"]["billing"]}
    document = {**document, "queues": queues, "default_queue": "billing"}
    with pytest.raises(PreviewError, match="technical"):
        replay(recording, document, 1)


def test_an_outcome_beside_itself_is_nowhere_else() -> None:
    _, recording = recorded()
    found = compare(recording.happened, recording.happened)
    assert (found.elsewhere, found.compared) == (0, len(recording.cases))
    assert found.base.keys() == found.draft.keys()
