"""What holds the calls, as the adapter speaks to it: Kamailio, or FreeSWITCH."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self

from adapters.voice.call import Call, FrontFault

__all__ = ("BadContact", "Front")


class BadContact(FrontFault):
    """The front cannot call an agent there: ``contact``."""

    def __init__(self, contact: str) -> None:
        super().__init__(contact)
        self.contact = contact

    def __str__(self) -> str:
        told = self.contact[:80]
        return f"an agent cannot be called at {told!r}; write sip:USER@HOST or user/NUMBER"


class Front(Protocol):
    """A front. It keeps what the adapter must know of a call that is not settled, also of one that
    ended while nobody watched. Every method may be called again, and does nothing where the call
    has gone on meanwhile; they raise :class:`FrontFault` where the front cannot be reached."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...

    async def follow(self, told: Callable[[Call], None]) -> None:
        """Tell of calls that have changed, until cancelled; some may be missed. Raises
        :class:`MediumUnavailable`."""
        ...

    async def calls(self) -> dict[str, Call]:
        """Every call that is not settled, by its id."""
        ...

    async def described(self, call: Call) -> Call | None:
        """It, with who calls and which number was called; None: it is there no more."""
        ...

    async def ring(
        self, call: Call, offer_id: str, agent_id: str, contact: str, ring_s: float
    ) -> None:
        """Let a parked call ring at a contact. Raises :class:`BadContact`, too."""
        ...

    async def withdraw(self, call: Call) -> None:
        """Let a call stop ringing, and be parked again."""
        ...

    async def refuse(self, call: Call, code: int, reason: str) -> None:
        """End a parked call with a SIP status."""
        ...

    async def connected(self, call: Call) -> None:
        """OneQueue knows that the agent has answered."""
        ...

    async def still_waiting(self, call: Call) -> None:
        """Tell a caller who waits that they do."""
        ...

    async def settle(self, call: Call) -> None:
        """Forget a call."""
        ...
