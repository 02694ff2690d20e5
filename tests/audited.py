"""An engine with an auditor beside it and a clock in hand: the small end of the engine's tests."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from router import commands as cm
from router import events as ev
from router import limits
from router.engine import Engine
from router.inputs import Fault, Input, decode_entry
from tests.oracle import Auditor

__all__ = ("BEGIN_MS", "AuditedEngine", "arriving", "only")

BEGIN_MS = 1_700_000_000_000

Kind = TypeVar("Kind", bound=ev.Event)


def only(kind: type[Kind], events: list[ev.Event]) -> Kind:
    """The one event of a kind."""
    (event,) = [event for event in events if isinstance(event, kind)]
    return event


def arriving(entry_id: str, at_ms: int, command: cm.Command | Fault) -> Input:
    """A command as the engine gets it, by way of its bytes; what has none goes as it is."""
    if isinstance(command, Fault | cm.SetIntake):
        return Input(entry_id, at_ms, command)
    return decode_entry(entry_id, at_ms, {b"m": msgspec.msgpack.encode(command)})


class AuditedEngine:
    """Every batch is audited by the oracle and folded by a second engine as it happens."""

    def __init__(
        self,
        policy: dict[str, Any] | None = None,
        *,
        policy_at_once_max: int = limits.POLICY_AT_ONCE_MAX,
    ) -> None:
        self.engine = Engine(policy_at_once_max=policy_at_once_max)
        self.follower = Engine(policy_at_once_max=policy_at_once_max)
        self.auditor = Auditor(policy_at_once_max)
        self.now_ms = BEGIN_MS
        self.events: list[ev.Event] = []
        self._entries = 0
        if policy is not None:
            self.send(cm.ReplacePolicy(policy=policy))

    def send(self, *commands: cm.Command | Fault, after_ms: int = 0) -> list[ev.Event]:
        """Let time pass, then hand in one batch that arrives right now."""
        self.now_ms += after_ms
        return self.handle([arriving(self._entry_id(), self.now_ms, c) for c in commands])

    def send_raw(self, *entries: dict[bytes, bytes]) -> list[ev.Event]:
        """Hand in one batch as it would stand in the inbound stream."""
        return self.handle([decode_entry(self._entry_id(), self.now_ms, e) for e in entries])

    def send_map(self, command: dict[str, Any]) -> list[ev.Event]:
        """Hand in one command as a msgpack map."""
        return self.send_raw({b"m": msgspec.msgpack.encode(command)})

    def wait(self, ms: int) -> list[ev.Event]:
        """Let time pass and nothing arrive."""
        return self.send(after_ms=ms)

    def handle(self, batch: list[Input]) -> list[ev.Event]:
        """Hand in a batch; what is left over when matching was cut follows at once."""
        events = self.engine.handle(batch, self.now_ms)
        self._follow(batch, events)
        while self.engine.partial:
            more = self.engine.handle([], self.now_ms)
            self._follow([], more)
            events = events + more
        self.events += events
        return events

    def restart(self) -> None:
        """Go on with an engine that has only folded what was journaled."""
        self.engine, self.follower = self.follower, self.engine
        self.engine.touch_everything()
        self.auditor.touch_everything()

    def _follow(self, batch: list[Input], events: list[ev.Event]) -> None:
        due_ms = self.engine.next_due_ms()
        self.auditor.follow(
            batch,
            events,
            self.now_ms,
            partial=self.engine.unmatched,
            left_from_ms=due_ms if self.engine.partial else None,
        )
        for event in events:
            self.follower.apply(event, self.now_ms)
        assert self.follower.state_bytes() == self.engine.state_bytes()

    def _entry_id(self) -> str:
        self._entries += 1
        return f"{self.now_ms}-{self._entries}"
