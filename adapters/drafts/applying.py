"""Applying: drafts are put in force when their time has come, and what became of each is written
down, whichever process has sent it.

A draft, its command and its audit entry change in one step of the server (draft_send.lua), and only
while the draft is as it was read: however many processes do this, and wherever one of them dies, a
draft is sent once. The lease only spares them from all doing the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

import structlog

from adapters.audit import Actor, Origin
from adapters.drafts.checking import check
from adapters.drafts.draft import Draft, InForce
from adapters.drafts.errors import DraftError, InvalidDraft, UnknownDraft
from adapters.drafts.outcomes import Outcomes
from adapters.drafts.readiness import require_ready
from adapters.drafts.register import Register
from adapters.drafts.standing import Standing
from adapters.drafts.store import DraftStore, Stored
from adapters.identity.stored_keys import StoredKeys
from adapters.policies.outcomes import PolicyOutcome
from adapters.process.turns import give_up
from adapters.projection.projection import Projection
from adapters.redis.lease import Lease, Terms, process_id
from adapters.redis.wire import Endpoint
from router.errors import OneQueueError, StoreUnavailable

__all__ = ("Applying", "AskJournal")

SWEEP_S: Final = 1.0
TERMS: Final = Terms(lease_ms=5_000, renew_s=SWEEP_S, poll_s=SWEEP_S)
LOOK_S: Final = 0.05

AskJournal = Callable[[str], Awaitable[PolicyOutcome | None]]
"""What the journal says of an entry; it takes longer than what went by here."""


class Applying:
    """The drafts of one tenant that are on their way; ``run`` keeps them going."""

    def __init__(
        self,
        store: DraftStore,
        projection: Projection,
        endpoint: Endpoint,
        ask: AskJournal,
        logger: structlog.stdlib.BoundLogger,
    ) -> None:
        self._store = store
        self._projection = projection
        self._ask = ask
        self._log = logger.bind(tenant=store.tenant)
        self._lease = Lease(endpoint, projection.keys.draft_leader, process_id(), TERMS)
        self._outcomes = Outcomes(projection)
        self._standing = Standing(StoredKeys(endpoint, projection.keys), store.tenant)

    @property
    def in_force(self) -> InForce:
        """The policy in force, as far as is known here."""
        state = self._projection.state
        return InForce(state.policy_version, state.policy)

    async def run(self) -> None:
        """Look after them for ever, whatever goes wrong with one."""
        await self._projection.until_ready()
        while True:
            await asyncio.sleep(SWEEP_S)
            with suppress(StoreUnavailable):  # those that serve requests tell of it
                if await self._lease.acquire() is None and await self._lease.renew() is None:
                    await self.sweep()

    async def sweep(self) -> None:
        """Send those whose time has come, and settle those that are decided."""
        on_their_way = [
            one for one in await self._store.all() if one.draft.state in {"scheduled", "applying"}
        ]
        now_ms = await self._store.now_ms() if on_their_way else 0
        for stored in on_their_way:
            try:
                await self._go_on(stored, now_ms)
            except StoreUnavailable:
                raise
            except OneQueueError as error:
                self._log.warning("a draft waits", draft=stored.draft.id, error=str(error))
            except Exception:  # noqa: BLE001  # one draft must not end the process of all tenants
                self._log.exception("a draft waits", draft=stored.draft.id)

    async def until_settled(self, draft: Draft) -> Draft:
        """Wait until the router has decided about one that was sent, and that is written down."""
        await self._projection.reached(draft.entry_id)
        while True:
            stored = await self._store.get(draft.id)
            if stored.draft.entry_id != draft.entry_id or stored.draft.state != "applying":
                return stored.draft
            settled = await self._settled(stored)
            if settled is not None:
                return settled
            await asyncio.sleep(LOOK_S)

    async def close(self) -> None:
        """Let another process do it at once, and close the connections."""
        await give_up(self._lease.release())
        await self._lease.close()
        await self._standing.close()
        await self._store.close()

    async def _go_on(self, stored: Stored, now_ms: int) -> None:
        if stored.draft.state == "applying":
            await self._settled(stored)
        elif stored.draft.apply_at_ms <= now_ms:
            await self._send(stored, now_ms)

    async def _settled(self, stored: Stored) -> Draft | None:
        entry_id = stored.draft.entry_id
        if self._outcomes.saw(entry_id):
            outcome = self._outcomes.of(entry_id)
        else:
            outcome = await self._ask(entry_id)
        if outcome is None:
            return None
        return await self._register(stored.draft).settle(stored, outcome, self.in_force)

    async def _send(self, stored: Stored, now_ms: int) -> None:
        draft, register = stored.draft, self._register(stored.draft)
        with suppress(UnknownDraft):
            _, documents = await self._store.load(draft.id)
            try:
                await self._standing.require(draft, now_ms)
                require_ready(draft, self.in_force)
                found = await asyncio.to_thread(check, documents.document)
                if found.faults:
                    raise InvalidDraft(found.faults)
            except DraftError as error:
                self._log.warning("a draft is not put in force", draft=draft.id, code=error.code)
                await register.unsent(stored, error)
                return
            await register.sent(stored, draft, found.document)

    def _register(self, draft: Draft) -> Register:
        """As whoever has had it applied."""
        return Register(self._store, Actor(draft.applied_by), Origin())
