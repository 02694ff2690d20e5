"""Interactions: a list of what is open, and everything about one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final, NamedTuple

from fastapi import APIRouter, Depends
from starlette.responses import Response

from adapters.api.paths import IdInPath
from adapters.client.eligibility_models import Eligibility
from adapters.client.errors import Invalid, NotFound
from adapters.client.models import Interaction, Offer
from adapters.client.wallboard_models import LinePlace
from adapters.console.addresses import address
from adapters.console.paging import PAGE, asked, shown
from adapters.console.rendering import is_fragment
from adapters.console.visit import Visit, visiting
from adapters.identity.permissions import Permission

__all__ = ("router",)

router = APIRouter()

Viewing = Annotated[Visit, Depends(visiting(Permission.INTERACTIONS_READ))]
Own = Annotated[Visit, Depends(visiting(Permission.INTERACTIONS_READ, is_own=True))]

FILTERS: Final = ("state", "queue", "channel", "agent_id", "customer_id", "conversation_id")
LOOKING: Final = ("queued", "offered", "suspended")
NAMED: Final = 12
"""Agents of each group who are named."""

STATES: Final = ("queued", "offered", "assigned", "idle", "waking", "wrap_up", "suspended")


class Moment(NamedTuple):
    """Something that has happened to an interaction, or is to happen."""

    at_ms: int
    what: str
    detail: str = ""
    link: str = ""


@router.get("/interactions")
async def list_interactions(visit: Viewing) -> Response:
    """What is open, filtered."""
    filters = asked(visit.request, FILTERS)
    listing = visit.queue.interactions.list(limit=PAGE, **filters)  # type: ignore[arg-type]  # the API refuses other states
    page = await shown(visit.request, listing, filters)
    queues, channels = await _names(visit)
    return visit.page(
        "interactions.html",
        page=page,
        filters=filters,
        states=STATES,
        queues=queues,
        channels=channels,
        every_s=3,
    )


@router.get("/interactions/{interaction_id}")
async def show_interaction(interaction_id: IdInPath, visit: Own) -> Response:
    """Everything about one."""
    interaction = await visit.queue.interactions.get(interaction_id)
    offers = await _offers(visit, interaction)
    place = await _place(visit, interaction)
    return visit.page(
        "interaction.html",
        interaction=interaction,
        offers=offers,
        place=place,
        who=await _who(visit, interaction),
        timeline=sorted(_timeline(interaction, offers)),
        every_s=2,
    )


async def _names(visit: Visit) -> tuple[list[str], list[str]]:
    """The queues and channels that there are, for the filters, which no live part has."""
    if is_fragment(visit.request) or not visit.may(Permission.STATISTICS_READ):
        return [], []
    board = await visit.queue.statistics.wallboard()
    return [each.queue for each in board.queues], [each.channel for each in board.channels]


async def _offers(visit: Visit, interaction: Interaction) -> list[Offer]:
    """Its open offers; those that have ended meanwhile are passed over."""
    found = []
    for offer_id in interaction.offers:
        try:
            found.append(await visit.queue.offers.get(offer_id))
        except NotFound:
            continue
    return found


async def _place(visit: Visit, interaction: Interaction) -> LinePlace | None:
    """Where it stands in the line of its queue, if that is near its begin."""
    if interaction.state != "queued" or not visit.may(Permission.INTERACTIONS_READ):
        return None
    try:
        line = await visit.queue.queues.line(interaction.queue, limit=200)
    except (NotFound, Invalid):
        return None
    same = (each for each in line.first if each.interaction_id == interaction.interaction_id)
    return next(same, None)


async def _who(visit: Visit, interaction: Interaction) -> Eligibility | None:
    """Who could serve it; of what nobody is to have by now, nobody asks."""
    if interaction.state not in LOOKING or not visit.may(Permission.EXPLAIN):
        return None
    try:
        found = await visit.queue.explanations.eligibility(interaction.interaction_id, limit=NAMED)
    except NotFound:
        return None  # it is over meanwhile
    return found.eligibility


def _timeline(interaction: Interaction, offers: list[Offer]) -> Iterator[Moment]:
    """What is known of its life, by its times; the whole of it stands in the journal."""
    if interaction.origin_ms and interaction.origin_ms != interaction.created_ms:
        yield Moment(interaction.origin_ms, "the wait began")
    if interaction.created_ms:
        yield Moment(interaction.created_ms, "came in", f"by {interaction.channel}")
    for note in interaction.notes:
        told = f"{note.author}: {note.text}" if note.author else note.text
        yield Moment(note.at_ms, "noted", told)
    if interaction.suspension is not None:
        yield Moment(interaction.suspension.since_ms, "put aside")
    for offer in offers:
        yield Moment(
            offer.issued_ms or 0, "offered", offer.agent_id, address("agents", offer.agent_id)
        )
    if interaction.accepted_ms:
        agent = interaction.agent_id
        yield Moment(interaction.accepted_ms, "accepted", agent, address("agents", agent))
    if interaction.completed_ms:
        yield Moment(interaction.completed_ms, "conversation over", interaction.outcome)
    if interaction.ended_ms:
        yield Moment(interaction.ended_ms, interaction.state, interaction.reason)
