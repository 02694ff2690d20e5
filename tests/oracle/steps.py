"""Steps by the page (docs/workflows.md): from the document itself, on plain maps and lists."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec

from router import events as ev
from router.commands import Requirement
from router.policy import Pool, Step
from tests.oracle.floor import Floor, StepEvent
from tests.oracle.freedom import is_likely
from tests.oracle.matching import has_hard_skills, target_of
from tests.oracle.metrics import all_hold, holds
from tests.oracle.rules import Rules, ppm, thousandths
from tests.oracle.things import Interaction

HIGHEST_PRIORITY = 100


def check_step(floor: Floor, interaction: Interaction, event: StepEvent, now_ms: int) -> None:
    """Assert that this is the step in which the interaction stands from now on."""
    steps = floor.in_force.steps(interaction.queue)
    # after a suspension that time has ended, it stands in a step that has no end
    lasts = interaction.step_until_ms and interaction.expired_ms != now_ms
    ended = not event.cause and bool(lasts) and not interaction.continues
    found = _number(floor, interaction, now_ms, ended=ended) if steps else (0, ())
    number, shut = found
    assert event.step == number, f"{interaction} stands in step {number}: {event}"
    if isinstance(event, ev.InteractionStepped):
        assert event.shut == shut
        _check_stay(floor, interaction, event, now_ms - interaction.origin_ms)
        return
    step = steps[number - 1]
    if isinstance(event, ev.InteractionMoved):
        assert (event.queue, event.name) == (step.queue, step.name)
    else:
        told = (event.target, event.inbox, event.rule)
        assert told == (step.divert, step.inbox or "overflow", step.name)


def _check_stay(
    floor: Floor, interaction: Interaction, event: ev.InteractionStepped, age_ms: int
) -> None:
    steps, number = floor.in_force.steps(interaction.queue), event.step
    assert not event.delayed, "the tests do not run out of room"
    assert not (number and (steps[number - 1].queue or steps[number - 1].divert))
    members = members_at(floor.in_force, interaction.queue, number, age_ms, event.shut)
    assert event.requirements == asked_in(steps[:number], interaction.asked) + members
    assert event.priority == priority_in(steps[:number], interaction)
    ends = [_end_ms(floor.in_force, interaction, steps[number - 1])] if number else []
    delays_ms = floor.in_force.delays_ms(interaction.queue).values()
    opens = [interaction.origin_ms + ms for ms in delays_ms if number and ms > age_ms]
    assert event.until_ms == min((ms for ms in (*ends, *opens) if ms is not None), default=0)
    assert event.continues == bool(event.until_ms and event.until_ms not in ends)
    assert event.only_preferred == bool(number and steps[number - 1].only)
    least_ppm = ppm(steps[number - 1].history_at_least) if number else 0
    assert event.history_at_least_ppm == least_ppm
    assert event.name == (steps[number - 1].name if number else "")
    begins = number and interaction.step != number
    assert event.inbox == (steps[number - 1].tell or "" if begins else "")


def check_stands_right(floor: Floor, interaction: Interaction) -> None:
    """Assert that what is asked is what its step makes of what it asked for."""
    steps = floor.in_force.steps(interaction.queue)
    assert interaction.step <= len(steps)
    passed = steps[: interaction.step]
    rules, age_ms = floor.in_force, interaction.aged_ms
    members = members_at(rules, interaction.queue, interaction.step, age_ms, interaction.shut)
    assert interaction.requirements == asked_in(passed, interaction.asked) + members
    assert interaction.priority == priority_in(passed, interaction)


def asked_in(steps: list[Step], asked: tuple[Requirement, ...]) -> tuple[Requirement, ...]:
    """What these steps, one after the other, make of requirements."""
    documents: list[dict[str, Any]] = [msgspec.to_builtins(each) for each in asked]
    more: list[dict[str, Any]] = []
    instead: list[list[dict[str, Any]]] = []
    for step in steps:
        if step.require is not None:
            documents, more, instead = [each.model_dump() for each in step.require], [], []
        documents, more = _after(step, documents), _after(step, more)
        more += [each.model_dump() for each in step.add]
        if step.widen:
            instead.append([each.model_dump() for each in step.widen])
    hard = [each for each in documents if each.get("hard", True)]
    if instead and hard:
        wishes = [{**each, "hard": False} for each in documents]
        documents = [*wishes, {"any": [_together(each) for each in (hard, *instead)]}]
    return msgspec.convert([*documents, *more], tuple[Requirement, ...])


def members_at(
    rules: Rules, queue: str, number: int, age_ms: int, shut: tuple[int, ...]
) -> tuple[Requirement, ...]:
    """What is asked by pools and profiles in the step of this number, of what is so old, and to
    which the pools of some steps have not opened."""
    pools = list(_pools(rules, queue, number, shut).values())
    asked: list[dict[str, Any]] = [{"any": pools}] if pools else []
    if number and rules.policy.profiles:
        asked.append(_profiles(rules, queue, age_ms))
    return msgspec.convert(asked, tuple[Requirement, ...]) if number else ()


def _pools(
    rules: Rules, queue: str, number: int, shut: tuple[int, ...]
) -> dict[str, dict[str, Any]]:
    """By name: the queue's own, its groups, those of its steps."""
    one, pools = rules.policy.queues[queue], rules.policy_inside.pools
    found = {one.pool: _pool(pools[one.pool])} if one.pool else {}
    for group in one.activation.groups if one.activation else []:
        name = f"{queue}/{group.pool}"
        found[name] = {"all": [{"group": name}, _pool(pools[group.pool])]}
    for place, step in enumerate(rules.steps(queue)[:number], 1):
        if step.pool and place not in shut:
            found.setdefault(step.pool, _pool(pools[step.pool]))
    return found


def _profiles(rules: Rules, queue: str, age_ms: int) -> dict[str, Any]:
    delays_ms, reserves = rules.delays_ms(queue), rules.reserves(queue)
    listed: dict[int, list[str]] = {0: [], 1: [], 2: []}
    for name in sorted(delays_ms):
        if delays_ms[name] <= age_ms:
            listed[reserves[name]].append(f'"{name}"')
    either = f" || agent.profile in [{', '.join(listed[0])}]" if listed[0] else ""
    found: list[dict[str, Any]] = [{"expression": f"!has(agent.profile){either}"}]
    for level in (1, 2):
        text = f"has(agent.profile) && agent.profile in [{', '.join(listed[level])}]"
        if listed[level]:
            group = {"group": f"{queue}/reserve {level}"}
            found.append({"all": [group, {"expression": text}]})
    return found[0] if len(found) == 1 else {"any": found}


def _pool(pool: Pool) -> dict[str, Any]:
    asked = [each.model_dump() for each in pool.require]
    if pool.profiles:
        names = ", ".join(f'"{name}"' for name in sorted(pool.profiles))
        text = f"has(agent.profile) && agent.profile in [{names}]"
        asked.insert(0, {"expression": text})
    return _together(asked)


def priority_in(steps: list[Step], interaction: Interaction) -> int:
    """The priority in the last of these steps."""
    priority = interaction.asked_priority
    if any(requirement.expedite for requirement in interaction.asked):
        return HIGHEST_PRIORITY
    if steps and steps[-1].expedite:
        return HIGHEST_PRIORITY
    for step in steps:
        priority += step.priority
    return min(priority, HIGHEST_PRIORITY)


def _after(step: Step, asked: list[dict[str, Any]]) -> list[dict[str, Any]]:
    kept = [each for each in asked if each.get("skill") not in step.drop]
    return [_lower(each, step.lower.get(each.get("skill", ""), 0)) for each in kept]


def _lower(requirement: dict[str, Any], by: int) -> dict[str, Any]:
    op, level = requirement.get("op", ">="), requirement.get("level", 1)
    if not by or op not in (">=", ">", "between"):
        return requirement
    lowest = 0 if op == ">" else 1
    return {**requirement, "level": level if level <= lowest else max(lowest, level - by)}


def _together(requirements: list[dict[str, Any]]) -> dict[str, Any]:
    return requirements[0] if len(requirements) == 1 else {"all": requirements}


def _end_ms(rules: Rules, interaction: Interaction, step: Step) -> int | None:
    if step.until_s is not None:
        return interaction.origin_ms + thousandths(step.until_s)
    if step.until_target is not None:
        target_ms = target_of(rules, interaction)
        return interaction.origin_ms + (target_ms * ppm(step.until_target)) // 1_000_000
    return None


def _number(
    floor: Floor, interaction: Interaction, now_ms: int, *, ended: bool
) -> tuple[int, tuple[int, ...]]:
    """The step in which it stands, and those so far whose pools have not opened to it."""
    rules = floor.in_force
    steps = rules.steps(interaction.queue)
    number = min(interaction.step + ended, len(steps))
    # whatever was with an agent begins its step once more
    begins = ended or not interaction.step_until_ms
    if interaction.step == 0 or steps[number - 1].queue or steps[number - 1].divert:
        number, begins = 1, True
    shut = tuple(n for n in interaction.shut if n <= number - begins)
    while True:
        step = steps[number - 1]
        end_ms = _end_ms(rules, interaction, step)
        if end_ms is None:
            return number, shut
        is_over = end_ms <= now_ms
        if begins and step.open_if and not _opens(floor, interaction, step, now_ms):
            is_over, shut = True, (*shut, number)
        times = (now_ms, end_ms)
        if not is_over and not (begins and _is_skipped(floor, interaction, number, shut, times)):
            return number, shut
        number, begins = number + 1, True


def _opens(floor: Floor, interaction: Interaction, step: Step, now_ms: int) -> bool:
    return all_hold(floor, step.open_if or (), interaction.queue, now_ms)


def _is_skipped(
    floor: Floor,
    interaction: Interaction,
    number: int,
    shut: tuple[int, ...],
    times: tuple[int, int],
) -> bool:
    rules, now_ms = floor.in_force, times[0]
    steps = rules.steps(interaction.queue)
    step = steps[number - 1]
    members = members_at(rules, interaction.queue, number, now_ms - interaction.origin_ms, shut)
    asked = asked_in(steps[:number], interaction.asked) + members
    asking = replace(interaction, requirements=asked)
    if step.only:
        awaited = [
            agent
            for agent in floor.logged_in()
            if agent.agent_id in interaction.preferred
            and interaction.preferred[agent.agent_id] >= ppm(step.history_at_least)
            and agent.agent_id not in interaction.excluded_agents
            and has_hard_skills(rules, agent, asking)
        ]
        if not awaited or not is_likely(
            floor, floor.past, interaction, awaited, times, step.free_in_time
        ):
            return True
    if step.skip_if is None:
        return False
    pool = [a for a in floor.logged_in() if has_hard_skills(rules, a, asking)]
    # itself, if it was in the queue already: it is counted from its creation on
    return holds(floor, step.skip_if, interaction.queue, pool, now_ms)
