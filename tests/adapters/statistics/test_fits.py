"""How well agents fitted: of first answers, by interval, queue and channel."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from adapters.statistics.fits import fits_of_intervals
from adapters.statistics.windows import Intervals, Span
from router import commands as cm
from router import events as ev
from router.record import Record
from tests.audited import BEGIN_MS, AuditedEngine
from tests.policies import POLICY


def record_of(now_ms: int, events: list[ev.Event]) -> Record:
    return Record(v=1, now_ms=now_ms, position="0-0", consumed=1, prev=bytes(8), events=events)


def test_of_first_answers() -> None:
    engine = AuditedEngine(POLICY)
    records: list[Record] = []

    def send(*commands: cm.Command, after_ms: int = 0) -> None:
        events = engine.send(*commands, after_ms=after_ms)
        records.append(record_of(engine.now_ms, events))

    fact = cm.HistoryFact(kind="owner", agent_id="ann", score=1.0)
    send(cm.AgentLogin("ann", "desk", skills={"french": 5}, state="available"))
    send(cm.Create("i1", "letter", history=(fact,)), cm.Create("i2", "letter"))
    offers = [event.offer_id for event in engine.events if isinstance(event, ev.OfferIssued)]
    send(*(cm.Accept(offer_id, "ann") for offer_id in offers), after_ms=60_000)
    intervals = Intervals(
        ZoneInfo("UTC"), 60_000, Span(BEGIN_MS - BEGIN_MS % 60_000, BEGIN_MS + 180_000)
    )
    rows = [row for each in fits_of_intervals(records, intervals) for row in each["rows"]]
    (row,) = [row for row in rows if row["scored"]]
    assert (row["channel"], row["scored"], row["known"], row["preferred"]) == ("letter", 2, 1, 1)
    assert row["skill_ppm"] == 2_000_000  # nothing was asked for


def test_what_was_classified_anew_counts_where_it_waited_then() -> None:
    created = ev.InteractionCreated(
        "i1", "letter", "a", BEGIN_MS, BEGIN_MS, 1, preferred=(("ann", 1),)
    )
    anew = ev.InteractionReclassified("i1", "b", 0, ())
    accepted = ev.OfferAccepted("1-1", "i1", "ann", 0)
    intervals = Intervals(ZoneInfo("UTC"), 60_000, Span(BEGIN_MS, BEGIN_MS + 60_000))
    records = [record_of(BEGIN_MS, [created, anew, accepted])]
    rows = [row for each in fits_of_intervals(records, intervals) for row in each["rows"]]
    assert [(row["queue"], row["preferred"]) for row in rows] == [("b", 1)]
