"""What is derived, built from a state as a whole, as its folds would have left it."""

from __future__ import annotations

from collections.abc import Iterator

from router.fold.asking import requirement_timer
from router.fold.exclusions import exclusion_timer
from router.fold.groups import review_timer
from router.fold.idle import waking_timer
from router.fold.interactions import wrap_up_timer
from router.fold.offers import offer_timer
from router.fold.steps import step_timer
from router.fold.suspension import suspension_timer
from router.state import Interaction, State
from router.timer import Timer
from router.world import World

__all__ = ("rebuild",)


def rebuild(world: World) -> Iterator[None]:
    """Build index, timers and all else for a world that has been given a state and nothing yet, a
    little with each step."""
    yield from world.begin()
    yield from world.timers.filling(_timers(world.state))


def _timers(state: State) -> Iterator[Timer]:
    """Every timer of a state."""
    for interaction in state.interactions.contents():
        yield from _timers_of(interaction)
    for offer in state.offers.values():
        yield offer_timer(offer)
    for assignment in state.assignments.contents():
        if assignment.wrap_up_until_ms:
            yield wrap_up_timer(assignment)
    for interaction_id, suspended in state.suspended.pairs():
        if suspended.until_ms:
            yield suspension_timer(interaction_id, suspended.until_ms)
    for interaction_id, until_ms in state.waking.items():
        yield waking_timer(interaction_id, until_ms)
    for queue, due_ms in state.reviews.items():
        yield review_timer(queue, due_ms)


def _timers_of(interaction: Interaction) -> Iterator[Timer]:
    for timer in (requirement_timer(interaction), step_timer(interaction)):
        if timer is not None:
            yield timer
    for exclusion in interaction.exclusions:
        yield exclusion_timer(interaction, exclusion)
