"""Assignments: what agents have in hand, until it is wrapped up."""

from __future__ import annotations

import heapq
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from adapters.api.contract.access import Access, allowed
from adapters.api.contract.answers import answer
from adapters.api.contract.conditions import at_least
from adapters.api.contract.description import Operation, describe
from adapters.api.contract.paging import LIMIT, Page, key_of, next_link
from adapters.api.contract.quick import QuickRoute
from adapters.api.contract.requests import Limit, MinPosition
from adapters.api.resources.actions import Action, add_actions
from adapters.api.resources.showing import assignment_view
from adapters.api.resources.views import AssignmentView
from adapters.identity.permissions import Permission
from router import commands
from router.command_terms import CommandBase

__all__ = ("router",)

router = APIRouter(prefix="/v1", tags=["assignments"], route_class=QuickRoute)

Read = Annotated[Access, Depends(allowed(Permission.INTERACTIONS_READ))]


@router.get(
    "/assignments",
    **describe(
        Operation(
            summary="List assignments",
            description="Work that agents have in hand, in the order of the interactions' ids.",
            answers=Page[AssignmentView],
        )
    ),
)
async def list_assignments(
    request: Request,
    access: Read,
    agent_id: Annotated[str | None, Query(max_length=128)] = None,
    limit: Limit = LIMIT,
    cursor: str | None = None,
    min_position: MinPosition = None,
) -> Response:
    """A page of assignments."""
    await at_least(access, min_position)
    after = key_of(cursor, str, "")
    state, own = access.hosted.projection.state, access.own_agent
    fitting = (
        assignment.interaction_id
        for assignment in state.assignments.contents()
        if assignment.interaction_id > after
        and own in {None, assignment.agent_id}
        and agent_id in {None, assignment.agent_id}
    )
    names = heapq.nsmallest(limit + 1, fitting)
    items = [assignment_view(state, state.assignments[name]) for name in names[:limit]]
    more = next_link(request, names[limit - 1]) if len(names) > limit else None
    return answer(access, Page(items=items, next=more))


def _action(command: type[CommandBase], name: str, summary: str, example: dict[str, Any]) -> Action:
    return Action(
        command=command,
        path=f"/assignments/{{interaction_id}}/{name}",
        summary=summary,
        example=example,
        permission=Permission.OFFERS_ANSWER,
        target="interaction_id",
        owner="agent_id",
    )


ACTIONS: Final = (
    _action(
        commands.Complete,
        "complete",
        "The conversation is over",
        {"agent_id": "anna", "outcome": "solved"},
    ),
    _action(commands.EndWrapUp, "end_wrap_up", "Wrap-up is finished", {"agent_id": "anna"}),
    _action(
        commands.ExtendWrapUp,
        "extend_wrap_up",
        "More time for wrap-up",
        {"agent_id": "anna", "extend_s": 60},
    ),
)

add_actions(router, ACTIONS)
