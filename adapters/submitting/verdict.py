"""What became of a command, as the journal tells it, or why nobody can say."""

from __future__ import annotations

from typing import NamedTuple

from router.errors import OneQueueError, StoreUnavailable
from router.events import Event, Rejected, Repeated

__all__ = ("Lost", "Overloaded", "Undecided", "Verdict", "verdict_of")


class Verdict(NamedTuple):
    """What a command has caused: there is always some event that names it, be it ``repeated``."""

    entry_id: str
    """Of the inbound entry: the ``cause`` of the events."""

    record_id: str
    """The record that decided it: what is read from the projection now is of it, or later."""

    events: tuple[Event, ...]
    """The facts that the command caused directly, in their order."""

    rejected: Rejected | None
    """Why it was refused; None: it was not."""

    repeated: bool
    """It said what was so already: nothing was changed."""


def verdict_of(entry_id: str, record_id: str, events: tuple[Event, ...]) -> Verdict:
    """The verdict that these events are."""
    rejected = next((event for event in events if isinstance(event, Rejected)), None)
    repeated = any(isinstance(event, Repeated) for event in events)
    return Verdict(entry_id, record_id, events, rejected, repeated)


class Lost(StoreUnavailable):
    """The journal has passed a command's entry without a word about it: the server has lost the
    entry before it was read, and nothing will come of it."""

    def __init__(self, entry_id: str) -> None:
        super().__init__(entry_id)
        self.entry_id = entry_id

    def __str__(self) -> str:
        return f"Redis has lost the command {self.entry_id} before it was decided: send it again"


class Undecided(OneQueueError):
    """Nobody knows what becomes of a command: it may have been carried out, or may be yet.

    ``entry_id`` is that of its inbound entry; "": not even whether it arrived is known.
    ``waited_s``: how long that took; 0: it was not for want of time.
    """

    def __init__(self, entry_id: str, waited_s: float = 0.0) -> None:
        super().__init__(entry_id, waited_s)
        self.entry_id = entry_id
        self.waited_s = waited_s

    def __str__(self) -> str:
        if not self.entry_id:
            known = "the connection to Redis broke before it had answered: the command may be there"
        elif self.waited_s:
            known = f"the command {self.entry_id} was not decided within {self.waited_s:g} s"
        else:
            known = f"the record that decided the command {self.entry_id} was not seen"
        return f"{known}; it may be carried out: look at what it is about before you send it again"


class Overloaded(OneQueueError):
    """More commands are on their way than may be: this one was not sent."""

    def __init__(self, in_flight: int, retry_after_s: float) -> None:
        super().__init__(in_flight, retry_after_s)
        self.in_flight = in_flight
        self.retry_after_s = retry_after_s

    def __str__(self) -> str:
        return (
            f"{self.in_flight} commands wait for their verdicts: "
            f"send it again in {self.retry_after_s:g} s"
        )
