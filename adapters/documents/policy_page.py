"""A policy as a page that people read: the repository of how work is distributed.

Markdown, in the order of the document; what has its default is left out, what refers to something
on the page leads there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from pydantic import BaseModel

from router.policy import (
    Activation,
    Bounds,
    Bucket,
    Callback,
    Channel,
    Hours,
    IntakeQuotas,
    Overflow,
    PersonalData,
    Policy,
    Pool,
    Queue,
    Quota,
    Rescue,
    RoutingProfile,
    Rule,
    Served,
    Step,
    Workflow,
)

__all__ = ("policy_page",)

_SKIPPED: Final = frozenset(("name", "description", "owner"))
_LEVEL: Final = frozenset(("skill", "op", "level", "level_max"))


def policy_page(policy: Policy) -> str:
    """The page of a policy, as Markdown."""
    parts: list[Iterator[str]] = [
        _head(policy),
        _channels(policy.channels),
        _queues(policy.queues),
        _profiles(policy.profiles),
        _pools(policy.pools),
        _rules(policy.classification),
        _workflows(policy.workflows),
        _hours(policy.hours),
        _named("Skills", policy.skills),
        _named("Activities", policy.activities),
        _named("Objectives", policy.objectives),
    ]
    return "\n".join(line for part in parts for line in part).rstrip() + "\n"


def _head(policy: Policy) -> Iterator[str]:
    yield f"# {policy.name}"
    yield ""
    yield from _words(policy)
    yield f"Arrivals without a queue go to {_link('queue', policy.default_queue)}."
    yield f"An agent holds {policy.capacity} units of work, unless the login says otherwise."
    if policy.offers_per_agent is not None:
        yield f"An agent is asked for {policy.offers_per_agent} interactions at a time, at most."
    yield f"Who declines is not offered the same again for {_seconds(policy.decline_retry_s)}."
    if policy.sign_off_after_s is not None:
        after = _seconds(policy.sign_off_after_s)
        yield f"Agents of whom nothing is heard for {after} are logged out."
    if policy.intake is not None:
        yield from _intake(policy.intake)
    if policy.personal is not None:
        yield _personal(policy.personal)
    if policy.approvals is not None:
        yield f"Of those who have not worked on it, {policy.approvals.required} approve a draft."
    yield ""


def _intake(intake: IntakeQuotas) -> Iterator[str]:
    yield from _quota("All together", intake)
    for name, quota in intake.producers.items():
        yield from _quota(_text(name), quota)
    if intake.other_producers is not None:
        yield from _quota("Other producers together", intake.other_producers)


def _personal(personal: PersonalData) -> str:
    kinds = ("customer_id", "conversation_id", "notes", "texts", "requirements")
    marked = ["all attributes"] if personal.all_attributes else list(personal.attributes)
    marked += [kind for kind in kinds if getattr(personal, kind)]
    return f"Personal data, hidden by default: {_text(', '.join(marked) or 'nothing')}."


def _quota(who: str, quota: Quota) -> Iterator[str]:
    most = [] if quota.open_max is None else [f"{quota.open_max} interactions at once"]
    if quota.creates_per_s is not None:
        burst = f" ({quota.burst} in a burst)" if quota.burst else ""
        most.append(f"{quota.creates_per_s:g} new ones a second{burst}")
    if most:
        yield f"{who} may have at most {' and '.join(most)}."


def _channels(channels: dict[str, Channel]) -> Iterator[str]:
    yield from ("## Channels", "")
    yield "| channel | takes | rings | wrap-up | target | besides |"
    yield "|---|---|---|---|---|---|"
    for name, one in channels.items():
        takes = f"{one.cost} units, at most {one.maximum}" + (", alone" if one.exclusive else "")
        mode = [one.wrap_up] if one.wrap_up != "timed" else []
        wrap_up = " ".join([*mode, *([_seconds(one.wrap_up_s)] if one.wrap_up_s else [])])
        besides = [one.description] if one.description else []
        besides += ["accepts by itself"] if one.auto_accept else []
        if one.release_idle:
            besides.append(f"no room while idle, woken within {_seconds(one.wake_within_s)}")
        besides += [] if one.resume_on_message else ["stays suspended when its customer writes"]
        besides += [f"interrupts {', '.join(one.interrupts)}"] if one.interrupts else []
        besides += [f"{label.maximum} {which} at most" for which, label in one.labels.items()]
        besides += [_callback(one.callback)] if one.callback else []
        besides += [_told(one.instructions)] if one.instructions else []
        rings, target = _seconds(one.offer_ttl_s), _seconds(one.target_s)
        cells = (_text(name), takes, rings, wrap_up or "none", target, _text("; ".join(besides)))
        yield f"| {' | '.join(cells)} |"
    yield ""


def _callback(callback: Callback) -> str:
    tried = f"calls {callback.attempts_max} times, {_seconds(callback.retry_after_s)} apart"
    hours = f", within {callback.calling_hours}" if callback.calling_hours else ""
    return f"{tried}{hours}; then {callback.divert}"


def _told(instructions: dict[str, str]) -> str:
    """What the media layer is told."""
    return f"instructions: {_joined(f'{name} {words}' for name, words in instructions.items())}"


def _queues(queues: dict[str, Queue]) -> Iterator[str]:
    yield from ("## Queues", "")
    for name, one in queues.items():
        yield from (f'### <a id="queue-{name}"></a>{_text(name)}', "")
        yield from _words(one)
        how = f"chosen by **{one.strategy}**{_ordered_by(one)}"
        yield f"* {how}, in the order of **{one.order}**{_first(one)}"
        yield from _buckets(one.buckets)
        for channel, target_s in one.targets_s.items():
            yield f"* {_text(channel)} within {_seconds(target_s)}"
        yield from _served_by(one)
        if one.workflow:
            yield f"* goes through {_link('workflow', one.workflow)}"
        if one.offers_at_once > 1:
            least = f", {one.offers_at_least} at least" if one.offers_at_least > 1 else ""
            yield f"* asks {one.offers_at_once} agents at once{least}"
        yield from _way_out(one)
        if one.instructions:
            yield f"* {_text(_told(one.instructions))}"
        if one.weights is not None:
            yield f"* weights: {_fields(one.weights)}"
        yield ""


def _way_out(queue: Queue) -> Iterator[str]:
    """When a queue takes nothing, and where what it does not serve goes."""
    if queue.hours:
        yield f"* open in {_link('hours', queue.hours)}"
    for rule in queue.overflow:
        yield f"* {_overflow(rule)}"
    if queue.rescue is not None:
        yield f"* {_rescue(queue.rescue)}"


def _ordered_by(one: Queue) -> str:
    """The attributes that put agents in order, in their order."""
    told = (
        f"{'highest' if each.descending else 'lowest'} {_text(each.attribute)}{_aside(each)}"
        for each in one.order_by
    )
    return f" ({', '.join(told)})" if one.order_by else ""


def _first(queue: Queue) -> str:
    return "; first for who knows the customer" if queue.preferred_first else ""


def _buckets(buckets: list[Bucket]) -> Iterator[str]:
    for number, one in enumerate(buckets, 1):
        which = f"when `{one.when}`" if one.when else "all"
        name = f"**{_text(one.name)}**, " if one.name else ""
        by = f" {_text(one.attribute)}" if one.attribute else ""
        yield f"* bucket {number}: {name}{which}, in the order of **{one.order}**{by}{_aside(one)}"


def _served_by(queue: Queue) -> Iterator[str]:
    if queue.pool:
        yield f"* served by {_link('pool', queue.pool)}"
    if queue.activation is not None:
        yield from _activation(queue.activation)


def _activation(activation: Activation) -> Iterator[str]:
    for group in activation.groups:
        yield f"* served by {_link('pool', group.pool)} as well{_aside(group)}"
        yield f"  * opens when {_conditions(group.open_if)}"
        if group.close_if is not None:
            yield f"  * closes when {_conditions(group.close_if)}"
    if activation.overload is not None:
        overload = activation.overload
        yield f"* by its first reserve when {_fields(overload.first)}{_aside(overload)}"
        if overload.second is not None:
            yield f"* by its second reserve when {_fields(overload.second)}"
    yield f"* looked at every {_seconds(activation.every_s)}{_aside(activation)}"


def _conditions(conditions: list[Bounds]) -> str:
    """All of them, each any of its bounds."""
    return " and ".join(f"({_fields(bounds)})" for bounds in conditions)


def _overflow(rule: Overflow) -> str:
    when = _fields(rule.when).replace("closed: yes", "closed")
    if rule.queue is not None:
        what = f"goes to {_link('queue', rule.queue)}"
    elif rule.shortest_of:
        queues = ", ".join(_link("queue", name) for name in rule.shortest_of)
        what = f"goes where it waits for the shortest time: {queues}"
    elif rule.divert is not None:
        what = f"is diverted to {_text(rule.divert)}"
    else:
        what = f"is refused: {_text(rule.refuse or '')}"
    name = f" ({_text(rule.name)})" if rule.name else ""
    return f"when {when}, an arrival {what}{name}"


def _profiles(profiles: dict[str, RoutingProfile]) -> Iterator[str]:
    if profiles:
        yield from ("## Profiles", "")
    for name, one in profiles.items():
        yield from (f'### <a id="profile-{name}"></a>{_text(name)}', "")
        yield from _words(one)
        for queue, served in one.queues.items():
            delay = f" once it is {_seconds(served.delay_s)} old" if served.delay_s else ""
            reserve = f", in its reserve {served.reserve}" if served.reserve else ""
            yield f"* serves {_link('queue', queue)}{delay}{reserve}{_place(one, served)}"
        if told := _fields(one, "queues"):
            yield f"* unless the login says otherwise: {told}"
        yield ""


def _place(profile: RoutingProfile, served: Served) -> str:
    """Where a queue stands among those of a profile, if it tells them apart."""
    priorities = {each.priority for each in profile.queues.values()}
    return f", priority {served.priority}" if len(priorities) > 1 else ""


def _pools(pools: dict[str, Pool]) -> Iterator[str]:
    if pools:
        yield from ("## Pools", "")
    for name, one in pools.items():
        yield f'* <a id="pool-{name}"></a>**{_text(name)}**: {_fields(one)}{_aside(one)}'
    if pools:
        yield ""


def _rescue(rescue: Rescue) -> str:
    target = _link("queue", rescue.queue)
    return f"after {rescue.after_declines} declines it goes to {target}{_aside(rescue)}"


def _rules(rules: list[Rule]) -> Iterator[str]:
    if not rules:
        return
    yield from ("## Classification", "", "In this order; the first that applies decides.", "")
    for number, rule in enumerate(rules, 1):
        condition = f"when `{rule.when}`" if rule.when else "always"
        name = f"**{_text(rule.name)}**: " if rule.name else ""
        told = _fields(rule, "when", "then")
        goes_on = ", and goes on" if rule.then == "continue" else ""
        yield f"{number}. {name}{condition}: {told}{goes_on}{_aside(rule)}"
    yield ""


def _workflows(workflows: dict[str, Workflow]) -> Iterator[str]:
    if workflows:
        yield from ("## Workflows", "")
    for name, one in workflows.items():
        yield from (f'### <a id="workflow-{name}"></a>{_text(name)}', "")
        yield from _words(one)
        for number, step in enumerate(one.steps, 1):
            yield f"{number}. {_step(step)}"
        yield ""


def _step(step: Step) -> str:
    if step.until_s is not None:
        end = f"until it is {_seconds(step.until_s)} old"
    elif step.until_target is not None:
        end = f"until {step.until_target:g} × the target"
    else:
        end = "for good"
    name = f"**{_text(step.name)}**, {end}" if step.name else end
    told = _fields(step, "until_s", "until_target")
    return f"{name}: {told or 'as it came'}{_aside(step)}"


def _hours(hours: dict[str, Hours]) -> Iterator[str]:
    if hours:
        yield from ("## Hours", "")
    for name, one in hours.items():
        yield from (f'### <a id="hours-{name}"></a>{_text(name)}', "")
        yield from _words(one)
        yield f"* time of {one.zone}"
        for day, ranges in (*one.week.items(), *one.dates.items()):
            yield f"* {day}: {', '.join(ranges) or 'closed'}"
        if one.holidays:
            yield f"* closed on {', '.join(one.holidays)}"
        yield ""


def _named(title: str, elements: dict[str, Any]) -> Iterator[str]:
    if elements:
        yield from (f"## {title}", "")
        for name, one in elements.items():
            told = _fields(one)
            yield f"* **{_text(name)}**{f': {told}' if told else ''}{_aside(one)}"
        yield ""


def _words(element: Any) -> Iterator[str]:
    """What people have said of an element, as a paragraph."""
    if element.description:
        yield from (_text(element.description), "")
    if element.owner:
        yield from (f"Owner: {_text(element.owner)}", "")


def _aside(element: Any) -> str:
    told = [element.description] if element.description else []
    told += [f"owner: {element.owner}"] if element.owner else []
    return f" — {_text('; '.join(told))}" if told else ""


def _fields(element: BaseModel, *but: str) -> str:
    """The fields that differ from their defaults, in one line."""
    given = element.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    told = (
        f"{name.replace('_', ' ')}: {_value(value)}"
        for name, value in given.items()
        if name not in _SKIPPED and name not in but
    )
    return "; ".join(told)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict) and "skill" in value:
        return _level(value)
    if isinstance(value, dict):
        return f"({_joined(f'{key}: {_value(one)}' for key, one in value.items())})"
    if isinstance(value, list):
        return _joined(map(_value, value))
    return f"{value:g}" if isinstance(value, float) else _text(str(value))


def _level(asked: dict[str, Any]) -> str:
    """A requirement of a level in a skill."""
    op, level = asked.get("op", ">="), asked.get("level", 1)
    level = f"{level} to {asked['level_max']}" if "level_max" in asked else level
    rest = {key: one for key, one in asked.items() if key not in _LEVEL}
    told = _joined(f"{key.replace('_', ' ')} {_value(one)}" for key, one in rest.items())
    return f"`{asked['skill']} {op} {level}`" + (f" ({told})" if told else "")


def _joined(values: Iterable[str]) -> str:
    return ", ".join(values)


def _link(kind: str, name: str | None) -> str:
    return f"[{_text(name)}](#{kind}-{name})" if name else "none"


def _seconds(value: float) -> str:
    """A duration in the largest unit that it is a whole number of."""
    for unit, length, least in (("days", 86_400, 2), ("h", 3_600, 1), ("min", 60, 2)):
        if value >= least * length and value % length == 0:
            return f"{value / length:g} {unit}"
    return f"{value:g} s"


def _text(text: str) -> str:
    """Text that means nothing to Markdown: people's words may hold anything."""
    escaped = "".join(f"\\{c}" if c in "\\`*_[]<>|#" else c for c in text)
    return " ".join(escaped.split())
