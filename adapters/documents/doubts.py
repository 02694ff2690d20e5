"""What is valid in rules and workflows, and can hardly be meant."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.documents.marked_yaml import FieldPath
from router.commands import Requirement
from router.eligibility.tree import nodes_of
from router.policy import Policy

__all__ = ("doubts",)


def doubts(policy: Policy) -> Iterator[tuple[FieldPath, str]]:
    """Each doubt with the place that it is about."""
    yield from _unreached(policy)
    for place, rule in enumerate(policy.classification):
        for within, effect in rule.effects():
            path = ("classification", place, *within, "add")
            for asked in effect.add:
                yield from _beyond_the_scale(policy, path, asked.requirement())
    for name, workflow in policy.workflows.items():
        for number, step in enumerate(workflow.steps):
            for field in ("require", "widen", "add"):
                path = ("workflows", name, "steps", number, field)
                for requirement in step.requirements(field):
                    yield from _beyond_the_scale(policy, path, requirement)


def _unreached(policy: Policy) -> Iterator[tuple[FieldPath, str]]:
    used = {queue.workflow for queue in policy.queues.values()}
    for name in policy.workflows:
        if name not in used:
            yield ("workflows", name), "no queue uses this workflow"
    for place, rule in enumerate(policy.classification[:-1]):
        if rule.when is None and rule.then == "stop":
            message = "it applies to everything and stops: the rules behind it are never reached"
            yield ("classification", place), message
            return


def _beyond_the_scale(
    policy: Policy, path: FieldPath, requirement: Requirement
) -> Iterator[tuple[FieldPath, str]]:
    for node in nodes_of(requirement, ""):
        asked = node.requirement
        skill = policy.skills.get(asked.skill)
        least = asked.level + (asked.op == ">")
        if skill is not None and asked.op in (">=", ">", "=", "between") and least > skill.levels:
            message = (
                f"no agent can meet {asked.skill} {asked.op} {asked.level}: "
                f"its levels go to {skill.levels}"
            )
            yield path, message
