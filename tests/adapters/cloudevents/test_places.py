"""Where an interaction stood when something happened to it."""

from __future__ import annotations

from adapters.cloudevents import Place, Places, Position
from adapters.cloudevents.told import told_of
from router.events import (
    InteractionCancelled,
    InteractionCreated,
    InteractionMoved,
    InteractionReclassified,
)
from tests.adapters.cloudevents.records import golden

BILLING = Place("voice", "billing")
SALES = Place("voice", "sales")


def created(name: str, queue: str = "billing") -> InteractionCreated:
    return InteractionCreated(interaction_id=name, channel="voice", queue=queue, created_ms=0,
                              origin_ms=0, sequence=0)  # fmt: skip


def moved(name: str, queue: str) -> InteractionMoved:
    return InteractionMoved(interaction_id=name, queue=queue, step=1)


def test_an_old_event_finds_the_queue_of_its_time() -> None:
    places = Places()
    places.take(Position(1, 1, 0), created("i"))
    places.take(Position(1, 5, 2), moved("i", "sales"))
    places.take(
        Position(1, 9, 0),
        InteractionReclassified(interaction_id="i", queue="billing", priority=0, requirements=()),
    )
    for at, place in ((Position(1, 1, 0), BILLING), (Position(1, 5, 1), BILLING),
                      (Position(1, 5, 2), SALES), (Position(1, 8), SALES),
                      (Position(1, 9, 0), BILLING)):  # fmt: skip
        assert places.of("i", at) == place


def test_what_is_over_is_known_for_a_while() -> None:
    places = Places(ended_max=2)
    for number in range(3):
        places.take(Position(1, number, 0), created(f"i{number}"))
    for number in range(3):
        event = InteractionCancelled(interaction_id=f"i{number}", waited_ms=0)
        places.take(Position(2, number, 0), event)
    found = [places.of(f"i{number}", Position(3, 0)) for number in range(3)]
    assert found == [Place(), BILLING, BILLING]


def test_who_is_behind_is_asked() -> None:
    behind = Places()
    behind.take(Position(1, 1, 0), created("old"))
    places = Places(behind)
    places.take(Position(1, 2, 0), created("new", "sales"))
    places.take(Position(1, 3, 0), moved("old", "sales"))
    assert places.of("old", Position(1, 2, 0)) == BILLING
    assert places.of("old", Position(1, 3, 0)) == places.of("new", Position(1, 3, 0)) == SALES
    assert behind.of("old", Position(1, 3, 0)) == BILLING
    assert places.of("unknown", Position(1, 3, 0)) == Place()


def test_whoever_comes_back_hears_of_the_same_places_as_whoever_stayed() -> None:
    records = golden()
    shared = Places()
    stayed = [[one.place for one in told_of("t", *record, shared)] for record in records]
    assert len({place for places in stayed for place in places}) > 5
    for begin in range(0, len(records), len(records) // 6):
        places = Places(behind=shared)
        again = [[one.place for one in told_of("t", *record, places)] for record in records[begin:]]
        assert again == stayed[begin:]
