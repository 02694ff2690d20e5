"""The naive state: agents, interactions and offers, folded from events with every move checked."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import msgspec

from router import events as ev
from router.commands import HistoryFact, Requirement
from tests.oracle.book import IN_HAND, RoomCheck
from tests.oracle.classification import came_with, is_to_be_classified, reclassified
from tests.oracle.freedom import Past, asks
from tests.oracle.levels import Levels
from tests.oracle.pauses import Pauses
from tests.oracle.quotas import Arrivals
from tests.oracle.rules import Rules
from tests.oracle.silences import Silences
from tests.oracle.things import Interaction, Offer
from tests.oracle.waits import Lines, line_of

HOUR_MS = 3_600_000


StepEvent: TypeAlias = ev.InteractionStepped | ev.InteractionMoved | ev.InteractionDiverted
StepCheck: TypeAlias = Callable[["Floor", Interaction, StepEvent, int], None]
"""Asserts that a step is the right one now."""


class Floor(Silences, Pauses):
    """Everything on the floor, as the events have told it so far."""

    def __init__(self, check_step: StepCheck, has_room: RoomCheck, policy_at_once_max: int) -> None:
        super().__init__(has_room)
        self.check_step = check_step
        self.policy_at_once_max = policy_at_once_max
        self.lines = Lines()
        self.levels = Levels()
        self.reviews: dict[str, int] = {}
        """When the groups of a queue are looked at next."""

        self.past = Past()
        self.reclassifying = False
        self.created_before = 0
        self.classified_anew: set[str] = set()
        """What was with somebody at some time since the policy came into force."""

    def touch_everything(self) -> None:
        self.classified_anew.clear()
        super().touch_everything()

    def fold(self, event: ev.Event, now_ms: int) -> None:
        """Apply one event; an event that cannot happen now is an AssertionError."""
        handler = getattr(self, f"_{event.__struct_config__.tag}", None)
        if handler is not None:
            before = line_of(self.interactions, event)
            handler(event, now_ms)
            after = line_of(self.interactions, event)
            name = getattr(event, "interaction_id", "")
            keeps = self.rules is not None and asks(self.rules)
            self.past.see(event, self.interactions.get(name), now_ms, keeps=keeps)
            self.lines.see(event, before, after, now_ms)
            if after is not None and before != after:
                self._review_later(after, now_ms)
        if name := getattr(event, "agent_id", ""):
            self.heard[name] = now_ms

    def changes_policy_at_once(self) -> bool:
        """Whether so little is open that a policy need not be announced."""
        open_now = sum(not i.ended for i in self.interactions.values())
        return sum(a.known for a in self.agents.values()) + open_now <= self.policy_at_once_max

    def _policy_announced(self, event: ev.PolicyAnnounced, now_ms: int) -> None:
        assert self.announced is None, "the one before must have been dropped"
        self.announced = event

    def _policy_dropped(self, event: ev.PolicyDropped, now_ms: int) -> None:
        assert self.announced is not None, "nothing was announced"
        assert event.reason
        self.announced = None

    def _policy_replaced(self, event: ev.PolicyReplaced, now_ms: int) -> None:
        if self.announced is not None:
            assert event.policy == self.announced.policy, "another one was announced"
            self.announced = None
        before = self.rules.version if self.rules else 0
        assert event.version == before + 1, "policy versions count from 1"
        if self.rules is None or self.rules.policy.sign_off_after_s is None:
            self.heard = dict.fromkeys(self.agents, now_ms)
        were_open = self.rules.open_groups if self.rules else set()
        self.rules = Rules(event.policy, event.version, self.lines)
        self.arrivals = Arrivals()
        self._keep_groups(were_open, now_ms)
        self.reclassifying = self.reclassifying or event.reclassify
        self.classified_anew.clear()
        self.created_before = self.created
        self.changed_meanwhile = {
            each.interaction_id
            for each in self.interactions.values()
            if each.state in ("offered", *IN_HAND)
        }
        for agent in self.agents.values():
            agent.share_pass = 0
        self.lines.keep_only(set(self.rules.policy.queues))
        self.past.keep_only(self.rules)
        self.touch_everything()

    def _keep_groups(self, were_open: set[str], now_ms: int) -> None:
        rules, queues = self.in_force, self.in_force.policy.queues
        known = {f"{queue}/{group}" for queue in queues for group in rules.groups(queue)}
        rules.open_groups = were_open & known
        self.levels.keep_only(rules.levelled)
        self.reviews.clear()
        for queue in queues:
            self._review_again(queue, now_ms)

    def _review_again(self, queue: str, now_ms: int) -> None:
        waits = any(interaction.queue == queue for interaction in self.queued())
        is_open = any(name.split("/")[0] == queue for name in self.in_force.open_groups)
        if waits or is_open:
            self._review_later(queue, now_ms)

    def _review_later(self, queue: str, now_ms: int) -> None:
        every_ms = self.in_force.review_ms(queue)
        if every_ms is not None:
            self.reviews.setdefault(queue, now_ms + every_ms)

    def _groups_reviewed(self, event: ev.GroupsReviewed, now_ms: int) -> None:
        assert not event.cause, "only time looks at groups"
        self._is_due(self.reviews.pop(event.queue))
        self.in_force.open_groups |= {f"{event.queue}/{name}" for name in event.opened}
        self.in_force.open_groups -= {f"{event.queue}/{name}" for name in event.closed}
        if event.opened:
            self.touched_agents.update(a.agent_id for a in self.logged_in())
        self._review_again(event.queue, now_ms)

    def _scarcity_priced(self, event: ev.ScarcityPriced, now_ms: int) -> None:
        assert event.sequence == self.created
        self.priced = event.sequence
        for agent_id, price_ppm in event.prices_ppm.items():
            agent = self.agents[agent_id]
            assert agent.state == "available"
            assert price_ppm != agent.price_ppm, "only what has changed is told"
            assert 0 <= price_ppm <= 1_000_000
            agent.price_ppm = price_ppm

    def _intake_changed(self, event: ev.IntakeChanged, now_ms: int) -> None:
        before = self.intake_open, self.intake_reason
        assert before != (event.open, event.reason), "an intake change changes the intake"
        self.intake_open, self.intake_reason = event.open, event.reason
        self.intake_code, self.intake_retry_ms = event.code, event.retry_after_ms

    def _interaction_created(self, event: ev.InteractionCreated, now_ms: int) -> None:
        known = self.interactions.get(event.interaction_id)
        assert known is None or known.ended, f"{event.interaction_id} exists twice"
        assert event.sequence > self.created, "sequence numbers count up"
        self.created = event.sequence
        self.arrivals.created.append((event.created_ms, event.producer))
        self.interactions[event.interaction_id] = Interaction(
            interaction_id=event.interaction_id,
            channel=event.channel,
            queue=event.queue,
            origin_ms=event.origin_ms,
            sequence=event.sequence,
            priority=event.priority,
            requirements=event.requirements,
            preferred=dict(event.preferred),
            excluded_agents=frozenset(event.excluded_agents),
            attributes=msgspec.msgpack.decode(event.attributes),
            target_ms=event.target_ms,
            producer=event.producer,
            arrival=event,
            given=event.given,
            label=event.label,
            decided_since=bool(event.overflowed),
            asked=event.requirements,
            asked_priority=event.priority,
        )
        self.touched_interactions.add(event.interaction_id)

    def _interaction_updated(self, event: ev.InteractionUpdated, now_ms: int) -> None:
        interaction = self.interactions[event.interaction_id]
        assert interaction.state in ("queued", "suspended", "offered", *IN_HAND), interaction
        interaction.decided_since = True
        interaction.priority = interaction.asked_priority = event.priority
        interaction.asked_anew = event.requirements != interaction.asked
        interaction.requirements = interaction.asked = event.requirements
        self._touch(interaction)

    def _requirements_expired(self, event: ev.RequirementsExpired, now_ms: int) -> None:
        interaction = self.interactions[event.interaction_id]
        assert interaction.state in ("queued", "offered"), interaction
        assert not event.cause
        over = [r for r in interaction.asked if r.ttl_s and self._age_ms(r, interaction) <= now_ms]
        assert over, "something has had its time"
        self._is_due(min(self._age_ms(r, interaction) for r in over))
        assert event.requirements == tuple(r for r in interaction.asked if r not in over)
        interaction.asked = interaction.requirements = event.requirements
        interaction.priority, interaction.expired_ms = interaction.asked_priority, now_ms
        self._touch(interaction)

    def _age_ms(self, asked: Requirement, interaction: Interaction) -> int:
        return interaction.origin_ms + asked.ttl_s * 1_000

    def _interaction_stepped(self, event: ev.InteractionStepped, now_ms: int) -> None:
        interaction = self.interactions[event.interaction_id]
        assert interaction.state in ("queued", "offered"), interaction
        if not event.cause and interaction.step and interaction.expired_ms != now_ms:
            # else it has just been moved here
            self._is_due(interaction.step_until_ms)
        self.check_step(self, interaction, event, now_ms)
        interaction.step, interaction.step_until_ms = event.step, event.until_ms
        interaction.continues, interaction.shut = event.continues, event.shut
        interaction.aged_ms = now_ms - interaction.origin_ms
        interaction.kept = event.only_preferred
        interaction.history_at_least_ppm = event.history_at_least_ppm
        interaction.priority, interaction.requirements = event.priority, event.requirements
        self._touch(interaction)

    def _interaction_cancelled(self, event: ev.InteractionCancelled, now_ms: int) -> None:
        interaction = self.interactions[event.interaction_id]
        assert interaction.state in ("queued", "suspended"), interaction
        aside = interaction.state == "suspended" and not interaction.keeps_place
        until_ms = interaction.suspended_ms if aside else now_ms
        assert event.waited_ms == max(0, until_ms - interaction.origin_ms), "waited_ms is the age"
        short_ms = self.in_force.short_abandon_ms(interaction.channel)
        if interaction.state == "queued" and event.waited_ms >= short_ms:
            self._count_level(interaction, now_ms, in_target=False)
        interaction.state = "cancelled"
        interaction.ended_ms = now_ms

    def _interaction_diverted(self, event: ev.InteractionDiverted, now_ms: int) -> None:
        interaction = self.interactions[event.interaction_id]
        assert interaction.state == "queued", f"diverted while {interaction.state}"
        if event.step:
            self._leave(interaction, event, now_ms)
        assert event.attempts in (0, interaction.attempts)
        assert event.waited_ms == max(0, now_ms - interaction.origin_ms), "waited_ms is the age"
        interaction.state, interaction.ended_ms = "diverted", now_ms

    def _interaction_moved(self, event: ev.InteractionMoved, now_ms: int) -> None:
        interaction = self.interactions[event.interaction_id]
        assert interaction.state in ("queued", "offered"), interaction
        if event.step:
            self._leave(interaction, event, now_ms)
        elif event.declines:
            self._is_rescued(interaction, event)
        else:
            assert event.cause, "somebody has handed it over"
        interaction.decided_since = True
        self._begin_anew(interaction, event.queue)
        self._touch(interaction)

    def _begin_anew(self, interaction: Interaction, queue: str) -> None:
        """It waits in a queue, and no step has changed anything yet."""
        interaction.queue, interaction.step, interaction.step_until_ms = queue, 0, 0
        interaction.shut = ()
        interaction.kept, interaction.declines = False, 0
        interaction.priority = interaction.asked_priority
        interaction.requirements = interaction.asked

    def _interaction_reclassified(self, event: ev.InteractionReclassified, now_ms: int) -> None:
        interaction = self.interactions[event.interaction_id]
        assert self.reclassifying, "nobody has asked for it"
        assert event.interaction_id not in self.classified_anew, "once is enough"
        self.classified_anew.add(event.interaction_id)
        assert interaction.state in ("queued", "suspended"), interaction
        expected = reclassified(self.in_force, interaction, now_ms)
        assert expected is not None, "somebody has decided since"
        decided = (event.queue, event.priority, event.requirements, event.classified_by)
        assert expected == (*decided, event.label, event.target_ms)
        interaction.given = came_with(self.in_force, interaction)
        interaction.label = event.label
        interaction.target_ms = event.target_ms
        interaction.asked, interaction.asked_priority = event.requirements, event.priority
        self._begin_anew(interaction, event.queue)
        self._touch(interaction)

    def _reclassification_ended(self, event: ev.ReclassificationEnded, now_ms: int) -> None:
        assert self.reclassifying, "nobody has asked for it"
        assert event.version == self.in_force.version
        self.reclassifying = False
        done = self.classified_anew | self.changed_meanwhile
        for interaction in self.queued() + self.in_state("suspended"):
            if interaction.sequence <= self.created_before:
                done_with = interaction.interaction_id in done
                assert done_with or not is_to_be_classified(self.in_force, interaction, now_ms)

    def _leave(self, interaction: Interaction, event: StepEvent, now_ms: int) -> None:
        if not event.cause and interaction.step and interaction.expired_ms != now_ms:
            self._is_due(interaction.step_until_ms)
        self.check_step(self, interaction, event, now_ms)

    def _interaction_requeued(self, event: ev.InteractionRequeued, now_ms: int) -> None:
        interaction = self._held(event.interaction_id, event.agent_id, *IN_HAND)
        if not event.cause:
            assert interaction.state == "waking", "only what is waking has a time"
            agent = self.agents[event.agent_id]
            was_first = agent.waking[0] == event.interaction_id
            assert not (was_first and self.claim(agent, interaction)), "it could have woken"
            self._is_due(interaction.waking_until_ms)
            before = interaction.preferred.get(event.agent_id, 0)
            last = self.in_force.preferred((HistoryFact(event.agent_id, "last_agent"),), now_ms)
            assert event.history_ppm == max(before, last.get(event.agent_id, 0))
        if event.history_ppm:
            assert not event.cause, "only who has not woken it in time is known better"
            interaction.preferred[event.agent_id] = event.history_ppm
        self._release(interaction, now_ms)
        if event.excluded_until_ms:
            self._exclude(interaction, event.agent_id, event.excluded_until_ms, now_ms)
        interaction.state = "queued"
        interaction.answered = interaction.answered or bool(self.in_force.levelled)
        self.touched_interactions.add(event.interaction_id)

    def _interaction_noted(self, event: ev.InteractionNoted, now_ms: int) -> None:
        interaction = self.interactions[event.interaction_id]
        note = (event.author, event.text)
        assert event.cause, "nobody else writes notes"
        if not interaction.ended:
            assert note not in interaction.notes[-1:], "it stands there already"
            interaction.notes.append(note)
            assert len(interaction.notes) <= 50, "one more than are kept"

    def _count_level(self, interaction: Interaction, now_ms: int, *, in_target: bool) -> None:
        if interaction.queue in self.in_force.levelled and not interaction.answered:
            self.levels.count(interaction.queue, now_ms, in_target=in_target)

    def _offer_issued(self, event: ev.OfferIssued, now_ms: int) -> None:
        interaction = self.interactions[event.interaction_id]
        assert self.looks(interaction), f"offered while {interaction}"
        assert event.agent_id not in interaction.asked_agents, "nobody is asked twice at once"
        assert event.offer_id not in self.offers, f"offer id {event.offer_id} used twice"
        channel = self.in_force.channel(interaction.channel)
        assert event.cost == channel.cost, "an offer costs what the policy in force says"
        assert event.expires_ms == now_ms + self.in_force.offer_ttl_ms(interaction.channel)
        interaction.state = "offered"
        interaction.offers[event.offer_id] = event.agent_id
        self.changed_meanwhile.add(event.interaction_id)
        self.offers[event.offer_id] = Offer(
            event.offer_id,
            event.interaction_id,
            event.agent_id,
            event.expires_ms,
            direct=event.decision.trigger == "direct",
        )
        self._touch(interaction)
        self.offers_made += 1
        agent = self.agents[event.agent_id]
        agent.last_offer = self.offers_made
        agent.offers.add(event.offer_id)
        if self.in_force.strategy(interaction.queue) == "target_share":
            agent.share_pass += 1_000_000_000 // agent.share
        forced = event.over_capacity
        item = self._item(interaction, event.cost, forced=forced)
        agent.ledger[event.interaction_id] = item

    def _offer_held(self, event: ev.OfferHeld, now_ms: int) -> None:
        offer = self.offers[event.offer_id]
        assert offer.outcome == "open", "what is over cannot be held"
        assert (offer.interaction_id, offer.agent_id) == (event.interaction_id, event.agent_id)
        offer.expires_ms = event.expires_ms

    def _offer_accepted(self, event: ev.OfferAccepted, now_ms: int) -> None:
        interaction = self._close_offer(event, "accepted", now_ms)
        assert event.waited_ms == max(0, now_ms - interaction.origin_ms), "waited_ms is the age"
        assert not interaction.offers, "others were asked, and are not told"
        allowed_ms = self.in_force.target_ms(interaction.channel, interaction.queue)
        allowed_ms = interaction.target_ms or allowed_ms
        self._count_level(interaction, now_ms, in_target=event.waited_ms <= allowed_ms)
        interaction.state, interaction.step_until_ms = "assigned", 0
        interaction.agent_id, interaction.declines = event.agent_id, 0
        self.agents[event.agent_id].idle_since_ms = now_ms
        if self.in_force.policy.offers_per_agent:
            self.touched_agents.add(event.agent_id)

    def _offer_declined(self, event: ev.OfferDeclined, now_ms: int) -> None:
        interaction = self._close_offer(event, "declined", now_ms)
        self._back_to_queue(interaction, event.agent_id)
        self._count_decline(interaction)
        self._exclude(interaction, event.agent_id, event.excluded_until_ms, now_ms)

    def _offer_expired(self, event: ev.OfferExpired, now_ms: int) -> None:
        interaction = self._close_offer(event, "expired", now_ms)
        expires_ms = self.offers[event.offer_id].expires_ms
        self._is_due(expires_ms)
        self._back_to_queue(interaction, event.agent_id)
        self._count_decline(interaction)
        self._exclude(interaction, event.agent_id, event.excluded_until_ms, now_ms)

    def _offer_rescinded(self, event: ev.OfferRescinded, now_ms: int) -> None:
        interaction = self._close_offer(event, "rescinded", now_ms)
        self._back_to_queue(interaction, event.agent_id)
        if event.excluded_until_ms:
            self._exclude(interaction, event.agent_id, event.excluded_until_ms, now_ms)

    def _exclusion_ended(self, event: ev.ExclusionEnded, now_ms: int) -> None:
        interaction = self.interactions[event.interaction_id]
        until_ms = interaction.exclusions.pop(event.agent_id)
        if not event.cause:
            self._is_due(until_ms)
        self._touch(interaction)

    def _interaction_completed(self, event: ev.InteractionCompleted, now_ms: int) -> None:
        interaction = self._held(event.interaction_id, event.agent_id, *IN_HAND)
        if interaction.state != "assigned":
            assert event.wrap_up_until_ms == now_ms, "what holds no capacity has no wrap-up"
            interaction.was_quiet = True
        interaction.state, interaction.completed_by = "wrap_up", event.agent_id
        interaction.wrap_up_until_ms = event.wrap_up_until_ms
        wrap_up_ms = self.in_force.wrap_up_ms(interaction.channel)
        allowed = {now_ms, now_ms + wrap_up_ms} if wrap_up_ms else {now_ms, 0}
        assert event.wrap_up_until_ms in allowed

    def _interaction_wrap_up_extended(
        self, event: ev.InteractionWrapUpExtended, now_ms: int
    ) -> None:
        interaction = self._held(event.interaction_id, event.agent_id, "wrap_up")
        assert event.wrap_up_until_ms > interaction.wrap_up_until_ms > 0, "more time, not less"
        interaction.wrap_up_until_ms = event.wrap_up_until_ms

    def _interaction_wrapped_up(self, event: ev.InteractionWrappedUp, now_ms: int) -> None:
        interaction = self._held(event.interaction_id, event.agent_id, "wrap_up")
        if event.ended_by == "timer":
            assert interaction.wrap_up_until_ms, "the agent ends it, and nobody else"
            self._is_due(interaction.wrap_up_until_ms)
        if event.ended_by == "none":
            assert interaction.wrap_up_until_ms == now_ms, "ended_by none is for no wrap-up"
        self._release(interaction, now_ms)
        interaction.state = "completed"
        interaction.ended_ms = now_ms

    def _close_offer(
        self,
        event: ev.OfferAccepted | ev.OfferDeclined | ev.OfferExpired | ev.OfferRescinded,
        outcome: str,
        now_ms: int,
    ) -> Interaction:
        offer = self.offers[event.offer_id]
        assert offer.outcome == "open", f"{offer.offer_id} was {offer.outcome}, now {outcome}"
        assert offer.interaction_id == event.interaction_id
        offer.outcome, offer.ended_ms = outcome, now_ms
        interaction = self.interactions[event.interaction_id]
        assert interaction.state == "offered", f"{interaction} is not offered"
        assert interaction.offers.pop(event.offer_id) == event.agent_id, "somebody else was asked"
        self.agents[event.agent_id].offers.remove(event.offer_id)
        return interaction

    def _back_to_queue(self, interaction: Interaction, agent_id: str) -> None:
        """Whoever was asked is free; it waits, once nobody is asked any more."""
        del self.agents[agent_id].ledger[interaction.interaction_id]
        self.touched_agents.add(agent_id)
        if not interaction.offers:
            interaction.state = "queued"
        self._touch(interaction)

    def _count_decline(self, interaction: Interaction) -> None:
        after = self.in_force.rescue_after(interaction.queue)
        if after is not None:
            interaction.declines += 1
            if interaction.declines >= after:
                self.to_be_rescued.add(interaction.interaction_id)

    def _is_rescued(self, interaction: Interaction, event: ev.InteractionMoved) -> None:
        rescue = self.in_force.policy.queues[interaction.queue].rescue
        assert rescue is not None, "its queue has a rescue"
        assert (event.queue, event.name) == (rescue.queue, "")
        assert event.declines == interaction.declines >= rescue.after_declines
        self.to_be_rescued.remove(event.interaction_id)

    def _exclude(self, interaction: Interaction, agent_id: str, until_ms: int, now_ms: int) -> None:
        assert until_ms >= now_ms, "an exclusion ends after it begins"
        assert agent_id not in interaction.exclusions, "offered in spite of an exclusion"
        if until_ms > now_ms:
            interaction.exclusions[agent_id] = until_ms
