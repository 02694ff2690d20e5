"""The recorder: from the events of a period to the interactions, and what others did to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, Final, TypeAlias

import msgspec

from benchmarks.preview.cases import Asked, Case, Leg, PolicyFrom, Timed
from benchmarks.preview.errors import PreviewError
from benchmarks.preview.people import People
from benchmarks.preview.serving import Serving
from benchmarks.preview.told import matter_of, told_create, told_requirements
from router import commands as cmd
from router import events as ev
from router.commands import Requirement
from router.lifecycle import InteractionState
from router.policy import parse_policy
from router.record import Record
from router.rules import Rules
from router.state import Interaction, State

__all__ = ("CASES_MAX", "Recorder")

CASES_MAX: Final = 1_000_000
"""Interactions of one period: what is taken down of them is kept in memory."""

TAKEN_BACK: Final = "taken_back"
"""Why an offer is rescinded that a supervisor takes back."""

_Take: TypeAlias = Callable[[Any], None]
_Stands: TypeAlias = tuple[int, tuple[Requirement, ...]]
"""Priority and requirements of an interaction."""


class Recorder:
    """Takes in the records of a period, after a state. ``cases`` by id, in their order
    (``places``); ``open`` are those of them that are not over."""

    def __init__(self, state: State, from_ms: int, answered: frozenset[str]) -> None:
        self.now_ms = from_ms
        self.cases: dict[str, Case] = {}
        self.places: dict[str, int] = {}
        self.timetable: list[Timed] = []
        self.policies = [PolicyFrom(from_ms, state.policy_version, state.policy)]
        self.noted: Counter[str] = Counter()
        self._ends_only = False
        self.open: dict[str, Case] = {}
        self._rules = Rules(parse_policy(state.policy))
        self._people = People(state, self.timetable, self._rules)
        self._offers: dict[str, tuple[Case, str, int]] = {}
        self._causes: dict[str, str] = {}
        self._asked: dict[str, _Stands] = {}
        self._aside: set[str] = set(state.suspended)
        self._serving = Serving(state)
        self._takes = self._table() | self._people.takes
        for interaction in state.interactions.values():
            name = interaction.interaction_id
            self._begin(state, interaction, was_answered=name in answered)
        for offer in state.offers.values():
            case = self.cases[offer.interaction_id]
            self._offers[offer.offer_id] = case, offer.agent_id, offer.issued_ms

    @property
    def back_after_ms(self) -> list[int]:
        """How long agents who had not answered stayed away."""
        return self._people.back_after_ms

    def take(self, record: Record) -> None:
        """Take in one record."""
        self.now_ms = self._people.now_ms = record.now_ms
        for event in record.events:
            take = self._takes.get(type(event))
            if take is not None:
                take(event)
                if not self._ends_only:
                    self._serving.take(event)

    def may_serve(self) -> list[tuple[str, str, list[str]]]:
        """Who may serve each queue and channel."""
        return self._serving.found(self.cases.values())

    def alike(self) -> dict[str, int]:
        """By agent, the number of those who have the same skills."""
        return self._serving.alike()

    def end_period(self) -> None:
        """Nothing new is taken down from now on; what is open is followed to its end."""
        self._ends_only = True
        self._takes = self._table()

    def finish(self, to_ms: int) -> None:
        """Nothing more is to be read: what is not over is told as far as it was seen."""
        for case in self.open.values():
            if case.legs and case.legs[-1].handle_ms < 0:
                case.legs[-1].seen_ms = self.now_ms - case.legs[-1].begun_ms
            elif not case.legs:
                case.waited_ms = max(case.waited_ms, min(self.now_ms, to_ms) - case.at_ms)

    def _table(self) -> dict[type, _Take]:
        return {
            ev.PolicyReplaced: self._policy,
            ev.Rejected: self._rejected,
            ev.InteractionCreated: self._created,
            ev.InteractionUpdated: self._updated,
            ev.InteractionReclassified: self._reclassified,
            ev.InteractionMoved: self._moved,
            ev.InteractionSuspended: self._suspended,
            ev.InteractionResumed: self._resumed,
            ev.AttemptFailed: self._attempt_failed,
            ev.OfferIssued: self._offered,
            ev.OfferAccepted: self._accepted,
            ev.OfferDeclined: self._unanswered,
            ev.OfferExpired: self._unanswered,
            ev.OfferRescinded: self._rescinded,
            ev.InteractionIdled: self._idled,
            ev.InteractionWoken: self._woken,
            ev.InteractionRequeued: self._requeued,
            ev.InteractionCompleted: self._completed,
            ev.InteractionWrappedUp: self._wrapped_up,
            ev.InteractionCancelled: self._cancelled,
            ev.InteractionDiverted: self._diverted,
        }

    def _begin(self, state: State, one: Interaction, *, was_answered: bool) -> None:
        """Something that is open when the period begins."""
        name = one.interaction_id
        matter = matter_of(one.asked)
        case = Case(name, one.created_ms, one.channel, one.queue, matter, preferred=one.preferred)
        case.answered_before = was_answered
        case.put_aside = one.state is InteractionState.SUSPENDED
        assignment = state.assignments.get(name)
        if assignment is not None:
            leg = Leg(assignment.agent_id, assignment.accepted_ms)
            if one.state is InteractionState.WRAP_UP:
                leg.handle_ms = assignment.completed_ms - assignment.accepted_ms
            case.legs.append(leg)
            case.in_hand = True
            if one.state in {InteractionState.IDLE, InteractionState.WAKING}:
                leg.idles.append((self.now_ms - leg.begun_ms, -1))
        self._asked[name] = one.asked_priority, one.asked
        self._add(case)

    def _policy(self, event: ev.PolicyReplaced) -> None:
        self._rules = self._people.rules = Rules(parse_policy(event.policy))
        if not self._ends_only:
            found = PolicyFrom(self.now_ms, event.version, event.policy, event.reclassify)
            self.policies.append(found)

    def _rejected(self, event: ev.Rejected) -> None:
        if event.command == "create" and not self._ends_only:
            self.noted["refused_then"] += 1

    def _created(self, event: ev.InteractionCreated) -> None:
        if self._ends_only:
            return
        name = event.interaction_id
        if len(self.cases) >= CASES_MAX:
            raise PreviewError(f"more than {CASES_MAX:,} interactions: choose a shorter period")
        case = Case(
            name,
            self.now_ms,
            event.channel,
            event.queue,
            matter_of(event.requirements),
            create=told_create(event, self._rules),
            preferred=event.preferred,
        )
        if event.classified_by:
            self._causes[name] = ""
        else:
            self._causes[name] = event.cause
        if event.preferred and not event.history:
            self.noted["history_known_as_terms_only"] += 1
        self._asked[name] = event.priority, event.requirements
        self._add(case)

    def _add(self, case: Case) -> None:
        name = case.interaction_id
        self.places[name] = len(self.cases)
        self.cases[name] = self.open[name] = case

    def _updated(self, event: ev.InteractionUpdated) -> None:
        case = self.open.get(event.interaction_id)
        if case is None or not event.cause:
            return
        name, stands = event.interaction_id, (event.priority, event.requirements)
        told = self._changed(self._asked.get(name), stands)
        self._asked[name] = stands
        if self._is_same(event):
            self._amend(case, **told)
        elif told:
            self._time(cmd.Update(interaction_id=name, **told))

    def _changed(self, before: _Stands | None, after: _Stands) -> dict[str, Any]:
        """What of priority and requirements is another than it was: under a draft whose rules have
        added to the one, a change of the other is not to take that away."""
        told: dict[str, Any] = {}
        if before is None or after[0] != before[0]:
            told["priority"] = after[0]
        if before is None or after[1] != before[1]:
            told["requirements"] = told_requirements(after[1], self._rules)
        return told

    def _reclassified(self, event: ev.InteractionReclassified) -> None:
        self._asked[event.interaction_id] = event.priority, event.requirements

    def _moved(self, event: ev.InteractionMoved) -> None:
        case = self.open.get(event.interaction_id)
        if case is None or event.step or event.declines or not event.cause:
            return
        if self._is_same(event):
            self._amend(case, queue=event.queue)
        else:
            self._time(cmd.Move(interaction_id=event.interaction_id, queue=event.queue))

    def _suspended(self, event: ev.InteractionSuspended) -> None:
        name = event.interaction_id
        case = self.open.get(name)
        self._aside.add(name)
        if case is None or not event.cause:
            return
        case.put_aside = True
        until_ms = event.asked_ms or event.until_ms or None
        inbox = event.inbox or None
        terms = cmd.Suspension(until_ms, inbox, event.keeps_place, event.reason)
        if case.create is not None and not case.legs and self._is_same(event):
            case.create = msgspec.structs.replace(case.create, suspension=terms)
        elif self._is_same(event) and case.legs:
            self._put_aside(case, terms)
        else:
            self._time_suspension(name, terms)

    def _put_aside(self, case: Case, terms: cmd.Suspension) -> None:
        """It was given back to be put aside for as long as it then was."""
        command = case.legs[-1].command
        if isinstance(command, cmd.Retry) and terms.until_ms is not None:
            after_s = max(0, terms.until_ms - self.now_ms) // 1_000
            case.legs[-1].command = msgspec.structs.replace(command, retry_s=after_s)
        elif command is not None:
            name = case.interaction_id
            case.legs[-1].command = cmd.Requeue(interaction_id=name, suspension=terms)

    def _time_suspension(self, name: str, terms: cmd.Suspension) -> None:
        last = self.timetable[-1] if self.timetable else None
        if last is not None and last.at_ms == self.now_ms:
            if last.command == cmd.Resume(interaction_id=name):
                self.timetable.pop()
            elif isinstance(last.command, cmd.Retry) and last.command.interaction_id == name:
                return
        until_ms, inbox = terms.until_ms, terms.inbox
        self._time(
            cmd.Suspend(
                interaction_id=name,
                until_ms=until_ms,
                inbox=inbox,
                keep_place=terms.keep_place,
                reason=terms.reason,
            )
        )

    def _resumed(self, event: ev.InteractionResumed) -> None:
        self._aside.discard(event.interaction_id)
        last = self.timetable[-1].command if self.timetable else None
        is_retry = isinstance(last, cmd.Retry) and last.interaction_id == event.interaction_id
        is_ours = event.interaction_id in self.open
        if is_ours and event.cause and event.ended_by == "command" and not is_retry:
            self._time(cmd.Resume(interaction_id=event.interaction_id))

    def _attempt_failed(self, event: ev.AttemptFailed) -> None:
        if event.interaction_id not in self.open or not event.cause:
            return
        retry = cmd.Retry(interaction_id=event.interaction_id, reason=event.reason)
        if event.agent_id:
            self._causes[event.interaction_id] = f"retry {event.cause}"
        else:
            self._time(retry)

    def _offered(self, event: ev.OfferIssued) -> None:
        case = self.open.get(event.interaction_id)
        if case is None:
            return
        self._offers[event.offer_id] = case, event.agent_id, self.now_ms
        trigger = event.decision.trigger
        if event.cause and trigger in {"direct", "assigned"}:
            self._given(case, event, at_once=trigger == "assigned")

    def _given(self, case: Case, event: ev.OfferIssued, *, at_once: bool) -> None:
        """Somebody said to whom it is to go."""
        agent_id, room = event.agent_id, event.over_capacity
        if self._is_same(event) and case.legs:
            self._amend(case, to_agent=agent_id, at_once=at_once, over_capacity=room)
        elif self._is_same(event) and case.create is not None:
            direct = cmd.Direct(agent_id, room)
            case.create = msgspec.structs.replace(case.create, direct=direct)
        elif case.create is None or self._causes.get(case.interaction_id) != "":
            told = cmd.Assign if at_once else cmd.OfferTo
            name = case.interaction_id
            self._time(told(interaction_id=name, agent_id=agent_id, over_capacity=room))

    def _accepted(self, event: ev.OfferAccepted) -> None:
        self._answered(event, "accepted")
        case = self.open.get(event.interaction_id)
        if case is not None:
            if not case.legs:
                case.waited_ms = self.now_ms - case.at_ms
            case.legs.append(Leg(event.agent_id, self.now_ms))

    def _unanswered(self, event: ev.OfferDeclined | ev.OfferExpired) -> None:
        self._answered(event, "declined" if isinstance(event, ev.OfferDeclined) else "expired")

    def _answered(
        self, event: ev.OfferAccepted | ev.OfferDeclined | ev.OfferExpired, answer: Any
    ) -> None:
        found = self._offers.pop(event.offer_id, None)
        # who is given something at once, or asked for nothing, has not answered
        if found is None or (answer == "accepted" and not event.cause):
            return
        case, agent_id, issued_ms = found
        case.asked.append(Asked(agent_id, answer, self.now_ms - issued_ms))

    def _rescinded(self, event: ev.OfferRescinded) -> None:
        found = self._offers.pop(event.offer_id, None)
        if found is None or event.reason != TAKEN_BACK or not event.cause:
            return
        case, agent_id, issued_ms = found
        retry_s = max(0, event.excluded_until_ms - self.now_ms) // 1_000
        case.asked.append(Asked(agent_id, "taken_back", self.now_ms - issued_ms, retry_s))
        self.noted["offers_taken_back_then"] += 1

    def _idled(self, event: ev.InteractionIdled) -> None:
        leg = self._leg(event.interaction_id)
        if leg is not None:
            leg.idles.append((self.now_ms - leg.begun_ms, -1))

    def _woken(self, event: ev.InteractionWoken) -> None:
        leg = self._leg(event.interaction_id)
        if leg is not None and leg.idles:
            leg.idles[-1] = (leg.idles[-1][0], self.now_ms - leg.begun_ms)

    def _requeued(self, event: ev.InteractionRequeued) -> None:
        leg, name = self._leg(event.interaction_id), event.interaction_id
        if leg is None:
            return
        leg.handle_ms = self.now_ms - leg.begun_ms
        if not event.cause:
            return
        if self._causes.get(name) == f"retry {event.cause}":
            agent_id, reason = event.agent_id, event.reason
            leg.command = cmd.Retry(interaction_id=name, agent_id=agent_id, reason=reason)
        elif event.excluded_until_ms:
            case = self.open[name]
            leg.command = cmd.Transfer(
                interaction_id=name, agent_id=event.agent_id, queue=case.queue, reason=event.reason
            )
        else:
            leg.command = cmd.Requeue(interaction_id=name, reason=event.reason)
        self._causes[name] = event.cause

    def _completed(self, event: ev.InteractionCompleted) -> None:
        leg = self._leg(event.interaction_id)
        if leg is not None:
            leg.handle_ms = self.now_ms - leg.begun_ms

    def _wrapped_up(self, event: ev.InteractionWrappedUp) -> None:
        leg = self._leg(event.interaction_id)
        if leg is not None:
            leg.wrap_up_ms = self.now_ms - leg.begun_ms - leg.handle_ms
            leg.wrapped_by = event.ended_by
        self._close(event.interaction_id)

    def _cancelled(self, event: ev.InteractionCancelled) -> None:
        name = event.interaction_id
        case = self._close(name)
        if case is None:
            return
        if name in self._aside:
            self._aside.discard(name)
            self._time(cmd.Cancel(interaction_id=name, reason=event.reason))
        elif case.legs and self._causes.get(name) == event.cause:
            case.legs[-1].command = cmd.Cancel(interaction_id=name, reason=event.reason)
        else:
            case.gave_up_ms, case.gave_up_leg = self.now_ms, len(case.legs)
            if not case.legs:
                case.waited_ms = self.now_ms - case.at_ms

    def _diverted(self, event: ev.InteractionDiverted) -> None:
        case = self._close(event.interaction_id)
        if case is not None and not case.legs:
            case.waited_ms = self.now_ms - case.at_ms

    def _close(self, name: str) -> Case | None:
        self._causes.pop(name, None) if name not in self.open else None
        self._asked.pop(name, None)
        return self.open.pop(name, None)

    def _leg(self, name: str) -> Leg | None:
        case = self.open.get(name)
        return case.legs[-1] if case is not None and case.legs else None

    def _is_same(self, event: Any) -> bool:
        """Whether the command is the one that brought it in, or took it from its agent."""
        cause: str = event.cause
        known = self._causes.get(event.interaction_id)
        return bool(cause) and known is not None and known.removeprefix("retry ") == cause

    def _amend(self, case: Case, **told: Any) -> None:
        """More is known of the command that took it from its agent: it was a transfer."""
        command = case.legs[-1].command if case.legs else None
        if isinstance(command, cmd.Requeue):
            agent_id, reason = case.legs[-1].agent_id, command.reason
            name = case.interaction_id
            told = {"queue": case.queue, **told} if "to_agent" not in told else told
            command = cmd.Transfer(interaction_id=name, agent_id=agent_id, reason=reason)
        if isinstance(command, cmd.Transfer):
            case.legs[-1].command = msgspec.structs.replace(command, **told)

    def _time(self, command: cmd.Command) -> None:
        """Somebody did that at a time of their own."""
        if not self._ends_only:
            self.timetable.append(Timed(self.now_ms, command))
