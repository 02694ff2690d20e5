"""Forms that edit a document: places, numbers as typed, what is taken away, lists in order."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.client.models import Fault
from adapters.console.editing import at, edited, faults_by_field, rearranged

DOCUMENT: dict[str, Any] = {
    "weights": {"skill": 4.0},
    "queues": {"a.b": {"targets_s": {"voice": 20.0}, "weights": {"skill": 2.0}}, "c": {}},
    "workflows": {"w": {"steps": [{"until_s": 30}, {"until_s": 60}, {"drop": ["x"]}]}},
}


@pytest.mark.parametrize(
    ("field", "text", "place", "value"),
    [
        ("n:/weights/skill", "5", "/weights/skill", 5),
        ("n:/weights/skill", "0.25", "/weights/skill", 0.25),
        ("n:/weights/skill", "soon", "/weights/skill", "soon"),
        ("n:/weights/skill", "inf", "/weights/skill", "inf"),
        ("n:/weights/skill", "", "/weights/skill", None),
        ("d:/queues/a.b/targets_s/voice", "", "/queues/a.b/targets_s/voice", "gone"),
        ("d:/queues/c/targets_s/chat", "9", "/queues/c/targets_s/chat", 9),
        ("t:/workflows/w/steps/1/name", "x", "/workflows/w/steps/1/name", "x"),
        ("n:/workflows/w/steps/7/until_s", "1", "/workflows/w/steps/7/until_s", "gone"),
    ],
)
def test_a_field_writes_at_its_place(field: str, text: str, place: str, value: Any) -> None:
    before = deepcopy(DOCUMENT)
    assert at(edited(DOCUMENT, {field: text}), place, "gone") == value
    assert before == DOCUMENT


def test_what_is_the_same_is_not_changed() -> None:
    told = edited(DOCUMENT, {"n:/weights/skill": "4"})
    assert isinstance(told["weights"]["skill"], float)


def test_a_queue_has_weights_of_its_own_or_not() -> None:
    fields = {"owns": "a.b c", "n:/queues/a.b/weights/skill": "7", "n:/queues/c/weights/skill": "1"}
    told = edited(DOCUMENT, {**fields, "own:c": "yes"})
    assert told["queues"]["a.b"]["weights"] is None
    assert told["queues"]["c"]["weights"] == {"skill": 1}
    assert edited(DOCUMENT, {**fields, "own:a.b": "yes"})["queues"]["a.b"]["weights"]["skill"] == 7


@pytest.mark.parametrize(
    ("order", "ends"),
    [
        ("add:/workflows/w/steps", [30, 60, 90, None]),
        ("remove:/workflows/w/steps/0", [60, None]),
        ("up:/workflows/w/steps/1", [60, 30, None]),
        ("down:/workflows/w/steps/2", [30, 60, None]),
        ("remove:/workflows/w/steps/9", [30, 60, None]),
        ("up:/nowhere/1", [30, 60, None]),
        ("", [30, 60, None]),
    ],
)
def test_steps_are_put_in_order(order: str, ends: list[int | None]) -> None:
    steps = rearranged(DOCUMENT, order)["workflows"]["w"]["steps"]
    assert [step.get("until_s") for step in steps] == ends


def test_a_fault_belongs_to_the_field_that_it_is_in() -> None:
    faults = [Fault(detail="no", pointer="/policy/weights/skill")]
    fields = dict.fromkeys(("n:/weights/skill", "n:/weights/idle", "n:/weights", "tab"), "")
    told = faults_by_field(faults, fields)
    assert told == {"n:/weights/skill": "no", "n:/weights": "no"}


@given(st.dictionaries(st.text(max_size=30), st.text(max_size=9), max_size=4))
def test_no_form_stops_it(fields: dict[str, str]) -> None:
    odd = {f"n:/{name}": text for name, text in fields.items()}
    assert isinstance(edited(DOCUMENT, {**fields, **odd}), dict)
