"""Who asks, for which tenant, and whether they may: what every endpoint depends on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from adapters.api.contract.parameters import require_known
from adapters.api.holding.hosted import Hosted
from adapters.api.problems import ProblemError, retry_after
from adapters.api.settings import ApiSettings
from adapters.identity.permissions import Permission
from adapters.identity.principal import Principal
from adapters.privacy.marks import Marks
from router.errors import OneQueueError

__all__ = ("Access", "allowed", "known")


@dataclass(frozen=True, slots=True)
class Access:
    """One request of somebody who may make it. ``permission`` is the one that it takes."""

    principal: Principal
    hosted: Hosted
    permission: Permission
    settings: ApiSettings
    request: Request

    def require(self, *agent_ids: str | None) -> None:
        """Refuse what belongs to none of one's own agents, to whom may do only that.

        Raises :class:`ProblemError`.
        """
        if not self.owns(*agent_ids):
            own = self.principal.agent_id
            detail = f"you may do this for your own agent only: agent_id must be {own!r}"
            raise ProblemError("forbidden", detail)

    @property
    def own_agent(self) -> str | None:
        """The one agent to whom this request is confined; None: it is not."""
        if self.principal.may_everywhere(self.permission):
            return None
        return self.principal.agent_id

    def owns(self, *agent_ids: str | None) -> bool:
        """Whether this may be done to what belongs to these agents. Of what may not be seen,
        nobody is told that it is there."""
        return self.principal.may_for(self.permission, *agent_ids)

    @property
    def hides(self) -> Marks | None:
        """What is hidden from whoever asks; None: nothing."""
        return None if self.sees_personal else self.hosted.marks

    @property
    def sees_personal(self) -> bool:
        """Whether personal fields may be shown in this answer: everybody's, or, in one that is
        confined to one's own agent, those of their own work."""
        if self.principal.may_everywhere(Permission.PERSONAL_READ):
            return True
        return self.own_agent is not None and self.principal.may(Permission.PERSONAL_READ)

    def note(self, **fields: Any) -> None:
        """Let the access log tell something more of this request; never personal data."""
        self.request.state.told.update(fields)


def allowed(permission: Permission) -> Callable[[Request], Awaitable[Access]]:
    """A dependency: the request's access, if its credential has this permission.

    Raises :class:`ProblemError`: 401 without a valid credential, 403 without the permission.
    """

    async def access(request: Request) -> Access:
        principal, hosted = await known(request)
        if not principal.may(permission):
            raise ProblemError("forbidden", f"this takes the permission {permission}")
        require_known(request)
        _require_ready(hosted)
        return Access(principal, hosted, permission, request.app.state.settings, request)

    return access


async def known(request: Request) -> tuple[Principal, Hosted]:
    """A dependency: whoever asks, and their tenant, whatever they may.

    Raises :class:`ProblemError`: 401 without a valid credential.
    """
    principal: Principal | OneQueueError | None = getattr(request.state, "principal", None)
    if not isinstance(principal, Principal):
        raise _unauthenticated(principal)
    hosted: Hosted | None = request.app.state.hosted.get(principal.tenant)
    if hosted is None:
        raise _unauthenticated(None)
    return principal, hosted


def _require_ready(hosted: Hosted) -> None:
    freshness = hosted.projection.freshness()
    if not freshness.is_ready:
        raise ProblemError("starting", headers=retry_after(1_000))
    if not freshness.has_begun:
        detail = (
            f"no router has ever led the tenant {hosted.tenant!r} on this server: start one"
            f" (`onequeue serve --tenant {hosted.tenant}`), or see that this is the right name and"
            " the right server"
        )
        raise ProblemError("no_router", detail, headers=retry_after(5_000))


def _unauthenticated(error: OneQueueError | None) -> ProblemError:
    detail = str(error) if error else "give a credential: Authorization: Bearer <API key or token>"
    return ProblemError("unauthenticated", detail, headers={"WWW-Authenticate": "Bearer"})
