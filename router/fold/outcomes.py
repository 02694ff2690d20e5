"""What folds tell of service levels: who was answered in time, late, or gave up before.

Counted once for each interaction, as for the metrics, in the queue in which it waited; and only for
the queues whose service level a condition of the policy asks for.
"""

from __future__ import annotations

from queues.outcomes import Outcomes
from queues.service_levels import count
from router.standing import target_ms_of
from router.state import Interaction
from router.world import World

__all__ = ("answers", "gives_up", "keep_known_levels", "returns")


def answers(world: World, interaction: Interaction, waited_ms: int, now_ms: int) -> None:
    """An agent takes it."""
    if not _counts(world, interaction):
        return
    target_ms = target_ms_of(world.rules, world.state, interaction)
    _count(world, interaction.queue, now_ms, in_target=waited_ms <= target_ms)


def gives_up(world: World, interaction: Interaction, waited_ms: int, now_ms: int) -> None:
    """Its customer does not wait any longer; who gives up soon is not counted."""
    if not _counts(world, interaction):
        return
    if waited_ms >= world.rules.short_abandon_ms[interaction.channel]:
        _count(world, interaction.queue, now_ms, in_target=False)


def returns(world: World, interaction: Interaction) -> None:
    """It comes back from an agent: it has been answered."""
    if world.rules.measures.levels:
        world.state.answered[interaction.interaction_id] = True


def keep_known_levels(world: World) -> None:
    """Forget what another policy does not ask for."""
    outcomes, levels = world.state.outcomes, world.rules.measures.levels
    for queue in [name for name in outcomes if name not in levels]:
        del outcomes[queue]


def _counts(world: World, interaction: Interaction) -> bool:
    levels = world.rules.measures.levels
    if interaction.queue not in levels:
        return False
    return interaction.interaction_id not in world.state.answered


def _count(world: World, queue: str, now_ms: int, *, in_target: bool) -> None:
    known = world.state.outcomes.get(queue)
    if known is None:
        known = world.state.outcomes[queue] = Outcomes()
    count(known, now_ms, in_target=in_target)
