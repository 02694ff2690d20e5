"""What is declined again and again is found, and forgotten when somebody has it."""

from __future__ import annotations

import pytest

from adapters.often_declined import OFTEN, OftenDeclined
from router import events as ev


def declined(name: str, number: int) -> ev.Event:
    return ev.OfferDeclined(
        offer_id=f"1-{number}", interaction_id=name, agent_id="ann", excluded_until_ms=0
    )


def expired(name: str, number: int) -> ev.Event:
    return ev.OfferExpired(
        offer_id=f"1-{number}", interaction_id=name, agent_id="ann", excluded_until_ms=0
    )


def failing(*names: str) -> OftenDeclined:
    found = OftenDeclined()
    for name in names:
        for number in range(OFTEN):
            assert name not in found.first(9)
            found.fold((declined, expired)[number % 2](name, number))
    return found


def test_those_for_longest_come_first() -> None:
    found = failing("b", "a")
    found.fold(declined("c", 1))
    found.fold(declined("b", 9))
    assert (len(found), found.first(9), found.first(1)) == (2, ["b", "a"], ["b"])


@pytest.mark.parametrize(
    "event",
    [
        ev.OfferAccepted(offer_id="1-9", interaction_id="a", agent_id="ann", waited_ms=1),
        ev.InteractionCancelled(interaction_id="a", waited_ms=1),
        ev.InteractionDiverted(interaction_id="a", target="x", inbox="", rule="", waited_ms=1),
        ev.InteractionMoved(interaction_id="a", queue="leads", step=0, declines=5),
    ],
)
def test_it_is_forgotten_when_it_is_no_longer_passed_on(event: ev.Event) -> None:
    found = failing("a")
    found.fold(event)
    assert (len(found), found.first(9)) == (0, [])
    found.fold(declined("a", 10))
    assert not len(found)
