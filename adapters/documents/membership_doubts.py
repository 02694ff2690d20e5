"""What is valid in profiles and pools, and can hardly be meant."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.documents.marked_yaml import FieldPath
from router.policy import Policy, Queue
from router.policy.conditions import placed

__all__ = ("membership_doubts",)


def membership_doubts(policy: Policy) -> Iterator[tuple[FieldPath, str]]:
    """Profiles that serve nothing, queues and pools that nobody names, delays that never end."""
    listed = {queue for profile in policy.profiles.values() for queue in profile.queues}
    for name, profile in policy.profiles.items():
        if not profile.queues:
            yield ("profiles", name), "it lists no queue: agents with this profile get nothing"
        priorities = {served.priority for served in profile.queues.values()}
        if len(priorities) == 1 and priorities != {1}:
            yield ("profiles", name, "queues"), "all have the same priority: none comes first"
        for queue, served in profile.queues.items():
            gone_s = _gone_s(policy, policy.queues[queue])
            if gone_s is not None and served.delay_s >= gone_s:
                message = f"never so old: it is sent away after {gone_s:g} s"
                yield ("profiles", name, "queues", queue, "delay_s"), message
    if policy.profiles:
        for name in policy.queues:
            if name not in listed:
                message = "no profile lists it: only agents without a profile serve it"
                yield ("queues", name), message
    yield from _unnamed(policy)
    yield from _idle_reserves(policy)


def _unnamed(policy: Policy) -> Iterator[tuple[FieldPath, str]]:
    steps = (step for workflow in policy.workflows.values() for step in workflow.steps)
    named = {queue.pool for queue in policy.queues.values()} | {step.pool for step in steps}
    active = [one.activation for one in policy.queues.values() if one.activation is not None]
    named |= {group.pool for activation in active for group in activation.groups}
    named |= {each.bounds.pool for each in placed(policy)}
    for name in policy.pools:
        if name not in named:
            yield ("pools", name), "no queue and no step names this pool"


def _idle_reserves(policy: Policy) -> Iterator[tuple[FieldPath, str]]:
    """Thresholds past which nobody comes."""
    served = [one.queues for one in policy.profiles.values()]
    for name, queue in policy.queues.items():
        overload = queue.activation.overload if queue.activation is not None else None
        if overload is not None and not any(q[name].reserve for q in served if name in q):
            message = "no profile is a reserve of this queue: nobody comes when it is past that"
            yield ("queues", name, "activation", "overload"), message


def _gone_s(policy: Policy, queue: Queue) -> float | None:
    """The age at which the last interaction of a queue has been sent away; None: never."""
    workflow = policy.workflows.get(queue.workflow or "")
    if workflow is None or not workflow.steps[-1].leaves:
        return None
    targets_s = {name: one.target_s for name, one in policy.channels.items()} | queue.targets_s
    longest_s = max(targets_s.values())
    return max(
        (step.until_s or (step.until_target or 0) * longest_s for step in workflow.steps[:-1]),
        default=0,
    )
