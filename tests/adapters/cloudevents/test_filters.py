"""Filters: what fits, and what is refused in which words."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.cloudevents import EVERYTHING, EventFilter, FilterError, Place, Position, Told

OFFER = {"type": "offer_issued", "interaction_id": "call-1", "agent_id": "anna"}


BILLING = Place("voice", "billing")


def told(event: dict[str, Any] = OFFER, place: Place = BILLING) -> Told:
    return Told("t", Position(1, 2, 0), 0, event, place)


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        ({}, True),
        ({"types": ["offer_issued"]}, True),
        ({"types": ["onequeue.offer_issued.v1"]}, True),
        ({"types": ["offer_*"]}, True),
        ({"types": ["*"]}, True),
        ({"types": ["offer_accepted", "agent_*"]}, False),
        ({"queues": ["sales", "billing"]}, True),
        ({"queues": ["sales"]}, False),
        ({"channels": ["voice"], "agents": ["anna"]}, True),
        ({"channels": ["voice"], "agents": ["bert"]}, False),
        ({"channels": ["chat"]}, False),
        ({"subject": "interactions/call-"}, True),
        ({"subject": "interactions/mail-"}, False),
        ({"types": ["offer_*"], "queues": ["sales"]}, False),
    ],
)
def test_every_part_must_fit(wanted: dict[str, Any], fits: bool) -> None:
    parts: dict[str, Any] = {k: v if isinstance(v, str) else tuple(v) for k, v in wanted.items()}
    assert EventFilter(**parts).checked().matches(told()) is fits


def test_what_has_no_place_fits_no_queue() -> None:
    event = {"type": "agent_available", "agent_id": "anna"}
    assert EVERYTHING.matches(told(event, Place()))
    assert not EventFilter(queues=("billing",)).matches(told(event, Place()))


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"types": ("offer_isued",)}, "types: no event is called 'offer_isued'; did you mean"),
        ({"types": ("offers_*",)}, "did you mean offer_"),
        ({"types": ("onequeue.nothing.v1",)}, "no event is called 'nothing'"),
        ({"types": ("",)}, "types: each value has 1 to 128 characters"),
        ({"queues": ("q" * 129,)}, "queues: each value has 1 to 128 characters"),
        ({"agents": tuple(map(str, range(101)))}, "agents: at most 100 values are taken, not 101"),
        ({"subject": "s" * 257}, "subject: at most 256 characters"),
    ],
)
def test_what_cannot_be_meant_is_refused(wanted: dict[str, Any], words: str) -> None:
    with pytest.raises(FilterError) as caught:
        EventFilter(**wanted).checked()
    assert words in str(caught.value)
