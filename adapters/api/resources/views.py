"""Resources as the API shows them, with the field names of docs/protocol.md."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from router.commands import Link
from router.requirements import Requirement

__all__ = (
    "AgentView",
    "AssignmentView",
    "ExclusionView",
    "HeldView",
    "InteractionView",
    "NoteView",
    "OfferView",
    "PreferredView",
    "SuspensionView",
    "WorkflowView",
)


class _View(Struct, frozen=True, kw_only=True, gc=False):
    pass


class PreferredView(_View, frozen=True):
    """An agent whom the history names, with the history term in ppm."""

    agent_id: str
    history_ppm: int


class ExclusionView(_View, frozen=True):
    """An agent who is not offered it again before ``until_ms``."""

    agent_id: str
    until_ms: int


class NoteView(_View, frozen=True):
    """What somebody has written down."""

    at_ms: int
    author: str
    text: str


class SuspensionView(_View, frozen=True):
    """Since when it is suspended, and until when (0: until it is told)."""

    since_ms: int
    until_ms: int
    inbox: str
    keep_place: bool


class WorkflowView(_View, frozen=True):
    """The step of the workflow in which it is, until ``until_ms`` (0: for good)."""

    step: int
    until_ms: int
    only_preferred: bool


class AssignmentView(_View, frozen=True):
    """Work that an agent has: ``state`` is ``active``, ``idle``, ``waking`` or ``wrap_up``.

    ``wrap_up_until_ms`` is 0 where no time ends one, ``completed_ms`` while it lasts.
    """

    interaction_id: str
    agent_id: str
    offer_id: str
    state: str
    accepted_ms: int
    since_ms: int
    completed_ms: int
    wrap_up_until_ms: int
    version: str


class InteractionView(_View, frozen=True):
    """An interaction, open or over. Levels of ``requirements`` count from 1, the worst.

    ``version`` is empty once it is over. ``is_partial``: it was over before this process began, so
    little of it is known here.
    """

    interaction_id: str
    state: str
    version: str = ""
    channel: str = ""
    queue: str = ""
    customer_id: str = ""
    conversation_id: str = ""
    priority: int = 0
    requirements: tuple[Requirement, ...] = ()
    attributes: dict[str, Any] = field(default_factory=dict)
    created_ms: int = 0
    origin_ms: int = 0
    sequence: int = 0
    target_ms: int = 0
    label: str = ""
    producer: str = ""
    link: Link | None = None
    preferred: tuple[PreferredView, ...] = ()
    excluded_agents: tuple[str, ...] = ()
    exclusions: tuple[ExclusionView, ...] = ()
    workflow: WorkflowView | None = None
    suspension: SuspensionView | None = None
    attempts: int = 0
    offers: tuple[str, ...] = ()
    assignment: AssignmentView | None = None
    notes: tuple[NoteView, ...] = ()
    agent_id: str = ""
    ended_ms: int = 0
    accepted_ms: int = 0
    completed_ms: int = 0
    outcome: str = ""
    reason: str = ""
    target: str = ""
    is_partial: bool = False


class HeldView(_View, frozen=True):
    """What takes of an agent's capacity: work that is offered, assigned or in wrap-up."""

    interaction_id: str
    channel: str
    cost: int
    exclusive: bool
    label: str


class AgentView(_View, frozen=True):
    """An agent who is logged in, or still holds work.

    ``state`` is for routing (``available`` ``unavailable`` ``not_responding`` ``offline``),
    ``activity`` what the person says, ``reason`` why they are unavailable (null: not said, or
    before this process began). ``skills`` are those that count, on levels from 1.
    """

    agent_id: str
    state: str
    activity: str = ""
    reason: str | None = None
    version: str = ""
    inbox: str = ""
    encoding: str = ""
    skills: dict[str, int] = {}
    inactive_skills: dict[str, int] = {}
    closed_channels: tuple[str, ...] = ()
    capacity: int = 0
    free_capacity: int = 0
    maximums: dict[str, int] = {}
    share: int = 1
    attributes: dict[str, Any] = {}
    idle_since_ms: int = 0
    away_since_ms: int = 0
    held: tuple[HeldView, ...] = ()
    offers: tuple[str, ...] = ()
    idle: tuple[str, ...] = ()
    waking: tuple[str, ...] = ()


class OfferView(_View, frozen=True):
    """An open offer (``state`` is ``issued``), or what became of it (``accepted`` ``declined``
    ``expired`` ``rescinded``). What is not known, or not so, is null: of one that is over, when it
    was issued and would have expired. ``over``: all of it is forgotten but its id."""

    offer_id: str
    interaction_id: str
    agent_id: str
    state: str
    issued_ms: int | None = None
    expires_ms: int | None = None
    ended_ms: int | None = None
    channel: str | None = None
    queue: str | None = None
