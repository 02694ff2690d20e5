"""Tables sorted by what the query says."""

from __future__ import annotations

from starlette.requests import Request

from adapters.console.ordering import order_of


def asked(query: str) -> Request:
    scope = {"type": "http", "path": "/queues", "query_string": query.encode(), "headers": []}
    return Request({**scope, "scheme": "http", "server": ("console", 80)})


def test_a_column_is_turned_round_by_asking_again() -> None:
    order = order_of(asked("sort=waiting&channel=voice"), ("queue", "waiting"), "queue")
    assert order.link("queue") == "/queues?channel=voice&sort=queue"
    assert order.link("waiting") == "/queues?channel=voice&sort=-waiting"
    assert order.applied([{"waiting": 2}, {"waiting": None}, {"waiting": 1}]) == [
        {"waiting": None},
        {"waiting": 1},
        {"waiting": 2},
    ]


def test_what_cannot_be_sorted_by_is_passed_over() -> None:
    order = order_of(asked("sort=-__class__"), ("queue",), "-queue")
    assert (order.key, order.is_descending) == ("queue", True)
