"""Decisions on steps: in which one an interaction stands, by its age and by who is there."""

from __future__ import annotations

from typing import Final

from router import events as ev
from router.commands import Requirement
from router.decide.freedom import is_free_in_time
from router.decide.metrics import all_hold, holds
from router.decide.overflow import divert
from router.decide.pool import Pool
from router.decide.turn import Turn
from router.pools import members_at, next_stage_ms
from router.standing import target_ms_of
from router.state import Interaction
from router.steps import StepRule, asked_in, priority_in

__all__ = ("RETRY_MS", "follow_workflow", "move")


RETRY_MS: Final = 60_000
"""When a step is tried again for whose condition there was no room."""


def follow_workflow(
    turn: Turn, interaction: Interaction, *, ended: bool = False, stays: bool = False
) -> None:
    """Let an interaction that waits or is offered stand in the step that is right for it now.

    ``ended``: the step in which it stands is over. ``stays``: it is for somebody, and no step sends
    it away.
    """
    steps = turn.world.rules.steps[interaction.queue]
    if steps:
        number, shut = _number(turn, interaction, steps, ended=ended)
        if not steps[number - 1].leaves:
            _stand(turn, interaction, _stepped(turn, interaction, steps, number, shut))
        elif not stays:
            _leave(turn, interaction, steps[number - 1], number)
    else:
        priority = priority_in((), 0, interaction.asked_priority, interaction.asked)
        if interaction.progress is not None or interaction.priority != priority:
            _stand(turn, interaction, _unstepped(turn, interaction, priority))


def _unstepped(turn: Turn, interaction: Interaction, priority: int) -> ev.InteractionStepped:
    """No workflow applies: it asks for what it came with, as high as that makes it."""
    return ev.InteractionStepped(
        cause=turn.cause,
        interaction_id=interaction.interaction_id,
        step=0,
        requirements=interaction.asked,
        priority=priority,
    )


def _stand(turn: Turn, interaction: Interaction, event: ev.InteractionStepped) -> None:
    """Let it stand in a step, as soon as there is room for what this asks."""
    if not turn.has_room(event.requirements, interaction.attributes):
        event = _delayed(turn, interaction)
    if not _is_so(turn, interaction, event):
        turn.emit(event)


def _leave(turn: Turn, interaction: Interaction, step: StepRule, number: int) -> None:
    """Send it where its last step sends it."""
    if step.divert is not None:
        divert(turn, interaction, step.divert, step.inbox, step.name, number)
    elif step.queue is not None and turn.has_room(interaction.asked, interaction.attributes):
        move(turn, interaction, step.queue, number, step.name)
        follow_workflow(turn, interaction)
    else:
        turn.emit(_delayed(turn, interaction))


def move(
    turn: Turn,
    interaction: Interaction,
    queue: str,
    step: int = 0,
    name: str = "",
    declines: int = 0,
) -> None:
    """Let it wait in another queue, by a step, after so many declines, or (both 0) as it is handed
    over; open offers stand."""
    turn.emit(
        ev.InteractionMoved(
            cause=turn.cause,
            interaction_id=interaction.interaction_id,
            queue=queue,
            step=step,
            name=name,
            declines=declines,
        )
    )


def _is_so(turn: Turn, interaction: Interaction, event: ev.InteractionStepped) -> bool:
    """Whether an event would change nothing."""
    progress = interaction.progress
    return (
        progress is not None
        and (progress.step, progress.until_ms) == (event.step, event.until_ms)
        and (progress.only_preferred, progress.continues) == (event.only_preferred, event.continues)
        and progress.history_at_least_ppm == event.history_at_least_ppm
        and interaction.priority == event.priority
        and interaction.requirements == event.requirements
        and _shut(turn, interaction) == event.shut
    )


def _delayed(turn: Turn, interaction: Interaction) -> ev.InteractionStepped:
    """All stays as it is for a while."""
    progress = interaction.progress
    return ev.InteractionStepped(
        cause=turn.cause,
        interaction_id=interaction.interaction_id,
        step=progress.step if progress else 0,
        requirements=interaction.requirements,
        priority=interaction.priority,
        until_ms=turn.now_ms + RETRY_MS,
        only_preferred=interaction.only_preferred,
        history_at_least_ppm=progress.history_at_least_ppm if progress else 0,
        delayed=True,
        shut=_shut(turn, interaction),
    )


def _number(
    turn: Turn, interaction: Interaction, steps: tuple[StepRule, ...], *, ended: bool
) -> tuple[int, tuple[int, ...]]:
    """The step in which it stands now, from 1, and those whose pools have not opened to it."""
    number, begins = _first_number(interaction, len(steps), ended=ended)
    if steps[number - 1].leaves:
        # a new policy may have put another last step here: only age sends it away
        number, begins = 1, True
    shut = [n for n in _shut(turn, interaction) if n < number or (n == number and not begins)]
    target_ms = target_ms_of(turn.world.rules, turn.world.state, interaction)
    ends_ms = steps[number - 1].ends_at_ms(interaction.origin_ms, target_ms)
    while ends_ms is not None:
        if begins and _stays_shut(turn, interaction, steps[number - 1]):
            shut.append(number)
        elif ends_ms > turn.now_ms and not (
            begins and _is_skipped(turn, interaction, steps[:number], tuple(shut), ends_ms)
        ):
            break
        number, begins = number + 1, True
        ends_ms = steps[number - 1].ends_at_ms(interaction.origin_ms, target_ms)
    return number, tuple(shut)


def _shut(turn: Turn, interaction: Interaction) -> tuple[int, ...]:
    """The steps whose pools have not opened to it so far."""
    known = turn.world.state.shut
    return known.get(interaction.interaction_id, ()) if known else ()


def _stays_shut(turn: Turn, interaction: Interaction, step: StepRule) -> bool:
    """Whether the pool of a step that would begin now is not to serve it."""
    return bool(step.open_if) and not all_hold(turn, step.open_if, interaction.queue)


def _stepped(
    turn: Turn,
    interaction: Interaction,
    steps: tuple[StepRule, ...],
    number: int,
    shut: tuple[int, ...],
) -> ev.InteractionStepped:
    """The step of this number, as an event."""
    step = steps[number - 1]
    until_ms, continues = _until(turn, interaction, step)
    progress = interaction.progress
    begins = progress is None or progress.step != number
    return ev.InteractionStepped(
        cause=turn.cause,
        interaction_id=interaction.interaction_id,
        step=number,
        requirements=_asked(turn, interaction, steps, number, shut),
        priority=priority_in(steps, number, interaction.asked_priority, interaction.asked),
        until_ms=until_ms,
        only_preferred=step.only_preferred,
        history_at_least_ppm=step.history_at_least_ppm,
        continues=continues,
        name=step.name,
        inbox=step.tell if begins else "",
        shut=shut,
    )


def _until(turn: Turn, interaction: Interaction, step: StepRule) -> tuple[int, bool]:
    """Until when all stays as the step has it (0: for good), and whether the step goes on then,
    with agents of further profiles."""
    rules, origin_ms = turn.world.rules, interaction.origin_ms
    target_ms = target_ms_of(rules, turn.world.state, interaction)
    ends_ms = step.ends_at_ms(origin_ms, target_ms)
    stages = rules.stages[interaction.queue]
    age_ms = next_stage_ms(stages, turn.now_ms - origin_ms) if stages else None
    if age_ms is None or (ends_ms is not None and ends_ms <= origin_ms + age_ms):
        return ends_ms or 0, False
    return origin_ms + age_ms, True


def _asked(
    turn: Turn,
    interaction: Interaction,
    steps: tuple[StepRule, ...],
    number: int,
    shut: tuple[int, ...],
) -> tuple[Requirement, ...]:
    """What is asked in the step of this number, at the age that the interaction has."""
    stages = turn.world.rules.stages[interaction.queue]
    members = members_at(stages, turn.now_ms - interaction.origin_ms) if stages else ()
    return asked_in(steps, number, interaction.asked, shut) + members


def _first_number(interaction: Interaction, steps: int, *, ended: bool) -> tuple[int, bool]:
    """The first step that it may stand in, and whether it would begin now (or once more)."""
    progress = interaction.progress
    if progress is None or not progress.step:
        return 1, True
    if ended:
        return min(progress.step + 1, steps), True
    # with an agent it had no end: it was at rest
    return min(progress.step, steps), not progress.until_ms


def _is_skipped(
    turn: Turn,
    interaction: Interaction,
    steps: tuple[StepRule, ...],
    shut: tuple[int, ...],
    ends_ms: int,
) -> bool:
    """Whether the last of these steps, which would begin now and last until then, is passed
    over."""
    step = steps[-1]
    if not step.only_preferred and step.skip_if is None:
        return False
    asked = _asked(turn, interaction, steps, len(steps), shut)
    if step.only_preferred and not _is_kept(turn, interaction, asked, ends_ms, step):
        return True
    able = Pool(turn, asked, interaction.attributes)
    return step.skip_if is not None and holds(turn, step.skip_if, interaction.queue, able)


def _is_kept(
    turn: Turn,
    interaction: Interaction,
    asked: tuple[Requirement, ...],
    ends_ms: int,
    step: StepRule,
) -> bool:
    """Whether one of those whom its history names would get it, and may be free for it in time."""
    index, agents = turn.world.index, turn.world.state.agents
    awaited = [
        agents[agent_id]
        for agent_id, ppm in interaction.preferred
        if ppm >= step.history_at_least_ppm and index.is_awaited(agent_id, interaction, asked)
    ]
    least_ppm = step.free_in_time_ppm
    return bool(awaited) and is_free_in_time(turn, interaction, awaited, ends_ms, least_ppm)
