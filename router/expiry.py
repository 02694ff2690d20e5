"""What time brings about: offers that nobody answered, wrap-ups, exclusions, steps, suspensions
and requirements that are over, what has not woken in time, agents of whom nothing is heard, and
groups that are looked at."""

from __future__ import annotations

from router import events as ev
from router.decide.agents import sign_off
from router.decide.completion import wrap_up
from router.decide.groups import review
from router.decide.idle import claim_over, serve_claims
from router.decide.offers import rescind
from router.decide.rescue import rescue
from router.decide.steps import follow_workflow
from router.decide.suspension import suspension_over
from router.decide.turn import Turn
from router.lifecycle import AgentStatus
from router.timer import Timer, TimerKind

__all__ = ("fire",)


def fire(turn: Turn, upto_ms: int, most: int) -> int:
    """Fire timers due at ``upto_ms`` or before, at most ``most``; how many fired."""
    turn.cause = ""
    fired = 0
    while fired < most and (timer := turn.world.timers.pop_due(upto_ms)) is not None:
        _FIRE[timer.kind](turn, timer)
        serve_claims(turn)
        fired += 1
    return fired + (sign_off(turn, upto_ms, most - fired) if turn.world.listens else 0)


def _offer_expired(turn: Turn, timer: Timer) -> None:
    state = turn.world.state
    offer = state.offers[timer.key[0]]
    turn.emit(
        ev.OfferExpired(
            offer_id=offer.offer_id,
            interaction_id=offer.interaction_id,
            agent_id=offer.agent_id,
            excluded_until_ms=turn.now_ms + turn.world.rules.decline_retry_ms,
        )
    )
    interaction = state.interactions[offer.interaction_id]
    agent = state.agents[offer.agent_id]
    if agent.status is AgentStatus.AVAILABLE:
        turn.emit(ev.AgentNotResponding(agent_id=agent.agent_id, offer_id=offer.offer_id))
        rescind(turn, agent.offers, "agent_not_responding")
    rescue(turn, interaction)


def _wrap_up_over(turn: Turn, timer: Timer) -> None:
    assignment = turn.world.state.assignments[timer.key[0]]
    wrap_up(turn, assignment.interaction_id, assignment.agent_id, ended_by="timer")


def _exclusion_over(turn: Turn, timer: Timer) -> None:
    interaction_id, agent_id = timer.key
    turn.emit(ev.ExclusionEnded(interaction_id=interaction_id, agent_id=agent_id))


def _step_over(turn: Turn, timer: Timer) -> None:
    interaction = turn.world.state.interactions[timer.key[0]]
    progress = interaction.progress
    ended = progress is not None and not (progress.delayed or progress.continues)
    follow_workflow(turn, interaction, ended=ended)


def _suspension_over(turn: Turn, timer: Timer) -> None:
    suspension_over(turn, turn.world.state.interactions[timer.key[0]])


def _requirement_over(turn: Turn, timer: Timer) -> None:
    interaction = turn.world.state.interactions[timer.key[0]]
    age_ms = turn.now_ms - interaction.origin_ms
    left = tuple(r for r in interaction.asked if not r.ttl_s or r.ttl_s * 1_000 > age_ms)
    turn.emit(ev.RequirementsExpired(interaction_id=timer.key[0], requirements=left))
    follow_workflow(turn, interaction)


def _claim_over(turn: Turn, timer: Timer) -> None:
    claim_over(turn, turn.world.state.interactions[timer.key[0]])


def _review_due(turn: Turn, timer: Timer) -> None:
    review(turn, timer.key[0])


_FIRE = {
    TimerKind.OFFER: _offer_expired,
    TimerKind.WRAP_UP: _wrap_up_over,
    TimerKind.EXCLUSION: _exclusion_over,
    TimerKind.STEP: _step_over,
    TimerKind.SUSPENSION: _suspension_over,
    TimerKind.REQUIREMENT: _requirement_over,
    TimerKind.WAKING: _claim_over,
    TimerKind.REVIEW: _review_due,
}
