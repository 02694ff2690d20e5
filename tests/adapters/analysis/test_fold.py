"""What is personal is in no row; what is open goes on after a restart."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from adapters.analysis.fold import Fold
from adapters.analysis.standing import Standing
from adapters.privacy.marks import Marks, marks_of
from tests.adapters.analysis.exports import Records, Told, due
from tests.policies import POLICY
from tests.random_journal import Journal

PLANTED = ("carla-PLANTED", "conversation-PLANTED", "number-PLANTED", "reason-PLANTED")
PERSONAL = {
    "customer_id": True,
    "conversation_id": True,
    "texts": True,
    "attributes": ["number"],
}


def story(personal: dict[str, Any] | None = None) -> Records:
    told = Told({**POLICY, **({"personal": personal} if personal else {})})
    planted = {"customer_id": PLANTED[0], "conversation_id": PLANTED[1]}
    create = {"type": "create", "interaction_id": "i", "channel": "chat", **planted}
    told(1, {**create, "attributes": {"number": PLANTED[2], "tier": "gold"}})
    told(2, {"type": "cancel", "interaction_id": "i", "reason": PLANTED[3]})
    return told.records


def rows(records: Records, fold: Fold) -> list[tuple[str, dict[str, Any]]]:
    return [each for record in records for each in fold.take_in(*record)]


def text_of(found: list[tuple[str, dict[str, Any]]]) -> str:
    return msgspec.json.encode(found).decode()


def test_what_the_policy_marks_is_hidden() -> None:
    fold = Fold(Standing(), marks_of({"personal": PERSONAL}))
    found = rows(story(), fold)
    assert not [each for each in PLANTED if each in text_of(found)]
    (over,) = (row for table, row in found if table == "interactions")
    assert over["customer_id"] == "[personal]"
    assert json.loads(over["attributes"]) == {"number": "[personal]", "tier": "gold"}


def test_what_a_later_policy_marks_is_hidden_from_there_on() -> None:
    found = rows(story(PERSONAL), Fold(Standing(), Marks()))
    assert not [each for each in PLANTED if each in text_of(found)]


def test_before_any_policy_everything_is_hidden() -> None:
    found = rows(story()[1:], Fold(Standing(), None))
    assert not [each for each in PLANTED if each in text_of(found)]
    assert "gold" not in text_of(found)


def test_what_is_not_marked_is_shown() -> None:
    found = text_of(rows(story(), Fold(Standing(), Marks())))
    assert all(each in found for each in PLANTED)


@pytest.mark.parametrize("seed", [3])
def test_a_restart_after_every_record_gives_the_same_rows(seed: int) -> None:
    made = Journal(seed)
    made.play(25)
    standing, found = Standing(), []
    for record in made.records:
        fold = Fold(Standing.from_bytes(standing.to_bytes()), Marks())
        found += rows([record], fold)
        standing = fold.standing
    assert sorted(map(str, found)) == sorted(
        map(str, rows(made.records, Fold(Standing(), Marks())))
    )
    assert sum(due(made.records)["events"].values()) == len([1 for t, _ in found if t == "events"])


def test_nothing_is_remembered_of_what_is_over() -> None:
    fold = Fold(Standing(), Marks())
    rows(story(), fold)
    assert (fold.standing.interactions, fold.standing.offers) == ({}, {})


def test_what_began_before_the_first_record_is_passed_over() -> None:
    made = Journal(4)
    made.play(25)
    fold = Fold(Standing(), Marks())
    found = rows(made.records[12:], fold)
    born = {row["interaction_id"] for t, row in found if row.get("type") == "interaction_created"}
    assert {row["interaction_id"] for table, row in found if table == "interactions"} <= born
    assert [row for table, row in found if table == "events" and "queue" not in row]
