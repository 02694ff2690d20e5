"""Objectives as people write them: what they mean, and what is told of one that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.tuning.figures import MEASURES, Bound, Figure
from adapters.tuning.objective import (
    Objective,
    ObjectiveError,
    preset,
    preset_names,
    read_objective,
    written,
)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("service_level", Figure("service_level")),
        ("service_level of all", Figure("service_level")),
        ("mean_wait of queue lost-card", Figure("mean_wait", "queue", "lost-card")),
        (
            " service_level  of channel voice within 20 s ",
            Figure("service_level", "channel", "voice", 20.0),
        ),
    ],
)
def test_a_figure(text: str, meant: Figure) -> None:
    assert Figure.parse(text) == meant
    assert Figure.parse(str(meant)) == meant


@pytest.mark.parametrize(
    ("text", "value", "excess"),
    [
        ("service_level >= 80 %", 0.75, 0.05),
        ("service_level >= 0.8", 0.85, -0.05),
        ("abandonment of channel chat <= 5%", 0.07, 0.02),
        ("mean_wait <= 30 s", 20.0, -10.0),
    ],
)
def test_a_bound(text: str, value: float, excess: float) -> None:
    bound = Bound.parse(text)
    assert bound.excess(value) == pytest.approx(excess)
    assert Bound.parse(str(bound)) == bound


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("servic_level >= 80 %", "did you mean 'service_level'?"),
        ("luck >= 80 %", "there are service_level"),
        ("service_level", "then '>= 80 %'"),
        ("service_level > 80 %", "expected a measure"),
        ("service_level of voice >= 80 %", "expected a measure"),
        ("service_level >= 20 s", "it is a share".removeprefix("it ")),
        ("mean_wait <= 30", "is a time"),
        ("mean_wait <= 30 %", "is a time"),
        ("mean_wait within 20 s <= 30 s", "takes no 'within'"),
    ],
)
def test_a_bound_that_means_nothing(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Bound.parse(text)


def test_every_preset_can_be_used_and_says_what_it_is() -> None:
    assert "voice-80-20" in preset_names()
    for name in preset_names():
        found = preset(name)
        assert found.description
        assert found.goals
    measured = {figure.measure for name in preset_names() for figure in preset(name).figures()}
    assert measured <= set(MEASURES)


def test_a_file_is_what_it_was_written_from(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    for name in preset_names():
        file.write_text(written(preset(name)), encoding="utf-8")
        assert read_objective(file) == preset(name) == read_objective(name)


def test_goals_in_their_order() -> None:
    found = Objective.model_validate(
        {"minimise": ["mean_wait"], "maximise": ["skill_fit"], "subject_to": ["skill_fit >= 0.5"]}
    )
    assert [str(goal) for goal in found.goals] == ["skill_fit", "mean_wait"]
    assert [found.is_maximised(goal) for goal in found.goals] == [True, False]
    assert len(list(found.figures())) == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("maximise: [luck]", "1:12: maximise.0: there is no measure 'luck'"),
        ("minimize: [mean_wait]", "did you mean 'minimise'?"),
        ("subject_to: []", "say what to maximise or minimise"),
        ("maximise: [skill_fit, skill_fit]", "a goal stands here twice"),
        ("maximise: [7]", "1:12: maximise.0: expected a measure"),
        (
            "maximise: [skill_fit, service_level]\nminimise: [mean_wait, abandonment]",
            "at most 3 goals",
        ),
        ("[]", "expected a map"),
        ("a: [", "mine.yaml:1:"),
    ],
)
def test_a_file_that_is_wrong(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    with pytest.raises(ObjectiveError) as caught:
        read_objective(file)
    assert told in str(caught.value)


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ObjectiveError, match="did you mean 'voice-80-20'"):
        read_objective("voice-80-2")
    with pytest.raises(ObjectiveError, match="cannot be read"):
        read_objective(tmp_path / "nowhere.yaml")
