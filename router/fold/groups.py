"""Folds of what follows from groups: when those of a queue are looked at, and which are open.

They are looked at every so often while somebody waits in the queue or one of them is open; nothing
stands in the journal of a queue at rest.
"""

from __future__ import annotations

from router import events as ev
from router.fold.registry import Folds
from router.groups import group_key, keys_of
from router.timer import Timer, TimerKind
from router.world import World

__all__ = ("FOLDS", "begin_reviews", "keep_known_groups", "review_timer")


def begin_reviews(world: World, queue: str, now_ms: int) -> None:
    """Somebody waits in a queue: its groups are looked at from now on, if it has any."""
    activation = world.rules.activations.get(queue)
    reviews = world.state.reviews
    if activation is not None and queue not in reviews:
        reviews[queue] = now_ms + activation.every_ms
        world.timers.add(review_timer(queue, reviews[queue]))


def keep_known_groups(world: World, now_ms: int) -> None:
    """Another policy is in force: groups that it does not have are closed, and what is left is
    looked at as it says."""
    state, activations = world.state, world.rules.activations
    for queue in list(state.reviews):
        _end_reviews(world, queue)
    known = keys_of(activations)
    for key in [key for key in state.open_groups if key not in known]:
        del state.open_groups[key]
        world.group_changed(key)
    for queue in activations:
        _go_on(world, queue, now_ms)


def _reviewed(world: World, event: ev.GroupsReviewed, now_ms: int) -> None:
    open_groups = world.state.open_groups
    _end_reviews(world, event.queue)
    for name in event.opened:
        open_groups[group_key(event.queue, name)] = now_ms
    for name in event.closed:
        del open_groups[group_key(event.queue, name)]
    for name in (*event.opened, *event.closed):
        world.group_changed(group_key(event.queue, name))
    if event.opened:
        world.look_anew()
    _go_on(world, event.queue, now_ms)


def _go_on(world: World, queue: str, now_ms: int) -> None:
    """Look again after a while, if there is still something to look at."""
    groups = world.rules.activations[queue].groups
    open_groups = world.state.open_groups
    if world.index.waiting_in(queue) or any(
        group_key(queue, group.name) in open_groups for group in groups
    ):
        begin_reviews(world, queue, now_ms)


def _end_reviews(world: World, queue: str) -> None:
    world.timers.cancel(review_timer(queue, world.state.reviews.pop(queue)))


def review_timer(queue: str, due_ms: int) -> Timer:
    """When the groups of a queue are looked at next."""
    return Timer(due_ms, TimerKind.REVIEW, (queue,))


FOLDS: Folds = {ev.GroupsReviewed: _reviewed}
