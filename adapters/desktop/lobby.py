"""The lobby of a process: who comes in, to which tenant's desks, and that all are looked after."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import structlog

from adapters.audit import Origin
from adapters.desktop.auditing import Caller
from adapters.desktop.cards import Cards
from adapters.desktop.closing import CloseCode
from adapters.desktop.codec import Codec
from adapters.desktop.desks import Desks
from adapters.desktop.liveness import Liveness
from adapters.desktop.messages import Hello
from adapters.desktop.outcome import Refused, outcome_of
from adapters.desktop.terms import DEFAULT_TERMS, DesktopTerms
from adapters.identity.attempts import Attempts, TooManyAttempts
from adapters.identity.errors import Unauthenticated
from adapters.identity.neighbourhood import neighbourhood
from adapters.identity.permissions import Permission
from adapters.identity.principal import Principal
from adapters.projection.projection import Projection
from adapters.submitting.submitter import Submitter
from adapters.submitting.verdict import Overloaded, Undecided
from router.errors import StoreUnavailable

__all__ = ("Lobby", "Place", "TurnedAway", "Visitor", "open_lobby")

TICKS_A_HEARTBEAT: Final = 10
AT_ONCE: Final = 256


class Visitor(Protocol):
    """A connection, open or not yet."""

    def ticked(self, now_s: float) -> None:
        """Time has passed."""
        ...

    def end(self, code: CloseCode, reason: str) -> None:
        """It is to be closed."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody may sit: at which desks, as which agent."""

    desks: Desks
    agent_id: str
    principal: Principal
    sees_personal: bool = True
    sees_customers: bool = True
    sees_messages: bool = True


class TurnedAway(Exception):
    """Whoever said hello may not come in; ``refused`` says why, ``close`` whether for good."""

    def __init__(self, refused: Refused, close: CloseCode | None = None) -> None:
        super().__init__(refused)
        self.refused = refused
        self.close = close


class Lobby:
    """All desktops of one process, of whatever tenant; ``run`` keeps them going."""

    def __init__(
        self,
        desks: Mapping[str, Desks],
        attempts: Attempts,
        terms: DesktopTerms,
        logger: structlog.stdlib.BoundLogger,
    ) -> None:
        self.terms = terms
        self.desks = desks
        self._attempts = attempts
        self._log = logger
        self._visitors: set[Visitor] = set()
        self._greeting: dict[Visitor, str] = {}
        self._greeting_at: Counter[str] = Counter()
        self.entered = self.left = 0
        """Connections so far, and those of them that are over."""

        self._liveness = [
            Liveness(each, each.projection.endpoint, terms, logger) for each in desks.values()
        ]

    def has_room(self, address: str) -> bool:
        """Whether one more from there may say hello."""
        terms = self.terms
        return (
            len(self._greeting) < terms.greeting_max
            and self._greeting_at[neighbourhood(address)] < terms.greeting_each_max
        )

    @property
    def is_full(self) -> bool:
        """Whether every seat is taken."""
        return len(self._visitors) - len(self._greeting) >= self.terms.desktops_max

    def came(self, visitor: Visitor, address: str = "") -> None:
        """A connection was made."""
        self._visitors.add(visitor)
        address = neighbourhood(address)
        self._greeting[visitor] = address
        self._greeting_at[address] += 1
        self.entered += 1

    def sat(self, visitor: Visitor) -> None:
        """It has a seat now."""
        address = self._greeting.pop(visitor, None)
        if address is not None:
            self._greeting_at[address] -= 1
            if not self._greeting_at[address]:
                del self._greeting_at[address]

    def went(self, visitor: Visitor) -> None:
        """A connection is over."""
        self.sat(visitor)
        self._visitors.discard(visitor)
        self.left += 1

    async def admit(self, credential: str, agent_id: str | None, address: str = "") -> Place:
        """Where the holder of a credential may sit. Raises :class:`TurnedAway`."""
        try:
            principal = await self._attempts.authenticate(credential, address)
        except TooManyAttempts as error:
            raise TurnedAway(Refused("rate_limited", str(error)), CloseCode.NOT_NOW) from None
        except Unauthenticated:
            raise _not_let_in("unauthenticated", "the credential is not valid") from None
        except StoreUnavailable as error:
            raise TurnedAway(Refused("store_unavailable", str(error))) from None
        desks = self.desks.get(principal.tenant)
        if desks is None:
            raise _not_let_in("unauthenticated", "the credential is not valid")
        whose = agent_id or principal.agent_id
        if whose is None or not principal.may_for(Permission.DESKTOP, whose):
            raise _not_let_in("forbidden", "the credential opens no desktop of that agent")
        freshness = desks.projection.freshness()
        if not freshness.is_ready:
            detail = "the state is being read from the journal"
            raise TurnedAway(Refused("starting", detail))
        if not freshness.has_begun:
            detail = f"no router has ever led the tenant {principal.tenant!r} on this server"
            raise TurnedAway(Refused("no_router", detail))
        return Place(
            desks,
            whose,
            principal,
            sees_personal=principal.may_for(Permission.PERSONAL_READ, whose),
            sees_customers=principal.may_for(Permission.CUSTOMERS_READ, whose),
            sees_messages=principal.may_for(Permission.INTERACTIONS_READ, whose),
        )

    async def log_in(self, place: Place, hello: Hello, codec: Codec, origin: Origin) -> None:
        """Let an agent's messages come here. Raises :class:`TurnedAway`."""
        self._require_description(place, hello)
        caller = Caller(place.principal, origin)
        if self.is_full and place.desks.seat_of(place.agent_id) is None:
            raise TurnedAway(Refused("busy", "too many desktops: come back"), CloseCode.NOT_NOW)
        try:
            verdict = await place.desks.log_in(place.agent_id, hello, codec, caller)
        except (StoreUnavailable, Overloaded, Undecided) as error:
            raise TurnedAway(Refused("store_unavailable", str(error))) from None
        refused = None if verdict is None else outcome_of(verdict).refused
        if refused is not None:
            raise TurnedAway(refused)

    def _require_description(self, place: Place, hello: Hello) -> None:
        may = place.principal.may_for(Permission.AGENTS_WRITE, place.agent_id)
        if hello.describing and not may and not self.terms.agents_describe_themselves:
            detail = (
                f"{', '.join(hello.describing)}: this takes the permission"
                f" {Permission.AGENTS_WRITE}; leave it out, and the agent stays as they are known"
            )
            raise TurnedAway(Refused("forbidden", detail))

    async def run(self) -> None:
        """Look after all of them, for ever."""
        async with asyncio.TaskGroup() as group:
            for liveness in self._liveness:
                group.create_task(liveness.run())
            for desks in self.desks.values():
                group.create_task(desks.run())
            group.create_task(self._tick())

    def empty(self) -> None:
        """Send everybody elsewhere."""
        for visitor in list(self._visitors):
            visitor.end(CloseCode.RESTARTING, "this server stops: come back, to another one")

    async def close(self) -> None:
        """Let others look after those who were here, and close the connections."""
        for liveness in self._liveness:
            await liveness.close()
        for desks in self.desks.values():
            await desks.close()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(self.terms.heartbeat_s / TICKS_A_HEARTBEAT)
            now_s = time.monotonic()
            for number, visitor in enumerate(list(self._visitors)):
                visitor.ticked(now_s)
                if number % AT_ONCE == AT_ONCE - 1:
                    await asyncio.sleep(0)  # offers do not wait for heartbeats


def open_lobby(
    hosted: Mapping[str, tuple[Projection, Submitter]],
    attempts: Attempts,
    logger: structlog.stdlib.BoundLogger,
    terms: DesktopTerms = DEFAULT_TERMS,
    cards: Mapping[str, Cards] | None = None,
) -> Lobby:
    """A lobby with desks for each of these tenants, with customer ``cards`` for some."""
    of = cards or {}
    desks = {name: Desks(*parts, terms, cards=of.get(name)) for name, parts in hosted.items()}
    return Lobby(desks, attempts, terms, logger)


def _not_let_in(code: str, detail: str) -> TurnedAway:
    return TurnedAway(Refused(code, detail), CloseCode.UNAUTHENTICATED)
