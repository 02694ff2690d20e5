"""Folds of events by which an interaction asks for something else: updates, steps, moves."""

from __future__ import annotations

from router import events as ev
from router.commands import Requirement
from router.fold.asking import unwatch, watch
from router.fold.registry import Folds
from router.fold.waits import comes, goes
from router.given import given_of
from router.lifecycle import INTERACTION, InteractionState, following
from router.state import Interaction, Progress
from router.timer import Timer, TimerKind
from router.world import World

__all__ = ("FOLDS", "forget_declines", "step_timer", "stop_steps")


def _updated(world: World, event: ev.InteractionUpdated, now_ms: int) -> None:
    interaction = world.state.interactions[event.interaction_id]
    world.state.given[event.interaction_id] = None
    unwatch(world, interaction)
    interaction.state = following(INTERACTION, interaction.state, event)
    _ask_anew(world, interaction, event.priority, event.requirements)


def _expired(world: World, event: ev.RequirementsExpired, now_ms: int) -> None:
    interaction = world.state.interactions[event.interaction_id]
    unwatch(world, interaction)
    interaction.state = following(INTERACTION, interaction.state, event)
    _ask_anew(world, interaction, interaction.asked_priority, event.requirements)


def _ask_anew(
    world: World, interaction: Interaction, priority: int, asked: tuple[Requirement, ...]
) -> None:
    """Something else is asked before any step: it holds until a step changes it again."""
    requirements = world.shared(asked)
    if interaction.progress is not None:
        interaction.progress.priority = priority
        interaction.progress.requirements = requirements
    _ask(world, interaction, priority, requirements, interaction.queue)
    watch(world, interaction)


def _stepped(world: World, event: ev.InteractionStepped, now_ms: int) -> None:
    interaction = world.state.interactions[event.interaction_id]
    interaction.state = following(INTERACTION, interaction.state, event)
    asked, asked_priority = interaction.asked, interaction.asked_priority
    stop_steps(world, interaction)
    interaction.progress = None
    if event.step or event.delayed or event.priority != asked_priority:
        interaction.progress = Progress(
            asked,
            asked_priority,
            event.step,
            event.until_ms,
            event.only_preferred,
            event.delayed,
            event.continues,
            event.history_at_least_ppm,
        )
    world.state.shut.discard(event.interaction_id)
    if event.shut:
        world.state.shut[event.interaction_id] = world.shared(event.shut)
    timer = step_timer(interaction)
    if timer is not None:
        world.timers.add(timer)
    requirements = world.shared(event.requirements)
    _ask(world, interaction, event.priority, requirements, interaction.queue)


def _reclassified(world: World, event: ev.InteractionReclassified, now_ms: int) -> None:
    interaction = world.state.interactions[event.interaction_id]
    world.state.given[event.interaction_id] = given_of(world, interaction)
    forget_declines(world, event.interaction_id)
    unwatch(world, interaction)
    interaction.state = following(INTERACTION, interaction.state, event)
    stop_steps(world, interaction)
    world.state.shut.discard(event.interaction_id)
    interaction.progress = None
    _relabel(world, event)
    _allow(world, event.interaction_id, event.target_ms)
    requirements = world.shared(event.requirements)
    _ask_in(world, interaction, event.priority, requirements, event.queue, now_ms)
    watch(world, interaction)


def _relabel(world: World, event: ev.InteractionReclassified) -> None:
    labels = world.state.labels
    if event.label:
        labels[event.interaction_id] = world.shared(event.label)
    else:
        labels.discard(event.interaction_id)


def _allow(world: World, interaction_id: str, target_ms: int) -> None:
    """It has this target of its own from here on, or (0) none."""
    targets = world.state.targets
    if target_ms:
        targets[interaction_id] = target_ms
    else:
        targets.discard(interaction_id)


def _moved(world: World, event: ev.InteractionMoved, now_ms: int) -> None:
    interaction = world.state.interactions[event.interaction_id]
    world.state.given[event.interaction_id] = None
    interaction.state = following(INTERACTION, interaction.state, event)
    asked, asked_priority = interaction.asked, interaction.asked_priority
    stop_steps(world, interaction)
    world.state.shut.discard(event.interaction_id)
    forget_declines(world, event.interaction_id)
    interaction.progress = None
    _ask_in(world, interaction, asked_priority, asked, event.queue, now_ms)


def _ask_in(
    world: World,
    interaction: Interaction,
    priority: int,
    requirements: tuple[Requirement, ...],
    queue: str,
    now_ms: int,
) -> None:
    """Something else is asked of agents from here on, in a queue that may be another one."""
    changes = interaction.state is InteractionState.QUEUED and queue != interaction.queue
    if changes:
        goes(world, interaction, now_ms)
    _ask(world, interaction, priority, requirements, world.shared(queue))
    if changes:
        comes(world, interaction, now_ms)


def _ask(
    world: World,
    interaction: Interaction,
    priority: int,
    requirements: tuple[Requirement, ...],
    queue: str,
) -> None:
    """Something else is asked of agents from here on, or in another queue."""
    world.index.displace(interaction)
    interaction.priority, interaction.requirements = priority, requirements
    interaction.queue = queue
    world.place(interaction)


def stop_steps(world: World, interaction: Interaction) -> None:
    """No step ends by itself any more."""
    progress, timer = interaction.progress, step_timer(interaction)
    if progress is not None and timer is not None:
        world.timers.cancel(timer)
        progress.until_ms = 0


def step_timer(interaction: Interaction) -> Timer | None:
    """When the step ends or goes on in which something stands; None: it stays there for good."""
    progress = interaction.progress
    if progress is None or not progress.until_ms:
        return None
    return Timer(progress.until_ms, TimerKind.STEP, (interaction.interaction_id,))


def forget_declines(world: World, interaction_id: str) -> None:
    """How many offers have failed counts no more: somebody has it, it has moved, or is over."""
    world.state.declines.pop(interaction_id, None)


FOLDS: Folds = {
    ev.InteractionUpdated: _updated,
    ev.RequirementsExpired: _expired,
    ev.InteractionStepped: _stepped,
    ev.InteractionMoved: _moved,
    ev.InteractionReclassified: _reclassified,
}
