"""The account of rows: every event that moves one, and a sum that always comes out."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from adapters.send.ledger import Entry, Ledger, State
from adapters.send.report import all_is_well, duration, report_json, report_lines
from adapters.send.rows import Prepared
from adapters.send.sender import Pace
from adapters.send.table import Unreadable


def row(interaction_id: str, line: int = 2, channel: str = "web") -> Prepared:
    return Prepared(line - 1, line, interaction_id, channel, None, {})


def ledger_of(*ids: str, rows: int | None = None) -> Ledger:
    ledger = Ledger(len(ids) if rows is None else rows)
    for number, interaction_id in enumerate(ids):
        ledger.expect(row(interaction_id, number + 2))
        ledger.sent(interaction_id, f"1-{number}")
    return ledger


def created(interaction_id: str, cause: str = "") -> dict[str, Any]:
    return {"type": "interaction_created", "interaction_id": interaction_id, "cause": cause}


def event(kind: str, interaction_id: str, **fields: object) -> dict[str, Any]:
    return {"type": kind, "interaction_id": interaction_id, **fields}


def counts(ledger: Ledger) -> dict[str, int]:
    return {str(state): n for state, n in ledger.totals().items() if n}


def test_the_life_of_a_row() -> None:
    ledger = ledger_of("a")
    assert counts(ledger) == {"unanswered": 1}
    for step, state in (
        (created("a"), "waiting"),
        (event("offer_issued", "a"), "waiting"),
        (event("offer_accepted", "a", waited_ms=70), "with_agent"),
        (event("interaction_requeued", "a"), "waiting"),
        (event("offer_accepted", "a", waited_ms=90), "with_agent"),
        (event("interaction_completed", "a"), "completed"),
        (event("interaction_wrapped_up", "a"), "completed"),
    ):
        ledger.fold(step)
        assert counts(ledger) == {state: 1}
    entry = ledger.entries["a"]
    assert (entry.offered, entry.waited_ms) == (True, 90)
    assert ledger.open == 0


def test_a_customer_who_gave_up() -> None:
    ledger = ledger_of("a")
    ledger.fold(created("a"))
    ledger.fold(event("interaction_cancelled", "a", waited_ms=5))
    assert counts(ledger) == {"cancelled": 1}


def test_interactions_of_others_are_nothing_to_us() -> None:
    ledger = ledger_of("a")
    ledger.fold(created("b"))
    ledger.fold({"type": "rejected", "command": "accept", "cause": "9-9", "target": "a"})
    ledger.fold({"type": "repeated", "command": "accept", "target": "a"})
    assert counts(ledger) == {"unanswered": 1}


def test_refusals_by_target_and_by_inbound_entry() -> None:
    ledger = ledger_of("a", "b", "c")
    refusal = {"type": "rejected", "command": "create", "code": "unknown_channel", "detail": "no"}
    ledger.fold({**refusal, "target": "a", "cause": "1-0"})
    ledger.fold({**refusal, "command": "", "target": "", "cause": "1-1", "code": "too_large"})
    assert counts(ledger) == {"rejected": 2, "unanswered": 1}
    told = [(r.line, r.interaction_id, r.code) for r in ledger.refusals]
    assert told == [(2, "a", "unknown_channel"), (3, "b", "too_large")]
    assert not all_is_well(ledger)


def test_a_refusal_may_be_seen_before_the_entry_id_is_known() -> None:
    ledger = Ledger(1)
    ledger.expect(row("a"))
    ledger.fold({"type": "rejected", "command": "create", "cause": "1-7", "code": "invalid"})
    assert counts(ledger) == {"unanswered": 1}
    ledger.sent("a", "1-7")
    assert counts(ledger) == {"rejected": 1}


def test_a_row_that_was_taken_is_not_refused_afterwards() -> None:
    ledger = ledger_of("a")
    ledger.fold(created("a", cause="1-0"))
    ledger.fold({"type": "rejected", "command": "create", "target": "a", "code": "limit"})
    assert counts(ledger) == {"waiting": 1}


def test_rows_that_were_sent_before_take_their_state_from_the_past() -> None:
    ledger = ledger_of("a", "b", "c")
    for name in "abc":
        ledger.fold({"type": "repeated", "command": "create", "target": name})
    assert counts(ledger) == {"repeated": 3}
    assert ledger.repeated_ids() == ["a", "b", "c"]
    ledger.fold(event("offer_accepted", "c", waited_ms=1))
    past = Ledger(3, {name: Entry(0, "") for name in "abc"})
    past.fold(created("a"))
    past.fold(created("c"))
    ledger.settle_repeated(past.entries)
    assert counts(ledger) == {"waiting": 1, "repeated": 1, "with_agent": 1}
    assert all(entry.sent_before for entry in ledger.entries.values())


def test_what_was_completed_was_offered() -> None:
    ledger = ledger_of("a", "b")
    for name in "ab":
        ledger.fold({"type": "repeated", "command": "create", "target": name})
    ledger.fold(event("offer_accepted", "a", waited_ms=7))
    ledger.fold(event("interaction_completed", "b"))
    assert [entry.offered for entry in ledger.entries.values()] == [True, True]
    past = Ledger(2, {name: Entry(0, "") for name in "ab"})
    for step in (created("b"), event("offer_accepted", "b", waited_ms=9)):
        past.fold(step)
    ledger.settle_repeated(past.entries)
    assert counts(ledger) == {"with_agent": 1, "completed": 1}
    assert ledger.entries["b"].waited_ms == 9


def test_rows_that_were_not_confirmed_count_alike_in_table_and_sentence() -> None:
    ledger = ledger_of("a", "b", "c")
    pace = Pace(at_full_speed=True, sent=1)
    lines = list(report_lines(ledger, pace, []))
    (table,) = [line for line in lines if line.startswith("all sent")]
    assert table.split()[2] == "3"
    assert any(line.startswith("3 rows sent, ") for line in lines)
    assert any(line.endswith("Redis did not confirm the last 2") for line in lines)
    found = report_json(ledger, pace, [])
    assert (found["sent"], found["unconfirmed"]) == (3, 2)


def test_an_id_counts_once() -> None:
    ledger = Ledger(3)
    assert ledger.expect(row("a", 2))
    assert not ledger.expect(row("a", 3))
    ledger.skip(Unreadable(3, 4, "torn"))
    assert counts(ledger) == {"unanswered": 1, "unreadable": 1, "same_id": 1}
    assert ledger.same_id == [(3, 2)]


def test_rows_that_were_never_reached_are_not_sent() -> None:
    ledger = ledger_of("a", rows=5)
    assert counts(ledger) == {"unanswered": 1, "not_sent": 4}
    assert not all_is_well(ledger)


def test_the_account_in_words_and_in_json() -> None:
    ledger = ledger_of("a", "b", "c", rows=5)
    ledger.skip(Unreadable(4, 9, "a quote is opened here and never closed"))
    ledger.expect(row("a", 10))
    for name in "ab":
        ledger.fold(created(name))
    ledger.fold(event("offer_issued", "a"))
    ledger.fold(event("offer_accepted", "a", waited_ms=1_500))
    ledger.fold(event("interaction_completed", "a"))
    refusal = {"code": "unknown_channel", "detail": "there is no channel 'web'", "field": "channel"}
    ledger.fold({"type": "rejected", "command": "create", "target": "c", **refusal})
    text = "\n".join(report_lines(ledger, Pace(at_full_speed=False, sent=3), ["read as UTF-16"]))
    assert (
        "5 rows = 1 completed + 1 waiting + 1 rejected + 1 unreadable "
        "+ 1 with the id of an earlier row"
    ) in text
    assert "line 9: a quote is opened here" in text
    assert "line 10: as in line 2" in text
    assert "1 × unknown_channel: there is no channel 'web' (line 4)" in text
    assert "note: read as UTF-16" in text
    found = report_json(ledger, Pace(at_full_speed=False, sent=3), [])
    assert found["ok"] is False
    assert sum(found["states"].values()) == found["rows"] == 5
    assert found["channels"]["web"]["wait_ms_p50"] == 1_500
    assert found["rejected"][0]["field"] == "channel"


def test_a_thousand_equal_refusals_are_one_line() -> None:
    names = [f"i{n}" for n in range(1_000)]
    ledger = ledger_of(*names)
    for name in names:
        refusal = {"code": "unknown_channel", "detail": "there is no channel 'web'"}
        ledger.fold({"type": "rejected", "command": "create", "target": name, **refusal})
    lines = list(report_lines(ledger, Pace(at_full_speed=True), []))
    (told,) = [line for line in lines if "unknown_channel" in line]
    assert told.startswith("  1,000 × unknown_channel")
    assert len(told) < 200


def test_lengths_of_time() -> None:
    assert [duration(ms) for ms in (40, 1_500, 720_000, 12_000_000)] == [
        "40 ms",
        "1.5 s",
        "12.0 min",
        "3.3 h",
    ]


kinds = st.sampled_from(
    [
        "interaction_created",
        "offer_issued",
        "offer_accepted",
        "interaction_requeued",
        "interaction_completed",
        "interaction_cancelled",
        "rejected",
        "repeated",
    ]
)


@given(st.lists(st.tuples(kinds, st.sampled_from("abcde"))))
def test_the_sum_comes_out_whatever_the_journal_says(story: list[tuple[str, str]]) -> None:
    ledger = ledger_of("a", "b", "c", rows=4)
    for kind, name in story:
        ledger.fold({"type": kind, "interaction_id": name, "target": name, "command": "create"})
    totals = ledger.totals()
    assert sum(totals.values()) == 4
    assert all(count >= 0 for count in totals.values())
    assert totals[State.NOT_SENT] == 1
