"""One interaction explained: all of its offers, and why it still waits if it does."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from adapters.explain.answers import Answer
from adapters.explain.beginning import Beginning
from adapters.explain.offer import (
    NAMES_COMPARED_MAX,
    Explanation,
    answers,
    explain,
    near_hint,
    settle_unknown,
)
from adapters.explain.ranking import Ranking, rank
from adapters.explain.replay import Moment, Replay
from router import events as ev
from router.commands import Requirement
from router.errors import CallerError
from router.lifecycle import InteractionState
from router.state import Interaction

__all__ = ("Life", "Outcome", "Stage", "UnknownInteraction", "Waiting", "explain_interaction")


class UnknownInteraction(CallerError):
    """The journal has no interaction of that id; ``hint`` may name one that is near."""

    def __init__(self, interaction_id: str, hint: str) -> None:
        super().__init__(interaction_id, hint)
        self.interaction_id = interaction_id
        self.hint = hint

    def __str__(self) -> str:
        hint = f"; {self.hint}" if self.hint else ""
        return f"the journal has no interaction {self.interaction_id!r}{hint}"


Pause: TypeAlias = (
    ev.AttemptFailed
    | ev.InteractionSuspended
    | ev.InteractionDue
    | ev.InteractionResumed
    | ev.InteractionIdled
    | ev.InteractionWaking
    | ev.InteractionWoken
)
"""A time in which nobody is to have it, or its agent has it without capacity."""


class Outcome(NamedTuple):
    """What became of an offer."""

    event: str
    at_ms: int
    reason: str = ""


class Stage(NamedTuple):
    """One turn in its life: what it goes on from, rules that classified it, queues that passed it
    on, to whom one diverted it, a step that began, a time in which it was for nobody, what was
    told of its wait (``wait_ms``: with the low and the high end, or empty), or a note."""

    event: str
    at_ms: int
    rules: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    target: str = ""
    step: int = 0
    name: str = ""
    until_ms: int = 0
    only_preferred: bool = False
    continues: bool = False
    priority: int = 0
    requirements: tuple[Requirement, ...] = ()
    reason: str = ""
    position: int = 0
    waiting: int = 0
    wait_ms: tuple[int, ...] = ()
    attempt: int = 0
    asked_ms: int = 0
    declines: int = 0
    shut: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Waiting:
    """Who could serve what waits, and who could not. After matching has settled nobody could, or
    fewer than ``at_least``, who are to be asked at once.

    ``settled`` is false where matching had not come to its end at that moment.
    """

    record_id: str
    now_ms: int
    ranking: Ranking
    answers: tuple[Answer, ...]
    settled: bool
    at_least: int = 1

    @property
    def left_waiting(self) -> bool:
        """Whether it waits beside somebody who could serve it, against the rules."""
        return self.settled and len(self.ranking.candidates) >= self.at_least


@dataclass(slots=True)
class Life:
    """An interaction up to the end of the journal; ``state`` as the lifecycle names it.

    ``waiting`` is about the end of the journal, or about the moment at which the customer gave up.
    """

    interaction_id: str
    state: str = ""
    record_id: str = ""
    now_ms: int = 0
    begun_after: str = ""
    """The record of the snapshot from which on the journal was folded ("": from the first)."""
    stages: list[Stage] = field(default_factory=list)
    offers: list[Explanation] = field(default_factory=list)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    waiting: Waiting | None = None

    @property
    def sound(self) -> bool:
        """Whether all is as it should be."""
        left_waiting = self.waiting is not None and self.waiting.left_waiting
        return not left_waiting and not any(one.mismatches for one in self.offers)


def explain_interaction(
    records: Iterable[tuple[str, bytes]],
    interaction_id: str,
    why_not: Sequence[str] = (),
    *,
    show_attributes: bool = False,
    beginning: Beginning | None = None,
) -> Life:
    """Fold a journal to its end and explain one interaction; the records are those after the
    ``beginning``, where there is one, which is before the interaction came.

    Raises :class:`UnknownInteraction`, :class:`adapters.explain.offer.UnknownAgent`,
    :class:`adapters.explain.replay.JournalCut` and :class:`router.errors.CorruptJournal`.
    """
    replay = Replay(show_attributes=show_attributes, beginning=beginning)
    life = Life(interaction_id, begun_after=replay.begun_after)
    names: deque[str] = deque(maxlen=NAMES_COMPARED_MAX)
    for record_id, data in records:
        for event in replay.events(record_id, data):
            if isinstance(event, ev.InteractionCreated):
                names.append(event.interaction_id)
            if getattr(event, "interaction_id", "") == interaction_id:
                _follow(life, replay, event, why_not)
    life.record_id, life.now_ms = replay.record_id, replay.now_ms
    if not life.state:
        raise UnknownInteraction(interaction_id, near_hint(interaction_id, names))
    interaction = replay.state.interactions.get(interaction_id)
    if interaction is not None:
        life.state = interaction.state.value
        if interaction.state is InteractionState.QUEUED:
            life.waiting = _waiting(replay.moment(), interaction, why_not, settled=replay.settled)
    _require_known(life, replay)
    return life


def _step(event: ev.InteractionStepped, now_ms: int) -> Stage:
    return Stage(
        "stepped",
        now_ms,
        step=event.step,
        name=event.name,
        until_ms=event.until_ms,
        only_preferred=event.only_preferred,
        continues=event.continues,
        shut=event.shut,
        priority=event.priority,
        requirements=event.requirements,
    )


def _anew(event: ev.InteractionReclassified, now_ms: int) -> Stage:
    return Stage(
        "reclassified",
        now_ms,
        rules=event.classified_by,
        queues=(event.queue,),
        priority=event.priority,
        requirements=event.requirements,
    )


def _move(event: ev.InteractionMoved, now_ms: int) -> Stage:
    return Stage(
        "moved",
        now_ms,
        queues=(event.queue,),
        step=event.step,
        name=event.name,
        declines=event.declines,
    )


def _pause(event: Pause, now_ms: int) -> Stage:
    match event:
        case ev.AttemptFailed(attempt=attempt, reason=reason):
            return Stage("attempt_failed", now_ms, attempt=attempt, reason=reason)
        case ev.InteractionSuspended():
            return Stage(
                "suspended",
                now_ms,
                target=event.inbox,
                until_ms=event.until_ms,
                reason=event.reason,
                asked_ms=event.asked_ms,
            )
        case ev.InteractionDue():
            return Stage("due", now_ms, target=event.inbox)
        case ev.InteractionResumed():
            return Stage("resumed", now_ms)
        case ev.InteractionIdled():
            return Stage("idled", now_ms, target=event.agent_id)
        case ev.InteractionWaking():
            return Stage("waking", now_ms, target=event.agent_id, until_ms=event.until_ms)
        case ev.InteractionWoken():
            return Stage("woken", now_ms, target=event.agent_id)


def _told(event: ev.WaitEstimated, now_ms: int) -> Stage:
    told = (event.wait_ms, event.wait_ms_low, event.wait_ms_high)
    return Stage(
        "told",
        now_ms,
        queues=(event.queue,),
        target=event.reply_to,
        position=event.position,
        waiting=event.waiting,
        wait_ms=tuple(wait for wait in told if wait is not None),
    )


def _stage(event: ev.Event, now_ms: int, *, show: bool) -> Stage | None:
    """What the event makes of the interaction, if it is a turn in its life; ``show``: with what may
    be personal data."""
    match event:
        case ev.InteractionStepped():
            return _step(event, now_ms)
        case ev.InteractionMoved():
            return _move(event, now_ms)
        case ev.InteractionReclassified():
            return _anew(event, now_ms)
        case ev.RequirementsExpired():
            return Stage("expired", now_ms, requirements=event.requirements)
        case _ if isinstance(event, Pause):
            return _pause(event, now_ms)
        case ev.WaitEstimated():
            return _told(event, now_ms)
        case ev.InteractionNoted():
            text = event.text if show else ""
            return Stage("noted", now_ms, name=event.author, reason=text)
    return None


def _follow(life: Life, replay: Replay, event: ev.Event, why_not: Sequence[str]) -> None:
    stage = _stage(event, replay.now_ms, show=replay.show_attributes)
    if stage is not None:
        life.stages.append(stage)
    match event:
        case ev.InteractionCreated():
            _begin(life, replay.now_ms, event)
        case ev.OfferIssued():
            life.offers.append(explain(replay.moment(), event, why_not))
        case ev.OfferAccepted() | ev.OfferExpired():
            life.outcomes[event.offer_id] = Outcome(_tag(event), replay.now_ms)
        case ev.OfferDeclined() | ev.OfferRescinded():
            life.outcomes[event.offer_id] = Outcome(_tag(event), replay.now_ms, event.reason)
        case ev.InteractionWrappedUp() | ev.InteractionCancelled() | ev.InteractionDiverted():
            _end(life, replay, event, why_not)
        case _:
            pass


def _begin(life: Life, now_ms: int, event: ev.InteractionCreated) -> None:
    life.state = InteractionState.QUEUED.value
    life.waiting = None  # an id may be used again, a while after its first life
    if event.link is not None:
        target, kind = event.link.interaction_id, event.link.kind
        life.stages.append(Stage("linked", now_ms, target=target, name=kind))
    if event.classified_by:
        life.stages.append(Stage("classified", now_ms, rules=event.classified_by))
    if event.overflowed:
        way = (*event.overflowed, event.queue)
        life.stages.append(Stage("overflowed", now_ms, queues=way))


def _end(
    life: Life,
    replay: Replay,
    event: ev.InteractionWrappedUp | ev.InteractionCancelled | ev.InteractionDiverted,
    why_not: Sequence[str],
) -> None:
    match event:
        case ev.InteractionWrappedUp():
            life.state = InteractionState.COMPLETED.value
        case ev.InteractionDiverted():
            life.state = InteractionState.DIVERTED.value
            life.stages.append(_diverted(event, replay.now_ms))
        case ev.InteractionCancelled():
            life.state = InteractionState.CANCELLED.value
            interaction = replay.state.interactions.get(life.interaction_id)
            if interaction is not None and interaction.state is not InteractionState.SUSPENDED:
                life.waiting = _waiting(replay.moment(), interaction, why_not, settled=False)


def _diverted(event: ev.InteractionDiverted, now_ms: int) -> Stage:
    return Stage(
        "diverted",
        now_ms,
        (event.rule,) if event.rule else (),
        target=event.target,
        step=event.step,
        attempt=event.attempts,
    )


def _waiting(
    moment: Moment, interaction: Interaction, why_not: Sequence[str], *, settled: bool
) -> Waiting:
    ranking = rank(moment, interaction)
    return Waiting(
        record_id=moment.record_id,
        now_ms=moment.now_ms,
        ranking=ranking,
        answers=answers(moment, interaction, ranking, why_not),
        settled=settled,
        at_least=moment.policy.at_once(interaction.channel, interaction.queue)[0],
    )


def _require_known(life: Life, replay: Replay) -> None:
    """Refuse agents who have not signed in to the end of the journal, as nobody knows them."""
    found = [*(a for one in life.offers for a in one.answers)]
    found += life.waiting.answers if life.waiting else ()
    unknown = [one for one in found if one.agent_id not in replay.notes.agents]
    settle_unknown(tuple(one._replace(known=False) for one in unknown), replay, iter(()))


def _tag(event: ev.Event) -> str:
    return str(event.__struct_config__.tag)
