"""A turn: one batch being decided. Each fact is applied before the next is decided."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches
from enum import Enum, auto

import msgspec

from router import limits
from router.commands import AskedRequirement, Requirement
from router.eligibility.expression import expression_of
from router.eligibility.plan import Packed, wanted_of
from router.eligibility.tree import Node, nodes_of
from router.errors import CommandError, ExpressionError, LevelError
from router.events import Event
from router.fold import fold
from router.lifecycle import AgentStatus, InteractionState
from router.state import Agent, Interaction
from router.world import World

__all__ = ("Outcome", "Turn", "unknown")


NAMES_COMPARED_MAX = 100
"""Comparing takes some 20 µs a name; a batch of commands with wrong names must not take seconds."""


class Outcome(Enum):
    """What became of a command that was not refused."""

    DONE = auto()
    REPEATED = auto()
    PENDING = auto()
    """It is told when it is carried out."""

    ANSWERED = auto()
    """An event tells what was asked for: no other one confirms it."""


class Turn:
    """The world, the time, and the events so far; ``cause``, ``is_json`` and ``at_ms`` are the
    command's."""

    def __init__(self, world: World, now_ms: int) -> None:
        self.world = world
        self.now_ms = now_ms
        self.cause = ""
        self.is_json = False
        self.at_ms = now_ms
        self.events: list[Event] = []

    def emit(self, event: Event) -> None:
        """Make an event happen."""
        fold(self.world, event, self.now_ms)
        self.events.append(event)

    def open_interaction(self, interaction_id: str) -> Interaction:
        """An open interaction; CommandError when it is over or unknown."""
        state = self.world.state
        interaction = state.interactions.get(interaction_id)
        if interaction is not None:
            return interaction
        ended = state.ended_interactions.get(interaction_id)
        if ended is not None:
            raise CommandError("finished", f"the interaction is {ended.outcome} already")
        raise unknown("interaction", interaction_id, (), field="interaction_id")

    def logged_in(self, agent_id: str, field: str = "agent_id") -> Agent:
        """An agent who is logged in; CommandError for others, with or without work in hand."""
        agent = self.world.state.agents.get(agent_id)
        if agent is None:
            detail = f"agent {agent_id!r} is not logged in"
            raise CommandError("unknown_agent", detail, field)
        if agent.status is AgentStatus.OFFLINE:
            raise CommandError("wrong_state", "the agent is logged out; log in first", field)
        return agent

    def owned_interaction(
        self, interaction_id: str, agent_id: str, states: Collection[InteractionState]
    ) -> Interaction:
        """An interaction that is this agent's and in one of these states."""
        interaction = self.open_interaction(interaction_id)
        assignment = self.world.state.assignments.get(interaction_id)
        if assignment is not None and assignment.agent_id != agent_id:
            raise CommandError(
                "not_yours", "the interaction is assigned to another agent", "agent_id"
            )
        if interaction.state not in states:
            wanted = " or ".join(sorted(states))
            raise CommandError(
                "wrong_state", f"the interaction is {interaction.state}, not {wanted}"
            )
        return interaction

    def check_skills(self, skills: Iterable[str], field: str) -> None:
        """Every skill is one of the policy's, or CommandError."""
        known = self.world.rules.skills
        for skill in skills:
            if skill not in known:
                raise unknown("skill", skill, known, field=field)

    def check_queue(self, queue: str) -> None:
        """The queue is one of the policy's, or CommandError."""
        known = self.world.rules.weights
        if queue not in known:
            raise unknown("queue", queue, known, field="queue")

    def asked(
        self, requirements: tuple[AskedRequirement, ...], attributes: Packed
    ) -> tuple[Requirement, ...]:
        """What a command asks for, in levels that count inside; CommandError where skills or levels
        do not exist, or expressions cannot be bound to an interaction with these packed attributes.
        """
        rules = self.world.rules
        known = rules.remembered(requirements)
        if known is not None:
            return known
        self.check_skills((r.skill for r in requirements if r.skill), "requirements")
        for place, requirement in enumerate(requirements):
            if not requirement.skill:
                self._check_tree(Node(requirement, f"requirements[{place}]"), attributes)
        try:
            asked = rules.inside(requirements, "requirements")
        except LevelError as error:
            raise CommandError("invalid", error.detail, error.field) from None
        if all(requirement.skill for requirement in requirements):
            rules.remember(requirements, asked)
        else:
            self.check_room(asked, attributes, "requirements")
        return asked

    def has_room(self, requirements: tuple[Requirement, ...], attributes: Packed) -> bool:
        """Whether there is room for the conditions of what would be asked."""
        wanted = wanted_of(requirements, attributes)
        return not wanted or self.world.index.conditions.has_room(wanted)

    def check_room(
        self, requirements: tuple[Requirement, ...], attributes: Packed, field: str = ""
    ) -> None:
        """There is room for the conditions of what would be asked, or CommandError."""
        if not self.has_room(requirements, attributes):
            detail = f"{limits.CONDITIONS_MAX} different trees and expressions are asked for now"
            raise CommandError("limit", detail, field)

    def _check_tree(self, tree: Node, attributes: Packed) -> None:
        for requirement, path in nodes_of(*tree):
            if requirement.skill:
                self.check_skills((requirement.skill,), f"{path}.skill")
            elif requirement.expression is not None:
                self._check_expression(requirement.expression, f"{path}.expression", attributes)

    def _check_expression(self, text: str, field: str, attributes: Packed) -> None:
        try:
            expression = expression_of(text)
            self.check_skills(sorted(expression.profile.skills), field)
            if expression.profile.interaction:
                expression.bound(msgspec.msgpack.decode(attributes))
        except ExpressionError as error:
            raise CommandError("invalid", str(error), field) from None


def unknown(kind: str, name: str, known: Iterable[str], *, field: str) -> CommandError:
    """The refusal of a name that is not known, with names that are near."""
    detail = f"there is no {kind} {name!r}"
    names = list(known)
    near = get_close_matches(name, names, n=3) if len(names) <= NAMES_COMPARED_MAX else []
    if near:
        detail += f"; did you mean {' or '.join(map(repr, near))}?"
    return CommandError(f"unknown_{kind}", detail, field)
