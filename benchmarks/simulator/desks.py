"""The agents' side of a run: they come and go, answer offers, work, and wrap up."""

from __future__ import annotations

from typing import Any, Final, NamedTuple
from zlib import crc32

from benchmarks.scenario.distributions import Distribution
from benchmarks.scenario.document import Scenario
from benchmarks.scenario.streams import Seed, drawn, key_of
from benchmarks.scenario.workload import Contact
from benchmarks.simulator.floor import Floor, login_of, times_of
from benchmarks.simulator.kernel import Kernel
from router.commands import Accept, AgentLogout, AgentState, Complete, Decline, EndWrapUp
from router.events import (
    AgentNotResponding,
    InteractionWrappedUp,
    OfferAccepted,
    OfferDeclined,
    OfferExpired,
    OfferIssued,
    OfferRescinded,
)
from router.policy import Channel, parse_policy

__all__ = ("Desks", "answers_at_once", "without_answers")

ANSWER: Final = 1
WILL: Final = 2
PAUSE: Final = 3
BACK: Final = 4
"""What is drawn: how long an offer rings, whether it is accepted; breaks; who is back when."""

BACK_AFTER_MS: Final = 10_000.0
"""When agents are back who did not answer, where the scenario says nothing."""


class _Ringing(NamedTuple):
    """An offer that will be answered."""

    offer_id: str
    agent_id: str
    declines: bool


class _Work(NamedTuple):
    """Work that ends, and how long the wrap-up after it takes, in ms."""

    interaction_id: str
    agent_id: str
    kind: int
    wrap_up_ms: float


def answers_at_once(scenario: Scenario) -> bool:
    """Whether every offer is accepted at the moment at which it is made."""
    workers = (*scenario.groups.values(), *scenario.agents)
    return not any(w.answer or w.decline_share or w.no_answer_share for w in workers)


def without_answers(scenario: Scenario, document: dict[str, Any]) -> dict[str, Any]:
    """The policy, with offers that accept themselves where agents would at that very moment: the
    same assignments, and a command less for each."""
    policy = parse_policy(document)
    asks_several = any(queue.offers_at_once > 1 for queue in policy.queues.values())
    if asks_several or policy.offers_per_agent is not None or not answers_at_once(scenario):
        return document
    channels = document["channels"].items()
    return {**document, "channels": {n: {**(c or {}), "auto_accept": True} for n, c in channels}}


class Desks:
    """Everybody who works, on one kernel.

    ``ringing`` has the interactions that are being offered, with how many offers of each there are.
    """

    def __init__(
        self, scenario: Scenario, policy: dict[str, Any], kernel: Kernel, seed: Seed
    ) -> None:
        self.floor = Floor(len(scenario.people))
        self.ringing: dict[str, int] = {}
        self.numbers = {person.agent_id: n for n, person in enumerate(scenario.people)}
        self._scenario, self._kernel = scenario, kernel
        self._ids = [person.agent_id for person in scenario.people]
        self._workers = [person.worker for person in scenario.people]
        self._handle = times_of(scenario, "handle")
        self._wrap_up = times_of(scenario, "wrap_up")
        self._open: dict[str, str] = {}
        self._asked: dict[str, int] = {}
        self._key = key_of(seed, "agents")
        self._here: set[int] = set()
        self._paused: set[int] = set()
        self._stints = [0] * len(self._ids)
        self._breaks = [0] * len(self._ids)
        self._absences = 0
        channels = parse_policy(policy).channels
        self._wraps_up = [
            _wraps_up(channels[kind.channel], with_time=kind.wrap_up is not None)
            for kind in scenario.types.values()
        ]
        self._hear(offers=not all(channel.auto_accept for channel in channels.values()))

    def _hear(self, *, offers: bool) -> None:
        hear = self._kernel.hear
        hear[InteractionWrappedUp] = self._wrapped_up
        hear[AgentNotResponding] = self._not_responding
        if offers:
            hear[OfferIssued] = self._offered
            for over in (OfferDeclined, OfferExpired, OfferRescinded):
                hear[over] = self._offer_over

    def open(self) -> None:
        """Everybody comes at their time, and takes their breaks."""
        for number, worker in enumerate(self._workers):
            if not worker.shifts:
                self._come(number)
            for shift in worker.shifts:
                if shift.from_s:
                    self._kernel.at(shift.from_s * 1_000, self._come, number)
                else:  # before whoever calls at that very moment
                    self._come(number)
                self._kernel.at(shift.until_s * 1_000, self._go, number)

    def begin(self, contact: Contact, event: OfferAccepted) -> int:
        """An agent begins to serve a contact; which, by number."""
        kernel, kind = self._kernel, contact.kind
        agent = self.numbers[event.agent_id]
        if self._open:
            self._silence(event.offer_id)
        self.floor.take(agent, kernel.now_ms)
        handle_ms = _taken_ms(self._handle[agent][kind], contact.handle_s, contact.handle_share)
        wrap_up_ms = 0.0
        if contact.wrap_up_s:
            own = self._wrap_up[agent][kind]
            wrap_up_ms = _taken_ms(own, contact.wrap_up_s, contact.wrap_up_share)
        work = _Work(event.interaction_id, event.agent_id, kind, wrap_up_ms)
        kernel.at(kernel.now_ms + handle_ms, self._complete, work)
        return agent

    def _complete(self, work: _Work) -> None:
        interaction_id, agent_id, kind, wrap_up_ms = work
        ends, asks = self._wraps_up[kind]
        wanted = True if asks and wrap_up_ms else None
        command = Complete(interaction_id=interaction_id, agent_id=agent_id, wrap_up=wanted)
        self._kernel.tell(command)
        if ends:
            self._kernel.at(self._kernel.now_ms + wrap_up_ms, self._end_wrap_up, work)

    def _end_wrap_up(self, work: _Work) -> None:
        self._kernel.tell(EndWrapUp(interaction_id=work.interaction_id, agent_id=work.agent_id))

    def _wrapped_up(self, event: InteractionWrappedUp) -> None:
        self.floor.release(self.numbers[event.agent_id], self._kernel.now_ms)

    def _offered(self, offer: OfferIssued) -> None:
        """An offer rings: when will it be answered, and how?"""
        interaction_id = offer.interaction_id
        self._open[offer.offer_id] = interaction_id
        self.ringing[interaction_id] = self.ringing.get(interaction_id, 0) + 1
        asked = self._asked[interaction_id] = self._asked.get(interaction_id, 0) + 1
        who = crc32(interaction_id.encode())
        worker = self._workers[self.numbers[offer.agent_id]]
        will = 1.0
        if worker.decline_share or worker.no_answer_share:
            will = drawn(self._key, who, WILL, asked)
        if will < worker.no_answer_share:
            return
        declines = will < worker.no_answer_share + worker.decline_share
        rings_s = 0.0
        if worker.answer is not None:
            rings_s = worker.answer.quantile(drawn(self._key, who, ANSWER, asked))
        ringing = _Ringing(offer.offer_id, offer.agent_id, declines)
        self._kernel.at(self._kernel.now_ms + rings_s * 1_000, self._answer, ringing)

    def _answer(self, ringing: _Ringing) -> None:
        """An offer is answered, if it still stands."""
        if ringing.offer_id not in self._open:
            return
        answer = Decline if ringing.declines else Accept
        self._kernel.tell(answer(offer_id=ringing.offer_id, agent_id=ringing.agent_id))

    def _offer_over(self, event: OfferDeclined | OfferExpired | OfferRescinded) -> None:
        self._silence(event.offer_id)

    def _silence(self, offer_id: str) -> None:
        interaction_id = self._open.pop(offer_id, None)
        if interaction_id is None:
            return
        left = self.ringing[interaction_id] - 1
        if left:
            self.ringing[interaction_id] = left
        else:
            del self.ringing[interaction_id]

    def forget(self, interaction_id: str) -> None:
        """What was offered is over, in whatever way."""
        self._asked.pop(interaction_id, None)

    def _not_responding(self, event: AgentNotResponding) -> None:
        number = self.numbers[event.agent_id]
        self._kernel.at(self._kernel.now_ms + self._back_after_ms(number), self._back, number)

    def _back_after_ms(self, number: int) -> float:
        back = self._workers[number].back_after
        if back is None:
            return BACK_AFTER_MS
        self._absences += 1
        return back.quantile(drawn(self._key, self._absences, BACK)) * 1_000

    def _back(self, number: int) -> None:
        if number in self._here and number not in self._paused:
            self._kernel.tell(AgentState(agent_id=self._ids[number], state="available"))

    def _come(self, number: int) -> None:
        self._here.add(number)
        self.floor.come(number, self._kernel.now_ms)
        self._kernel.tell(login_of(self._scenario, number))
        self._plan_break(number, self._stints[number])

    def _go(self, number: int) -> None:
        self._here.discard(number)
        self._paused.discard(number)
        self._stints[number] += 1
        self.floor.go(number, self._kernel.now_ms)
        self._kernel.tell(AgentLogout(agent_id=self._ids[number]))

    def _plan_break(self, number: int, stint: int) -> None:
        breaks = self._workers[number].breaks
        if breaks is not None:
            after_s = breaks.every.quantile(self._chance(number))
            at_ms = self._kernel.now_ms + after_s * 1_000
            self._kernel.at(at_ms, self._pause, (number, stint))

    def _pause(self, who: tuple[int, int]) -> None:
        number, stint = who
        breaks = self._workers[number].breaks
        if breaks is None or stint != self._stints[number]:
            return
        self._paused.add(number)
        self.floor.go(number, self._kernel.now_ms)
        self._kernel.tell(AgentState(agent_id=self._ids[number], state="unavailable"))
        length_s = breaks.length.quantile(self._chance(number))
        self._kernel.at(self._kernel.now_ms + length_s * 1_000, self._go_on, who)

    def _go_on(self, who: tuple[int, int]) -> None:
        number, stint = who
        if stint != self._stints[number]:
            return
        self._paused.discard(number)
        self.floor.come(number, self._kernel.now_ms)
        self._kernel.tell(AgentState(agent_id=self._ids[number], state="available"))
        self._plan_break(number, stint)

    def _chance(self, number: int) -> float:
        """A draw for a break of an agent, whatever happens to others."""
        self._breaks[number] += 1
        return drawn(self._key, number, PAUSE, self._breaks[number])


def _wraps_up(channel: Channel, *, with_time: bool) -> tuple[bool, bool]:
    """Whether the agent ends wrap-up (and not time alone), and whether they must ask for it."""
    ends = channel.wrap_up == "open" or (with_time and channel.wrap_up != "forced")
    return ends, channel.wrap_up == "on_request"


def _taken_ms(own: float | Distribution, type_s: float, share: float) -> float:
    """How long something takes an agent that takes the type so long."""
    if isinstance(own, float):
        return type_s * own * 1_000
    return own.quantile(share) * 1_000
