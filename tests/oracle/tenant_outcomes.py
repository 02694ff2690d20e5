"""What a command about the whole tenant may come to (docs/protocol.md)."""

from __future__ import annotations

from router import commands as cm
from router.errors import PolicyError
from router.policy import parse_policy
from tests.oracle.asked import EFFECT, REPEATED, Asked, Outcomes, one
from tests.oracle.conditions import skills_in
from tests.oracle.versions import version_of_policy


def replace_policy(asked: Asked, command: cm.ReplacePolicy) -> Outcomes:
    try:
        policy = parse_policy(command.policy)
    except PolicyError:
        return one("policy_invalid")
    outcomes = frozenset((EFFECT, REPEATED))
    if command.if_version not in {None, version_of_policy(asked.floor)}:
        return frozenset((REPEATED, "version_mismatch"))
    if not asked.floor.changes_policy_at_once():
        return outcomes
    for interaction in asked.floor.interactions.values():
        if interaction.ended:
            continue
        skills = skills_in((*interaction.requirements, *interaction.asked))
        if (
            interaction.channel not in policy.channels
            or interaction.queue not in policy.queues
            or not skills <= policy.skills.keys()
        ):
            return one("policy_conflict")
    return outcomes


def set_intake(asked: Asked, command: cm.SetIntake) -> Outcomes:
    before = asked.floor.intake_open, asked.floor.intake_reason
    return one(REPEATED if before == (command.open, command.reason) else EFFECT)
