"""Decisions on the whole tenant: its policy, and whether it takes new interactions."""

from __future__ import annotations

from collections.abc import Iterator

from router import commands as cmd
from router import events as ev
from router.decide.turn import Outcome, Turn
from router.eligibility.plan import skills_in
from router.errors import CommandError, PolicyError
from router.policy import Policy, parse_policy

__all__ = ("replace_policy", "set_intake")


def replace_policy(turn: Turn, command: cmd.ReplacePolicy) -> Outcome:
    """A new policy is in force, unless it is the same or lacks what open interactions use."""
    try:
        policy = parse_policy(command.policy)
    except PolicyError as error:
        field = error.problems[0].field
        raise CommandError("policy_invalid", str(error), f"policy.{field}") from None
    conflicts = list(_conflicts(turn, policy))
    if conflicts:
        raise CommandError("policy_conflict", "; ".join(conflicts), "policy")
    document = policy.model_dump(mode="json")
    if document == turn.world.state.policy:
        return Outcome.REPEATED
    turn.emit(
        ev.PolicyReplaced(
            cause=turn.cause,
            version=turn.world.state.policy_version + 1,
            policy=document,
            changed_by=command.changed_by,
            comment=command.comment,
        )
    )
    return Outcome.DONE


def set_intake(turn: Turn, command: cmd.SetIntake) -> Outcome:
    """Open or close intake of new interactions."""
    state = turn.world.state
    if (state.intake_open, state.intake_reason) == (command.open, command.reason):
        return Outcome.REPEATED
    turn.emit(ev.IntakeChanged(cause=turn.cause, open=command.open, reason=command.reason))
    return Outcome.DONE


def _conflicts(turn: Turn, policy: Policy) -> Iterator[str]:
    """What open interactions use and the policy lacks, in words."""
    interactions = turn.world.state.interactions.values()
    skills = {
        skill for i in interactions for r in (*i.requirements, *i.asked) for skill in skills_in(r)
    }
    missing = {
        "channel": {i.channel for i in interactions} - policy.channels.keys(),
        "queue": {i.queue for i in interactions} - policy.queues.keys(),
        "skill": skills - policy.skills.keys(),
    }
    for kind, names in missing.items():
        for name in sorted(names):
            yield f"{kind} {name!r} is used by open interactions and missing from the policy"
