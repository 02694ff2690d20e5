"""The agents' side of a replay: they answer offers, work, hand over, and wrap up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from math import ceil
from typing import Any, Final, NamedTuple

import msgspec

from benchmarks.preview.answers import Reply
from benchmarks.preview.arm import Arm
from benchmarks.preview.cases import Case, Leg, Recording
from benchmarks.preview.model import Model
from benchmarks.scenario.streams import drawn
from router import commands as cmd
from router import events as ev
from router import limits
from router.lifecycle import AgentStatus, InteractionState

__all__ = ("Desks",)

HANDLE: Final = 2
WRAP_UP: Final = 3
WILL: Final = 4
PACE: Final = 5
BACK: Final = 6
"""What is drawn of an interaction, and (``BACK``) of absences."""

BACK_AFTER_MS: Final = 10_000
"""When agents are back who did not answer, where none was seen to come back."""

UNSEEN: Final = "served_by_agents_not_seen_at_such_work"
NEVER_SERVED: Final = "times_drawn_as_they_were_never_served"
OTHER_AGENT: Final = "times_scaled_from_another_agent"
AS_RECORDED: Final = "times_as_recorded"
TAKEN_BACK: Final = "offers_taken_back"


class _Work(NamedTuple):
    """What an agent has in hand: for how long, and what comes then."""

    case: Case
    agent_id: str
    offer_id: str
    handle_ms: float
    wrap_up_ms: float
    wrapped_by: str
    command: cmd.Command | None
    idles: tuple[tuple[float, float], ...] = ()


class Desks:
    """Everybody who works."""

    def __init__(
        self, arm: Arm, recording: Recording, cases: Mapping[str, Case], model: Model, key: int
    ) -> None:
        self._arm, self._recording, self._cases = arm, recording, cases
        self._work, self._answers, self._key = model.work, model.answers, key
        self._legs: dict[str, int] = {}
        self._asked: Counter[str] = Counter()
        self._asked_agent: Counter[tuple[str, str]] = Counter()
        self._absences = 0
        hear = arm.kernel.hear
        hear[ev.OfferIssued] = self._offered
        hear[ev.OfferAccepted] = self._accepted
        hear[ev.AgentNotResponding] = self._not_responding

    def take_over(self) -> None:
        """Whoever has something in hand when the period begins goes on with it."""
        state, from_ms = self._arm.state, self._recording.from_ms
        for assignment in state.assignments.values():
            case = self._cases[assignment.interaction_id]
            leg = case.legs[0]
            self._legs[case.interaction_id] = 1
            work = self._as_recorded(case, leg, assignment.agent_id, assignment.offer_id)
            began_ms = float(leg.begun_ms - from_ms)
            if assignment.completed_ms:
                until_ms = began_ms + work.handle_ms + work.wrap_up_ms
                if work.wrapped_by == "agent" or not assignment.wrap_up_until_ms:
                    self._at(until_ms, self._end_wrap_up, work)
            else:
                self._begin(work, began_ms)
        for offer in state.offers.values():
            self._ring(offer.offer_id, offer.interaction_id, offer.agent_id, offer.issued_ms)

    def _at(self, at_ms: float, action: Any, argument: object) -> None:
        kernel = self._arm.kernel
        kernel.at(max(at_ms, kernel.now_ms), action, argument)

    def _offered(self, event: ev.OfferIssued) -> None:
        if event.offer_id in self._arm.state.offers:  # or it has been accepted by itself
            now_ms = self._arm.kernel.engine_ms
            self._ring(event.offer_id, event.interaction_id, event.agent_id, now_ms)

    def _ring(self, offer_id: str, name: str, agent_id: str, issued_ms: int) -> None:
        """An offer rings: when is it answered, and how?"""
        reply = self._reply(name, agent_id)
        if reply.answer == "expired":
            return
        kernel, expires_ms = self._arm.kernel, self._arm.state.offers[offer_id].expires_ms
        at_ms = issued_ms + reply.after_ms
        if reply.answer == "taken_back":
            self._at(at_ms - self._recording.from_ms, self._take_back, (offer_id, reply.retry_s))
            return
        if at_ms >= expires_ms:  # it was held while the medium was connected
            hold_s = min(limits.OFFER_HOLD_S_MAX, ceil((at_ms - kernel.engine_ms) / 1_000) + 1)
            kernel.answer(cmd.HoldOffer(offer_id=offer_id, agent_id=agent_id, hold_s=hold_s))
        told = cmd.Accept if reply.answer == "accepted" else cmd.Decline
        command = told(offer_id=offer_id, agent_id=agent_id)
        if at_ms <= kernel.engine_ms:
            kernel.answer(command)
        else:
            self._at(at_ms - self._recording.from_ms, self._answer, command)

    def _reply(self, name: str, agent_id: str) -> Reply:
        """As this agent answered that very offer, if they were asked; else drawn."""
        case = self._cases.get(name)
        asked = self._asked[name] = self._asked[name] + 1
        before = self._asked_agent[name, agent_id]
        self._asked_agent[name, agent_id] = before + 1
        if case is None:
            return Reply("accepted", 0.0)
        seen = [one for one in case.asked if one.agent_id == agent_id]
        if before < len(seen):
            one = seen[before]
            return Reply(one.answer, float(one.after_ms), one.retry_s)
        will = drawn(self._key, case.key, WILL, asked)
        return self._answers.drawn(agent_id, will, drawn(self._key, case.key, PACE, asked))

    def _answer(self, command: cmd.Accept | cmd.Decline) -> None:
        if command.offer_id in self._arm.state.offers:
            self._arm.kernel.tell(command)

    def _take_back(self, what: tuple[str, int]) -> None:
        """A supervisor takes an offer back, as they did when that agent was asked."""
        offer_id, retry_s = what
        if offer_id in self._arm.state.offers:
            self._arm.noted[TAKEN_BACK] += 1
            self._arm.kernel.tell(cmd.Rescind(offer_id=offer_id, retry_s=retry_s))

    def _accepted(self, event: ev.OfferAccepted) -> None:
        name = event.interaction_id
        case, leg = self._cases.get(name), self._legs.get(name, 0)
        self._legs[name] = leg + 1
        if case is None:
            return
        if (event.agent_id, case.kind) not in self._work.seen:
            self._arm.noted[UNSEEN] += 1
        if leg >= len(case.legs):
            work = self._drawn(case, event.agent_id, event.offer_id, leg)
        else:
            work = self._as_recorded(case, case.legs[leg], event.agent_id, event.offer_id)
        self._begin(work, self._arm.kernel.now_ms)

    def _as_recorded(self, case: Case, leg: Leg, agent_id: str, offer_id: str) -> _Work:
        """As it took whoever had it, scaled to this agent."""
        handle, wrap_up = self._work.handle, self._work.wrap_up
        is_same = leg.agent_id == agent_id
        self._arm.noted[AS_RECORDED if is_same else OTHER_AGENT] += 1
        ratio = 1.0 if is_same else handle.ratio(agent_id, leg.agent_id)
        handle_ms = leg.handle_ms * ratio
        if leg.handle_ms < 0:
            uniform = drawn(self._key, case.key, HANDLE)
            handle_ms = handle.drawn_ms(case.kind, agent_id, uniform, leg.seen_ms * ratio)
        wrap_up_ms = float(leg.wrap_up_ms)
        if not is_same and leg.wrapped_by == "agent":
            wrap_up_ms *= wrap_up.ratio(agent_id, leg.agent_id)
        return _Work(
            case,
            agent_id,
            offer_id,
            handle_ms,
            wrap_up_ms,
            leg.wrapped_by,
            leg.command,
            tuple((begin * ratio, end * ratio) for begin, end in leg.idles),
        )

    def _drawn(self, case: Case, agent_id: str, offer_id: str, leg: int) -> _Work:
        """As one of its kind takes this agent."""
        self._arm.noted[NEVER_SERVED] += 1
        handle = drawn(self._key, case.key, HANDLE, leg)
        wrap_up = drawn(self._key, case.key, WRAP_UP, leg)
        return _Work(
            case,
            agent_id,
            offer_id,
            self._work.handle.drawn_ms(case.kind, agent_id, handle),
            self._work.wrap_up.drawn_ms(case.kind, agent_id, wrap_up),
            "",
            None,
        )

    def _begin(self, work: _Work, began_ms: float) -> None:
        for begin_ms, end_ms in work.idles:
            name = work.case.interaction_id
            self._at(began_ms + begin_ms, self._pause, (work, cmd.Idle(interaction_id=name)))
            if end_ms > 0:
                self._at(began_ms + end_ms, self._pause, (work, cmd.Wake(interaction_id=name)))
        self._at(began_ms + work.handle_ms, self._end, work)

    def _has(self, work: _Work) -> bool:
        """Whether the agent still has it."""
        assignment = self._arm.state.assignments.get(work.case.interaction_id)
        return assignment is not None and assignment.offer_id == work.offer_id

    def _pause(self, what: tuple[_Work, cmd.Command]) -> None:
        work, command = what
        if self._has(work):
            self._arm.kernel.tell(command)

    def _end(self, work: _Work) -> None:
        """The conversation is over, or goes to somebody else."""
        if not self._has(work):
            return
        if work.command is not None:
            self._hand_over(work, work.command)
            return
        name, agent_id = work.case.interaction_id, work.agent_id
        one = self._arm.state.interactions[name]
        mode = self._arm.policy.channels[one.channel].wrap_up
        is_active = one.state is InteractionState.ASSIGNED
        wanted = True if mode == "on_request" and work.wrap_up_ms > 0 and is_active else None
        self._arm.kernel.tell(cmd.Complete(interaction_id=name, agent_id=agent_id, wrap_up=wanted))
        if self._has(work):
            self._wrap_up(work, is_forced=mode == "forced")

    def _wrap_up(self, work: _Work, *, is_forced: bool) -> None:
        """The wrap-up lasts as long as the agent needs, or the policy gives."""
        kernel = self._arm.kernel
        until_ms = self._arm.state.assignments[work.case.interaction_id].wrap_up_until_ms
        if until_ms and (is_forced or work.wrapped_by in {"timer", "none"}):
            return
        if until_ms and work.wrap_up_ms > until_ms - kernel.engine_ms:
            more_s = ceil((work.wrap_up_ms - (until_ms - kernel.engine_ms)) / 1_000) + 1
            name, most_s = work.case.interaction_id, limits.WRAP_UP_EXTENSION_S_MAX
            kernel.tell(
                cmd.ExtendWrapUp(
                    interaction_id=name, agent_id=work.agent_id, extend_s=min(more_s, most_s)
                )
            )
        self._at(kernel.now_ms + work.wrap_up_ms, self._end_wrap_up, work)

    def _end_wrap_up(self, work: _Work) -> None:
        if self._has(work):
            name = work.case.interaction_id
            self._arm.kernel.tell(cmd.EndWrapUp(interaction_id=name, agent_id=work.agent_id))

    def _hand_over(self, work: _Work, command: cmd.Command) -> None:
        """As it was handed over then; back to its queue, where that cannot be."""
        name, kernel = work.case.interaction_id, self._arm.kernel
        if isinstance(command, cmd.Transfer | cmd.Retry):
            command = msgspec.structs.replace(command, agent_id=work.agent_id)
        kernel.tell(command)
        if self._has(work):
            kernel.tell(cmd.Requeue(interaction_id=name))

    def _not_responding(self, event: ev.AgentNotResponding) -> None:
        times = self._recording.back_after_ms
        self._absences += 1
        uniform = drawn(self._key, self._absences, BACK)
        after_ms = times[int(uniform * len(times))] if times else BACK_AFTER_MS
        self._at(self._arm.kernel.now_ms + after_ms, self._back, event.agent_id)

    def _back(self, agent_id: str) -> None:
        agent = self._arm.state.agents.get(agent_id)
        if agent is not None and agent.status is AgentStatus.NOT_RESPONDING:
            self._arm.kernel.tell(cmd.AgentState(agent_id=agent_id, state="available"))
