"""What one element of a policy says of another: do the names stand for something?"""

from __future__ import annotations

from collections.abc import Iterator

from router.errors import PolicyProblem
from router.limits import QUEUES_PASSED_MAX, ROOMS_MAX
from router.policy.asked import asked_problems
from router.policy.conditions import condition_problems
from router.policy.document import Policy, Queue
from router.policy.membership import membership_problems
from router.policy.names import NAMED_MAX, unknown
from router.policy.workflows import Step
from scoring.strategies import ORDERINGS_MAX

__all__ = ("dangling_references",)


def dangling_references(policy: Policy) -> list[PolicyProblem]:
    """Every name that stands for nothing, and costs that nobody could bear."""
    looks = (
        _channels,
        _labels,
        _costs,
        _queues,
        _rules,
        _steps,
        _moves,
        _rescues,
        _objectives,
        membership_problems,
        condition_problems,
    )
    return [problem for look in looks for problem in look(policy)]


def _channels(policy: Policy) -> Iterator[PolicyProblem]:
    for name, one in policy.channels.items():
        for place, other in enumerate(one.interrupts):
            where = ("channels", name, "interrupts", place)
            if other not in policy.channels:
                yield PolicyProblem(where, unknown("channel", other, policy.channels))
            elif name in _interrupted(policy, other):
                yield PolicyProblem(where, f"{other} interrupts {name} in turn")
        if one.callback is not None and one.callback.calling_hours is not None:
            yield from _calling_hours(policy, name, one.callback.calling_hours)
    for name, queue in policy.queues.items():
        for channel in queue.targets_s:
            if channel not in policy.channels:
                path = ("queues", name, "targets_s", channel)
                yield PolicyProblem(path, unknown("channel", channel, policy.channels))


def _objectives(policy: Policy) -> Iterator[PolicyProblem]:
    for name, one in policy.objectives.items():
        if one.queue is not None and one.queue not in policy.queues:
            message = unknown("queue", one.queue, policy.queues)
            yield PolicyProblem(("objectives", name, "queue"), message)
        if one.channel is not None and one.channel not in policy.channels:
            message = unknown("channel", one.channel, policy.channels)
            yield PolicyProblem(("objectives", name, "channel"), message)


def _labels(policy: Policy) -> Iterator[PolicyProblem]:
    """Who has room is kept for each channel and each of its labels."""
    kinds = len(policy.channels) + sum(len(one.labels) for one in policy.channels.values())
    if kinds > ROOMS_MAX:
        message = f"channels and their labels are {kinds}, at most {ROOMS_MAX} together"
        yield PolicyProblem(("channels",), message)


def _calling_hours(policy: Policy, channel: str, name: str) -> Iterator[PolicyProblem]:
    path = ("channels", channel, "callback", "calling_hours")
    hours = policy.hours.get(name)
    if hours is None:
        yield PolicyProblem(path, _unknown_hours(policy, name))
    elif not any(hours.week.values()):
        yield PolicyProblem(path, f"hours {name!r} have no week: nobody might ever be called")


def _unknown_hours(policy: Policy, name: str) -> str:
    names = ", ".join(sorted(policy.hours)[:NAMED_MAX]) or "none"
    return f"there are no hours {name!r}; there are: {names}"


def _interrupted(policy: Policy, name: str) -> set[str]:
    """What a channel interrupts, itself included, and what those do."""
    found, ahead = set[str](), [name]
    while ahead:
        name = ahead.pop()
        if name in policy.channels and name not in found:
            found.add(name)
            ahead += policy.channels[name].interrupts
    return found


def _costs(policy: Policy) -> Iterator[PolicyProblem]:
    for name, channel in policy.channels.items():
        if channel.cost > policy.capacity:
            yield PolicyProblem(
                ("channels", name, "cost"),
                f"cost {channel.cost} is more than the capacity of an agent ({policy.capacity}); "
                "no agent could ever take one",
            )


def _queues(policy: Policy) -> Iterator[PolicyProblem]:
    if policy.default_queue is not None and policy.default_queue not in policy.queues:
        message = unknown("queue", policy.default_queue, policy.queues)
        yield PolicyProblem(("default_queue",), message)
    yield from _orderings(policy)
    for name, queue in policy.queues.items():
        if queue.workflow is not None and queue.workflow not in policy.workflows:
            message = unknown("workflow", queue.workflow, policy.workflows)
            yield PolicyProblem(("queues", name, "workflow"), message)
        yield from _overflow(policy, name, queue)
        yield from _buckets(name, queue)


def _buckets(name: str, queue: Queue) -> Iterator[PolicyProblem]:
    names = [bucket.name for bucket in queue.buckets]
    for place, bucket in enumerate(queue.buckets):
        if bucket.name and bucket.name in names[:place]:
            path = ("queues", name, "buckets", place, "name")
            yield PolicyProblem(path, f"another bucket is called {bucket.name!r}")


def _orderings(policy: Policy) -> Iterator[PolicyProblem]:
    """Queues whose ordering is one too many."""
    found: set[tuple[tuple[str, bool], ...]] = {()}
    for name, queue in policy.queues.items():
        ordering = tuple((each.attribute, each.descending) for each in queue.order_by)
        if ordering not in found and len(found) > ORDERINGS_MAX:
            message = f"over {ORDERINGS_MAX} different orderings; each is kept for every agent"
            yield PolicyProblem(("queues", name, "order_by"), message)
            return
        found.add(ordering)


def _overflow(policy: Policy, name: str, queue: Queue) -> Iterator[PolicyProblem]:
    path = ("queues", name)
    if queue.hours is not None and queue.hours not in policy.hours:
        yield PolicyProblem((*path, "hours"), _unknown_hours(policy, queue.hours))
    for place, rule in enumerate(queue.overflow):
        if rule.queue is not None and rule.queue not in policy.queues:
            message = unknown("queue", rule.queue, policy.queues)
            yield PolicyProblem((*path, "overflow", place, "queue"), message)
        for at, one in enumerate(rule.shortest_of):
            if one not in policy.queues:
                message = unknown("queue", one, policy.queues)
                yield PolicyProblem((*path, "overflow", place, "shortest_of", at), message)
        if rule.queue == name:
            message = "a queue cannot overflow into itself"
            yield PolicyProblem((*path, "overflow", place, "queue"), message)
        if rule.when.closed and queue.hours is None:
            message = "the queue has no hours, so it is never closed"
            yield PolicyProblem((*path, "overflow", place, "when", "closed"), message)


def _rules(policy: Policy) -> Iterator[PolicyProblem]:
    labels = {label for channel in policy.channels.values() for label in channel.labels}
    names: set[str] = set()
    for place, rule in enumerate(policy.classification):
        if rule.name and rule.name in names:
            message = f"another rule is called {rule.name!r}"
            yield PolicyProblem(("classification", place, "name"), message)
        names.add(rule.name)
        for within, effect in rule.effects():
            path = ("classification", place, *within)
            if effect.queue is not None and effect.queue not in policy.queues:
                message = unknown("queue", effect.queue, policy.queues)
                yield PolicyProblem((*path, "queue"), message)
            if effect.label is not None and effect.label not in labels:
                message = unknown("label", effect.label, labels)
                yield PolicyProblem((*path, "label"), message)
            for asked in effect.add:
                yield from asked_problems(policy, asked.requirement(), (*path, "add"))


def _steps(policy: Policy) -> Iterator[PolicyProblem]:
    for name, workflow in policy.workflows.items():
        for place, step in enumerate(workflow.steps):
            path = ("workflows", name, "steps", place)
            for field, skill in _skills_eased(step):
                if skill not in policy.skills:
                    message = unknown("skill", skill, policy.skills)
                    yield PolicyProblem((*path, field), message)
            for field in ("require", "widen", "add"):
                for requirement in step.requirements(field):
                    yield from asked_problems(policy, requirement, (*path, field))


def _moves(policy: Policy) -> Iterator[PolicyProblem]:
    """Steps that send to another queue: it exists, and none comes back by such steps."""
    following: dict[str, str] = {}
    for name, queue in policy.queues.items():
        workflow = policy.workflows.get(queue.workflow or "")
        if workflow is not None and workflow.steps[-1].queue is not None:
            following[name] = workflow.steps[-1].queue
    for name, workflow in policy.workflows.items():
        target = workflow.steps[-1].queue
        path = ("workflows", name, "steps", len(workflow.steps) - 1, "queue")
        if target is not None and target not in policy.queues:
            yield PolicyProblem(path, unknown("queue", target, policy.queues))
    for name, fault in _endless(following):
        yield PolicyProblem(("queues", name, "workflow"), f"its last step leads {fault}")


def _rescues(policy: Policy) -> Iterator[PolicyProblem]:
    """Queues that are another's rescue: they exist, and none leads back."""
    following: dict[str, str] = {}
    for name, queue in policy.queues.items():
        if queue.rescue is None:
            continue
        following[name] = queue.rescue.queue
        if queue.rescue.queue not in policy.queues:
            message = unknown("queue", queue.rescue.queue, policy.queues)
            yield PolicyProblem(("queues", name, "rescue", "queue"), message)
    for name, fault in _endless(following):
        yield PolicyProblem(("queues", name, "rescue", "queue"), f"its rescue leads {fault}")


def _endless(following: dict[str, str]) -> Iterator[tuple[str, str]]:
    """The queues from which the way never ends, or only after too many, and how it goes."""
    for name in following:
        way = [name]
        while way[-1] in following and way.count(way[-1]) == 1 and len(way) <= QUEUES_PASSED_MAX:
            way.append(following[way[-1]])
        if way[-1] in following:
            fault = f"through over {QUEUES_PASSED_MAX} queues"
            if way.count(way[-1]) > 1:
                fault = "in a circle"
            yield name, f"{fault}: {' → '.join(way)}"


def _skills_eased(step: Step) -> Iterator[tuple[str, str]]:
    """The skills of which a step asks less, with the field that names them."""
    for skill in step.drop:
        yield "drop", skill
    for skill in step.lower:
        yield "lower", skill
