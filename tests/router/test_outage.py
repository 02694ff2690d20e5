"""An outage begins with the first failure, and ends when no part fails any more."""

from __future__ import annotations

from router.errors import StoreUnavailable
from router.outage import Outage
from tests.tenant import Notes

GONE = StoreUnavailable("gone")


def test_reads_that_go_on_do_not_end_it_while_writes_are_refused() -> None:
    notes = Notes()
    outage = Outage(notes)
    outage.failed("reading", GONE)
    outage.failed("writing", GONE)
    outage.failed("writing", GONE)
    outage.answered("reading")
    assert notes.recoveries == []
    outage.answered("writing")
    assert notes.recoveries == [3]
    assert len(notes.errors) == 3


def test_parts_that_never_failed_say_nothing() -> None:
    notes = Notes()
    outage = Outage(notes)
    outage.answered("writing")
    outage.failed("upkeep", GONE)
    outage.answered("writing")
    assert notes.recoveries == []
    outage.answered("upkeep")
    outage.answered("upkeep")
    assert notes.recoveries == [1]
