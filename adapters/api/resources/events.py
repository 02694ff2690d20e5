"""Events: what happens, as it happens, from any position on."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Query
from starlette.requests import Request
from starlette.responses import Response

from adapters.api.contract.access import Access, allowed
from adapters.api.contract.answers import JSON_TYPE, encode
from adapters.api.contract.description import Operation, describe
from adapters.api.layers.admission import credential_of
from adapters.api.problems import Fault, ProblemError
from adapters.api.resources.event_stream import EVENT_STREAM_TYPE, EventStream, Listener
from adapters.cloudevents.asyncapi import asyncapi_document
from adapters.cloudevents.errors import (
    FilterError,
    PositionAhead,
    PositionError,
    PositionGone,
)
from adapters.cloudevents.filters import EventFilter
from adapters.cloudevents.reading import Reading
from adapters.identity.errors import Unauthenticated
from adapters.identity.permissions import Permission
from router.errors import StoreUnavailable

__all__ = ("Streams", "filter_error", "position_error", "router")

router = APIRouter(prefix="/v1", tags=["events"])

Read = Annotated[Access, Depends(allowed(Permission.EVENTS_READ))]
Several = Annotated[list[str] | None, Query(max_length=100)]

EXAMPLE: Final = (
    'id: 3-120/0\ndata: {"specversion":"1.0","id":"3-120/0","source":"/onequeue/main",'
    '"type":"onequeue.offer_accepted.v1","subject":"interactions/call-1",'
    '"time":"2026-01-02T03:04:05.678Z","datacontenttype":"application/json","channel":"voice",'
    '"queue":"general","data":{"type":"offer_accepted","offer_id":"3-7",'
    '"interaction_id":"call-1","agent_id":"anna","waited_ms":1200}}\n\n'
)


class Streams:
    """How many streams are open, in all and by who has opened them."""

    def __init__(self, most: int, most_each: int) -> None:
        self._most = most
        self._most_each = most_each
        self._open: Counter[tuple[str, str]] = Counter()

    @property
    def count(self) -> int:
        """All that are open."""
        return self._open.total()

    def open(self, tenant: str, subject: str) -> None:
        """One more. Raises :class:`ProblemError` where there are as many as may be."""
        who = (tenant, subject)
        if self._open[who] >= self._most_each:
            detail = f"this credential has {self._most_each} streams open, which is the most"
            raise ProblemError("too_many_streams", detail)
        if self.count >= self._most:
            raise ProblemError("busy", headers={"Retry-After": "5"})
        self._open[who] += 1

    def closed(self, tenant: str, subject: str) -> None:
        """One less."""
        who = (tenant, subject)
        self._open[who] -= 1
        if not self._open[who]:
            del self._open[who]


def _described() -> dict[str, Any]:
    told = describe(
        Operation(
            summary="Follow events",
            description="Server-sent events: `data` is a CloudEvents 1.0 envelope (the AsyncAPI "
            "document at /v1/asyncapi.json describes each type), `id` its position. A reader that "
            "comes back with Last-Event-ID goes on behind it, and misses and repeats nothing. "
            "Parameters that may be repeated are taken as alternatives, different ones together.",
            answers=str,
            codes=("history_trimmed", "too_many_streams"),
        )
    )
    told["responses"][200]["content"] = {
        EVENT_STREAM_TYPE: {"schema": {"type": "string"}, "example": EXAMPLE}
    }
    return told


@router.get("/events", **_described())
async def follow_events(
    request: Request,
    access: Read,
    types: Several = None,
    queue: Several = None,
    channel: Several = None,
    agent: Several = None,
    subject: Annotated[str, Query(max_length=256)] = "",
    begin: Annotated[str, Query(alias="from", max_length=64)] = "now",
    last_event_id: Annotated[str | None, Header(max_length=64)] = None,
) -> Response:
    """A stream that goes on until somebody ends it."""
    wanted = _filter(types, queue, channel, agent, subject)
    reading = await _reading(access, last_event_id or begin)
    principal, streams = access.principal, request.app.state.streams
    streams.open(principal.tenant, principal.subject)
    following, personal = access.hosted.following, access.sees_personal
    credential = credential_of(request.scope)

    async def holds() -> bool:
        try:
            found = await request.app.state.authenticator.authenticate(credential)
        except Unauthenticated:
            return False
        except StoreUnavailable:
            return True
        return bool(found.tenant == principal.tenant and found.may(Permission.EVENTS_READ))

    listener = Listener(
        reading,
        wanted,
        lambda told: following.json_of(told, personal=personal),
        holds,
        request.app.state.draining,
    )
    return EventStream(listener, lambda: streams.closed(principal.tenant, principal.subject))


@router.get(
    "/asyncapi.json",
    **describe(
        Operation(
            summary="Show the AsyncAPI document",
            description="Every event with its schema, and the channels on which it is told.",
            answers=dict[str, Any],
        )
    ),
)
async def get_asyncapi(access: Read) -> Response:
    """The document of `onequeue events asyncapi`."""
    return Response(encode(asyncapi_document()), media_type=JSON_TYPE)


def _filter(
    types: list[str] | None,
    queues: list[str] | None,
    channels: list[str] | None,
    agents: list[str] | None,
    subject: str,
) -> EventFilter:
    names = tuple(name for one in types or () for name in one.split(","))
    asked = EventFilter(
        types=names,
        queues=tuple(queues or ()),
        channels=tuple(channels or ()),
        agents=tuple(agents or ()),
        subject=subject,
    )
    try:
        return asked.checked()
    except FilterError as error:
        raise filter_error(error, _PARAMETERS.get(error.field, error.field)) from None


_PARAMETERS: Final = {"queues": "queue", "channels": "channel", "agents": "agent"}


async def _reading(access: Access, text: str) -> Reading:
    following = access.hosted.following
    try:
        return following.reading(await following.past.position_of(text))
    except (PositionError, PositionGone, PositionAhead) as error:
        raise position_error(error) from None


def position_error(error: PositionError | PositionGone | PositionAhead) -> ProblemError:
    """A position from which nobody can go on, as a problem."""
    detail = str(error)
    if isinstance(error, PositionError):
        return ProblemError("invalid", detail, errors=[Fault(detail, parameter="from")])
    return ProblemError("history_trimmed", detail)


def filter_error(error: FilterError, parameter: str) -> ProblemError:
    """A filter that cannot be used, as a problem."""
    return ProblemError("invalid", str(error), errors=[Fault(error.detail, parameter=parameter)])
