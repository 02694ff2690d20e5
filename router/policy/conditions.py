"""The conditions of a policy: where each stands, whose queue it is about, what names it uses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from router.errors import PolicyProblem
from router.policy.bounds import QUEUE_BOUNDS, Bounds
from router.policy.document import Policy, Queue
from router.policy.names import unknown

__all__ = ("COUNTED_POOLS_MAX", "QUEUES_REVIEWED_MAX", "Placed", "condition_problems", "placed")

COUNTED_POOLS_MAX = 100
"""Pools whose agents conditions count: who is of them is kept up to date for everybody."""

QUEUES_REVIEWED_MAX = 1_000
"""Queues that are looked at every so often."""


class Placed(NamedTuple):
    """Bounds with their place in the document, and the queues that are their own."""

    path: tuple[str | int, ...]
    bounds: Bounds
    queues: tuple[str, ...]

    @property
    def read(self) -> tuple[str, ...]:
        """The queues that they read."""
        if not self.bounds.gives(QUEUE_BOUNDS):
            return ()
        return self.queues if self.bounds.queue is None else (self.bounds.queue,)


def placed(policy: Policy) -> Iterator[Placed]:
    """All bounds of a policy."""
    yield from _of_steps(policy)
    for name, queue in policy.queues.items():
        for path, bounds in (*_of_overflow(queue), *_of_activation(queue)):
            yield Placed(("queues", name, *path), bounds, (name,))


def condition_problems(policy: Policy) -> Iterator[PolicyProblem]:
    """Names that stand for nothing, and more to look at than anybody could bear."""
    every = list(placed(policy))
    for path, bounds, _ in every:
        if bounds.queue is not None and bounds.queue not in policy.queues:
            yield PolicyProblem((*path, "queue"), unknown("queue", bounds.queue, policy.queues))
        if bounds.pool is not None and bounds.pool not in policy.pools:
            yield PolicyProblem((*path, "pool"), unknown("pool", bounds.pool, policy.pools))
    counted = {each.bounds.pool for each in every} - {None}
    if len(counted) > COUNTED_POOLS_MAX:
        message = f"conditions count the agents of {len(counted)} pools; at most "
        yield PolicyProblem(("pools",), f"{message}{COUNTED_POOLS_MAX}")
    reviewed = sum(queue.activation is not None for queue in policy.queues.values())
    if reviewed > QUEUES_REVIEWED_MAX:
        message = f"{reviewed} queues have an activation; at most {QUEUES_REVIEWED_MAX}"
        yield PolicyProblem(("queues",), message)


def _of_steps(policy: Policy) -> Iterator[Placed]:
    following: dict[str, list[str]] = {name: [] for name in policy.workflows}
    for name, queue in policy.queues.items():
        if queue.workflow in following:
            following[queue.workflow].append(name)
    for name, workflow in policy.workflows.items():
        queues = tuple(following[name])
        for place, step in enumerate(workflow.steps):
            path = ("workflows", name, "steps", place)
            if step.skip_if is not None:
                yield Placed((*path, "skip_if"), step.skip_if, queues)
            for number, bounds in enumerate(step.open_if or ()):
                yield Placed((*path, "open_if", number), bounds, queues)


def _of_overflow(queue: Queue) -> Iterator[tuple[tuple[str | int, ...], Bounds]]:
    for place, rule in enumerate(queue.overflow):
        yield ("overflow", place, "when"), rule.when


def _of_activation(queue: Queue) -> Iterator[tuple[tuple[str | int, ...], Bounds]]:
    if queue.activation is None:
        return
    for place, group in enumerate(queue.activation.groups):
        for field, conditions in (("open_if", group.open_if), ("close_if", group.close_if)):
            for number, bounds in enumerate(conditions or ()):
                yield ("activation", "groups", place, field, number), bounds
    overload = queue.activation.overload
    if overload is not None:
        yield ("activation", "overload", "first"), overload.first
        if overload.second is not None:
            yield ("activation", "overload", "second"), overload.second
