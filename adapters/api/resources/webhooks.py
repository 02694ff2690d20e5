"""Webhooks: who is told of events, how far that has come, and what could not be delivered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Query
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from adapters.api.contract.access import Access, allowed
from adapters.api.contract.answers import answer, tagged
from adapters.api.contract.auditing import actor_of, origin_of
from adapters.api.contract.bodies import Body
from adapters.api.contract.conditions import ANY_VERSION, asked_version
from adapters.api.contract.description import Operation, describe
from adapters.api.contract.paging import LIMIT, Page, key_of, next_link
from adapters.api.contract.requests import Limit, read_body
from adapters.api.problems import Fault, ProblemError
from adapters.cloudevents.errors import (
    FilterError,
    PositionAhead,
    PositionError,
    PositionGone,
)
from adapters.identity.permissions import Permission
from adapters.webhooks.dead_letters import DeadLetter
from adapters.webhooks.destinations import Destinations
from adapters.webhooks.errors import (
    SubscriptionChanged,
    SubscriptionError,
    TooManySubscriptions,
    UnknownDeadLetter,
    UnknownSubscription,
)
from adapters.webhooks.posting import Result
from adapters.webhooks.register import OVERLAP_S, Register, WantedWebhook, WebhookChange
from adapters.webhooks.showing import Listed, WebhookView, shown
from adapters.webhooks.subscription import Subscription

__all__ = ("router",)

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])

Read = Annotated[Access, Depends(allowed(Permission.WEBHOOKS_READ))]
Write = Annotated[Access, Depends(allowed(Permission.WEBHOOKS_WRITE))]
WebhookId = Annotated[str, Path(pattern=r"^wh_[0-9a-f]{20}$")]
LetterId = Annotated[str, Path(pattern=r"^\d{1,19}-\d{1,19}$")]


class NewWebhook(Struct, frozen=True, kw_only=True):
    """A webhook that has just been made, or whose secret has. ``secret`` is shown this once."""

    webhook: WebhookView
    secret: str


class WebhookRotation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For how long the old secret signs as well (seconds), and the new one ("": one is made)."""

    overlap_s: int = OVERLAP_S
    secret: str = ""


class WebhookReplay(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Behind which event to go on: ``now``, ``begin``, or a position."""

    begin: str


class PingView(Struct, frozen=True, kw_only=True):
    """What became of a test delivery; ``status`` 0: there was no answer."""

    delivered: bool
    status: int
    reason: str
    took_ms: int


class DeadLetterView(Struct, frozen=True, kw_only=True):
    """A delivery that was given up; ``body`` is what was posted ("": too large to be kept)."""

    id: str
    webhook_id: str
    position: str
    reason: str
    status: int
    attempts: int
    failed_ms: int
    body: str


NO_STORE: Final = {"Cache-Control": "no-store"}
"""Of answers that hold a secret: nobody keeps them, not even for an Idempotency-Key."""

WANTED: Final = Body(WantedWebhook)
CHANGE: Final = Body(WebhookChange)
ROTATION: Final = Body(WebhookRotation)
REPLAY: Final = Body(WebhookReplay)

WANTED_EXAMPLE: Final = {
    "url": "https://crm.example.com/onequeue",
    "filter": {"types": ["interaction_*"], "queues": ["billing"]},
}


@router.get("", **describe(Operation(summary="List webhooks", answers=Page[WebhookView])))
async def list_webhooks(access: Read) -> Response:
    """All of them, the oldest first; there are at most a hundred."""
    items = [shown(one) for one in await _register(access).all()]
    return answer(access, Page(items=items))


@router.post(
    "",
    **describe(
        Operation(
            summary="Make a webhook",
            description="Its secret is in the answer, and nowhere else.",
            answers=NewWebhook,
            status=201,
            body=WantedWebhook,
            body_examples={"example": WANTED_EXAMPLE},
            codes=("history_trimmed", "limit"),
            is_write=True,
            takes_key=True,
        )
    ),
)
async def create_webhook(request: Request, access: Write) -> Response:
    """A new one."""
    wanted = await read_body(request, WANTED)
    _require_personal(access, wanted.personal)
    with _problems():
        made = await _register(access).create(wanted)
    headers = {"Location": f"/v1/webhooks/{made.id}", **NO_STORE}
    return answer(access, _with_secret(made), 201, headers)


@router.get(
    "/{webhook_id}",
    **describe(
        Operation(
            summary="Show a webhook",
            answers=WebhookView,
            codes=("unknown_webhook",),
            is_tagged=True,
        )
    ),
)
async def get_webhook(webhook_id: WebhookId, access: Read) -> Response:
    """One of them."""
    with _problems():
        return _tagged(access, await _register(access).get(webhook_id))


@router.patch(
    "/{webhook_id}",
    **describe(
        Operation(
            summary="Change a webhook",
            description="What is left out stays. One that has stopped by itself goes on.",
            answers=WebhookView,
            body=WebhookChange,
            is_body_optional=True,
            body_examples={"pause": {"state": "paused"}},
            codes=("unknown_webhook",),
            has_version=True,
            is_tagged=True,
            is_write=True,
            action="webhook.update",
        )
    ),
)
async def change_webhook(request: Request, webhook_id: WebhookId, access: Write) -> Response:
    """One, changed."""
    change = await read_body(request, CHANGE)
    _require_personal(access, change.personal is True)
    with _problems():
        await _require_own(access, webhook_id)
        register, revision = _register(access), _revision(access)
        await register.change(webhook_id, change, revision)
        return _tagged(access, await register.get(webhook_id))


@router.delete(
    "/{webhook_id}",
    **describe(
        Operation(
            summary="Delete a webhook",
            answers=WebhookView,
            codes=("unknown_webhook",),
            has_version=True,
            is_write=True,
        )
    ),
)
async def delete_webhook(webhook_id: WebhookId, access: Write) -> Response:
    """One less; answers with what it was."""
    with _problems():
        register = _register(access)
        was = await register.get(webhook_id)
        await register.delete(webhook_id, _revision(access))
        return answer(access, shown(was))


@router.post(
    "/{webhook_id}/rotate",
    **describe(
        Operation(
            summary="Make another secret",
            description="Deliveries are signed with both for `overlap_s`, at most a week.",
            answers=NewWebhook,
            body=WebhookRotation,
            is_body_optional=True,
            body_examples={"example": {"overlap_s": 3_600}},
            codes=("unknown_webhook",),
            is_write=True,
            takes_key=True,
            action="webhook.rotate",
        )
    ),
)
async def rotate_secret(request: Request, webhook_id: WebhookId, access: Write) -> Response:
    """One with another secret."""
    wanted = await read_body(request, ROTATION)
    with _problems():
        await _require_own(access, webhook_id)
        made = await _register(access).rotate(webhook_id, wanted.overlap_s, wanted.secret)
    return answer(access, _with_secret(made), headers=NO_STORE)


@router.post(
    "/{webhook_id}/ping",
    **describe(
        Operation(
            summary="Post a test event",
            description="`onequeue.ping.v1`, once, now; the answer says what the receiver said.",
            answers=PingView,
            codes=("unknown_webhook",),
            is_write=True,
        )
    ),
)
async def ping_webhook(webhook_id: WebhookId, access: Write) -> Response:
    """What became of it."""
    with _problems():
        outcome, took_ms = await _register(access).ping(webhook_id)
    view = PingView(
        delivered=outcome.result is Result.DELIVERED,
        status=outcome.status,
        reason=outcome.reason,
        took_ms=took_ms,
    )
    return answer(access, view)


@router.post(
    "/{webhook_id}/replay",
    **describe(
        Operation(
            summary="Deliver what came after a position",
            description="Again, or for the first time, under the same ids.",
            answers=WebhookView,
            body=WebhookReplay,
            body_examples={"example": {"begin": "3-120/0"}},
            codes=("unknown_webhook", "history_trimmed"),
            is_write=True,
            takes_key=True,
        )
    ),
)
async def replay_webhook(request: Request, webhook_id: WebhookId, access: Write) -> Response:
    """One that goes on from somewhere else."""
    wanted = await read_body(request, REPLAY)
    with _problems():
        await _require_own(access, webhook_id)
        register = _register(access)
        await register.replay(webhook_id, wanted.begin)
        return _tagged(access, await register.get(webhook_id))


@router.get(
    "/{webhook_id}/dead-letters",
    **describe(
        Operation(
            summary="List what could not be delivered",
            description="The oldest first. Bodies are shown to whom may see personal data.",
            answers=Page[DeadLetterView],
            codes=("unknown_webhook",),
        )
    ),
)
async def list_dead_letters(
    request: Request,
    webhook_id: WebhookId,
    access: Read,
    limit: Limit = LIMIT,
    cursor: Annotated[str | None, Query(max_length=1_024)] = None,
) -> Response:
    """A page of them."""
    after = key_of(cursor, str, "")
    with _problems():
        found = await _register(access).letters(webhook_id, after, limit + 1)
    more = next_link(request, found[limit - 1].id) if len(found) > limit else None
    items = [_letter_view(one, bodies=access.sees_personal) for one in found[:limit]]
    return answer(access, Page(items=items, next=more))


@router.post(
    "/{webhook_id}/dead-letters/{letter_id}/replay",
    **describe(
        Operation(
            summary="Deliver a dead letter once more",
            answers=DeadLetterView,
            status=202,
            codes=("unknown_webhook", "unknown_dead_letter"),
            is_write=True,
            takes_key=True,
            action="webhook.send_again",
        )
    ),
)
async def replay_dead_letter(webhook_id: WebhookId, letter_id: LetterId, access: Write) -> Response:
    """The letter that is on its way again."""
    with _problems():
        await _require_own(access, webhook_id)
        found = await _register(access).send_again(webhook_id, letter_id)
    return answer(access, _letter_view(found, bodies=access.sees_personal), 202)


def _register(access: Access) -> Register:
    hosted, settings = access.hosted, access.settings
    return Register(
        hosted.webhooks,
        hosted.dead_letters,
        hosted.following.past,
        Destinations.of(settings.webhook_networks, loopback=settings.webhook_loopback),
        actor_of(access.principal),
        origin_of(access.request),
    )


def _require_personal(access: Access, personal: bool) -> None:  # noqa: FBT001  # a field's value
    if personal and not access.sees_personal:
        detail = f"a webhook with personal data takes the permission {Permission.PERSONAL_READ}"
        raise ProblemError("forbidden", detail)


async def _require_own(access: Access, webhook_id: str) -> None:
    """Where it goes, and what it is signed with, is not for whom may not see what it tells."""
    listed = await _register(access).get(webhook_id)
    _require_personal(access, listed.subscription.personal)


def _revision(access: Access) -> int | None:
    version = asked_version(access)
    if version in {None, ANY_VERSION}:
        return None
    return int(version) if version and version.isdecimal() else 0


def _tagged(access: Access, listed: Listed) -> Response:
    return tagged(access, shown(listed), str(listed.subscription.revision))


def _with_secret(made: Subscription) -> NewWebhook:
    return NewWebhook(webhook=shown(Listed(made, None)), secret=made.secrets[0].value)


def _letter_view(letter: DeadLetter, *, bodies: bool) -> DeadLetterView:
    return DeadLetterView(
        id=letter.id,
        webhook_id=letter.webhook_id,
        position=letter.position,
        reason=letter.reason,
        status=letter.status,
        attempts=letter.attempts,
        failed_ms=letter.failed_ms,
        body=letter.body.decode(errors="replace") if bodies else "",
    )


@contextmanager
def _problems() -> Iterator[None]:
    """What can be wrong with what was asked, as problems."""
    try:
        yield
    except SubscriptionError as error:
        raise _invalid(error.detail, f"/{error.field}") from None
    except FilterError as error:
        raise _invalid(error.detail, f"/filter/{error.field}") from None
    except PositionError as error:
        raise _invalid(str(error), "/begin") from None
    except (PositionGone, PositionAhead) as error:
        raise ProblemError("history_trimmed", str(error)) from None
    except UnknownSubscription as error:
        raise ProblemError("unknown_webhook", str(error)) from None
    except UnknownDeadLetter as error:
        raise ProblemError("unknown_dead_letter", str(error)) from None
    except TooManySubscriptions as error:
        raise ProblemError("limit", str(error)) from None
    except SubscriptionChanged as error:
        raise ProblemError("version_mismatch", str(error)) from None


def _invalid(detail: str, pointer: str) -> ProblemError:
    return ProblemError("invalid", detail, errors=[Fault(detail, pointer)])
