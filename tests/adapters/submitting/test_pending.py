"""Verdicts, in whatever order the answer to the write and the record come."""

from __future__ import annotations

import asyncio
import weakref

import pytest

from adapters.projection.folded import Folded
from adapters.submitting.pending import Awaited, Pending
from adapters.submitting.verdict import Lost, Undecided
from router.events import AgentLoggedOut, Event, Rejected, Repeated
from router.record import Record
from router.state import State


def folded(record_id: str, position: str, *events: Event) -> Folded:
    record = Record(v=1, now_ms=0, position=position, consumed=1, prev=b"", events=list(events))
    return Folded(record_id, record, 0, State(), {})


def pending() -> Pending:
    loop = asyncio.get_running_loop()
    return Pending(b"", None, is_idempotent=False, verdict=loop.create_future())


def told(cause: str) -> Event:
    return AgentLoggedOut(cause=cause, agent_id="ada")


async def test_the_record_may_come_before_the_answer_to_the_write() -> None:
    awaited, one, other = Awaited(), pending(), pending()
    awaited.writing()
    awaited.folded(folded("1-1", "5-0", told("5-0")))
    awaited.writing()
    awaited.written([("5-0", one)])
    awaited.folded(folded("1-2", "5-1", Repeated(cause="5-1", command="x", target="y")))
    awaited.written([("5-1", other)])
    assert one.verdict.result().record_id == "1-1"
    assert other.verdict.result().repeated
    assert not awaited._recent


async def test_a_record_from_before_the_write_is_not_kept() -> None:
    awaited, one = Awaited(), pending()
    awaited.folded(folded("1-1", "5-0", told("4-0")))
    assert not awaited._recent
    awaited.writing()
    awaited.written([("6-0", one)])
    assert not one.verdict.done()


async def test_what_was_passed_without_a_word_is_lost() -> None:
    awaited, one, other = Awaited(), pending(), pending()
    awaited.writing()
    awaited.written([("5-0", one), ("7-0", other)])
    awaited.folded(folded("1-1", "6-0", told("6-0")))
    with pytest.raises(Lost):
        one.verdict.result()
    assert not other.verdict.done()


async def test_who_waits_no_more_is_not_told() -> None:
    awaited, one = Awaited(), pending()
    awaited.writing()
    awaited.written([("5-0", one)])
    awaited.forget(one)
    awaited.folded(folded("1-1", "5-0", told("5-0")))
    assert not one.verdict.done()


async def test_what_nobody_waits_for_is_not_kept_while_no_router_decides() -> None:
    awaited = Awaited()
    for n in range(100):
        one = Pending(
            bytes(2**20),
            bytes(2**20),
            is_idempotent=False,
            verdict=asyncio.get_running_loop().create_future(),
        )
        awaited.writing()
        if n % 2:  # given up before the answer to the write
            one.verdict.cancel()
            awaited.forget(one)
        awaited.written([(f"{n}-0", one)])
        kept = weakref.ref(one.verdict)
        one.verdict.cancel()
        awaited.forget(one)
        assert (one.payload, one.audit) == (b"", None)
        assert not awaited._by_id
        del one
        assert kept() is None


async def test_a_policy_on_its_way_does_not_hide_what_was_lost_behind_it() -> None:
    awaited, announced, lost = Awaited(), pending(), pending()
    awaited.writing()
    awaited.written([("5-0", announced), ("5-1", lost)])
    awaited.began_anew("4-0", "5-0")
    awaited.folded(folded("1-1", "6-0", told("6-0")))
    assert isinstance(lost.verdict.exception(), Lost)
    assert not announced.verdict.done()


async def test_after_a_gap_nobody_knows_what_became_of_what_was_passed() -> None:
    awaited, passed, announced, later = Awaited(), pending(), pending(), pending()
    awaited.writing()
    awaited.written([("5-0", passed), ("5-1", announced), ("9-0", later)])
    awaited.began_anew("6-0", "5-1")
    with pytest.raises(Undecided, match="5-0"):
        passed.verdict.result()
    refusal = Rejected(cause="9-0", command="x", code="invalid", detail="no")
    awaited.folded(folded("1-9", "9-0", refusal))
    assert later.verdict.result().rejected is refusal
    assert not announced.verdict.done()
