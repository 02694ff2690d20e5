"""One violation of each invariant is planted in a right journal: exactly that one is found."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from adapters.verify import CHECKS, Retained
from tests.adapters.verify import (
    planted_decisions,
    planted_entries,
    planted_groups,
    planted_holds,
    planted_idle,
    planted_labels,
    planted_lives,
    planted_offers,
    planted_precedence,
    planted_quotas,
    planted_records,
    planted_several,
    planted_sign_off,
    planted_suspension,
    planted_times,
    planted_turns,
    planted_versions,
    planted_waits,
)
from tests.adapters.verify.plants import PLANTS
from tests.adapters.verify.story import Story, codes_of

SOURCES = (
    planted_decisions,
    planted_entries,
    planted_groups,
    planted_holds,
    planted_idle,
    planted_labels,
    planted_lives,
    planted_offers,
    planted_precedence,
    planted_quotas,
    planted_records,
    planted_several,
    planted_sign_off,
    planted_suspension,
    planted_times,
    planted_turns,
    planted_versions,
    planted_waits,
)
"""Their plants enter the table as they are imported."""

ALSO = {
    "_beginning_lost": {"record_chain"},
    "_chosen_by_a_number": {"work_conservation"},
    "_offered_to_the_unavailable": {"decision_winner"},
}
"""What cannot be broken alone."""

IN_THOROUGH_ONLY = {
    "_wrong_filter",
    "_best_of_four_not_listed",
    "_something_more_urgent_as_early",
}


def test_every_check_has_its_plant() -> None:
    assert set(PLANTS) == set(CHECKS)


@pytest.mark.parametrize("thorough", [False, True], ids=["plain", "thorough"])
@pytest.mark.parametrize(
    ("code", "plant"),
    [
        pytest.param(code, plant, id=f"{code}-{plant.__name__.strip('_')}")
        for code, found in PLANTS.items()
        for plant in found
    ],
)
def test_exactly_the_planted_violation_is_found(
    code: str, plant: Callable[[], Story], thorough: bool
) -> None:
    story = plant()
    retained = None
    if CHECKS[code].group == "work_streams":
        retained = Retained(story.records[-1][0], {"desk": 0, "other": 0}, 0)
    report = story.check(retained=retained, thorough=thorough)
    found = set(codes_of(report))
    if not thorough and plant.__name__ in IN_THOROUGH_ONLY:
        assert found == set()
        return
    eligibility_seen_by_decision = {"decision_counts", "decision_order"} if thorough else set()
    allowed = {code} | ALSO.get(plant.__name__, set())
    if CHECKS[code].group in ("capacity", "eligibility"):
        # a decision for somebody who may not serve cannot be right about the floor either
        allowed |= eligibility_seen_by_decision
    assert code in found
    assert found <= allowed
    first = next(v for v in report.violations if v.code == code)
    assert first.message
    assert first.meaning
    assert first.record_id
