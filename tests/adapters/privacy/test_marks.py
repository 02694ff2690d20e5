"""What a policy marks as personal."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.privacy.marks import EVERYTHING, NOTHING, Marks, marks_of
from router.errors import PolicyError
from router.policy import PersonalData, default_policy, parse_policy


def test_a_policy_that_says_nothing_marks_nothing() -> None:
    assert marks_of(default_policy().model_dump(mode="json")) == NOTHING


def test_without_a_policy_everything_may_be_personal() -> None:
    assert marks_of(None) == EVERYTHING
    assert all(EVERYTHING[1:])


@pytest.mark.parametrize("personal", [{"voiceprints": True}, {"attributes": 7}])
def test_what_a_later_release_marks_counts_as_everything(personal: dict[str, Any]) -> None:
    assert marks_of({"personal": personal}) == EVERYTHING


@pytest.mark.parametrize("name", sorted(set(PersonalData.model_fields) - {"description", "owner"}))
def test_every_mark_of_the_policy_is_a_mark(name: str) -> None:
    marked: Any = ["name"] if name == "attributes" else True
    found = marks_of({"personal": {name: marked}})
    (changed,) = [n for n in Marks._fields if getattr(found, n) != getattr(NOTHING, n)]
    assert changed == name


@pytest.mark.parametrize(
    ("personal", "fault"),
    [
        ({"attributes": ["name", "name"]}, "names one twice"),
        ({"attributes": ["name"], "all_attributes": True}, "leave out attributes"),
        ({"attributes": [""]}, "at least 1 character"),
        ({"names": True}, "not permitted"),
    ],
)
def test_marks_that_make_no_sense_are_refused(personal: dict[str, Any], fault: str) -> None:
    document = default_policy().model_dump(mode="json") | {"personal": personal}
    with pytest.raises(PolicyError, match=fault):
        parse_policy(document)
