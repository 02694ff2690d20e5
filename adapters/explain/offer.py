"""One offer explained: its decision recomputed, beside what the journal says of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from adapters.documents.faults import near
from adapters.explain.answers import Answer, answer, first_sign_in
from adapters.explain.beginning import Beginning
from adapters.explain.choice import QueueView, look_at_queue, looks
from adapters.explain.passed_over import chosen_mismatches, without_passed_over
from adapters.explain.ranking import Mismatch, Ranking, mismatches, rank
from adapters.explain.replay import Moment, Replay, decoded
from adapters.verify.wire import Unreadable, split_id
from router.errors import CallerError, CorruptJournal
from router.events import AgentLoggedIn, OfferIssued
from router.state import Interaction

__all__ = (
    "NAMES_COMPARED_MAX",
    "Explanation",
    "UnknownAgent",
    "UnknownOffer",
    "answers",
    "explain",
    "explain_offer",
    "near_hint",
    "settle_unknown",
)

NAMES_COMPARED_MAX: Final = 20_000
"""Comparing a name with more than these takes longer than the hint is worth."""


class UnknownOffer(CallerError):
    """The journal holds no such offer; ``detail`` says what it holds."""

    def __init__(self, offer_id: str, detail: str) -> None:
        super().__init__(offer_id, detail)
        self.offer_id = offer_id
        self.detail = detail

    def __str__(self) -> str:
        return f"no offer {self.offer_id!r}: {self.detail}"


class UnknownAgent(CallerError):
    """Nobody of that id has ever signed in; ``hint`` may name somebody near."""

    def __init__(self, agent_id: str, hint: str) -> None:
        super().__init__(agent_id, hint)
        self.agent_id = agent_id
        self.hint = hint

    def __str__(self) -> str:
        hint = f"; {self.hint}" if self.hint else ""
        return f"no agent {self.agent_id!r} has ever signed in{hint}"


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything about one offer. ``ranking`` is recomputed, ``event`` is what the journal says."""

    record_id: str
    event_index: int
    now_ms: int
    event: OfferIssued
    ranking: Ranking
    queue_view: QueueView
    answers: tuple[Answer, ...]
    mismatches: tuple[Mismatch, ...]
    asked_before: int = 0
    """How many had an open offer of it already."""
    begun_after: str = ""
    """The record of the snapshot from which on the journal was folded ("": from the first)."""


def explain(moment: Moment, event: OfferIssued, why_not: Sequence[str] = ()) -> Explanation:
    """Recompute the decision behind an offer; the moment is the one just before its event.

    Raises :class:`CorruptJournal` when what is offered does not wait.
    """
    interaction = moment.state.interactions.get(event.interaction_id)
    if interaction is None or not looks(moment, interaction):
        detail = f"offer {event.offer_id} is of an interaction that does not wait"
        raise CorruptJournal(moment.record_id, detail)
    ranking = rank(moment, interaction)
    ranking = without_passed_over(moment, interaction, ranking, event.decision.chosen)
    view = look_at_queue(moment, interaction, event.decision)
    chosen = chosen_mismatches(moment, event, view, ranking)
    return Explanation(
        record_id=moment.record_id,
        event_index=moment.event_index,
        now_ms=moment.now_ms,
        event=event,
        ranking=ranking,
        queue_view=view,
        answers=answers(moment, interaction, ranking, why_not),
        mismatches=(*mismatches(moment, event, ranking), *chosen),
        asked_before=len(interaction.offers),
    )


def answers(
    moment: Moment, interaction: Interaction, ranking: Ranking, why_not: Sequence[str]
) -> tuple[Answer, ...]:
    """The answers about the agents asked for, each once."""
    return tuple(answer(moment, interaction, ranking, name) for name in dict.fromkeys(why_not))


def explain_offer(
    records: Iterable[tuple[str, bytes]],
    offer_id: str,
    why_not: Sequence[str] = (),
    *,
    last_record: str = "",
    show_attributes: bool = False,
    beginning: Beginning | None = None,
) -> Explanation:
    """Fold a journal up to an offer and explain it; the records are those after the ``beginning``,
    where there is one.

    With ``show_attributes``, the values that expressions read are told. ``last_record``, where
    known, spares the fold for an offer that lies beyond it. Raises
    :class:`UnknownOffer`, :class:`UnknownAgent`, :class:`adapters.explain.replay.JournalCut`,
    :class:`router.errors.CorruptJournal`, and :class:`UnknownOffer` for what is no offer id.
    """
    epoch = _epoch(offer_id)
    if last_record and split_id(last_record)[0] < epoch:
        raise UnknownOffer(offer_id, f"the journal ends at {last_record}")
    replay = Replay(show_attributes=show_attributes, beginning=beginning)
    rest = iter(records)
    offers: list[str] = []
    for record_id, data in rest:
        if split_id(record_id)[0] > epoch:
            if not replay.record_id:
                detail = f"it is older than the journal, which begins at {record_id}"
                raise UnknownOffer(offer_id, detail)
            break
        for event in replay.events(record_id, data):
            if not isinstance(event, OfferIssued):
                continue
            if event.offer_id == offer_id:
                found = explain(replay.moment(), event, why_not)
                return replace(
                    found,
                    answers=settle_unknown(found.answers, replay, rest),
                    begun_after=replay.begun_after,
                )
            if _is_of(event.offer_id, epoch):
                offers[1:] = [event.offer_id]
    raise UnknownOffer(offer_id, _offers_words(epoch, offers))


def settle_unknown(
    found: tuple[Answer, ...], replay: Replay, rest: Iterator[tuple[str, bytes]]
) -> tuple[Answer, ...]:
    """Tell those who signed in later from those whom nobody knows.

    ``rest`` are the records after the moment. Raises :class:`UnknownAgent`.
    """
    wanted = {one.agent_id for one in found if not one.known}
    if not wanted:
        return found
    later: dict[str, int] = {}
    for record_id, data in rest:
        record = decoded(record_id, data)
        for event in record.events:
            if isinstance(event, AgentLoggedIn):
                later.setdefault(event.agent_id, record.now_ms)
        if wanted <= later.keys():
            break
    for name in sorted(wanted - later.keys()):
        if replay.begun_after:
            continue  # they may have been there before
        raise UnknownAgent(name, near_hint(name, [*replay.notes.agents, *later]))
    return tuple(
        first_sign_in(one, later[one.agent_id]) if one.agent_id in wanted & later.keys() else one
        for one in found
    )


def near_hint(name: str, known: Collection[str]) -> str:
    """ "did you mean …?", where one of the names is near; "" if there are too many to compare."""
    return near(name, known) if len(known) <= NAMES_COMPARED_MAX else ""


def _epoch(offer_id: str) -> int:
    try:
        return split_id(offer_id)[0]
    except Unreadable:
        detail = (
            "an offer id is two numbers with a dash, as in 3-1200 "
            f"(is it an interaction? then: --interaction {offer_id})"
        )
        raise UnknownOffer(offer_id, detail) from None


def _is_of(offer_id: str, epoch: int) -> bool:
    return offer_id.startswith(f"{epoch}-")


def _offers_words(epoch: int, offers: Sequence[str]) -> str:
    if not offers:
        return f"the journal holds no offer of epoch {epoch}"
    return f"of epoch {epoch} the journal holds the offers {offers[0]} to {offers[-1]}"
