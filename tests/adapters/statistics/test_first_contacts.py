"""First contact resolution, counted from records."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from adapters.statistics.first_contacts import contacts, first_contacts_of_intervals, resolved
from adapters.statistics.windows import Intervals, Span
from router import commands as cm
from router import events as ev
from router.record import Record
from tests.adapters.statistics.test_fits import record_of
from tests.audited import BEGIN_MS, AuditedEngine
from tests.policies import POLICY

HOUR_S = 3_600
HOUR_MS = HOUR_S * 1_000
FROM_MS = BEGIN_MS - BEGIN_MS % HOUR_MS


class Desk:
    """Ann, who ends whatever comes at once."""

    def __init__(self) -> None:
        self.engine = AuditedEngine(POLICY)
        self.records: list[Record] = []
        self._send(cm.AgentLogin("ann", "desk", state="available"))

    def _send(self, *commands: cm.Command, after_ms: int = 0) -> list[ev.Event]:
        events = self.engine.send(*commands, after_ms=after_ms)
        self.records.append(record_of(self.engine.now_ms, events))
        return events

    def handles(self, name: str, *, after_ms: int = 0, **fields: Any) -> None:
        events = self._send(cm.Create(name, "letter", **fields), after_ms=after_ms)
        (offer_id,) = (one.offer_id for one in events if isinstance(one, ev.OfferIssued))
        self._send(cm.Accept(offer_id, "ann"))
        self._send(cm.Complete(name, "ann"))
        self._send(cm.EndWrapUp(name, "ann"))

    def told(self, *withins_s: int, hours: int = 4, now_ms: int | None = None) -> list[Any]:
        now_ms = now_ms or self.engine.now_ms
        intervals = Intervals(ZoneInfo("UTC"), HOUR_MS, Span(FROM_MS, FROM_MS + hours * HOUR_MS))
        found = first_contacts_of_intervals(self.records, intervals, withins_s, now_ms)
        return [row for each in found for row in each["rows"]]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def sums(rows: list[Any], within_s: int) -> tuple[int, int]:
    cells = contacts(within_s), resolved(within_s)
    return tuple(sum(row.get(cell, 0) for row in rows) for cell in cells)


def test_who_comes_again_was_not_helped(desk: Desk) -> None:
    desk.handles("i1", customer_id="ada")
    desk.handles("i2", customer_id="bob")
    desk.handles("i3", after_ms=600_000, customer_id="ada")
    rows = desk.told(HOUR_S, now_ms=desk.engine.now_ms + 2 * HOUR_MS)
    assert sums(rows, HOUR_S) == (2, 1)  # ada's second is no first contact
    assert {row["channel"] for row in rows} == {"letter"}


def test_each_goal_has_its_own_time(desk: Desk) -> None:
    desk.handles("i1", customer_id="ada")
    desk.handles("i2", after_ms=HOUR_MS, customer_id="ada")
    rows = desk.told(600, 2 * HOUR_S, now_ms=desk.engine.now_ms + 3 * HOUR_MS)
    assert sums(rows, 600) == (2, 2)
    assert sums(rows, 2 * HOUR_S) == (1, 0)


def test_the_same_matter_counts_on_any_medium_and_whoever_asks(desk: Desk) -> None:
    desk.handles("i1", customer_id="ada", conversation_id="m")
    desk.handles("i2", customer_id="bob", conversation_id="m")
    assert sums(desk.told(60, now_ms=desk.engine.now_ms + HOUR_MS), 60) == (1, 0)


def test_what_is_not_known_yet_and_whom_nobody_knows_do_not_count(desk: Desk) -> None:
    desk.handles("i1", customer_id="ada")
    desk.handles("i2")
    assert desk.told(HOUR_S) == []
    later_ms = desk.engine.now_ms + HOUR_MS
    assert sums(desk.told(HOUR_S, now_ms=later_ms), HOUR_S) == (1, 1)
