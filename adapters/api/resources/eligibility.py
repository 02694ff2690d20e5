"""Eligibility: who could serve what waits now, who could if they were free, and who cannot."""

from __future__ import annotations

import heapq
from typing import Annotated, Final

from fastapi import APIRouter, Depends
from msgspec import Struct
from starlette.responses import Response

from adapters.api.contract.access import Access, allowed
from adapters.api.contract.answers import answer
from adapters.api.contract.conditions import at_least
from adapters.api.contract.description import Operation, describe
from adapters.api.contract.requests import Limit, MinPosition
from adapters.api.paths import IdInPath
from adapters.api.problems import ProblemError
from adapters.identity.permissions import Permission
from adapters.projection.eligibility import Eligibility, Group, Obstacle, Someone
from router.requirements import Requirement
from router.state import State

__all__ = ("router",)

router = APIRouter(prefix="/v1", tags=["explanations"])

Explain = Annotated[Access, Depends(allowed(Permission.EXPLAIN))]

NAMED: Final = 20
DEMANDS_MAX: Final = 20
"""Demands of a queue that are told, those first for which most wait: each is looked at for itself,
some tenths of a millisecond with 10,000 agents."""


class EligibleView(Struct, frozen=True, kw_only=True):
    """An agent. ``obstacle`` is what stops them: ``asked`` (they have an open offer of it),
    ``no_capacity``, ``not_available``, ``excluded``, ``lacking_skill``, or "" for nothing;
    ``lacks`` counts the requirements that they do not meet, ``in_hand`` what they hold."""

    agent_id: str
    obstacle: Obstacle
    lacks: int
    state: str
    activity: str
    in_hand: int


class EligibleGroupView(Struct, frozen=True, kw_only=True):
    """How many agents, by obstacle; the first ``limit`` of them by name."""

    count: int
    by_obstacle: dict[str, int]
    agents: tuple[EligibleView, ...]


class LackView(Struct, frozen=True, kw_only=True):
    """A hard requirement, and how many who are logged in do not meet it."""

    requirement: Requirement
    agents: int


class EligibilityView(Struct, frozen=True, kw_only=True):
    """Everybody who is logged in, in three groups. ``now``: asked, or free for it, the longest idle
    first; ``if_free``: they meet what is asked, and have no room or are away; ``cannot``: the rest,
    those first who lack least."""

    logged_in: int
    now: EligibleGroupView
    if_free: EligibleGroupView
    cannot: EligibleGroupView
    lacking: tuple[LackView, ...]


class InteractionEligibilityView(Struct, frozen=True, kw_only=True):
    """Who could serve one interaction."""

    interaction_id: str
    eligibility: EligibilityView


class DemandView(Struct, frozen=True, kw_only=True):
    """What asks for the same in a queue: how many wait, and the one that comes first. Nobody is
    counted as excluded or asked: that differs by interaction."""

    channel: str
    requirements: tuple[Requirement, ...]
    waiting: int
    first_id: str
    eligibility: EligibilityView


class QueueEligibilityView(Struct, frozen=True, kw_only=True):
    """Who could serve what waits in a queue, by demand; ``more`` are not told. What is offered, or
    kept for somebody, stands in no line and is not counted."""

    queue: str
    demands: tuple[DemandView, ...]
    more: int


@router.get(
    "/interactions/{interaction_id}/eligibility",
    **describe(
        Operation(
            summary="Show who could serve an interaction",
            description="At this moment, whatever state it is in as long as it is open: who could "
            "be offered it, who could if they were free, and who cannot, by what stops them. It "
            "costs the same however much is open, and reads no journal.",
            answers=InteractionEligibilityView,
            codes=("unknown_interaction",),
        )
    ),
)
async def interaction_eligibility(
    interaction_id: IdInPath,
    access: Explain,
    limit: Limit = NAMED,
    min_position: MinPosition = None,
) -> Response:
    """Who could serve one interaction."""
    await at_least(access, min_position)
    projection = access.hosted.projection
    interaction = projection.state.interactions.get(interaction_id)
    if interaction is None:
        raise ProblemError("unknown_interaction", f"no interaction {interaction_id!r} is open")
    found = projection.eligibility(interaction, limit)
    shown = InteractionEligibilityView(
        interaction_id=interaction_id, eligibility=_view(projection.state, found)
    )
    return answer(access, shown)


@router.get(
    "/queues/{queue}/eligibility",
    **describe(
        Operation(
            summary="Show who could serve what waits in a queue",
            description="At this moment, for each demand (channel and requirements) that waits in "
            f"it; the {DEMANDS_MAX} for which most wait.",
            answers=QueueEligibilityView,
            codes=("not_found",),
        )
    ),
)
async def queue_eligibility(
    queue: IdInPath, access: Explain, limit: Limit = NAMED, min_position: MinPosition = None
) -> Response:
    """Who could serve what waits in one queue."""
    await at_least(access, min_position)
    projection = access.hosted.projection
    if queue not in projection.state.policy.get("queues", {}):
        raise ProblemError("not_found", f"the policy in force has no queue {queue!r}")
    known = projection.demands_in(queue)
    told = heapq.nlargest(DEMANDS_MAX, known, key=lambda one: one[1])
    demands = tuple(_demand(access, name, waiting, limit) for name, waiting in told)
    shown = QueueEligibilityView(queue=queue, demands=demands, more=len(known) - len(demands))
    return answer(access, shown)


def _demand(access: Access, first_id: str, waiting: int, limit: int) -> DemandView:
    projection = access.hosted.projection
    first = projection.state.interactions[first_id]
    found = projection.eligibility(first, limit, is_demand=True)
    return DemandView(
        channel=first.channel,
        requirements=first.requirements,
        waiting=waiting,
        first_id=first_id,
        eligibility=_view(projection.state, found),
    )


def _view(state: State, found: Eligibility) -> EligibilityView:
    return EligibilityView(
        logged_in=found.logged_in,
        now=_group(state, found.now),
        if_free=_group(state, found.if_free),
        cannot=_group(state, found.cannot),
        lacking=tuple(
            LackView(requirement=one.requirement, agents=one.agents) for one in found.lacking
        ),
    )


def _group(state: State, group: Group) -> EligibleGroupView:
    agents = tuple(_agent(state, one) for one in group.first)
    return EligibleGroupView(count=group.size, by_obstacle=group.by_obstacle, agents=agents)


def _agent(state: State, one: Someone) -> EligibleView:
    agent = state.agents[one.agent_id]
    return EligibleView(
        agent_id=one.agent_id,
        obstacle=one.obstacle,
        lacks=one.lacks,
        state=agent.status.value,
        activity=agent.activity,
        in_hand=len(agent.held),
    )
