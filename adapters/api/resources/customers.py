"""Customers: they are forgotten on request."""

from __future__ import annotations

import asyncio
from contextlib import closing
from typing import Annotated, Any, Final

import structlog
from fastapi import APIRouter, Depends
from msgspec import Struct, convert, to_builtins
from starlette.requests import Request
from starlette.responses import Response

from adapters.api.contract.access import Access, allowed
from adapters.api.contract.answers import answer
from adapters.api.contract.auditing import actor_of, origin_of
from adapters.api.contract.bodies import Body
from adapters.api.contract.description import Operation, describe
from adapters.api.contract.reports import ask_erasure
from adapters.api.contract.requests import read_body
from adapters.api.paths import IdInPath
from adapters.api.problems import ProblemError, retry_after
from adapters.api.reading.past import Source
from adapters.audit import AuditEntry
from adapters.cli.connection import open_sync
from adapters.history import open_history
from adapters.identity.permissions import Permission
from adapters.privacy.alone import ErasureRuns
from adapters.privacy.customer import cancel_waiting, found_in, subject_in
from adapters.privacy.forgetting import CannotForget, ForgetOrder, forget, look, require_rights
from adapters.process.release import release
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint

__all__ = ("ForgottenView", "router")

router = APIRouter(prefix="/v1/customers", tags=["customers"])

Forget = Annotated[Access, Depends(allowed(Permission.FORGET))]

OPEN_TOLD_MAX: Final = 20


class Forgetting(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``including_open``: cancel what waits; ``dry_run``: only say what there is."""

    including_open: bool = False
    dry_run: bool = False


class ForgottenView(Struct, frozen=True, kw_only=True):
    """What was erased (``done``), or would be, by where it was; ``remains`` says in words what must
    be seen to elsewhere, ``waiting`` and ``in_hand`` are interactions that are open."""

    done: bool
    interactions: int
    counts: dict[str, int]
    remains: list[str]
    waiting: list[str]
    in_hand: list[str]


_body: Final = Body(Forgetting)


@router.post(
    "/{customer_id}/forget",
    **describe(
        Operation(
            summary="Erase what is personal of a customer",
            description="From journal, archive, streams, snapshots, kept answers, the customer "
            "record and the audit's stream, as `onequeue forget` does: docs/privacy.md. It is "
            "answered when that is done, and goes on when nobody waits for the answer any more.",
            answers=ForgottenView,
            body=Forgetting,
            body_examples={"what there is": {"dry_run": True}, "all": {"including_open": True}},
            is_body_optional=True,
            is_write=True,
            codes=("wrong_state", "history_trimmed"),
        )
    ),
)
async def forget_customer(request: Request, customer_id: IdInPath, access: Forget) -> Response:
    """Forget one customer."""
    asked = await read_body(request, _body)
    entry = AuditEntry(
        actor=actor_of(access.principal),
        action="customer.forget",
        resource="customer",
        origin=origin_of(access.request),
    )
    record = access.settings.record
    url = None if record is None else record.get_secret_value()
    told = await ask_erasure(access, forgotten, customer_id, asked, entry, url)
    if "busy" in told:
        raise ProblemError("busy", told["busy"], headers=retry_after(5_000))
    if "refused" in told:
        raise ProblemError("wrong_state", told["refused"])
    return answer(access, convert(told, ForgottenView))


def forgotten(
    source: Source,
    customer_id: str,
    asked: Forgetting,
    entry: AuditEntry,
    record: str | None = None,
) -> dict[str, Any]:
    """Forget a customer, in another process; or why not."""
    endpoint, keys = Endpoint(source.url), Keys(source.tenant)
    try:
        asyncio.run(require_rights(endpoint, keys))
    except CannotForget as error:
        return {"refused": str(error)}
    with closing(open_sync(source.url)) as client:
        history = open_history(client, source.tenant, source.archive)
        history.require_whole()
        found = found_in(history, customer_id)
        if found.waiting and asked.including_open and not asked.dry_run:
            cancel_waiting(client, history, found.waiting, entry)
            found = found_in(history, customer_id)
        subject = subject_in(history, found, customer_id, source.archive)
    if not asked.dry_run and (found.waiting or found.in_hand):
        return {"refused": _open(found.waiting, found.in_hand)}
    order = ForgetOrder(
        endpoint=endpoint,
        keys=keys,
        archive=source.archive,
        audit=None,
        audit_entry=entry,
        release=release(),
        record=record,
    )
    try:
        if asked.dry_run:
            done = asyncio.run(look(order, subject))
        else:
            done = asyncio.run(forget(order, subject, structlog.get_logger(), lambda _step: None))
    except ErasureRuns as error:
        return {"busy": str(error)}
    except CannotForget as error:
        return {"refused": str(error)}
    open_ones = {"waiting": found.waiting, "in_hand": found.in_hand}
    told: dict[str, Any] = to_builtins(done)
    return told | open_ones | {"done": not asked.dry_run}


def _open(waiting: list[str], in_hand: list[str]) -> str:
    """What is open, in words."""
    parts = [
        f"{len(names)} {what}: {', '.join(names[:OPEN_TOLD_MAX])}"
        for names, what in (
            (waiting, "wait (including_open cancels them)"),
            (in_hand, "are in an agent's hands"),
        )
        if names
    ]
    return "nothing was erased; " + "; ".join(parts)
