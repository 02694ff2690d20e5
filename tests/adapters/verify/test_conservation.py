"""The thorough look does not depend on what the quick one has noted."""

from __future__ import annotations

import pytest

from adapters.verify import checker
from adapters.verify.conservation import THOROUGH_EVERY
from tests.adapters.verify.story import Story


def test_a_thorough_check_finds_what_the_quick_one_was_blind_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    story = Story()
    story.record(*story.log_in("ann"), story.create("i"), consumed=2)
    for _ in range(2 * THOROUGH_EVERY):
        story.record()
    monkeypatch.setattr(checker, "check_touched", lambda _: None)
    assert story.check(thorough=False).clean
    report = story.check(thorough=True)
    assert report.by_code == {"work_conservation": 1}
    assert report.violations[0].record_id == f"1-{THOROUGH_EVERY - 1}"


def test_a_pair_left_waiting_is_reported_once() -> None:
    story = Story()
    story.record(*story.log_in("ann"), story.create("i"), consumed=2)
    away = story.become("agent_unavailable", "ann")
    story.record(away, story.become("agent_available", "ann"), consumed=1)
    for _ in range(THOROUGH_EVERY):
        story.record()
    assert story.check().violations_total == 1
