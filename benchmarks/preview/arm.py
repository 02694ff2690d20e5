"""One side of a preview: an engine in virtual time, and commands made to fit its policy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import msgspec

from benchmarks.preview.told import packed_history
from benchmarks.simulator.kernel import Kernel
from router import commands as cmd
from router import events as ev
from router.lifecycle import InteractionState
from router.policy import Policy, parse_policy
from router.state import State

__all__ = ("Arm",)


class Arm:
    """The engine, and the policy that it has at the moment. ``noted`` counts what did not fit."""

    def __init__(self, kernel: Kernel, policy: Mapping[str, Any], noted: Counter[str]) -> None:
        self.kernel = kernel
        self.noted = noted
        self.policy: Policy = parse_policy(dict(policy))
        self.history = packed_history(self.policy.history)
        kernel.hear[ev.PolicyReplaced] = self._replaced

    @property
    def state(self) -> State:
        """Where everything stands."""
        return self.kernel.engine.state

    def carry_out(self, command: cmd.Command) -> None:
        """What somebody did at a time of their own, if it can still be done."""
        if isinstance(command, cmd.AgentLogin | cmd.AgentSkills):
            command = self._with_known(command)
        if isinstance(command, cmd.AgentLogin | cmd.AgentState):
            command = self._with_activity(command)
        agent_id: str | None = getattr(command, "agent_id", None)
        name: str | None = getattr(command, "interaction_id", None)
        if name is not None:
            one = self.state.interactions.get(name)
            if one is None or one.state is InteractionState.WRAP_UP:
                self.noted["over_before_it_was_changed"] += 1
                return
        elif agent_id not in self.state.agents and not isinstance(command, cmd.AgentLogin):
            return  # signed in by a command that the policy had no room for
        self.kernel.tell(command)

    def _with_known(self, command: Any) -> Any:
        """Without skills, channels and profiles that the policy does not have."""
        policy = self.policy
        skills = {skill: v for skill, v in command.skills.items() if skill in policy.skills}
        if len(skills) < len(command.skills):
            self.noted["skills_not_in_policy"] += 1
        inactive = tuple(skill for skill in command.inactive_skills if skill in skills)
        told: dict[str, Any] = {"skills": skills, "inactive_skills": inactive}
        if isinstance(command, cmd.AgentLogin):
            channels = policy.channels
            told["maximums"] = {k: v for k, v in command.maximums.items() if k in channels}
            told["closed_channels"] = tuple(c for c in command.closed_channels if c in channels)
            if command.profile not in policy.profiles:
                told["profile"] = None
        return msgspec.structs.replace(command, **told)

    def _with_activity(self, command: Any) -> Any:
        """An activity says by itself whether it is available; one that there is not, says not."""
        if command.activity is None:
            return command
        if command.activity in self.policy.activities:
            return msgspec.structs.replace(command, state=None)
        return msgspec.structs.replace(command, activity=None)

    def _replaced(self, event: ev.PolicyReplaced) -> None:
        self.policy = parse_policy(event.policy)
        self.history = packed_history(self.policy.history)
