"""Observers of the service: one that writes the log, and one that passes everything on to many."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

import structlog

from adapters.redis.refusals import refusal_code, remedy_of
from router.draft import INTERNAL_ERROR
from router.events import (
    Event,
    IntakeChanged,
    PolicyAnnounced,
    PolicyDropped,
    PolicyReplaced,
    Rejected,
)
from router.ports import Observer, Stretch
from router.record import Record
from router.state import State

__all__ = ("LogObserver", "Observers")

NAMES_A_LINE: Final = 100

REPEAT_S: Final = 10.0
"""An outage is told at its start and then this often, and so is each kind of refusal in it."""

FAR_BEHIND_RECORDS: Final = 1_000
"""A follower who is not further behind than this keeps up."""


class LogObserver:
    """Writes what an operator should know: the rare and the wrong, never single decisions."""

    def __init__(self, logger: structlog.stdlib.BoundLogger) -> None:
        self._log = logger
        self._told_at_s: dict[str, float] = {}
        self._behind_told_s = float("-inf")
        self._replayed = 0

    def recorded(self, record: Record, record_bytes: int, took_s: float) -> None:
        """Tell of events about the whole tenant, and of commands that a fault of ours refused;
        ``entry`` is the inbound entry behind it."""
        for event in record.events:
            if isinstance(event, PolicyReplaced):
                self._log.info(
                    "policy in force",
                    version=event.version,
                    changed_by=event.changed_by,
                    **_entry_of(event),
                )
            elif isinstance(event, PolicyAnnounced):
                self._log.info("policy announced", changed_by=event.changed_by, **_entry_of(event))
            elif isinstance(event, PolicyDropped):
                self._log.warning("policy dropped", reason=event.reason, **_entry_of(event))
            elif isinstance(event, IntakeChanged):
                self._log.warning("intake changed", open=event.open, reason=event.reason)
            elif isinstance(event, Rejected):
                self._refused(event)

    def _refused(self, event: Rejected) -> None:
        if event.cause and event.detail != INTERNAL_ERROR:
            return  # its sender is told
        what = "a fault of ours refused a command" if event.cause else "own command was refused"
        self._log.error(
            what,
            command=event.command,
            detail=event.detail,
            **({"target": event.target} if event.target else {}),
            **_entry_of(event),
        )

    def replayed(self, record: Record, record_bytes: int) -> None:
        """Count records."""
        self._replayed += 1

    def restored(self, record_id: str, state: State, journal_bytes: int) -> None:
        """Tell where the recovery begins."""
        self._replayed = 0
        self._log.info(
            "restored from a snapshot", record=record_id, open_interactions=len(state.interactions)
        )

    def snapshot_refused(self, record_id: str, reason: str) -> None:
        """Tell which snapshot is of no use, and why."""
        self._log.warning(
            "a snapshot cannot be used; an older one, or the journal, takes its place",
            record=record_id,
            reason=reason,
        )

    def following(self, behind: int) -> None:
        """Tell how much there is to catch up with, now and then."""
        now_s = time.monotonic()
        if behind > FAR_BEHIND_RECORDS and now_s - self._behind_told_s >= REPEAT_S:
            self._behind_told_s = now_s
            self._log.info("catching up", records=self._replayed, behind=behind)

    def state_dropped(self) -> None:
        """Count anew."""
        self._replayed = 0

    def store_error(self, error: Exception, attempt: int) -> None:
        """Tell of an outage, not of every attempt, and what to do about it."""
        now_s, code = time.monotonic(), refusal_code(error)
        if now_s - self._told_at_s.get(code, float("-inf")) >= REPEAT_S:
            self._told_at_s[code] = now_s
            self._log.warning(
                "Redis failed us, trying again",
                error=str(error),
                remedy=remedy_of(error),
                attempt=attempt,
            )

    def store_recovered(self, attempts: int) -> None:
        """Tell of its end."""
        self._told_at_s.clear()
        self._log.info("Redis answers again", failed_attempts=attempts)

    def led(self, epoch: int) -> None:
        """Tell who leads."""
        self._log.info("leading", epoch=epoch, records=self._replayed)

    def undelivered(self, inboxes: Sequence[str]) -> None:
        """Tell which gateways miss something."""
        self._log.error("work entries could not be written", inboxes=list(inboxes[:20]))

    def journal_trimmed(self, trimmed_bytes: int) -> None:
        """Tell nothing: it is as it should be, and the archiver's log has it."""

    def engine_failed(self, error: Exception, commands: int) -> None:
        """Tell of a bug, with all that can help to find it."""
        self._log.error("the engine failed", commands=commands, exc_info=error)

    def expressions_failed(self, count: int) -> None:
        """Tell nothing: it is counted (docs/metrics.md), and may happen with every agent."""

    def backlog(self, entries: int, age_ms: int) -> None:
        """Tell nothing: it is measured (docs/metrics.md), and too much of it closes intake."""

    def inbound_moved(self, found: str, position: str) -> None:
        """Tell that commands may have been lost by the server."""
        self._log.warning(
            "the inbound stream stood below the journal's position and was moved up; commands in "
            "between are lost if the server lost them",
            found=found,
            position=position,
        )

    def records_restored(self, restored: Stretch) -> None:
        """Tell that the server had lost records, and that none is missing any more."""
        self._log.warning(
            "the server had lost records of the journal; they have been written again, nothing is "
            "missing",
            **_extent(restored),
        )

    def records_lost(self, lost: Stretch) -> None:
        """Tell exactly what was acknowledged and is not in the journal any more."""
        self._log.error(
            "the journal has lost records, which others may have acted on", **_extent(lost)
        )
        for what, names in (
            ("interactions_created", lost.created),
            ("offers_issued", lost.issued),
            ("offers_accepted", lost.accepted),
        ):
            for begin in range(0, len(names), NAMES_A_LINE):
                told = list(names[begin : begin + NAMES_A_LINE])
                self._log.error("lost with these records", **{what: told})

    def epochs_missing(self, last: str, epoch: int) -> None:
        """Tell that something is missing of which nobody knows what."""
        self._log.error(
            "the journal has lost records, and nobody remembers them: an epoch has begun of which "
            "none stands",
            last_record=last,
            epoch=epoch,
        )


def _entry_of(event: Event) -> dict[str, str]:
    """The inbound entry that caused an event; nothing for what the router did by itself."""
    return {"entry": event.cause} if event.cause else {}


def _extent(stretch: Stretch) -> dict[str, object]:
    return {
        "first": stretch.first,
        "last": stretch.last,
        "records": stretch.records,
        "events": stretch.events,
        "interactions": len(stretch.created),
        "offers": len(stretch.issued),
        "work_entries": stretch.work_entries,
    }


class Observers:
    """Passes everything on to each of several observers; a base for those who hear little."""

    def __init__(self, observers: Sequence[Observer] = ()) -> None:
        self._observers = tuple(observers)

    def recorded(self, record: Record, record_bytes: int, took_s: float) -> None:
        """Pass it on."""
        for observer in self._observers:
            observer.recorded(record, record_bytes, took_s)

    def replayed(self, record: Record, record_bytes: int) -> None:
        """Pass it on."""
        for observer in self._observers:
            observer.replayed(record, record_bytes)

    def restored(self, record_id: str, state: State, journal_bytes: int) -> None:
        """Pass it on."""
        for observer in self._observers:
            observer.restored(record_id, state, journal_bytes)

    def snapshot_refused(self, record_id: str, reason: str) -> None:
        """Pass it on."""
        for observer in self._observers:
            observer.snapshot_refused(record_id, reason)

    def following(self, behind: int) -> None:
        """Pass it on."""
        for observer in self._observers:
            observer.following(behind)

    def state_dropped(self) -> None:
        """Pass it on."""
        for observer in self._observers:
            observer.state_dropped()

    def store_error(self, error: Exception, attempt: int) -> None:
        """Pass it on."""
        for observer in self._observers:
            observer.store_error(error, attempt)

    def store_recovered(self, attempts: int) -> None:
        """Pass it on."""
        for observer in self._observers:
            observer.store_recovered(attempts)

    def led(self, epoch: int) -> None:
        """Pass it on."""
        for observer in self._observers:
            observer.led(epoch)

    def undelivered(self, inboxes: Sequence[str]) -> None:
        """Pass it on."""
        for observer in self._observers:
            observer.undelivered(inboxes)

    def journal_trimmed(self, trimmed_bytes: int) -> None:
        """Pass it on."""
        for observer in self._observers:
            observer.journal_trimmed(trimmed_bytes)

    def engine_failed(self, error: Exception, commands: int) -> None:
        """Pass it on."""
        for observer in self._observers:
            observer.engine_failed(error, commands)

    def expressions_failed(self, count: int) -> None:
        """Pass it on."""
        for observer in self._observers:
            observer.expressions_failed(count)

    def backlog(self, entries: int, age_ms: int) -> None:
        """Pass it on."""
        for observer in self._observers:
            observer.backlog(entries, age_ms)

    def inbound_moved(self, found: str, position: str) -> None:
        """Pass it on."""
        for observer in self._observers:
            observer.inbound_moved(found, position)

    def records_restored(self, restored: Stretch) -> None:
        """Pass it on."""
        for observer in self._observers:
            observer.records_restored(restored)

    def records_lost(self, lost: Stretch) -> None:
        """Pass it on."""
        for observer in self._observers:
            observer.records_lost(lost)

    def epochs_missing(self, last: str, epoch: int) -> None:
        """Pass it on."""
        for observer in self._observers:
            observer.epochs_missing(last, epoch)
