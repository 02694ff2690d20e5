"""Folds of events about the whole tenant, and of those that change nothing."""

from __future__ import annotations

from router import events as ev
from router.errors import InvariantError
from router.fold.groups import keep_known_groups
from router.fold.handling import keep_known_kinds
from router.fold.outcomes import keep_known_levels
from router.fold.quiet import listen
from router.fold.registry import Folds, ignore
from router.fold.waits import keep_known_queues
from router.state import Announced
from router.world import World

__all__ = ("FOLDS",)


def _leader_started(world: World, event: ev.LeaderStarted, now_ms: int) -> None:
    if event.epoch <= world.state.epoch:
        raise InvariantError(f"epoch {event.epoch} does not follow epoch {world.state.epoch}")
    world.state.epoch = event.epoch
    # offer ids are <epoch>-<count>: a new epoch never repeats an id, even one whose record was lost
    world.state.offer_sequence = 0


def _policy_announced(world: World, event: ev.PolicyAnnounced, now_ms: int) -> None:
    world.state.announced = Announced(
        policy=event.policy,
        changed_by=event.changed_by,
        comment=event.comment,
        reclassify=event.reclassify,
        cause=event.cause,
        reply_to=event.reply_to,
        reply_json=event.reply_json,
        command_id=event.command_id,
    )
    world.announce_policy(event.policy)


def _policy_dropped(world: World, event: ev.PolicyDropped, now_ms: int) -> None:
    if world.state.announced is None:
        raise InvariantError("no policy was announced")
    world.state.announced = None
    world.migration = None


def _policy_replaced(world: World, event: ev.PolicyReplaced, now_ms: int) -> None:
    world.state.announced = None
    world.state.policy_version = event.version
    world.state.policy = event.policy
    for agent in world.state.agents.values():
        agent.share_pass = 0
    world.install_policy(event.policy)
    # a bucket fills at the rate of its policy
    world.state.buckets.clear()
    listen(world, now_ms)
    keep_known_queues(world)
    keep_known_levels(world)
    keep_known_groups(world, now_ms)
    keep_known_kinds(world)
    if event.reclassify or world.state.reclassifying:
        world.state.reclassifying = True
        world.unclassified = world.state.interactions.gradually()


def _reclassification_ended(world: World, event: ev.ReclassificationEnded, now_ms: int) -> None:
    if not world.state.reclassifying:
        raise InvariantError("nothing is being classified anew")
    world.state.reclassifying = False
    world.unclassified = None


def _intake_changed(world: World, event: ev.IntakeChanged, now_ms: int) -> None:
    world.state.intake_open = event.open
    world.state.intake_reason = event.reason
    world.state.intake_code = event.code
    world.state.intake_retry_ms = event.retry_after_ms


def _scarcity_priced(world: World, event: ev.ScarcityPriced, now_ms: int) -> None:
    world.state.priced_sequence = event.sequence
    for agent_id, price_ppm in event.prices_ppm.items():
        agent = world.state.agents[agent_id]
        agent.price_ppm = price_ppm
        world.index.price_changed(agent)


FOLDS: Folds = {
    ev.LeaderStarted: _leader_started,
    ev.RecordsRestored: ignore,
    ev.PolicyAnnounced: _policy_announced,
    ev.PolicyDropped: _policy_dropped,
    ev.PolicyReplaced: _policy_replaced,
    ev.ReclassificationEnded: _reclassification_ended,
    ev.IntakeChanged: _intake_changed,
    ev.ScarcityPriced: _scarcity_priced,
    ev.WaitEstimated: ignore,
    ev.VersionMatched: ignore,
    ev.VersionTold: ignore,
    ev.Rejected: ignore,
    ev.Repeated: ignore,
    ev.Confirmed: ignore,
}
