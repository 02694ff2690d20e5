"""The lifecycle tables: complete, reachable, and drawn in the docs as they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest

from router import diagrams
from router import events as ev
from router.errors import InvariantError
from router.fold import FOLDS
from router.lifecycle import (
    INTERACTION,
    LIFECYCLES,
    OFFER,
    InteractionState,
    OfferState,
    Table,
    following,
)

ROOT = Path(__file__).parents[2]


def test_the_page_in_the_docs_is_the_one_that_the_tables_make() -> None:
    assert (ROOT / "docs" / "lifecycle.md").read_text() == diagrams.page()


def test_every_event_has_a_fold() -> None:
    assert set(FOLDS) == set(get_args(ev.Event))


@pytest.mark.parametrize("name", LIFECYCLES)
def test_every_state_can_be_reached_from_the_first(name: str) -> None:
    table: Table[Any] = LIFECYCLES[name]
    first = next(iter(table))[0]
    reached = {first}
    for _ in table:
        reached |= {after for (state, _), after in table.items() if state in reached}
    states: Any = type(first)
    assert reached == set(states)


def test_an_offer_ends_exactly_once() -> None:
    issued = OfferState.ISSUED
    answers = {event for state, event in OFFER if state is issued and event is not ev.OfferHeld}
    for answer in answers:
        ended = OFFER[OfferState.ISSUED, answer]
        assert not [key for key in OFFER if key[0] is ended]


def test_a_finished_interaction_never_moves_again() -> None:
    finished = {InteractionState.COMPLETED, InteractionState.CANCELLED}
    assert not [key for key in INTERACTION if key[0] in finished]


def test_a_move_that_the_table_lacks_is_an_error_of_ours() -> None:
    event = ev.InteractionCancelled(interaction_id="i", waited_ms=1)
    with pytest.raises(InvariantError, match="assigned"):
        following(INTERACTION, InteractionState.ASSIGNED, event)
