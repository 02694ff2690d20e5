"""Folds of events about interactions and the assignments that work on them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from router import events as ev
from router.fold.asking import unwatch, watch
from router.fold.exclusions import exclude, forget_exclusions
from router.fold.handling import spell_ends
from router.fold.idle import strike
from router.fold.outcomes import gives_up, returns
from router.fold.quotas import count_created, count_ended
from router.fold.registry import Folds
from router.fold.steps import forget_declines, stop_steps
from router.fold.suspension import forget_suspension
from router.fold.waits import comes, goes
from router.lifecycle import ASSIGNMENT, INTERACTION, InteractionState, following
from router.state import Assignment, Ended, Interaction, Note
from router.timer import Timer, TimerKind
from router.world import World

__all__ = ("FOLDS", "wrap_up_timer")


def _created(world: World, event: ev.InteractionCreated, now_ms: int) -> None:
    interaction = _waiting(event, world.shared)
    world.state.sequence = event.sequence
    world.state.interactions[event.interaction_id] = interaction
    if event.link is not None:
        world.state.links[event.interaction_id] = event.link
    if event.label:
        world.state.labels[event.interaction_id] = world.shared(event.label)
    if event.target_ms:
        world.state.targets[event.interaction_id] = event.target_ms
    if event.given is not None or event.overflowed:
        world.state.given[event.interaction_id] = None if event.overflowed else event.given
    if event.producer or world.rules.quotas is not None:
        count_created(world, event)
    world.enqueue(interaction)
    comes(world, interaction, now_ms)
    watch(world, interaction)


def _waiting(event: Any, shared: Callable[[Any], Any]) -> Interaction:
    """One that waits. What is equal in many is kept once, and so are its own equal times.

    The event is of no known type here, because compiled code would make new objects of its numbers.
    """
    created_ms: Any = event.created_ms
    origin_ms: Any = event.origin_ms
    return Interaction(
        interaction_id=event.interaction_id,
        channel=shared(event.channel),
        queue=shared(event.queue),
        created_ms=created_ms,
        origin_ms=created_ms if origin_ms == created_ms else origin_ms,
        sequence=event.sequence,
        customer_id=event.customer_id,
        conversation_id=event.conversation_id,
        priority=event.priority,
        requirements=shared(event.requirements),
        attributes=bytes(event.attributes),
        preferred=tuple([(shared(agent_id), ppm) for agent_id, ppm in event.preferred]),
        excluded_agents=tuple([shared(agent_id) for agent_id in event.excluded_agents]),
        state=following(INTERACTION, InteractionState.NEW, event),
    )


def _left(
    world: World, event: ev.InteractionCancelled | ev.InteractionDiverted, now_ms: int
) -> None:
    interaction = world.state.interactions.take(event.interaction_id)
    outcome = following(INTERACTION, interaction.state, event)
    if interaction.state is InteractionState.SUSPENDED:
        forget_suspension(world, event.interaction_id)
    else:
        goes(world, interaction, now_ms)
        if isinstance(event, ev.InteractionCancelled):
            gives_up(world, interaction, event.waited_ms, now_ms)
        world.index.dequeue(interaction)
        unwatch(world, interaction)
    stop_steps(world, interaction)
    forget_declines(world, event.interaction_id)
    forget_exclusions(world, interaction)
    _forget_besides(world, event.interaction_id)
    ended = Ended(outcome, event.interaction_id, "", now_ms)
    world.state.ended_interactions.add(event.interaction_id, ended)


def _requeued(world: World, event: ev.InteractionRequeued, now_ms: int) -> None:
    interaction = world.state.interactions[event.interaction_id]
    interaction.state = following(INTERACTION, interaction.state, event)
    assignment = world.state.assignments.take(event.interaction_id)
    following(ASSIGNMENT, assignment.state, event)
    spell_ends(world, interaction, assignment, now_ms)
    _release(world, event.interaction_id, event.agent_id, now_ms)
    exclude(world, interaction, event.agent_id, event.excluded_until_ms, now_ms)
    returns(world, interaction)
    if event.history_ppm:
        known = {**dict(interaction.preferred), event.agent_id: event.history_ppm}
        interaction.preferred = tuple(sorted(known.items()))
    world.enqueue(interaction)
    comes(world, interaction, now_ms)
    watch(world, interaction)


def _completed(world: World, event: ev.InteractionCompleted, now_ms: int) -> None:
    interaction = world.state.interactions[event.interaction_id]
    interaction.state = following(INTERACTION, interaction.state, event)
    assignment = world.state.assignments[event.interaction_id]
    assignment.state = following(ASSIGNMENT, assignment.state, event)
    assignment.completed_ms = now_ms
    if event.wrap_up_until_ms > now_ms:
        assignment.wrap_up_until_ms = event.wrap_up_until_ms
        world.timers.add(wrap_up_timer(assignment))


def _wrap_up_extended(world: World, event: ev.InteractionWrapUpExtended, now_ms: int) -> None:
    interaction = world.state.interactions[event.interaction_id]
    interaction.state = following(INTERACTION, interaction.state, event)
    assignment = world.state.assignments[event.interaction_id]
    assignment.state = following(ASSIGNMENT, assignment.state, event)
    world.timers.cancel(wrap_up_timer(assignment))
    assignment.wrap_up_until_ms = event.wrap_up_until_ms
    world.timers.add(wrap_up_timer(assignment))


def _wrapped_up(world: World, event: ev.InteractionWrappedUp, now_ms: int) -> None:
    interaction = world.state.interactions.take(event.interaction_id)
    outcome = following(INTERACTION, interaction.state, event)
    assignment = world.state.assignments.take(event.interaction_id)
    following(ASSIGNMENT, assignment.state, event)
    if assignment.wrap_up_until_ms:
        world.timers.cancel(wrap_up_timer(assignment))
    forget_exclusions(world, interaction)
    _forget_besides(world, event.interaction_id)
    world.index.finished(event.interaction_id)
    spell_ends(world, interaction, assignment, now_ms)
    _release(world, event.interaction_id, event.agent_id, now_ms)
    ended = Ended(outcome, event.interaction_id, event.agent_id, now_ms)
    world.state.ended_interactions.add(event.interaction_id, ended)


def _noted(world: World, event: ev.InteractionNoted, now_ms: int) -> None:
    state = world.state
    if event.interaction_id in state.interactions:  # of what is over, the journal alone knows
        notes = state.notes.get(event.interaction_id, ())
        added = Note(now_ms, event.author, event.text)
        state.notes[event.interaction_id] = (*notes, added)


def _forget_besides(world: World, interaction_id: str) -> None:
    """Forget what is known of few interactions alone."""
    state = world.state
    state.links.discard(interaction_id)
    state.given.discard(interaction_id)
    state.attempts.discard(interaction_id)
    state.notes.discard(interaction_id)
    state.labels.discard(interaction_id)
    state.targets.discard(interaction_id)
    state.answered.discard(interaction_id)
    state.shut.discard(interaction_id)
    if state.producers:
        count_ended(world, interaction_id)


def wrap_up_timer(assignment: Assignment) -> Timer:
    """When the time for wrap-up is over."""
    key = (assignment.interaction_id,)
    return Timer(assignment.wrap_up_until_ms, TimerKind.WRAP_UP, key)


def _release(world: World, interaction_id: str, agent_id: str, now_ms: int) -> None:
    agent = world.state.agents[agent_id]
    strike(world, agent, interaction_id)
    agent.idle_since_ms = now_ms
    world.agent_changed(agent)
    world.drop_idle_offline(agent)


FOLDS: Folds = {
    ev.InteractionCreated: _created,
    ev.InteractionCancelled: _left,
    ev.InteractionDiverted: _left,
    ev.InteractionRequeued: _requeued,
    ev.InteractionNoted: _noted,
    ev.InteractionCompleted: _completed,
    ev.InteractionWrapUpExtended: _wrap_up_extended,
    ev.InteractionWrappedUp: _wrapped_up,
}
