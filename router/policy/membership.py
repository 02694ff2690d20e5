"""What profiles and pools say of the rest of a policy, and what the rest says of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from router.eligibility.tree import nodes_of
from router.errors import PolicyProblem
from router.limits import REQUIREMENT_NODES_MAX
from router.policy.asked import asked_problems, held_problems
from router.policy.document import Policy, Queue
from router.policy.names import unknown
from router.policy.profiles import RESERVES_MAX

__all__ = ("membership_problems",)


def membership_problems(policy: Policy) -> Iterator[PolicyProblem]:
    """Names that stand for nothing, defaults that no agent may have, pools that come too late."""
    yield from _profiles(policy)
    yield from _pools(policy)
    for name, queue in policy.queues.items():
        if queue.pool is not None and queue.pool not in policy.pools:
            path = ("queues", name, "pool")
            yield PolicyProblem(path, unknown("pool", queue.pool, policy.pools))
    yield from _steps(policy)
    yield from _reserves(policy)
    for name, queue in policy.queues.items():
        yield from _pools_of_queue(policy, name, queue)


def _profiles(policy: Policy) -> Iterator[PolicyProblem]:
    for name, profile in policy.profiles.items():
        path = ("profiles", name)
        for field, kind, named, known in (
            ("queues", "queue", profile.queues, policy.queues),
            ("maximums", "channel", profile.maximums, policy.channels),
        ):
            yield from _unknown_names((*path, field), kind, named, known)
        yield from held_problems(policy, profile.skills, (*path, "skills"))


def _pools(policy: Policy) -> Iterator[PolicyProblem]:
    for name, pool in policy.pools.items():
        for place, profile in enumerate(pool.profiles):
            if profile not in policy.profiles:
                path = ("pools", name, "profiles", place)
                yield PolicyProblem(path, unknown("profile", profile, policy.profiles))
        for asked in pool.require:
            yield from asked_problems(policy, asked.requirement(), ("pools", name, "require"))


def _steps(policy: Policy) -> Iterator[PolicyProblem]:
    for name, workflow in policy.workflows.items():
        for place, step in enumerate(workflow.steps):
            if step.pool is not None and step.pool not in policy.pools:
                path = ("workflows", name, "steps", place, "pool")
                yield PolicyProblem(path, unknown("pool", step.pool, policy.pools))


def _reserves(policy: Policy) -> Iterator[PolicyProblem]:
    """Reserves of queues that are never past the threshold of their level."""
    for name, profile in policy.profiles.items():
        for queue, served in profile.queues.items():
            if served.reserve > _thresholds(policy.queues.get(queue)):
                word = ("", "first", "second")[served.reserve]
                message = f"queue {queue!r} has no {word} threshold in its activation.overload"
                yield PolicyProblem(("profiles", name, "queues", queue, "reserve"), message)


def _thresholds(queue: Queue | None) -> int:
    if queue is None:
        return RESERVES_MAX  # that is told already
    if queue.activation is None or queue.activation.overload is None:
        return 0
    return 1 if queue.activation.overload.second is None else 2


def _pools_of_queue(policy: Policy, name: str, queue: Queue) -> Iterator[PolicyProblem]:
    """The first step has one, or none has; all of them together are one condition."""
    workflow = policy.workflows.get(queue.workflow or "")
    steps = workflow.steps if workflow is not None else []
    named = [queue.pool, *(step.pool for step in steps)]
    groups = [] if queue.activation is None else [each.pool for each in queue.activation.groups]
    at_first = queue.pool or (steps[0].pool if steps and steps[0].open_if is None else None)
    if any(named) and not at_first:
        message = (
            f"workflow {queue.workflow!r} names a pool in a later step; "
            "until then everybody may serve: name one here, or in its first step"
        )
        yield PolicyProblem(("queues", name, "pool"), message)
    for place, pool in enumerate(groups):
        path = ("queues", name, "activation", "groups", place, "pool")
        if pool not in policy.pools:
            yield PolicyProblem(path, unknown("pool", pool, policy.pools))
        elif not any(named):
            message = "without it everybody may serve the queue: name a pool for the queue"
            yield PolicyProblem(path, message)
    nodes = sum(_nodes(policy, pool) for pool in dict.fromkeys(named) if pool in policy.pools)
    nodes += sum(_nodes(policy, pool) + 2 for pool in groups if pool in policy.pools)
    if nodes >= REQUIREMENT_NODES_MAX:
        message = f"its pools hold {nodes} requirements together; at most "
        yield PolicyProblem(("queues", name, "pool"), f"{message}{REQUIREMENT_NODES_MAX - 1}")


def _nodes(policy: Policy, name: str) -> int:
    """Requirements of a pool, the one for its profiles and the one that joins them included."""
    pool = policy.pools[name]
    asked = sum(1 for each in pool.require for _ in nodes_of(each.requirement(), ""))
    return asked + bool(pool.profiles) + 1


def _unknown_names(
    path: tuple[str, ...], kind: str, named: Iterable[str], known: Mapping[str, object]
) -> Iterator[PolicyProblem]:
    for name in named:
        if name not in known:
            yield PolicyProblem((*path, name), unknown(kind, name, known))
