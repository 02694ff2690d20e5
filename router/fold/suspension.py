"""Folds of events about suspension: who is aside waits for nobody, and nobody for them; and of
attempts to call back that have failed."""

from __future__ import annotations

import msgspec

from router import events as ev
from router.fold.asking import unwatch, watch
from router.fold.registry import Folds
from router.fold.steps import stop_steps
from router.fold.waits import comes, goes
from router.lifecycle import INTERACTION, InteractionState, following
from router.state import Suspended
from router.timer import Timer, TimerKind
from router.world import World

__all__ = ("FOLDS", "forget_suspension", "suspension_timer")


def _suspended(world: World, event: ev.InteractionSuspended, now_ms: int) -> None:
    interaction = world.state.interactions[event.interaction_id]
    since_ms = now_ms
    if interaction.state is InteractionState.SUSPENDED:
        since_ms = forget_suspension(world, event.interaction_id).since_ms
    else:
        unwatch(world, interaction)
        goes(world, interaction, now_ms)
        world.index.dequeue(interaction)
        stop_steps(world, interaction)
    interaction.state = following(INTERACTION, interaction.state, event)
    world.state.suspended[event.interaction_id] = Suspended(
        since_ms=since_ms,
        until_ms=event.until_ms,
        inbox=world.shared(event.inbox),
        keeps_place=event.keeps_place,
    )
    if event.until_ms:
        world.timers.add(suspension_timer(event.interaction_id, event.until_ms))


def _due(world: World, event: ev.InteractionDue, now_ms: int) -> None:
    interaction = world.state.interactions[event.interaction_id]
    interaction.state = following(INTERACTION, interaction.state, event)
    suspended = forget_suspension(world, event.interaction_id)
    told = msgspec.structs.replace(suspended, until_ms=0, inbox="")
    world.state.suspended[event.interaction_id] = told


def _resumed(world: World, event: ev.InteractionResumed, now_ms: int) -> None:
    interaction = world.state.interactions[event.interaction_id]
    interaction.state = following(INTERACTION, interaction.state, event)
    forget_suspension(world, event.interaction_id)
    interaction.origin_ms = event.origin_ms
    world.enqueue(interaction)
    comes(world, interaction, now_ms)
    watch(world, interaction)


def _attempt_failed(world: World, event: ev.AttemptFailed, now_ms: int) -> None:
    interaction = world.state.interactions[event.interaction_id]
    interaction.state = following(INTERACTION, interaction.state, event)
    world.state.attempts[event.interaction_id] = event.attempt


def forget_suspension(world: World, interaction_id: str) -> Suspended:
    """No time ends it any more, and nothing is known of it; what was."""
    suspended = world.state.suspended.take(interaction_id)
    if suspended.until_ms:
        world.timers.cancel(suspension_timer(interaction_id, suspended.until_ms))
    return suspended


def suspension_timer(interaction_id: str, until_ms: int) -> Timer:
    """When a suspension ends by itself, or somebody is told."""
    return Timer(until_ms, TimerKind.SUSPENSION, (interaction_id,))


FOLDS: Folds = {
    ev.AttemptFailed: _attempt_failed,
    ev.InteractionSuspended: _suspended,
    ev.InteractionDue: _due,
    ev.InteractionResumed: _resumed,
}
