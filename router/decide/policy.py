"""Decisions on the policy: one is announced, made ready for, and in force, or dropped.

Where little is open all of it happens at once. Otherwise the policy is announced, and answered when
it is in force: what is open is made ready for it a little with every batch (router/migration.py).
"""

from __future__ import annotations

from typing import Any, Final

from router import commands as cmd
from router import events as ev
from router import limits
from router.decide.classifying import reclassify
from router.decide.turn import Outcome, Turn
from router.errors import CommandError, InvariantError, PolicyError, VersionMismatch
from router.migration import lacks
from router.policy import Policy, parse_policy
from router.state import Announced, State

__all__ = ("go_on", "replace_policy")

KIND: Final = "replace_policy"


def replace_policy(turn: Turn, command: cmd.ReplacePolicy) -> Outcome:
    """A new policy is in force or on its way, unless it is so already or lacks what open
    interactions use."""
    state = turn.world.state
    policy = _parsed(command.policy)
    document = policy.model_dump(mode="json")
    announced = state.announced
    if _is_said(state, document, reclassify=command.reclassify):
        return Outcome.REPEATED
    _require_version(state, command)
    at_once = len(state.agents) + len(state.interactions) <= turn.world.policy_at_once_max
    if at_once:
        _check(turn, policy)
    if announced is not None:
        _drop(turn, announced, "another policy came after it")
    if document == state.policy and not command.reclassify:
        return Outcome.DONE
    if at_once:
        _put_in_force(turn, document, command)
        return Outcome.DONE
    turn.emit(
        ev.PolicyAnnounced(
            cause=turn.cause,
            policy=document,
            changed_by=command.changed_by,
            comment=command.comment,
            reclassify=command.reclassify,
            reply_to=command.reply_to,
            reply_json=turn.is_json,
            command_id=command.command_id,
        )
    )
    return Outcome.PENDING


def go_on(turn: Turn, commands: int) -> None:
    """Between two batches, of which one had so many commands: go on with what a policy has left to
    do, as far as it costs little."""
    world = turn.world
    if not world.is_behind:
        return
    reclassify(turn)
    if world.migration is not None:
        world.migration.advance(limits.MIGRATED_AT_ONCE + commands)
        if world.migration.is_over:
            _end(turn, world.migration.lacking)
    world.catch_up(limits.LOOKED_AT_AT_ONCE)


def _end(turn: Turn, lacking: set[str]) -> None:
    """What is open has been made ready: the announced policy is in force, or lacks something."""
    announced = turn.world.state.announced
    if announced is None:
        raise InvariantError("a policy was made ready for that nobody announced")
    turn.cause = announced.cause
    if lacking:
        _drop(turn, announced, "; ".join(sorted(lacking)))
    else:
        _put_in_force(turn, announced.policy, announced)
        _confirm(turn, announced)
    turn.cause = ""


def _is_said(state: State, document: dict[str, Any], *, reclassify: bool) -> bool:
    """Whether this very policy is in force, or on its way, and nothing else is asked for."""
    if state.announced is not None:
        announced = state.announced
        return (document, reclassify) == (announced.policy, announced.reclassify)
    return document == state.policy and not reclassify


def _require_version(state: State, command: cmd.ReplacePolicy) -> None:
    """That nobody has changed the policy since, or is about to, or VersionMismatch."""
    version = str(state.policy_version)
    if command.if_version is None:
        return
    if state.announced is not None:
        version = str(state.policy_version + 1)
    if command.if_version != version:
        raise VersionMismatch(version)


def _parsed(document: dict[str, Any]) -> Policy:
    try:
        return parse_policy(document)
    except PolicyError as error:
        field = error.problems[0].field
        raise CommandError("policy_invalid", str(error), f"policy.{field}") from None


def _check(turn: Turn, policy: Policy) -> None:
    """What open interactions use is in the policy, or CommandError."""
    interactions = turn.world.state.interactions.values()
    lacking = {words for interaction in interactions for words in lacks(interaction, policy)}
    if lacking:
        raise CommandError("policy_conflict", "; ".join(sorted(lacking)), "policy")


def _put_in_force(
    turn: Turn, document: dict[str, Any], asked: cmd.ReplacePolicy | Announced
) -> None:
    turn.emit(
        ev.PolicyReplaced(
            cause=turn.cause,
            version=turn.world.state.policy_version + 1,
            policy=document,
            changed_by=asked.changed_by,
            comment=asked.comment,
            reclassify=asked.reclassify,
        )
    )


def _confirm(turn: Turn, announced: Announced) -> None:
    if announced.reply_to is not None:
        turn.emit(
            ev.Confirmed(
                cause=announced.cause,
                command=KIND,
                target="",
                reply_to=announced.reply_to,
                reply_json=announced.reply_json,
                command_id=announced.command_id,
            )
        )


def _drop(turn: Turn, announced: Announced, reason: str) -> None:
    """An announced policy will not be in force; whoever sent it is told why."""
    turn.emit(ev.PolicyDropped(cause=turn.cause, reason=reason))
    turn.emit(
        ev.Rejected(
            cause=announced.cause,
            command=KIND,
            code="policy_conflict",
            detail=reason,
            field="policy",
            command_id=announced.command_id,
            reply_to=announced.reply_to or "",
            reply_json=announced.reply_json,
        )
    )
