"""The auditor: follows an engine batch by batch and asserts that it did what the pages say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from router import commands as cm
from router import events as ev
from tests.oracle.asked import EFFECT, REPEATED, Asked
from tests.oracle.effects import Done, check_effect
from tests.oracle.floor import Floor
from tests.oracle.groups import check_review
from tests.oracle.invariants import check_claims, check_invariants
from tests.oracle.joint import Contests
from tests.oracle.matching import Choice, Pair, has_room, is_due_elsewhere, required_offers
from tests.oracle.outcomes import allowed
from tests.oracle.policy import check_policy_end, split_policy, superseded
from tests.oracle.steps import check_step
from tests.oracle.versions import check_condition, version_now

FEW = 32
"""Half of the interactions that are classified anew with one batch."""


class Entry(Protocol):
    """An input of the engine; its ``command`` is a command, or a fault with a ``code``."""

    @property
    def entry_id(self) -> str: ...
    @property
    def at_ms(self) -> int: ...
    @property
    def command(self) -> object: ...


class Auditor:
    """Knows what has to happen; raises AssertionError when something else did."""

    def __init__(self, policy_at_once_max: int = 256) -> None:
        self.floor = Floor(check_step, has_room, policy_at_once_max)
        self.now_ms = 0

    def touch_everything(self) -> None:
        """The engine was told that any agent and any interaction may have changed."""
        self.floor.touch_everything()

    def follow(
        self,
        entries: Sequence[Entry],
        events: Sequence[ev.Event],
        now_ms: int,
        *,
        partial: bool = False,
        timers_upto_ms: int | None = None,
        left_from_ms: int | None = None,
    ) -> None:
        """Audit one batch: what was asked, what came of it, and when.

        Timers fire up to the arrival of each command, and at last up to ``timers_upto_ms``
        (None: ``now_ms``); too many for one record are left, from ``left_from_ms`` on.
        """
        assert now_ms >= self.now_ms, "time runs forward"
        self.now_ms = now_ms
        upto_ms = now_ms if timers_upto_ms is None else min(now_ms, timers_upto_ms)
        check_record(events)
        events, accepted = _without_automatic(events)
        events, policy = split_policy(self.floor.announced, events)
        offers_from = next(
            (n for n, e in enumerate(events) if isinstance(e, ev.OfferIssued) and not e.cause),
            len(events),
        )
        commands = events[:offers_from]
        priced = commands[-1] if commands else None
        if isinstance(priced, ev.ScarcityPriced):
            commands = commands[:-1]
        self._follow_commands(entries, commands, upto_ms)
        still_open = sum(not each.ended for each in self.floor.interactions.values())
        assert not self.floor.reclassifying or still_open > FEW, "so few are done in one batch"
        self._follow_policy(policy, now_ms)
        self._follow_pricing(priced, now_ms)
        self._follow_matching(events[offers_from:], now_ms, partial=partial)
        self._follow_automatic(events, accepted, now_ms)
        if not partial:
            left_ms = upto_ms + 1 if left_from_ms is None else left_from_ms
            check_invariants(self.floor, min(upto_ms, left_ms - 1))
            self.floor.begin_batch()

    def _follow_commands(
        self, entries: Sequence[Entry], events: Sequence[ev.Event], upto_ms: int
    ) -> None:
        rest = list(events)
        for entry in entries:
            self._fold_timers(rest, min(entry.at_ms, self.now_ms))
            self._follow_command(entry, _take_caused(rest, entry.entry_id), self.now_ms)
        self._fold_timers(rest, upto_ms)
        assert not rest, f"events that no command of the batch caused, or out of order: {rest}"

    def _fold_timers(self, rest: list[ev.Event], upto_ms: int) -> None:
        self.floor.timers_upto_ms = upto_ms
        while rest and not rest[0].cause:
            event = rest.pop(0)
            assert isinstance(event, _TIMED), f"only time and matching act unasked, not {event}"
            if isinstance(event, ev.GroupsReviewed):
                check_review(self.floor, event, self.now_ms)
            self.floor.fold(event, self.now_ms)
        check_claims(self.floor)

    def _follow_command(self, entry: Entry, caused: Sequence[ev.Event], now_ms: int) -> None:
        command = entry.command
        outcome = outcome_of(caused)
        version = ""
        if isinstance(command, cm.Command):
            version = version_now(self.floor, command)
            if self.floor.rules is not None or isinstance(command, cm.ReplacePolicy):
                expected = allowed(Asked(self.floor, entry.at_ms, now_ms), command)
                assert outcome in expected, f"{command} came to {outcome}, not {set(expected)}"
            else:
                assert outcome not in (EFFECT, REPEATED), "nothing works without a policy"
        else:
            assert outcome == getattr(command, "code", None), f"{command} came to {outcome}"
        for event in caused:
            self.floor.fold(event, now_ms)
        if isinstance(command, cm.Command):
            _check_confirmation(command, outcome, caused)
            check_condition(command, version, outcome, caused)
            if outcome == EFFECT:
                check_effect(Done(self.floor, caused, entry.at_ms, now_ms), command)

    def _follow_policy(self, events: Sequence[ev.Event], now_ms: int) -> None:
        """What was announced is in force, or dropped, and whoever asked for it is told."""
        announced = self.floor.announced
        for event in events:
            self.floor.fold(event, now_ms)
        check_claims(self.floor)
        if events and announced is not None:
            check_policy_end(announced, events)

    def _follow_pricing(self, priced: ev.Event | None, now_ms: int) -> None:
        """Prices are told anew when enough has arrived, and only where they count."""
        floor = self.floor
        counts = floor.rules is not None and any(
            floor.rules.weights(queue).scarcity for queue in floor.rules.policy.queues
        )
        available = sum(a.state == "available" for a in floor.logged_in())
        due = counts and floor.created - floor.priced >= max(64, available // 4)
        assert due == isinstance(priced, ev.ScarcityPriced)
        if isinstance(priced, ev.ScarcityPriced):
            floor.fold(priced, now_ms)

    def _follow_matching(self, events: Sequence[ev.Event], now_ms: int, *, partial: bool) -> None:
        offers = [event for event in events if isinstance(event, ev.OfferIssued)]
        assert len(offers) == len(events), f"something stands between offers: {events}"
        if self.floor.rules is not None:
            joint = Contests(self.floor, now_ms).follow(offers, partial=partial)
            offers = offers[joint:]
        required = required_offers(self.floor, now_ms)
        for event in offers:
            choice = next(required, None)
            assert choice is not None, f"{event} had no reason"
            check_choice(event, choice)
            assert event.decision.policy_version == self.floor.in_force.version
            agent = self.floor.agents[event.agent_id]
            given = self.floor.interactions[event.interaction_id]
            assert not is_due_elsewhere(self.floor, agent, given, now_ms), f"{event} is too early"
            self.floor.fold(event, now_ms)
        if not partial:
            missing = next(required, None)
            assert missing is None, f"an offer is missing: {missing}"

    def _follow_automatic(
        self, events: Sequence[ev.Event], accepted: Sequence[ev.OfferAccepted], now_ms: int
    ) -> None:
        """What has been offered on channels where nobody is asked has been accepted, all of it."""
        floor = self.floor
        due = []
        for event in events:
            if isinstance(event, ev.OfferIssued) and floor.offers[event.offer_id].outcome == "open":
                channel = floor.interactions[event.interaction_id].channel
                due += [event.offer_id] if floor.in_force.channel(channel).auto_accept else []
        assert [event.offer_id for event in accepted] == due
        for event in accepted:
            floor.fold(event, now_ms)


def _without_automatic(
    events: Sequence[ev.Event],
) -> tuple[Sequence[ev.Event], list[ev.OfferAccepted]]:
    """Events, and those at the end by which nobody's answer was waited for."""
    accepted: list[ev.OfferAccepted] = []
    for event in reversed(events):
        if event.cause or not isinstance(event, ev.OfferAccepted):
            break
        accepted.insert(0, event)
    return events[: len(events) - len(accepted)], accepted


_TIMED = (
    ev.AgentLoggedOut,
    ev.OfferExpired,
    ev.AgentNotResponding,
    ev.OfferRescinded,
    ev.InteractionWrappedUp,
    ev.ExclusionEnded,
    ev.RequirementsExpired,
    ev.InteractionStepped,
    ev.InteractionMoved,
    ev.InteractionReclassified,
    ev.ReclassificationEnded,
    ev.InteractionDiverted,
    ev.InteractionDue,
    ev.InteractionSuspended,
    ev.InteractionResumed,
    ev.InteractionRequeued,
    ev.InteractionWoken,
    ev.GroupsReviewed,
)


def check_record(events: Sequence[ev.Event]) -> None:
    """No fact stands twice in a record, but of what was changed and is as before again; whoever
    lets an offer expire is said not to respond."""
    back_again = ev.InteractionSuspended | ev.RequirementsExpired | ev.InteractionReclassified
    aside = {event.interaction_id for event in events if isinstance(event, back_again)}
    texts = [
        msgspec.json.encode(event)
        for event in events
        if event.cause or getattr(event, "interaction_id", "") not in aside
    ]
    assert len(set(texts)) == len(texts), "a fact stands twice in one record"
    for place, event in enumerate(events):
        if isinstance(event, ev.OfferExpired):
            follower = events[place + 1] if place + 1 < len(events) else None
            assert isinstance(follower, ev.AgentNotResponding), f"after {event} comes {follower}"
            assert (follower.agent_id, follower.offer_id) == (event.agent_id, event.offer_id)


def _take_caused(rest: list[ev.Event], entry_id: str) -> list[ev.Event]:
    caused: list[ev.Event] = []
    while rest and (rest[0].cause == entry_id or superseded(caused, rest[0])):
        caused.append(rest.pop(0))
    return caused


def outcome_of(caused: Sequence[ev.Event]) -> str:
    """The one outcome that the events of one command tell of: effect, repeated, or a code."""
    assert caused, "a command was passed over in silence"
    if isinstance(caused[0], ev.PolicyDropped):
        return EFFECT  # what was announced before is refused
    first = caused[0]
    if isinstance(first, ev.Rejected):
        assert len(caused) == 1, "a refused command changes nothing"
        assert first.detail, "a refusal says why"
        return first.code
    assert not any(isinstance(event, ev.Rejected) for event in caused)
    if isinstance(first, ev.Repeated):
        assert all(isinstance(event, ev.Confirmed) for event in caused[1:])
        return REPEATED
    return EFFECT


def _check_confirmation(command: cm.Command, outcome: str, caused: Sequence[ev.Event]) -> None:
    answers = [event for event in caused if isinstance(event, ev.Confirmed)]
    if any(isinstance(event, ev.PolicyAnnounced) for event in caused):
        assert not answers, "it is told when it is in force"
        return
    if command.reply_to is None:
        assert not answers, "nobody asked for an answer"
        return
    if outcome == EFFECT and isinstance(command, cm.Inquire | cm.InquireVersion):
        assert not answers, "what was asked for is the answer"
    elif outcome == EFFECT:
        (answer,) = answers
        assert answer.reply_to == command.reply_to
        assert answer.command_id == command.command_id
    first = caused[0]
    if isinstance(first, ev.Rejected):
        assert (first.reply_to, first.command_id) == (command.reply_to, command.command_id)


def check_choice(event: ev.OfferIssued, choice: Choice) -> None:
    """The offer is the one required, and its decision record tells the truth."""
    made = (event.interaction_id, event.agent_id)
    wanted = (choice.interaction_id, choice.agent_id)
    decision = event.decision
    assert made == wanted, f"offered {made} {decision}, required {choice}"
    assert decision.trigger == choice.trigger
    assert decision.urgency_ppm == choice.urgency_ppm
    counts = {name: getattr(decision, name) for name in choice.counts}
    assert counts == choice.counts
    best = tuple(
        (c.agent_id, Pair(c.score, c.skill, c.history, c.load, c.idle, c.scarcity))
        for c in decision.best
    )
    assert best == choice.best
    assert decision.tie_break == choice.tie_break
    chosen = decision.chosen
    assert (chosen and (chosen.agent_id, chosen.precedence, chosen.due_elsewhere)) == choice.chosen
