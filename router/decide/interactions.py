"""Decisions on interactions: arrival, change, hang-up."""

from __future__ import annotations

from router import commands as cmd
from router import events as ev
from router import limits
from router.classification import Classified
from router.commands import Requirement
from router.decide.asking import ask_anew
from router.decide.classifying import classify
from router.decide.direct import first_asked, give
from router.decide.handover import give_back
from router.decide.offers import rescind
from router.decide.overflow import Placed, divert, place_arrival
from router.decide.quotas import Exceeded, exceeded
from router.decide.steps import follow_workflow
from router.decide.suspension import begin_to_wait, check_suspension
from router.decide.turn import Outcome, Turn, unknown
from router.errors import CommandError
from router.lifecycle import IN_HAND, LOOKING, InteractionState
from router.quotas import Quotas
from router.state import Interaction

__all__ = ("cancel", "create", "update")


def create(turn: Turn, command: cmd.Create) -> Outcome:
    """A new interaction waits; one that is known already is left as it is."""
    state, name = turn.world.state, command.interaction_id
    if name in state.interactions or name in state.ended_interactions:
        return Outcome.REPEATED
    if not state.intake_open:
        return _turn_away(turn, command)
    _check_arrival(turn, command)
    quotas = turn.world.rules.quotas
    if quotas is not None and _exceeds(turn, command, quotas):
        return Outcome.ANSWERED
    classified = _classified(turn, command)
    queue = _default_queue(turn) if (named := command.queue or classified.queue) is None else named
    turn.check_queue(queue)
    given = turn.asked(command.requirements, command.attributes)
    asked = given + classified.requirements
    label = command.label or classified.label
    gift = first_asked(turn, command.channel, label, _direct(command, classified))
    placed = Placed(queue) if gift else _placed(turn, queue, asked, command)
    turn.emit(_created(turn, command, classified, given, placed))
    interaction, rule = state.interactions[command.interaction_id], placed.turned_away
    if rule is not None:
        divert(turn, interaction, rule.divert or "", rule.inbox, rule.name)
    elif gift is not None:
        follow_workflow(turn, interaction, stays=True)
        give(turn, interaction, gift)
    else:
        begin_to_wait(turn, interaction, command.suspension)
    return Outcome.DONE


def _turn_away(turn: Turn, command: cmd.Create) -> Outcome:
    """Refuse it while intake is closed."""
    state = turn.world.state
    detail = f"no new interactions are taken: {state.intake_reason or 'intake was closed'}"
    _refuse(turn, command, state.intake_code, Exceeded(detail, "", state.intake_retry_ms))
    return Outcome.ANSWERED


def _exceeds(turn: Turn, command: cmd.Create, quotas: Quotas) -> bool:
    """Refuse what a quota has no room for; whether it has none."""
    created_ms = min(turn.at_ms, turn.now_ms)
    found = exceeded(turn.world.state, quotas, command.producer, created_ms)
    if found is not None:
        _refuse(turn, command, "quota_exceeded", found)
    return found is not None


def _refuse(turn: Turn, command: cmd.Create, code: str, why: Exceeded) -> None:
    """Refuse it without an error, since these come in floods."""
    turn.emit(
        ev.Rejected(
            cause=turn.cause,
            command="create",
            code=code,
            detail=why.detail,
            field=why.field,
            target=command.interaction_id,
            command_id=command.command_id,
            reply_to=command.reply_to or "",
            reply_json=turn.is_json,
            retry_after_ms=why.retry_after_ms,
        )
    )


def _check_arrival(turn: Turn, command: cmd.Create) -> None:
    """Refuse what cannot arrive, whatever becomes of it."""
    channels = turn.world.rules.channels
    if command.channel not in channels:
        raise unknown("channel", command.channel, channels, field="channel")
    labels = channels[command.channel].labels
    if command.label is not None and command.label not in labels:
        raise unknown("label", command.label, labels, field="label")
    check_suspension(command.suspension, "suspension")
    if command.link is not None and command.link.interaction_id == command.interaction_id:
        raise CommandError("invalid", "goes on from itself", "link.interaction_id")
    if command.direct is not None and command.suspension is not None:
        raise CommandError("invalid", "what is for later is offered to nobody", "direct")


def _created(
    turn: Turn,
    command: cmd.Create,
    classified: Classified,
    given: tuple[Requirement, ...],
    placed: Placed,
) -> ev.InteractionCreated:
    created_ms = min(turn.at_ms, turn.now_ms)
    return ev.InteractionCreated(
        cause=turn.cause,
        interaction_id=command.interaction_id,
        channel=command.channel,
        queue=placed.queue,
        created_ms=created_ms,
        origin_ms=_origin_ms(command, created_ms),
        sequence=turn.world.state.sequence + 1,
        customer_id=command.customer_id,
        conversation_id=command.conversation_id,
        priority=min(limits.PRIORITY_MAX, command.priority + classified.points),
        requirements=given + classified.requirements,
        attributes=command.attributes,
        preferred=turn.world.rules.preferred(command.history, created_ms),
        excluded_agents=command.excluded_agents,
        classified_by=classified.rules,
        overflowed=placed.overflowed,
        link=command.link,
        given=_given(turn, command, given),
        label=command.label or classified.label,
        target_ms=_target_ms(command) or classified.target_ms,
        producer=command.producer,
        history=command.history,
    )


def _given(
    turn: Turn, command: cmd.Create, requirements: tuple[Requirement, ...]
) -> ev.Given | None:
    """What it came with, where rules may have added to it."""
    if not turn.world.rules.classification:
        return None
    came = command.queue or "", command.priority, requirements
    return ev.Given(*came, command.label or "", _target_ms(command))


def _target_ms(command: cmd.Create) -> int:
    """The target that it names; 0: none."""
    return round((command.target_s or 0) * 1_000)


def _placed(
    turn: Turn, queue: str, requirements: tuple[Requirement, ...], command: cmd.Create
) -> Placed:
    """Where an arrival goes; CommandError when the queue refuses it.

    What is for later is taken: overflow is for those who want to be served now.
    """
    if not turn.world.rules.overflows or command.suspension is not None:
        return Placed(queue)
    placed = place_arrival(turn, queue, requirements, command.attributes)
    if placed.turned_away is not None and placed.turned_away.refuse is not None:
        detail = f"queue {placed.queue!r} does not take it: {placed.turned_away.refuse}"
        raise CommandError("overflow", detail, "queue")
    return placed


def update(turn: Turn, command: cmd.Update) -> Outcome:
    """New priority or requirements; an open offer stands if its agent still qualifies."""
    if command.priority is None and command.requirements is None:
        raise CommandError("invalid", "give priority, requirements, or both", "priority")
    interaction = turn.open_interaction(command.interaction_id)
    if interaction.state is InteractionState.WRAP_UP:
        raise CommandError("wrong_state", "the interaction is in wrap-up")
    requirements = None
    if command.requirements is not None:
        requirements = turn.asked(command.requirements, interaction.attributes)
    asked = interaction.asked
    if not ask_anew(turn, interaction, command.priority, requirements):
        return Outcome.REPEATED
    if interaction.state in LOOKING:
        follow_workflow(turn, interaction)
    if interaction.asked != asked:
        _rescind_unqualified(turn, interaction)
    return Outcome.DONE


def cancel(turn: Turn, command: cmd.Cancel) -> Outcome:
    """The customer gave up; possible while no agent works on it."""
    ended = turn.world.state.ended_interactions.get(command.interaction_id)
    if ended is not None and ended.outcome == InteractionState.CANCELLED:
        return Outcome.REPEATED
    interaction = turn.open_interaction(command.interaction_id)
    if interaction.state in {InteractionState.ASSIGNED, InteractionState.WRAP_UP}:
        detail = f"the interaction is {interaction.state}; it can be completed, not cancelled"
        raise CommandError("wrong_state", detail)
    if interaction.state in IN_HAND:
        agent_id = turn.world.state.assignments[command.interaction_id].agent_id
        give_back(turn, interaction, agent_id, "cancelled")
    rescind(turn, interaction.offers, "cancelled")
    turn.emit(
        ev.InteractionCancelled(
            cause=turn.cause,
            interaction_id=command.interaction_id,
            waited_ms=_waits_until_ms(turn, interaction) - interaction.origin_ms,
            reason=command.reason,
        )
    )
    return Outcome.DONE


def _waits_until_ms(turn: Turn, interaction: Interaction) -> int:
    """Now, or when it was put aside, if time aside is no waiting."""
    aside = turn.world.state.suspended.get(interaction.interaction_id)
    return turn.now_ms if aside is None or aside.keeps_place else aside.since_ms


def _classified(turn: Turn, command: cmd.Create) -> Classified:
    """What the policy's rules make of an arrival."""
    return classify(turn, command, command.queue or "", command.priority)


def _direct(command: cmd.Create, classified: Classified) -> cmd.Direct | None:
    """Whom it names, else whom the rules name; nobody is asked for what is for later."""
    return command.direct or (classified.direct if command.suspension is None else None)


def _default_queue(turn: Turn) -> str:
    queue = turn.world.rules.default_queue
    if queue is None:
        raise CommandError("invalid", "give a queue: the policy has no default_queue", "queue")
    return queue


def _origin_ms(command: cmd.Create, created_ms: int) -> int:
    if command.origin_ms is None:
        return created_ms
    if not created_ms - limits.ORIGIN_AGE_MS_MAX <= command.origin_ms <= created_ms:
        detail = (
            f"must be at most 366 days before the entry's time ({created_ms}), and not after it"
        )
        raise CommandError("invalid", detail, "origin_ms")
    return command.origin_ms


def _rescind_unqualified(turn: Turn, interaction: Interaction) -> None:
    state, index = turn.world.state, turn.world.index
    agents = ((offer, state.agents[state.offers[offer].agent_id]) for offer in interaction.offers)
    unqualified = tuple(
        offer
        for offer, agent in agents
        if not state.offers[offer].direct
        and not index.is_skilled(agent, interaction.requirements, interaction.attributes)
    )
    rescind(turn, unqualified, "requirements_changed")
