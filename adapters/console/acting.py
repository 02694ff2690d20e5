"""What supervisors may do to an interaction, an offer or an agent: in words, by which fields, and
when. Whether it is allowed and possible the API decides."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

from adapters.client import OneQueue
from adapters.client.models import Agent, Interaction, Offer
from adapters.identity.permissions import Permission

__all__ = ("ACTIONS", "Act", "Kind", "Part", "Subject", "actions_for")

Kind: TypeAlias = Literal["interactions", "offers", "agents"]
Subject: TypeAlias = Interaction | Offer | Agent
Part: TypeAlias = Literal["priority", "queue", "agent", "over", "spared", "availability"]
"""Fields of a form, beside the reason."""

Fields: TypeAlias = Mapping[str, str]

LOOKING: Final = frozenset({"queued", "offered"})
IN_HAND: Final = frozenset({"assigned", "idle", "waking"})
OPEN: Final = LOOKING | IN_HAND | {"suspended"}
WRITE: Final = Permission.INTERACTIONS_WRITE
STATE: Final = Permission.AGENTS_STATE


@dataclass(frozen=True, kw_only=True)
class Act:
    """One thing that may be done. ``states`` are those in which it makes sense; ``effect`` is what
    will happen; ``done`` what is told then."""

    name: str
    label: str
    effect: str
    done: str
    states: frozenset[str]
    carry_out: Callable[[OneQueue, Any, Fields], Awaitable[object]]
    parts: tuple[Part, ...] = ()
    permission: Permission = WRITE
    is_grave: bool = False
    is_bulk: bool = field(default=False)


def _because(fields: Fields, **terms: Any) -> dict[str, Any]:
    """The terms, with the reason if one is given."""
    return terms | ({"reason": fields["reason"]} if fields.get("reason") else {})


def _number(fields: Fields, name: str) -> int | str:
    """As a number; what is none goes to the API as it is, which says so."""
    text = fields.get(name, "")
    return int(text) if text.isdecimal() else text


async def _prioritise(queue: OneQueue, one: Interaction, fields: Fields) -> object:
    terms = _because(fields, priority=_number(fields, "priority"))
    return await queue.interactions.update(one.interaction_id, **terms)


async def _assign(queue: OneQueue, one: Interaction, fields: Fields) -> object:
    terms = _because(fields, agent_id=fields.get("agent", ""), over_capacity="over" in fields)
    return await queue.interactions.assign(one.interaction_id, **terms)


async def _offer(queue: OneQueue, one: Interaction, fields: Fields) -> object:
    terms = _because(fields, agent_id=fields.get("agent", ""), over_capacity="over" in fields)
    return await queue.interactions.offer_to(one.interaction_id, **terms)


async def _move(queue: OneQueue, one: Interaction, fields: Fields) -> object:
    wanted = _because(fields, queue=fields.get("queue", ""))
    if one.state in IN_HAND:
        return await queue.interactions.transfer(
            one.interaction_id, agent_id=one.agent_id, **wanted
        )
    return await queue.interactions.move(one.interaction_id, **wanted)


async def _requeue(queue: OneQueue, one: Interaction, fields: Fields) -> object:
    return await queue.interactions.requeue(one.interaction_id, **_because(fields))


async def _resume(queue: OneQueue, one: Interaction, fields: Fields) -> object:
    return await queue.interactions.resume(one.interaction_id)


async def _cancel(queue: OneQueue, one: Interaction, fields: Fields) -> object:
    return await queue.interactions.cancel(one.interaction_id, **_because(fields))


async def _rescind(queue: OneQueue, one: Offer, fields: Fields) -> object:
    spared = {"retry_s": _number(fields, "spared")} if fields.get("spared") else {}
    return await queue.offers.rescind(one.offer_id, **_because(fields, **spared))


async def _set_state(queue: OneQueue, one: Agent, fields: Fields) -> object:
    chosen = fields.get("availability", "")
    name, _, activity = chosen.partition(":")
    terms = {"activity": activity} if activity else {"state": name}
    return await queue.agents.set_state(one.agent_id, **_because(fields, **terms))


async def _log_out(queue: OneQueue, one: Agent, fields: Fields) -> object:
    return await queue.agents.logout(one.agent_id, **_because(fields))


ACTIONS: Final[Mapping[Kind, tuple[Act, ...]]] = {
    "interactions": (
        Act(
            name="priority",
            label="Change priority",
            effect="It waits with this priority from now on, and keeps its age. An open offer "
            "stands.",
            done="The priority is changed.",
            states=OPEN,
            parts=("priority",),
            carry_out=_prioritise,
            is_bulk=True,
        ),
        Act(
            name="assign",
            label="Assign",
            effect="The agent has it at once, without being asked and whatever it asks for. Open "
            "offers of it are taken back.",
            done="It is assigned.",
            states=LOOKING,
            parts=("agent", "over"),
            carry_out=_assign,
            is_bulk=True,
        ),
        Act(
            name="offer",
            label="Offer to",
            effect="The agent is asked, and nobody else until they have answered. Open offers of "
            "it are taken back.",
            done="It is offered.",
            states=LOOKING,
            parts=("agent", "over"),
            carry_out=_offer,
        ),
        Act(
            name="move",
            label="Move to a queue",
            effect="It waits in that queue, in its workflow, and keeps its age. Open offers are "
            "taken back; whoever has it hands it over.",
            done="It is moved.",
            states=LOOKING | IN_HAND,
            parts=("queue",),
            carry_out=_move,
            is_bulk=True,
        ),
        Act(
            name="requeue",
            label="Take from agent",
            effect="Its agent has it no longer; it waits again with its age, and may be offered to "
            "the same agent.",
            done="It waits again.",
            states=IN_HAND,
            carry_out=_requeue,
        ),
        Act(
            name="resume",
            label="Resume",
            effect="It is suspended no longer, and waits from now on.",
            done="It waits.",
            states=frozenset({"suspended"}),
            carry_out=_resume,
        ),
        Act(
            name="cancel",
            label="Cancel",
            effect="It is over: nobody will serve it. This cannot be taken back.",
            done="It is cancelled.",
            states=LOOKING | {"suspended", "idle", "waking"},
            carry_out=_cancel,
            is_grave=True,
            is_bulk=True,
        ),
    ),
    "offers": (
        Act(
            name="rescind",
            label="Take back",
            effect="The agent is not asked any more, and not again for a while; this is no decline "
            "of theirs. The interaction looks for somebody else at once.",
            done="The offer is taken back.",
            states=frozenset({"issued"}),
            parts=("spared",),
            carry_out=_rescind,
        ),
    ),
    "agents": (
        Act(
            name="state",
            label="Change status",
            effect="The agent is told nothing: their desktop shows it. Unavailable takes their "
            "open offers back; work in hand stays theirs.",
            done="The status is changed.",
            states=frozenset({"available", "unavailable", "not_responding"}),
            parts=("availability",),
            carry_out=_set_state,
            permission=STATE,
        ),
        Act(
            name="logout",
            label="Log out",
            effect="The agent is logged out, and their open offers are taken back; work in hand "
            "stays theirs.",
            done="The agent is logged out.",
            states=frozenset({"available", "unavailable", "not_responding"}),
            carry_out=_log_out,
            permission=STATE,
            is_grave=True,
        ),
    ),
}


def actions_for(kind: Kind, state: str, may: Callable[[Permission], bool]) -> tuple[Act, ...]:
    """What somebody may do to a thing in this state."""
    return tuple(act for act in ACTIONS[kind] if state in act.states and may(act.permission))
