"""Decisions on where an interaction belongs: on arrival, and once more under another policy."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from router import events as ev
from router import limits
from router.classification import Classified, facts_of
from router.commands import Create, Requirement
from router.decide.steps import follow_workflow
from router.decide.turn import Turn
from router.given import given_of
from router.lifecycle import InteractionState
from router.state import Interaction

__all__ = ("classify", "reclassify")

_UNCLASSIFIED: Final = Classified(None, 0, (), ())
"""Of what comes where there are no rules."""

_WITH_NOBODY: Final = frozenset((InteractionState.QUEUED, InteractionState.SUSPENDED))


def classify(turn: Turn, arrival: Create | Interaction, queue: str, priority: int) -> Classified:
    """What the policy's rules make of something; what was given goes before attributes."""
    classification = turn.world.rules.classification
    if not classification:
        return _UNCLASSIFIED
    facts = facts_of(arrival, queue, priority)
    labels = turn.world.rules.channels[arrival.channel].labels
    return classification.of(arrival.interaction_id, facts, labels)


def reclassify(turn: Turn) -> None:
    """Go on classifying anew what waits under a new policy, some of it with each batch."""
    unclassified = turn.world.unclassified
    if unclassified is None:
        return
    some = list(islice(unclassified, limits.RECLASSIFIED_AT_ONCE))
    for interaction in _with_nobody(turn, some):
        event = _anew(turn, interaction)
        if event is not None:
            turn.emit(event)
            if interaction.state is InteractionState.QUEUED:
                follow_workflow(turn, interaction)
    if len(some) < limits.RECLASSIFIED_AT_ONCE:
        turn.emit(ev.ReclassificationEnded(version=turn.world.state.policy_version))


def _with_nobody(turn: Turn, interaction_ids: list[str]) -> Iterator[Interaction]:
    """Those that wait or are suspended; what is offered just now, or in hand, stays as it is."""
    for interaction_id in interaction_ids:
        interaction = turn.world.state.interactions.get(interaction_id)
        if interaction is not None and interaction.state in _WITH_NOBODY:
            yield interaction


def _anew(turn: Turn, interaction: Interaction) -> ev.InteractionReclassified | None:
    """What the rules make of it now; None when that is nothing else, or not for them to say."""
    given = given_of(turn.world, interaction)
    if given is None:
        return None
    rules = turn.world.rules
    classified = classify(turn, interaction, given.queue, given.priority)
    queue = given.queue or classified.queue or rules.default_queue or interaction.queue
    requirements = given.requirements + classified.requirements
    event = ev.InteractionReclassified(
        interaction_id=interaction.interaction_id,
        queue=queue if queue in rules.weights else interaction.queue,
        priority=min(limits.PRIORITY_MAX, given.priority + classified.points),
        requirements=_in_time(turn, interaction, requirements),
        classified_by=classified.rules,
        label=given.label or classified.label,
        target_ms=given.target_ms or classified.target_ms,
    )
    if _is_so(turn, interaction, event):
        return None
    fits = turn.has_room(event.requirements, interaction.attributes)
    return event if fits else None


def _in_time(
    turn: Turn, interaction: Interaction, requirements: tuple[Requirement, ...]
) -> tuple[Requirement, ...]:
    """Those that have not had their time; what is suspended does not age."""
    if interaction.state is InteractionState.SUSPENDED:
        return requirements
    age_ms = turn.now_ms - interaction.origin_ms
    return tuple(r for r in requirements if not r.ttl_s or r.ttl_s * 1_000 > age_ms)


def _is_so(turn: Turn, interaction: Interaction, event: ev.InteractionReclassified) -> bool:
    """Whether it waits there and asks for that already, and no workflow has anything to say."""
    target_ms = turn.world.state.targets.get(interaction.interaction_id, 0)
    return (
        (event.queue, event.priority) == (interaction.queue, interaction.asked_priority)
        and event.target_ms == target_ms
        and event.requirements == interaction.asked
        and event.label == turn.world.state.labels.get(interaction.interaction_id, "")
        and interaction.progress is None
        and not turn.world.rules.steps[event.queue]
    )
