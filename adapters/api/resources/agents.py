"""Agents: who is logged in, what they can and do."""

from __future__ import annotations

import heapq
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from adapters.api.contract.access import Access, allowed
from adapters.api.contract.answers import answer, tagged
from adapters.api.contract.conditions import at_least
from adapters.api.contract.description import Operation, describe
from adapters.api.contract.examples import AGENT_EXAMPLE, LOGIN_EXAMPLE
from adapters.api.contract.paging import LIMIT, Page, key_of, next_link
from adapters.api.contract.quick import QuickRoute
from adapters.api.contract.requests import Limit, MinPosition
from adapters.api.paths import IdInPath
from adapters.api.resources.actions import Action, add_actions
from adapters.api.resources.finding import shown_agent
from adapters.api.resources.showing import agent_view
from adapters.api.resources.views import AgentView
from adapters.audit.decisions import AUDITED, OF_OTHERS
from adapters.identity.permissions import Permission
from router import commands
from router.command_terms import CommandBase

__all__ = ("router",)

router = APIRouter(prefix="/v1", tags=["agents"], route_class=QuickRoute)

Read = Annotated[Access, Depends(allowed(Permission.AGENTS_READ))]
AgentState = Literal["available", "unavailable", "not_responding", "offline"]


@router.get(
    "/agents",
    **describe(
        Operation(
            summary="List agents",
            description="Who is logged in or still holds work, in the order of their ids.",
            answers=Page[AgentView],
        )
    ),
)
async def list_agents(
    request: Request,
    access: Read,
    state: AgentState | None = None,
    skill: Annotated[str | None, Query(max_length=128)] = None,
    activity: Annotated[str | None, Query(max_length=128)] = None,
    contains: Annotated[
        str, Query(max_length=128, description="Part of the id, in whatever case.")
    ] = "",
    limit: Limit = LIMIT,
    cursor: str | None = None,
    min_position: MinPosition = None,
) -> Response:
    """A page of agents."""
    await at_least(access, min_position)
    after = key_of(cursor, str, "")
    now = access.hosted.projection.state
    own, wanted = access.own_agent, contains.lower()
    fitting = (
        agent_id
        for agent_id, agent in now.agents.items()
        if agent_id > after
        and own in {None, agent_id}
        and state in {None, agent.status.value}
        and activity in {None, agent.activity}
        and (skill is None or skill in agent.skills)
        and wanted in agent_id.lower()
    )
    names = heapq.nsmallest(limit + 1, fitting)
    reason_of = access.hosted.projection.reason_of
    items = [agent_view(now, now.agents[name], reason_of(name)) for name in names[:limit]]
    more = next_link(request, names[limit - 1]) if len(names) > limit else None
    return answer(access, Page(items=items, next=more))


@router.get(
    "/agents/{agent_id}",
    **describe(
        Operation(
            summary="Show an agent",
            answers=AgentView,
            example=AGENT_EXAMPLE,
            codes=("unknown_agent",),
            is_tagged=True,
        )
    ),
)
async def get_agent(agent_id: IdInPath, access: Read, min_position: MinPosition = None) -> Response:
    """One agent."""
    await at_least(access, min_position)
    shown = shown_agent(access, agent_id)
    return tagged(access, shown, shown.version)


def _action(
    command: type[CommandBase],
    name: str,
    summary: str,
    example: dict[str, Any],
    *,
    method: str = "PUT",
    permission: Permission = Permission.AGENTS_WRITE,
    optional: tuple[str, ...] = (),
) -> Action:
    return Action(
        command=command,
        path=f"/agents/{{agent_id}}/{name}",
        method=method,
        summary=summary,
        example=example,
        permission=permission,
        target="agent_id",
        owner="agent_id",
        is_audited=command in AUDITED,
        optional=optional,
        is_audited_of_others=command in OF_OTHERS,
    )


_STATE: Final = Permission.AGENTS_STATE

ACTIONS: Final = (
    _action(
        commands.AgentLogin,
        "login",
        "Log in",
        LOGIN_EXAMPLE,
        method="POST",
        permission=_STATE,
        optional=("inbox",),
    ),
    _action(
        commands.AgentLogout,
        "logout",
        "Log out",
        {"reason": "shift ended"},
        method="POST",
        permission=_STATE,
    ),
    _action(
        commands.AgentState,
        "state",
        "Become available or unavailable",
        {"state": "unavailable", "reason": "break"},
        permission=_STATE,
    ),
    _action(commands.AgentSkills, "skills", "Replace the skills", {"skills": {"english": 5}}),
    _action(
        commands.AgentChannels,
        "channels",
        "Replace the channels on which nothing is taken for now",
        {"closed_channels": ["voice"]},
    ),
    _action(
        commands.AgentAttributes,
        "attributes",
        "Replace the attributes",
        {"attributes": {"site": "berlin"}},
    ),
    _action(
        commands.AgentCapacity, "capacity", "Replace capacity, maximums and share", {"capacity": 2}
    ),
)

add_actions(router, ACTIONS)
