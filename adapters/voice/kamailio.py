"""The SIP front as this process speaks to it: HTTP to Kamailio, as kamailio.cfg answers it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import httpx

from adapters.media.plugin import MediumUnavailable
from adapters.voice.call import Call, FrontFault, call_of

__all__ = ("CONFIGURATION", "Kamailio")

CONFIGURATION: Final = Path(__file__).with_name("kamailio.cfg")
"""What Kamailio runs on."""

TIMEOUT_S: Final = 5.0
CONNECTIONS: Final = 8
TABLE: Final = "calls"


class Kamailio:
    """One front. Every method raises :class:`FrontFault` where it cannot be reached, or does not
    answer as its configuration does."""

    def __init__(self, control: str, hints: tuple[str, int]) -> None:
        """``control``: its URL; ``hints``: the address where it says what has changed."""
        self._hints = hints
        # Kamailio lets a connection that is kept wait for up to two seconds between its processes
        limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=0)
        self._http = httpx.AsyncClient(base_url=control, timeout=TIMEOUT_S, limits=limits)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._http.aclose()

    async def follow(self, told: Callable[[Call], None]) -> None:
        """Tell of calls that have changed, as Kamailio says by UDP."""
        host, port = self._hints
        loop = asyncio.get_running_loop()
        try:
            transport, _ = await loop.create_datagram_endpoint(
                lambda: _Hints(told), local_addr=(host, port)
            )
        except OSError as error:
            raise MediumUnavailable(f"{host}:{port}: {error.strerror or error}") from None
        try:
            await loop.create_future()
        finally:
            transport.close()

    async def described(self, call: Call) -> Call | None:
        """It: its line says who calls."""
        return call

    async def calls(self) -> dict[str, Call]:
        """Every call that is not settled."""
        found = await self._rpc("htable.dump", TABLE)
        slots = [item for entry in found or () for item in entry.get("slot", ())]
        return {item["name"]: call_of(item["name"], item["value"]) for item in slots}

    async def ring(
        self, call: Call, offer_id: str, agent_id: str, contact: str, ring_s: float
    ) -> None:
        """Let a parked call ring at a contact."""
        await self._do("ring", call, offer_id, agent_id, contact, str(round(ring_s * 1_000)))

    async def withdraw(self, call: Call) -> None:
        """Let a call stop ringing, and be parked again."""
        await self._do("withdraw", call)

    async def refuse(self, call: Call, code: int, reason: str) -> None:
        """Give a parked call an answer of its own."""
        await self._do("refuse", call, "", "", str(code), reason)

    async def connected(self, call: Call) -> None:
        """OneQueue knows that the agent has answered."""
        await self._do("connected", call)

    async def still_waiting(self, call: Call) -> None:
        """Tell a caller who waits that they do."""
        await self._do("still-waiting", call)

    async def settle(self, call: Call) -> None:
        """Forget a call."""
        await self._do("settled", call)

    async def _do(self, what: str, call: Call, *more: str) -> None:
        """Have something done. A call that has gone on meanwhile (404, 409, 410) is no fault: it is
        looked at again."""
        lines = "\n".join((call.call_id, *more))
        answer = await self._post(f"/{what}", content=lines)
        if answer.status_code not in {200, 404, 409, 410}:
            raise FrontFault(f"the SIP front answers {answer.status_code} to {what}")

    async def _rpc(self, method: str, *params: str) -> Any:
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
        answer = await self._post("/RPC", json=body)
        try:
            told = answer.json()
        except ValueError:
            raise FrontFault("the SIP front answers with something else than JSON") from None
        if "error" in told:
            raise FrontFault(f"the SIP front refuses {method}: {told['error'].get('message')}")
        return told.get("result")

    async def _post(self, path: str, **body: Any) -> httpx.Response:
        try:
            return await self._http.post(path, **body)
        except httpx.TransportError as error:
            reason = str(error) or type(error).__name__
            raise FrontFault(f"the SIP front cannot be reached: {reason}") from None


class _Hints(asyncio.DatagramProtocol):
    """What Kamailio says by UDP: Call-IDs, with their lines."""

    def __init__(self, told: Callable[[Call], None]) -> None:
        self._told = told

    def datagram_received(self, data: bytes, _address: tuple[str, int]) -> None:
        call_id, _, line = data.decode(errors="replace").partition("\n")
        with suppress(FrontFault):  # the next sweep tells, if it is no fault of the hint
            self._told(call_of(call_id, line))
