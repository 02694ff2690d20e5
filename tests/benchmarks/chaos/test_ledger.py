from __future__ import annotations

from contextlib import closing
from pathlib import Path

from benchmarks.chaos.catch_up import unfinished
from benchmarks.chaos.ledger import LedgerFile, read_ledger
from tests.benchmarks.chaos.ledgers import assigned, released, said, told

SAID = said(1, "create", "i")
OFFER = told(2, "offer", "ann", "i", "voice")


def test_what_is_written_can_be_read(tmp_path: Path) -> None:
    with closing(LedgerFile(tmp_path / "desk")) as file:
        file.write([SAID, OFFER])
        file.write([])
    ledger = read_ledger(tmp_path / "desk")
    assert (ledger.acknowledged, ledger.told) == ([SAID], [OFFER])
    assert ledger.position == "2-0"


def test_who_has_not_begun_knows_nothing(tmp_path: Path) -> None:
    ledger = read_ledger(tmp_path / "desk")
    assert (ledger.acknowledged, ledger.position) == ([], "0-0")


def test_a_line_in_which_its_writer_died_does_not_spoil_the_next(tmp_path: Path) -> None:
    path = tmp_path / "desk"
    path.write_bytes(b'["told","2-0","off')
    with closing(LedgerFile(path)) as file:
        file.write([OFFER])
    assert read_ledger(path).told == [OFFER]


def test_open_offers_and_work_in_hand_are_unfinished() -> None:
    ringing = told(3, "offer", "bob", "j")
    work = [OFFER, assigned(4, "ann", "i")]
    assert unfinished([OFFER, ringing, work[1], ringing]) == [*work, ringing]


def test_what_has_been_declined_or_released_is_not() -> None:
    over = told(5, "offer_over", "bob", "j", "declined")
    lines = [OFFER, told(3, "offer", "bob", "j"), assigned(4, "ann", "i"), over]
    assert unfinished([*lines, released(6, "ann", "i")]) == []
