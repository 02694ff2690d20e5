"""A draft remembers everybody who has worked on it: none of them may approve it."""

from __future__ import annotations

import pytest

from adapters.drafts.draft import AUTHORS_MAX, Draft
from adapters.drafts.errors import WrongState

OLD = Draft(
    id="pd_0123456789abcdef",
    base_version=1,
    made_by="anna",
    made_ms=1,
    changed_ms=1,
    authors=("anna", *(f"author-{n}" for n in range(AUTHORS_MAX - 1))),
)


def test_who_has_worked_on_it_before_works_on() -> None:
    assert OLD.reopened("anna").authors == OLD.authors


def test_nobody_works_on_it_whose_name_has_no_room() -> None:
    with pytest.raises(WrongState, match="32 people"):
        OLD.reopened("one-more")
