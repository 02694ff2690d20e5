"""Development without credentials: everybody is the administrator, on this machine only.

A browser on this machine lets any page send requests here, and lets a page whose name leads here
read the answers. So what a page of somebody else may have sent is refused.
"""

from __future__ import annotations

import ipaddress
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from adapters.api.problems import ProblemError, refusal
from adapters.identity.permissions import MATRIX, Permission, Role
from adapters.identity.principal import Principal

__all__ = ("Everybody", "OwnPages", "is_loopback")

_OWN_SITES: Final = frozenset({"same-origin", "none"})
"""Of ``Sec-Fetch-Site``: a page of this origin, or a person who has typed the address."""

POLICY_VIOLATION: Final = 1008


class _Developer(Principal):
    """The administrator, and whichever agent they say that they are."""

    def may_for(self, permission: Permission, *agent_ids: str | None) -> bool:
        """Whether one of the roles has it: no agent is somebody else."""
        return any(permission in MATRIX[role] for role in self.roles)


class Everybody:
    """Lets everybody in as the administrator of one tenant, and to the desktop of any agent."""

    def __init__(self, tenant: str) -> None:
        self._principal = _Developer(tenant, "development", frozenset({Role.ADMIN, Role.AGENT}))

    async def authenticate(self, credential: str) -> Principal:
        """The administrator, whatever the credential."""
        return self._principal


class OwnPages:
    """Refuses what a page of another origin sends, and what is sent to a name that is not this
    machine's; requests and WebSockets alike."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        fault = _fault(scope) if scope["type"] in {"http", "websocket"} else ""
        if not fault:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            # before it is accepted, this is an answer with the status 403
            await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": fault})
        else:
            refused = ProblemError("forbidden", fault)
            await refusal(refused, scope)(scope, receive, send)


def is_loopback(host: str) -> bool:
    """Whether a name or an address can be this machine alone, whatever a name server says."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _fault(scope: Scope) -> str:
    """Why it may be a stranger's; "": it is not."""
    hosts = _values(scope, b"host")
    if len(hosts) != 1 or not is_loopback(_name_in(hosts[0])):
        return "--no-auth: the Host must be localhost, 127.0.0.1 or [::1], with any port"
    scheme = "https" if scope.get("scheme") in {"https", "wss"} else "http"
    if any(origin != f"{scheme}://{hosts[0]}" for origin in _values(scope, b"origin")):
        return "--no-auth: the Origin is another one: no page from elsewhere may ask"
    if not _OWN_SITES.issuperset(_values(scope, b"sec-fetch-site")):
        return "--no-auth: Sec-Fetch-Site is not same-origin: no page from elsewhere may ask"
    return ""


def _values(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1").lower() for key, value in scope["headers"] if key == name]


def _name_in(host: str) -> str:
    """A host without its port, an IPv6 address without its brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]
