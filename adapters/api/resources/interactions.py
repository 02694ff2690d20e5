"""Interactions: create, look at, change, and everything else that may happen to one."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from adapters.api.contract.access import Access, allowed
from adapters.api.contract.answers import answer, tagged
from adapters.api.contract.bodies import body_of
from adapters.api.contract.carrying_out import carry_out, decided
from adapters.api.contract.conditions import at_least
from adapters.api.contract.description import Operation, describe
from adapters.api.contract.examples import CREATE_EXAMPLES, INTERACTION_EXAMPLE
from adapters.api.contract.paging import LIMIT, Page, key_of, next_link
from adapters.api.contract.quick import QuickRoute, quickly
from adapters.api.contract.requests import Limit, MinPosition, read_body
from adapters.api.paths import IdInPath
from adapters.api.resources.actions import Action, add_actions, derived_id
from adapters.api.resources.finding import holders_of, require_whose, shown_interaction
from adapters.api.resources.showing import interaction_view
from adapters.api.resources.views import InteractionView
from adapters.audit.decisions import INTERVENTIONS
from adapters.identity.permissions import Permission
from adapters.submitting.verdict import Verdict
from router import commands
from router.command_terms import CommandBase
from router.events import WaitEstimated
from router.state import Interaction, State

__all__ = ("router",)

router = APIRouter(prefix="/v1", tags=["interactions"], route_class=QuickRoute)

LOOKED_AT_MAX: Final = 5_000
"""Interactions that are looked at for one page: some milliseconds."""

_may_write = allowed(Permission.INTERACTIONS_WRITE)
Write = Annotated[Access, Depends(_may_write)]
Read = Annotated[Access, Depends(allowed(Permission.INTERACTIONS_READ))]
OpenState = Literal["queued", "suspended", "offered", "assigned", "idle", "waking", "wrap_up"]

CREATE_CODES: Final = (
    *("unknown_channel", "unknown_agent", "overflow", "intake_closed", "quota_exceeded"),
)
"""What the router may say of one; of each status, one stands for all."""

_create = body_of(commands.Create, optional=("interaction_id",))


async def _created(request: Request) -> Response:
    return await _create_for(request, await _may_write(request))


@router.post(
    "/interactions",
    **describe(
        Operation(
            summary="Create an interaction",
            description="Without an `interaction_id` it gets one. One that is known already is "
            "answered with 200, as it stands.",
            answers=InteractionView,
            status=201,
            also={200: InteractionView},
            example=INTERACTION_EXAMPLE,
            body=_create.kind,
            body_examples=CREATE_EXAMPLES,
            codes=CREATE_CODES,
            is_write=True,
            is_tagged=True,
            takes_key=True,
        )
    ),
)
@quickly(_created)
async def create_interaction(request: Request, access: Write) -> Response:
    """Bring one interaction into the queue."""
    return await _create_for(request, access)


async def _create_for(request: Request, access: Access) -> Response:
    body = await read_body(request, _create)
    terms = _create.terms(body)
    fresh_id = derived_id(request) or secrets.token_hex(12)
    interaction_id = terms.setdefault("interaction_id", fresh_id)
    access.note(interaction_id=interaction_id)
    command = {"type": "create", **terms}
    if access.hosted.enriching is not None:
        command = await access.hosted.enriching.enrich(command)
    verdict = await carry_out(access, command, body_bytes=len(await request.body()))
    shown = shown_interaction(access, interaction_id)
    place = {"Location": f"/v1/interactions/{quote(interaction_id, safe='')}"}
    status = 200 if verdict.repeated else 201
    return tagged(access, shown, shown.version, status, {**decided(verdict), **place})


@router.get(
    "/interactions/{interaction_id}",
    **describe(
        Operation(
            summary="Show an interaction",
            description="Open, or over and still remembered.",
            answers=InteractionView,
            example=INTERACTION_EXAMPLE,
            codes=("unknown_interaction",),
            is_tagged=True,
        )
    ),
)
async def get_interaction(
    interaction_id: IdInPath, access: Read, min_position: MinPosition = None
) -> Response:
    """One interaction."""
    await at_least(access, min_position)
    shown = shown_interaction(access, interaction_id)
    return tagged(access, shown, shown.version)


class Filters(Struct, frozen=True):
    """Which open interactions are asked for; None: all."""

    state: str | None
    queue: str | None
    channel: str | None
    customer_id: str | None
    conversation_id: str | None
    agent_id: str | None

    def fits(self, state: State, interaction: Interaction) -> bool:
        """Whether it is one of them."""
        return (
            self.queue in {None, interaction.queue}
            and self.channel in {None, interaction.channel}
            and self.state in {None, interaction.state.value}
            and self.customer_id in {None, interaction.customer_id}
            and self.conversation_id in {None, interaction.conversation_id}
            and (self.agent_id is None or self.agent_id in holders_of(state, interaction))
        )


@router.get(
    "/interactions",
    **describe(
        Operation(
            summary="List open interactions",
            description="In the order in which they came. A page may hold fewer than `limit`, even "
            "none: the end is where there is no `next`.",
            answers=Page[InteractionView],
        )
    ),
)
async def list_interactions(
    request: Request,
    access: Read,
    state: OpenState | None = None,
    queue: Annotated[str | None, Query(max_length=128)] = None,
    channel: Annotated[str | None, Query(max_length=128)] = None,
    customer_id: Annotated[str | None, Query(max_length=128)] = None,
    conversation_id: Annotated[str | None, Query(max_length=128)] = None,
    agent_id: Annotated[str | None, Query(max_length=128)] = None,
    limit: Limit = LIMIT,
    cursor: str | None = None,
    min_position: MinPosition = None,
) -> Response:
    """A page of open interactions."""
    await at_least(access, min_position)
    after = key_of(cursor, int, 0)
    asked = Filters(state, queue, channel, customer_id, conversation_id, agent_id)
    if access.own_agent is not None:
        access.require(agent_id)
    if customer_id is not None:
        require_whose(access)
    await access.hosted.arrivals.whole()
    return _page(access, asked, after, limit)


def _page(access: Access, asked: Filters, after: int, limit: int) -> Response:
    state = access.hosted.projection.state
    found: list[InteractionView] = []
    last = after
    for looked_at, interaction in enumerate(access.hosted.arrivals.after(after)):
        if len(found) == limit or looked_at == LOOKED_AT_MAX:
            return answer(access, Page(items=found, next=next_link(access.request, last)))
        last = interaction.sequence
        if asked.fits(state, interaction):
            found.append(interaction_view(state, interaction))
    return answer(access, Page(items=found))


class WaitView(Struct, frozen=True, kw_only=True):
    """Where an interaction stands in its queue (1: next; 0: an agent is being asked), how many wait
    there, and how long it will wait: four times out of five between low and high; null: too little
    is known."""

    interaction_id: str
    queue: str
    position: int
    waiting: int
    wait_ms: int | None
    wait_ms_low: int | None
    wait_ms_high: int | None
    version: str


def _waits(access: Access, interaction_id: str, verdict: Verdict) -> Response:
    (event,) = _of_kind(verdict, WaitEstimated)
    told = {name: getattr(event, name) for name in WaitView.__struct_fields__}
    return answer(access, WaitView(**told), headers=decided(verdict))


def _of_kind(verdict: Verdict, kind: type[Any]) -> Iterator[Any]:
    return (event for event in verdict.events if isinstance(event, kind))


def _action(
    command: type[CommandBase],
    name: str,
    summary: str,
    example: dict[str, Any],
    method: str = "POST",
    **more: Any,
) -> Action:
    path = "/interactions/{interaction_id}" + (f"/{name}" if name else "")
    more["is_audited"] = command in INTERVENTIONS
    more.setdefault("permission", Permission.INTERACTIONS_WRITE)
    return Action(
        command=command,
        path=path,
        method=method,
        summary=summary,
        example=example,
        target="interaction_id",
        **more,
    )


_RAISED: Final = {"priority": 3, "reason": "waits for long"}

ACTIONS: Final = (
    _action(commands.Update, "", "Change its priority or what it asks for", _RAISED, "PATCH"),
    _action(
        commands.Move,
        "move",
        "Let it wait in another queue",
        {"queue": "general", "reason": "a question of billing"},
    ),
    _action(commands.Cancel, "cancel", "The customer gave up", {"reason": "hung up"}),
    _action(commands.Requeue, "requeue", "Take it back from its agent", {"reason": "shift ended"}),
    _action(
        commands.Transfer,
        "transfer",
        "Hand it over to a queue, an agent, or both",
        {"agent_id": "anna", "queue": "general", "reason": "a question of billing"},
    ),
    _action(commands.Suspend, "suspend", "Put it aside", {"reason": "waits for an answer"}),
    _action(commands.Resume, "resume", "End its suspension", {}),
    _action(
        commands.Retry, "retry", "A customer was called back and not reached", {"retry_s": 600}
    ),
    _action(commands.Idle, "idle", "Its customer is silent", {}),
    _action(commands.Wake, "wake", "Its customer is back", {}),
    _action(commands.Note, "notes", "Write something down", {"text": "calls again at noon"}),
    _action(commands.OfferTo, "offer_to", "Offer it to one agent", {"agent_id": "anna"}),
    _action(commands.Assign, "assign", "Give it to one agent at once", {"agent_id": "anna"}),
    _action(
        commands.Inquire,
        "inquire",
        "Where does it stand, and how long will it wait?",
        {},
        answers=_waits,
        view=WaitView,
    ),
)

add_actions(router, ACTIONS)
