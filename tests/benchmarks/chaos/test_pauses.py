from __future__ import annotations

from typing import TypeAlias

from benchmarks.chaos.faults import Fault, FaultKind
from benchmarks.chaos.ledger import Acknowledged, Told
from benchmarks.chaos.pauses import Pause, Timeline, blame, timeline_of
from tests.benchmarks.chaos.ledgers import assigned, ledger, released, said, told

Lines: TypeAlias = list[Acknowledged | Told]


def available(at_ms: int, agent: str) -> Told:
    return told(at_ms, "agent_state", agent, detail="available")


def offer(at_ms: int, agent: str, thing: str) -> Told:
    return told(at_ms, "offer", agent, thing)


def pauses(*lines: Acknowledged | Told) -> list[tuple[int, int]]:
    return [(pause.begin_ms, pause.end_ms) for pause in timeline_of([ledger(*lines)]).pauses]


def test_a_pause_lasts_from_the_arrival_to_the_offer() -> None:
    assert pauses(available(0, "ann"), said(10, "create", "i"), offer(40, "ann", "i")) == [(10, 40)]


def test_waiting_begins_when_the_customer_was_due_not_when_the_server_had_time() -> None:
    late = Acknowledged("900-0", "create", "i", 10)
    assert pauses(available(0, "ann"), late, offer(910, "ann", "i")) == [(10, 910)]


def test_nobody_free_is_no_pause() -> None:
    busy: Lines = [available(0, "ann"), said(0, "create", "i"), offer(1, "ann", "i")]
    assert pauses(*busy, said(10, "create", "j")) == [(0, 1)]


def test_who_has_said_to_be_done_is_free_whatever_the_router_knows() -> None:
    lines: Lines = [
        available(0, "ann"),
        said(0, "create", "i"),
        offer(0, "ann", "i"),
        assigned(1, "ann", "i"),
        said(5, "create", "j"),
        said(20, "end_wrap_up", "i"),
        released(500, "ann", "i"),
        offer(500, "ann", "j"),
    ]
    assert pauses(*lines) == [(20, 500)]


def test_each_offer_cuts_a_pause() -> None:
    lines: Lines = [available(0, "ann"), available(0, "bob"), said(10, "create", "i")]
    lines += [said(10, "create", "j"), offer(30, "ann", "i"), offer(70, "bob", "j")]
    assert pauses(*lines) == [(10, 30), (30, 70)]


def test_a_customer_who_hangs_up_waits_no_more() -> None:
    lines: Lines = [available(0, "ann"), said(10, "create", "i"), said(30, "cancel", "i")]
    assert pauses(*lines, said(90, "create", "j"), offer(91, "ann", "j")) == [(10, 30), (90, 91)]


def test_what_was_declined_waits_again() -> None:
    lines: Lines = [available(0, "ann"), available(0, "bob"), said(0, "create", "i")]
    lines += [offer(0, "ann", "i"), said(20, "decline", "offer of i to ann")]
    assert pauses(*lines, offer(50, "bob", "i")) == [(20, 50)]


def test_an_offer_that_is_written_again_is_no_offer() -> None:
    lines: Lines = [available(0, "ann"), available(0, "bob"), said(0, "create", "i")]
    lines += [offer(0, "ann", "i"), said(10, "create", "j"), offer(20, "ann", "i")]
    assert pauses(*lines, offer(50, "bob", "j")) == [(10, 50)]


def fault(kind: FaultKind, begin_ms: int, end_ms: int = 0) -> Fault:
    return Fault(kind, begin_ms, end_ms or begin_ms)


def timeline(*pauses: tuple[int, int]) -> Timeline:
    return Timeline([Pause(*pause) for pause in pauses], [end for _, end in pauses])


def test_a_pause_is_blamed_on_the_fault_before_it_until_the_first_offer() -> None:
    kill = fault(FaultKind.ROUTER_KILL, 1_000)
    found = timeline((500, 510), (2_500, 6_000), (7_000, 7_020))
    assert blame([kill], found) == [(kill, 3_500)]


def test_the_gravest_of_several_is_to_blame_and_the_others_are_left_out() -> None:
    kill, cut = fault(FaultKind.ROUTER_KILL, 1_000), fault(FaultKind.CONNECTION_CUT, 2_000)
    later = fault(FaultKind.CONNECTION_CUT, 9_000)
    found = timeline((1_010, 6_000), (8_990, 9_004))
    assert blame([kill, cut, later], found) == [(kill, 4_990), (later, 14)]


def test_what_comes_into_a_pause_has_not_begun_it() -> None:
    stall, kill = fault(FaultKind.LINK_STALLED, 1_000, 3_000), fault(FaultKind.ROUTER_KILL, 2_000)
    assert blame([stall, kill], timeline((1_010, 6_000))) == [(stall, 4_990)]


def test_a_fault_without_a_pause_has_made_none() -> None:
    again = fault(FaultKind.CLIENT_DUPLICATE, 1_000)
    assert blame([again], timeline((500, 510), (1_200, 1_210))) == [(again, 10)]
    assert blame([again], timeline((500, 510))) == [(again, 0)]
