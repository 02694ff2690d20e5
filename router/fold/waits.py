"""What folds tell of the lines: who comes to wait, and who goes, to an agent or without one.

Whoever goes at the moment of coming has not waited: that says nothing of how long others will.
"""

from __future__ import annotations

from queues import waits
from queues.departures import Departures
from router import limits
from router.fold.groups import begin_reviews
from router.state import Interaction, Offer
from router.world import World

__all__ = ("comes", "comes_back", "goes", "goes_to_agent", "keep_known_queues")


def comes(world: World, interaction: Interaction, now_ms: int) -> None:
    """It waits from now on, and has not before; told once it stands in the index."""
    state = world.state
    if state.entered_ms != now_ms:
        state.entered_ms = now_ms
        state.entered.clear()
        is_new = interaction.sequence == state.sequence
        state.entered_from = state.sequence if is_new else state.sequence + 1
    if interaction.sequence < state.entered_from:
        state.entered.add(interaction.sequence)
    _line_grows(world, interaction, now_ms)


def comes_back(world: World, interaction: Interaction, offer: Offer, now_ms: int) -> None:
    """An agent has not taken it; told once it stands in the index."""
    if not offer.departed_from:
        comes(world, interaction, now_ms)
        return
    known = world.state.departures.get(offer.departed_from)
    if known is not None:
        waits.take_back(known)
        world.index.departed(offer.departed_from)
    _line_grows(world, interaction, now_ms)


def goes_to_agent(world: World, interaction: Interaction, now_ms: int) -> bool:
    """It is offered to somebody, and still stands in the index; whether it had waited."""
    known = world.state.departures.get(interaction.queue)
    if known is None:
        return False
    has_waited = _has_waited(world, interaction, now_ms)
    if has_waited:
        waits.depart(known, now_ms)
        world.index.departed(interaction.queue)
    _line_shrinks(world, known, interaction.queue, now_ms)
    return has_waited


def goes(world: World, interaction: Interaction, now_ms: int) -> None:
    """It does not wait there any more, and goes to nobody; it still stands in the index."""
    known = world.state.departures.get(interaction.queue)
    if known is None:
        return
    if _has_waited(world, interaction, now_ms):
        waits.leave(known, world.index.waiting_in(interaction.queue))
    _line_shrinks(world, known, interaction.queue, now_ms)


def keep_known_queues(world: World) -> None:
    """Forget the queues that the policy has no more."""
    departures = world.state.departures
    for queue in [name for name in departures if name not in world.rules.weights]:
        del departures[queue]


def _line_grows(world: World, interaction: Interaction, now_ms: int) -> None:
    queue, departures = interaction.queue, world.state.departures
    if world.rules.activations:
        begin_reviews(world, queue, now_ms)
    if world.index.waiting_in(queue) > 1:
        return
    known = departures.get(queue)
    if known is None:
        if len(departures) >= limits.QUEUES_TIMED_MAX:
            return
        known = departures[queue] = Departures()
    waits.resume_waiting(known, now_ms)


def _line_shrinks(world: World, known: Departures, queue: str, now_ms: int) -> None:
    if world.index.waiting_in(queue) == 1:
        waits.stop_waiting(known, now_ms)


def _has_waited(world: World, interaction: Interaction, now_ms: int) -> bool:
    state, sequence = world.state, interaction.sequence
    if state.entered_ms != now_ms:
        return True
    return sequence < state.entered_from and sequence not in state.entered
