"""The checker: takes the journal's records and the work entries, and says which rules they break.

It needs no server: tests, the demo and simulations give it bytes. It shares no code with the
engine.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from adapters.verify.agents import AGENT_EVENTS, check_signed_off, hear
from adapters.verify.attempts import ATTEMPT_EVENTS
from adapters.verify.chain import RecordChain
from adapters.verify.conservation import THOROUGH_EVERY, check_everything, check_touched
from adapters.verify.deliveries import Retained
from adapters.verify.estimates import ESTIMATE_EVENTS
from adapters.verify.findings import Findings, Report
from adapters.verify.groups import GROUP_EVENTS, keep_groups
from adapters.verify.idle import IDLE_EVENTS, check_claims
from adapters.verify.interactions import INTERACTION_EVENTS
from adapters.verify.model import STATES
from adapters.verify.notes import NOTE_EVENTS
from adapters.verify.offers import OFFER_EVENTS
from adapters.verify.picture import Picture
from adapters.verify.suspension import SUSPENSION_EVENTS
from adapters.verify.terms import PolicyTerms, read_policy
from adapters.verify.versions import VERSION_EVENTS
from adapters.verify.wire import (
    Event,
    RecordFields,
    Unreadable,
    complete_event,
    read_record,
    split_id,
)

__all__ = ("Checker",)


class Checker:
    """Proves the invariants on one tenant's journal, record by record, and on its work streams.

    Give every record in order to :meth:`record` and every work entry to :meth:`work_entry`, then
    ask :meth:`finish` for the report. With ``retained`` all work entries must come before the
    records; then missing entries are found as well. ``thorough`` compares everything with
    everything now and then, and looks for the best agent of every offer among all.
    """

    def __init__(self, *, retained: Retained | None = None, thorough: bool = False) -> None:
        self._findings = Findings()
        self._chain = RecordChain(self._findings)
        self._picture = Picture(self._findings, retained, thorough=thorough)
        self._first_record = ""
        self._last_record = ""
        self._records = 0
        self._events = 0
        self._finished = False

    @property
    def violations_total(self) -> int:
        """Violations found so far."""
        return self._findings.by_code.total()

    def record(self, record_id: str, data: bytes) -> None:
        """Take the next record: its stream id and the bytes of its field ``r``."""
        self._note(record_id)
        try:
            record = read_record(data)
        except Unreadable as error:
            self._findings.add("record_malformed", str(error))
            self._chain.check(record_id, data, None)
            return
        self._chain.check(record_id, data, record)
        self._picture.now_ms = max(self._picture.now_ms, record.now_ms)
        self._picture.ended_interactions.forget(self._picture.now_ms)
        for index, event in enumerate(record.events):
            self._findings.event_index = index
            self._event(event)
        self._findings.event_index = -1
        self._end(record)

    def work_entry(self, inbox: str, entry_id: str, fields: dict[bytes, bytes]) -> None:
        """Take one entry of an inbox's work stream."""
        self._picture.deliveries.entry(inbox, entry_id, fields)

    def finish(self, *, journal_cut: bool = False) -> Report:
        """The report. ``journal_cut``: the journal goes on, and the work entries may too."""
        if not self._finished:
            self._finished = True
            facts = list(self._picture.offer_facts.values())
            self._picture.deliveries.finish(facts, journal_cut=journal_cut)
        findings = self._findings
        return Report(
            violations=tuple(findings.violations),
            violations_total=findings.by_code.total(),
            by_code=dict(findings.by_code),
            facts=dict(findings.facts),
            records=self._records,
            events=self._events,
            work_entries=self._picture.deliveries.entries,
            interactions=self._by_state(),
            first_record=self._first_record,
            last_record=self._last_record,
            redacted=findings.redacted,
            unproved=findings.unproved,
        )

    def _note(self, record_id: str) -> None:
        self._records += 1
        self._first_record = self._first_record or record_id
        self._last_record = record_id
        self._findings.record_id = record_id
        self._findings.event_index = -1

    def _event(self, event: Any) -> None:
        self._events += 1
        try:
            complete = complete_event(event)
            act = _EVENTS.get(complete["type"])
            if act is not None:
                before = self._picture.line_of(complete)
                self._picture.note_spell(complete)
                act(self._picture, complete)
                self._picture.note_line(complete, before)
            hear(self._picture, complete)
        except Unreadable as error:
            self._findings.add("event_malformed", str(error))

    def _end(self, record: RecordFields) -> None:
        picture = self._picture
        _close_accepted(picture)
        for offer_id, reason in picture.must_close.items():
            message = f"offer {offer_id!r} is still open after {reason}"
            self._findings.add("offer_left_open", message, offer_id=offer_id)
        for agent_id, offer_id in picture.unanswered.items():
            message = (
                f"offer {offer_id!r} expired; agent {agent_id!r} was not marked as not responding"
            )
            self._findings.add("agent_expiry", message, offer_id=offer_id, agent_id=agent_id)
        picture.must_close.clear()
        picture.unanswered.clear()
        self._deliver()
        if _is_takeover(record):
            return
        picture.timers.check(_timers_due_ms(record))
        check_claims(picture)
        if not record.partial:
            check_touched(picture)
            check_signed_off(picture, record.timers_upto_ms or record.now_ms)
            if picture.thorough and self._records % THOROUGH_EVERY == 0:
                check_everything(picture)

    def _deliver(self) -> None:
        picture = self._picture
        for fact in picture.facts:
            # entries are written at the end of the record, to where the agent is then
            fact.inboxes |= picture.new_inboxes.get(fact.agent_id, set())
            if fact.kind == "released":
                picture.deliveries.released(fact)
            else:
                picture.deliveries.open(fact)
                picture.deliveries.close(fact)
        picture.facts.clear()
        picture.new_inboxes.clear()

    def _by_state(self) -> dict[str, int]:
        picture = self._picture
        counts = dict.fromkeys(("created", *STATES), 0)
        counts["created"] = picture.created
        for interaction in picture.interactions.values():
            counts[interaction.state] += 1
        return counts | dict(picture.ended)


def _close_accepted(picture: Picture) -> None:
    """Offers on channels that accept by themselves do not outlast their record."""
    for offer_id, offer in picture.new_offers.items():
        terms = picture.channel_terms(offer.interaction)
        if offer_id in picture.offers and terms is not None and terms.auto_accept:
            picture.must_close[offer_id] = "its channel accepts by itself"
    picture.new_offers.clear()


def _timers_due_ms(record: RecordFields) -> int:
    """The time by which everything that was due must have happened.

    A router with unread commands holds timers back; but not below what it has consumed.
    """
    if not record.timers_upto_ms:
        return record.now_ms
    return min(record.now_ms, max(record.timers_upto_ms, split_id(record.position)[0]))


def _is_takeover(record: RecordFields) -> bool:
    first = record.events[0] if record.events else None
    return isinstance(first, dict) and first.get("type") == "leader_started"


def _leader_started(picture: Picture, _event: Event) -> None:
    for fact in picture.offer_facts.values():
        fact.resends += 1


def _policy_announced(picture: Picture, event: Event) -> None:
    if picture.announced is not None:
        message = "one is announced before the one before is in force or dropped"
        picture.findings.add("policy_announced", message)
    picture.announced = event["policy"]


def _policy_dropped(picture: Picture, event: Event) -> None:
    if picture.announced is None:
        picture.findings.add("policy_announced", "one is dropped that was not announced")
    picture.announced = None


def _policy_replaced(picture: Picture, event: Event) -> None:
    if picture.announced not in (None, event["policy"]):
        message = f"version {event['version']} is not the policy that was announced"
        picture.findings.add("policy_announced", message)
    picture.announced = None
    picture.reclassifying = picture.reclassifying or event["reclassify"]
    if event["version"] != picture.policy_version + 1:
        message = f"version {event['version']} after {picture.policy_version}"
        picture.findings.add("policy_version", message)
    policy = read_policy(event["version"], event["policy"])
    several = policy.asks_several or (picture.policy is not None and picture.policy.asks_several)
    _listen(picture, policy)
    picture.policy = policy
    picture.taken.begin_anew()
    picture.policy_version = event["version"]
    picture.policy_changed = True
    picture.floor.replace_policy(policy)
    picture.lines.keep(policy.queues)
    picture.spells.keep(policy.queues, policy.channels, are_kept=policy.asks_when_free)
    picture.levels.keep(policy.levelled)
    keep_groups(picture)
    picture.waiting.reorder(policy)
    if several:
        for interaction in picture.interactions.values():
            picture.place(interaction)


def _listen(picture: Picture, policy: PolicyTerms) -> None:
    """Begin to note of whom nothing is heard, or give it up."""
    before = picture.policy.sign_off_ms if picture.policy is not None else None
    if policy.sign_off_ms is None:
        picture.quiet.clear()
    elif before is None:
        agents = picture.floor.agents.values()
        picture.quiet.update((a.agent_id, picture.now_ms) for a in agents if a.is_quiet)


def _reclassification_ended(picture: Picture, event: Event) -> None:
    if not picture.reclassifying or event["version"] != picture.policy_version:
        picture.findings.add("reclassification", "it ends, and nobody has asked for it")
    picture.reclassifying = False


_EVENTS: Final[dict[str, Callable[[Picture, Event], None]]] = {
    "leader_started": _leader_started,
    "policy_announced": _policy_announced,
    "policy_dropped": _policy_dropped,
    "policy_replaced": _policy_replaced,
    "reclassification_ended": _reclassification_ended,
    **AGENT_EVENTS,
    **INTERACTION_EVENTS,
    **SUSPENSION_EVENTS,
    **ATTEMPT_EVENTS,
    **ESTIMATE_EVENTS,
    **VERSION_EVENTS,
    **NOTE_EVENTS,
    **IDLE_EVENTS,
    **GROUP_EVENTS,
    **OFFER_EVENTS,
}
"""Events that change the picture; the others only have to be readable."""
