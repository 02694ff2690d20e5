"""Workflows: what is asked of an agent as an interaction grows older.

Each step says how long it lasts, by the age of the interaction, and what it changes. Changes add
up: a step begins with what the one before it has left (docs/workflows.md).
"""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, model_validator

from router import limits
from router.commands import AskedRequirement
from router.eligibility.tree import nodes_of
from router.policy.bounds import Bounds, Conditions
from router.policy.elements import DAY_S, NUMBER, Element, Inbox, Label, Name, Points, Share
from router.policy.requirements import StepRequirements

__all__ = ("FREE_IN_TIME", "STEPS_MAX", "SkipIf", "Step", "Workflow")

STEPS_MAX = 20
"""Twice what Cisco allows, three times Genesys' rings: more than a person can keep in mind."""

FREE_IN_TIME = 0.5
"""Nothing is kept for somebody who will more probably than not be busy for longer."""

Age = Annotated[float, Field(ge=0.05, le=366 * DAY_S), NUMBER]


class SkipIf(Bounds):
    """When a step is passed over at once: any of these is enough.

    Without a pool, agents are those who meet what the step asks for.
    """


class Step(Element):
    """One step: until when it lasts, and what it changes.

    The end is an age (``until_s``) or a share of the target (``until_target``); the last step has
    none. ``require`` replaces all that is asked, then ``drop``, ``lower``, ``widen`` and ``add``
    change it. Agents of its ``pool`` may serve from then on, if all of ``open_if`` hold when it
    begins. ``only: preferred`` keeps the interaction for agents whom its history names, with a term
    of ``history_at_least``, unless it is less probable than ``free_in_time`` that one of them is
    free before the end. Whoever reads the inbox ``tell`` hears of its begin. A last step may send
    it away instead: to another ``queue``, or out (``divert``).
    """

    name: Label = ""
    description: str = ""
    owner: str = ""
    until_s: Age | None = None
    until_target: Annotated[float, Field(ge=0.001, le=1_000), NUMBER] | None = None
    only: Literal["preferred"] | None = None
    history_at_least: Share = 0.0
    free_in_time: Share = FREE_IN_TIME
    require: StepRequirements | None = None
    drop: list[Name] = Field(default_factory=list)
    lower: dict[Name, Annotated[int, Field(ge=1, le=limits.LEVEL_MAX), NUMBER]] = Field(
        default_factory=dict
    )
    widen: StepRequirements = Field(default_factory=list)
    add: StepRequirements = Field(default_factory=list)
    pool: Name | None = None
    open_if: Conditions | None = None
    priority: Points = 0
    expedite: bool = False
    tell: Inbox | None = None
    queue: Name | None = None
    divert: Name | None = None
    inbox: Inbox | None = None
    skip_if: SkipIf | None = None

    @model_validator(mode="after")
    def _ends_once(self) -> Step:
        if self.until_s is not None and self.until_target is not None:
            raise ValueError("give until_s or until_target, not both")
        return self

    @model_validator(mode="after")
    def _keeps_it_for_somebody(self) -> Step:
        if self.only is None and self.free_in_time != FREE_IN_TIME:
            raise ValueError("free_in_time goes only with only: preferred")
        if self.only is None and self.history_at_least:
            raise ValueError("history_at_least goes only with only: preferred")
        return self

    @model_validator(mode="after")
    def _leaves_for_one_place(self) -> Step:
        if self.queue is not None and self.divert is not None:
            raise ValueError("give queue or divert, not both")
        if self.inbox is not None and self.divert is None:
            raise ValueError("an inbox goes only with divert")
        if self.leaves and (self.ends or self.tell or self._changes_something()):
            raise ValueError("a step that sends it away lasts no time, and does nothing else")
        return self

    @model_validator(mode="after")
    def _opens_a_pool(self) -> Step:
        if self.open_if is None:
            return self
        if self.pool is None:
            raise ValueError("open_if goes only with a pool")
        others = (self.drop, self.lower, self.widen, self.add, self.priority, self.expedite)
        looks = (self.only, self.require, self.skip_if)
        if any(others) or any(each is not None for each in looks):
            raise ValueError("a step with open_if opens its pool, and changes nothing else")
        return self

    def _changes_something(self) -> bool:
        changes = (self.drop, self.lower, self.widen, self.add, self.priority, self.expedite)
        return self.require is not None or self.pool is not None or any(changes)

    @property
    def leaves(self) -> bool:
        """Whether it sends the interaction away."""
        return self.queue is not None or self.divert is not None

    @property
    def ends(self) -> bool:
        """Whether it is followed by another one."""
        return self.until_s is not None or self.until_target is not None

    def requirements(self, field: str) -> tuple[AskedRequirement, ...]:
        """What ``require``, ``widen`` or ``add`` holds."""
        return tuple(asked.requirement() for asked in getattr(self, field) or ())


class Workflow(Element):
    """Steps in their order."""

    description: str = ""
    owner: str = ""
    steps: Annotated[list[Step], Field(min_length=1, max_length=STEPS_MAX)]

    @model_validator(mode="after")
    def _steps_follow_one_another(self) -> Workflow:
        *earlier, last = self.steps
        for number, step in enumerate(earlier, 1):
            if not step.ends:
                raise ValueError(f"step {number} never ends: give it until_s or until_target")
        if last.ends:
            raise ValueError("the last step lasts for good: leave out its until_s or until_target")
        if last.only is not None or last.skip_if is not None or last.open_if is not None:
            raise ValueError("the last step must be open to everybody, and cannot be skipped")
        for unit in ("until_s", "until_target"):
            found = (getattr(step, unit) for step in earlier)
            ends = [round(end * 1_000) for end in found if end is not None]
            if any(after <= before for before, after in pairwise(ends)):
                raise ValueError(f"{unit} is an age: it must be higher from step to step")
        return self

    @model_validator(mode="after")
    def _changes_are_few(self) -> Workflow:
        # all of them may stand in one event, and in one condition that is evaluated for an agent
        changes = [
            requirement
            for step in self.steps
            for field in ("widen", "add")
            for requirement in step.requirements(field)
        ]
        nodes = sum(1 for each in changes for _ in nodes_of(each, ""))
        if nodes > limits.REQUIREMENT_NODES_MAX:
            message = f"widen and add hold {nodes} requirements in all steps together"
            raise ValueError(f"{message}; at most {limits.REQUIREMENT_NODES_MAX} are taken")
        return self
