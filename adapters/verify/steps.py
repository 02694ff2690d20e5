"""Steps of workflows: is it the one of the interaction's age, and does it ask for what it must?

Written from docs/workflows.md alone. Whether a step with a ``skip_if`` had to be skipped is left to
the tests: it hangs on everybody who was logged in. That a pool has opened is judged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

from adapters.verify.freedom import free_in_time
from adapters.verify.metrics import all_hold
from adapters.verify.model import QUEUED, HardRequirements, Interaction
from adapters.verify.overflow import DEFAULT_INBOX
from adapters.verify.picture import Picture
from adapters.verify.queue_terms import ONE_PPM, thousandths
from adapters.verify.terms import PolicyTerms, read_requirements
from adapters.verify.wire import Event, Unreadable

__all__ = ("handover_problems", "leaving_problems", "rescue_problems", "step_problems")

_HIGHEST_PRIORITY: Final = 100
Step: TypeAlias = Mapping[str, Any]
Requirements: TypeAlias = list[Any]


def step_problems(
    picture: Picture, event: Event, interaction: Interaction
) -> Iterator[tuple[str, str]]:
    """What is wrong with an ``interaction_stepped``: (code, message)."""
    policy = picture.policy
    if policy is None or interaction.queue not in policy.queues:
        return
    if _is_early(picture, event, interaction):
        yield _early(picture, interaction)
    if event["delayed"]:
        yield from _wrong_delay(event, interaction)
        return
    steps = policy.steps(interaction.queue)
    number = event["step"]
    if not (bool(steps) <= number <= len(steps)):
        yield "step_wrong", f"step {number} of {len(steps)}"
        return
    try:
        yield from _wrong_terms(picture.now_ms, policy, event, interaction, steps[:number])
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise Unreadable(f"a step cannot be read: {error}") from None
    yield from _wrong_age(picture, policy, event, interaction)
    yield from _wrong_pools(picture, event, interaction, steps[:number])
    yield from _wrong_hold(picture, policy, event, interaction)


def leaving_problems(
    picture: Picture, event: Event, interaction: Interaction
) -> Iterator[tuple[str, str]]:
    """What is wrong with an event by which a workflow sends an interaction away."""
    policy = picture.policy
    if policy is None or interaction.queue not in policy.queues:
        return
    is_early = _is_early(picture, event, interaction)
    if is_early:
        yield _early(picture, interaction)
    steps, number = policy.steps(interaction.queue), event["step"]
    if not 0 < number <= len(steps):
        yield "step_wrong", f"step {number} of {len(steps)}"
        return
    if not is_early:
        yield from _not_over(picture, policy, 1, event, interaction)
    step = steps[number - 1]
    if event["type"] == "interaction_moved":
        told, right = event["queue"], step.get("queue")
    else:
        told = (event["target"], event["inbox"])
        right = (step.get("divert"), step.get("inbox") or DEFAULT_INBOX)
    if told != right:
        yield "step_wrong", f"step {number} sends it to {right}, not to {told}"


def handover_problems(
    picture: Picture, event: Event, interaction: Interaction
) -> Iterator[tuple[str, str]]:
    """What is wrong with a move that no step has made."""
    policy = picture.policy
    if not event["cause"] or interaction.state != QUEUED:
        yield "step_wrong", "moved by no step, and nobody has handed it over"
    if policy is not None and event["queue"] not in policy.queues:
        yield "step_wrong", f"moved to {event['queue']!r}, which is no queue"


def rescue_problems(
    picture: Picture, event: Event, interaction: Interaction
) -> Iterator[tuple[str, str]]:
    """What is wrong with a move of what has been declined too often."""
    queue = picture.policy.queues.get(interaction.queue) if picture.policy else None
    if queue is None:
        return
    rescue = queue.rescue
    if rescue is None or event["queue"] != rescue[0]:
        yield "rescue_wrong", f"{event['queue']!r} is no rescue of queue {interaction.queue!r}"
    elif event["declines"] < rescue[1] or event["declines"] != interaction.declines:
        counted = f"{interaction.declines} were declined or not answered, of {rescue[1]}"
        yield "rescue_wrong", f"moved after {event['declines']}; {counted}"


def _is_early(picture: Picture, event: Event, interaction: Interaction) -> bool:
    """Whether a timer has ended the step before its time (and not what was asked in it)."""
    expired = interaction.expired_ms == picture.now_ms
    return not event["cause"] and not expired and picture.now_ms < interaction.step_until_ms


def _early(picture: Picture, interaction: Interaction) -> tuple[str, str]:
    message = f"ended at {picture.now_ms}, not before {interaction.step_until_ms}"
    return "step_early", f"step {interaction.step} {message}"


class _Passed(NamedTuple):
    """Steps so far, and those of them whose pools have opened."""

    all: Sequence[Step]
    opened: Sequence[Step]


def _opened(passed: Sequence[Step], event: Event) -> _Passed:
    shut = event["shut"]
    return _Passed(passed, [step for place, step in enumerate(passed, 1) if place not in shut])


def _wrong_terms(
    now_ms: int,
    policy: PolicyTerms,
    event: Event,
    interaction: Interaction,
    passed: Sequence[Step],
) -> Iterator[tuple[str, str]]:
    attributes, age_ms = interaction.attribute_map(), now_ms - interaction.origin_ms
    expected = _asked(passed, interaction.asked)
    if passed:
        opened = _opened(passed, event).opened
        expected += policy.membership.asked(interaction.queue, opened, age_ms)
    asked = read_requirements(expected, attributes)
    if read_requirements(event["requirements"], attributes) != asked:
        yield "step_wrong", f"asks for {event['requirements']}, expected {asked}"
    priority = _priority(passed, interaction)
    if event["priority"] != priority:
        yield "step_wrong", f"has priority {event['priority']}, expected {priority}"
    kept = bool(passed and passed[-1].get("only"))
    if event["only_preferred"] != kept:
        yield "step_wrong", f"only_preferred is {event['only_preferred']}, expected {kept}"
    begins = bool(passed) and interaction.step != len(passed)
    told = passed[-1].get("tell") or "" if begins else ""
    if event["inbox"] != told:
        yield "step_wrong", f"tells inbox {event['inbox']!r}, expected {told!r}"
    least_ppm = round(passed[-1].get("history_at_least", 0) * ONE_PPM) if passed else 0
    if event["history_at_least_ppm"] != least_ppm:
        told = event["history_at_least_ppm"]
        yield "step_wrong", f"history_at_least_ppm is {told}, expected {least_ppm}"
    until = _until(policy, interaction, passed[-1], age_ms) if passed else (0, False)
    if (event["until_ms"], event["continues"]) != until:
        told = (event["until_ms"], event["continues"])
        yield "step_wrong", f"lasts until (and goes on then) {told}, expected {until}"


def _wrong_age(
    picture: Picture, policy: PolicyTerms, event: Event, interaction: Interaction
) -> Iterator[tuple[str, str]]:
    """It is not over yet, and those before it are, or could be skipped."""
    number = event["step"]
    if 0 < event["until_ms"] <= picture.now_ms:
        yield "step_wrong", f"step {number} is over since {event['until_ms']}"
    # of the one that a timer ended, step_early has told
    ended = not event["cause"] and interaction.expired_ms != picture.now_ms
    ended = ended and not interaction.step_continues
    first = max(1, interaction.step + ended)
    yield from _not_over(picture, policy, first, event, interaction)


def _wrong_pools(
    picture: Picture, event: Event, interaction: Interaction, passed: Sequence[Step]
) -> Iterator[tuple[str, str]]:
    """Pools that have opened to it and may not, or that had to and have not."""
    for place, step in enumerate(passed, 1):
        is_shut = place in event["shut"]
        if step.get("open_if") is None:
            if is_shut:
                yield "step_wrong", f"the pool of step {place} is shut without a condition"
        elif place > interaction.step:  # it has begun just now
            opens = all_hold(picture, step["open_if"], interaction.queue)
            if opens is is_shut:
                word = "opens" if opens else "does not open"
                yield "step_wrong", f"the pool of step {place} {word} to it"


def _not_over(
    picture: Picture, policy: PolicyTerms, first: int, event: Event, interaction: Interaction
) -> Iterator[tuple[str, str]]:
    """Those before it, from this one on, are over or could be skipped."""
    steps, number = policy.steps(interaction.queue), event["step"]
    for place in range(first, number):
        step = steps[place - 1]
        end_ms = _end_ms(policy, interaction, step)
        is_shut = place in event.get("shut", (place,)) and step.get("open_if")
        if end_ms is None or end_ms <= picture.now_ms or step.get("skip_if") or is_shut:
            continue
        if not step.get("only"):
            yield "step_wrong", f"step {number} began before step {place} was over"
            continue
        # who was asked just then is free of it already, where it has been diverted
        is_told = event["type"] == "interaction_stepped" and _says_when_free(step)
        if not is_told:
            continue
        passed = _opened(steps[:place], event)
        if _is_kept(picture, policy, interaction, passed, end_ms):
            yield "step_wrong", f"step {place} was passed over, and somebody may be free in time"


def _wrong_hold(
    picture: Picture, policy: PolicyTerms, event: Event, interaction: Interaction
) -> Iterator[tuple[str, str]]:
    """It is kept for agents of whom one may be free in time, if it begins now."""
    number = event["step"]
    passed = policy.steps(interaction.queue)[:number]
    step = passed[-1] if number > interaction.step else {}
    end_ms = _end_ms(policy, interaction, step)
    if not _says_when_free(step) or end_ms is None or end_ms <= picture.now_ms:
        return
    if not _is_kept(picture, policy, interaction, _opened(passed, event), end_ms):
        yield "step_wrong", f"step {number} keeps it for agents who will not be free in time"


def _says_when_free(step: Step) -> bool:
    """Whether a step says how probably somebody must be free; documents from before that was asked
    do not, and were followed in both ways."""
    return bool(step.get("only")) and "free_in_time" in step


def _is_kept(
    picture: Picture, policy: PolicyTerms, interaction: Interaction, steps: _Passed, end_ms: int
) -> bool:
    """Whether the last of these steps would wait for somebody."""
    age_ms = picture.now_ms - interaction.origin_ms
    asked = _asked(steps.all, interaction.asked)
    asked += policy.membership.asked(interaction.queue, steps.opened, age_ms)
    read = read_requirements(asked, interaction.attribute_map())
    hard: HardRequirements = frozenset(one for one in read if one.hard)
    known_ppm = round(steps.all[-1].get("history_at_least", 0) * ONE_PPM)
    named = (
        picture.floor.agents.get(agent_id)
        for agent_id, ppm in interaction.preferred.items()
        if ppm >= known_ppm
    )
    awaited = [
        agent
        for agent in named
        if agent is not None
        and agent.logged_in
        and agent.agent_id not in interaction.excluded
        and picture.floor.has_skills(agent, hard)
    ]
    least_ppm = round(steps.all[-1]["free_in_time"] * ONE_PPM)
    chance = free_in_time(picture, policy, interaction, awaited, end_ms)
    return bool(awaited) and chance * ONE_PPM >= least_ppm


def _wrong_delay(event: Event, interaction: Interaction) -> Iterator[tuple[str, str]]:
    """While a step waits for room, everything stays as it is."""
    names = ("step", "priority", "only_preferred", "history_at_least_ppm")
    now = tuple(event[name] for name in names)
    stands = (interaction.step, interaction.priority, interaction.kept)
    stays = tuple(event["shut"]) == interaction.shut
    if now != (*stands, interaction.history_at_least_ppm) or not stays:
        yield "step_wrong", f"step {event['step']} is delayed, and something has changed"
    asked = read_requirements(event["requirements"], interaction.attribute_map())
    if asked != interaction.requirements:
        yield "step_wrong", f"step {event['step']} is delayed, and asks for {asked}"


def _asked(passed: Sequence[Step], asked: Requirements) -> Requirements:
    added: Requirements = []
    others: list[Requirements] = []
    for step in passed:
        if step.get("require") is not None:
            asked, added, others = list(step["require"]), [], []
        asked, added = _eased(step, asked), _eased(step, added) + list(step.get("add") or ())
        others += [step["widen"]] if step.get("widen") else []
    hard = [each for each in asked if each.get("hard", True)]
    if hard and others:
        either = {"any": [_together(each) for each in (hard, *others)]}
        asked = [*({**each, "hard": False} for each in asked), either]
    return [*asked, *added]


def _eased(step: Step, asked: Requirements) -> Requirements:
    dropped, lower = set(step.get("drop") or ()), step.get("lower") or {}
    return [_lowered(each, lower) for each in asked if each.get("skill") not in dropped]


def _lowered(requirement: Step, lower: Mapping[str, int]) -> Step:
    by = lower.get(requirement.get("skill", ""), 0)
    op, level = requirement.get("op", ">="), requirement.get("level", 1)
    if not by or op not in (">=", ">", "between"):
        return requirement
    lowest = 0 if op == ">" else 1
    return {**requirement, "level": min(level, max(lowest, level - by))}


def _together(requirements: Requirements) -> Any:
    return requirements[0] if len(requirements) == 1 else {"all": requirements}


def _priority(passed: Sequence[Step], interaction: Interaction) -> int:
    priority = interaction.asked_priority
    if any(one.get("expedite") for one in interaction.asked):
        return _HIGHEST_PRIORITY
    if passed and passed[-1].get("expedite"):
        return _HIGHEST_PRIORITY
    raised: int = sum(step.get("priority", 0) for step in passed)
    return min(_HIGHEST_PRIORITY, priority + raised)


def _until(
    policy: PolicyTerms, interaction: Interaction, step: Step, age_ms: int
) -> tuple[int, bool]:
    """Until when all stays as it is (0: for good), and whether the step goes on then."""
    end_ms = _end_ms(policy, interaction, step)
    next_ms = policy.membership.next_ms(interaction.queue, age_ms)
    if next_ms is not None and (end_ms is None or interaction.origin_ms + next_ms < end_ms):
        return interaction.origin_ms + next_ms, True
    return end_ms or 0, False


def _end_ms(policy: PolicyTerms, interaction: Interaction, step: Step) -> int | None:
    if step.get("until_s") is not None:
        return interaction.origin_ms + thousandths(step["until_s"])
    if step.get("until_target") is not None:
        allowed_ms = policy.allowed_ms(interaction.standing)
        share_ppm: int = round(step["until_target"] * ONE_PPM)
        return interaction.origin_ms + (allowed_ms * share_ppm) // ONE_PPM
    return None
