"""A record that a projection has folded, as those who follow it get it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from router.outbox import work_entries
from router.ports import WorkEntry
from router.record import Record
from router.state import Agent, State

__all__ = ("Folded",)


class Folded:
    """One record, just folded.

    ``work_entries`` are what the router has written to work streams with it. They are made from the
    state as it is when they are first asked for, so a listener asks at once or never; a feed has
    them if it was opened for that.
    """

    def __init__(
        self,
        record_id: str,
        record: Record,
        record_bytes: int,
        state: State,
        departed: Mapping[str, Agent],
    ) -> None:
        self.record_id = record_id
        self.record = record
        self.record_bytes = record_bytes
        self._state: State | None = state
        self._departed = departed

    @cached_property
    def work_entries(self) -> Sequence[WorkEntry]:
        """The entries, in the order of the events that they tell of."""
        if self._state is None:
            raise RuntimeError("the state has moved on: open the feed with work=True")
        return work_entries(self.record.events, self._state, self._departed)

    def settle(self) -> None:
        """The next record is about to be folded: from here on, only what was made is there."""
        self._state = None
        self._departed = {}
