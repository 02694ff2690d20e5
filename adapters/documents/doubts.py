"""What is valid in rules, workflows, overflow and pools, and can hardly be meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from adapters.documents.marked_yaml import FieldPath
from adapters.documents.membership_doubts import membership_doubts
from router.commands import AskedRequirement
from router.eligibility.tree import nodes_of
from router.policy import Overflow, Policy
from router.scales import scale_of

__all__ = ("doubts",)


def doubts(policy: Policy) -> Iterator[tuple[FieldPath, str]]:
    """Each doubt with the place that it is about."""
    yield from _unreached(policy)
    yield from _unfilled(policy)
    yield from _circles(policy)
    yield from membership_doubts(policy)
    yield from _first_for_nobody(policy)
    yield from _offered_again_at_once(policy)
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
    for name, pool in policy.pools.items():
        for asked in pool.require:
            yield from _beyond_the_scale(policy, ("pools", name, "require"), asked.requirement())


def _first_for_nobody(policy: Policy) -> Iterator[tuple[FieldPath, str]]:
    """Queues that put first what history ties to agents, where no history counts."""
    if any((policy.history.last_agent, policy.history.owner, policy.history.outcome)):
        return
    for name, queue in policy.queues.items():
        if queue.preferred_first:
            yield ("queues", name, "preferred_first"), "no kind of history counts in this policy"


def _offered_again_at_once(policy: Policy) -> Iterator[tuple[FieldPath, str]]:
    """What is declined comes back to the same agent, before all that is younger."""
    if not policy.decline_retry_s and not all(queue.rescue for queue in policy.queues.values()):
        message = (
            "who declines is offered the same again at once, and others wait behind it; give a "
            "time, or every queue a rescue"
        )
        yield ("decline_retry_s",), message


def _circles(policy: Policy) -> Iterator[tuple[FieldPath, str]]:
    """Overflow rules that lead back to their own queue, by whatever way."""
    after = {
        name: {further for rule in one.overflow for _, further in _further(rule)} - {name}
        for name, one in policy.queues.items()
    }
    for name, queue in policy.queues.items():
        for place, rule in enumerate(queue.overflow):
            for field, further in _further(rule):
                if further != name and name in _reached(after, further):
                    message = (
                        f"from {further} it may come back here: where all of the circle pass it "
                        "on, it waits where it belongs"
                    )
                    yield ("queues", name, "overflow", place, *field), message


def _further(rule: Overflow) -> Iterator[tuple[FieldPath, str]]:
    """The queues to which a rule may pass on, with the fields that name them."""
    if rule.queue is not None:
        yield ("queue",), rule.queue
    for place, name in enumerate(rule.shortest_of):
        yield ("shortest_of", place), name


def _reached(after: Mapping[str, set[str]], first: str) -> set[str]:
    found, ahead = {first}, [first]
    while ahead:
        further = after[ahead.pop()] - found
        found |= further
        ahead += further
    return found


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


def _unfilled(policy: Policy) -> Iterator[tuple[FieldPath, str]]:
    """Buckets behind one that takes everything."""
    for name, queue in policy.queues.items():
        for place, bucket in enumerate(queue.buckets[:-1]):
            if bucket.when is None:
                message = "it takes everything: nothing ever stands in the buckets behind it"
                yield ("queues", name, "buckets", place), message
                break


def _beyond_the_scale(
    policy: Policy, path: FieldPath, requirement: AskedRequirement
) -> Iterator[tuple[FieldPath, str]]:
    for node in nodes_of(requirement, ""):
        asked = node.requirement
        skill = policy.skills.get(asked.skill)
        if skill is None or asked.op not in (">=", ">", "=", "between"):
            continue
        scale = scale_of(skill.levels, skill.lowest, skill.best)
        told = scale.told(1) if asked.level is None else asked.level
        if scale.inside(told) + (asked.op == ">") > scale.levels:
            message = (
                f"no agent can meet {asked.skill} {asked.op} {told}: "
                f"its levels go to {scale.told(scale.levels)}"
            )
            yield path, message
