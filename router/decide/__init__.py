"""Decisions: what each command makes happen, as events. All checks come before the first event."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from router import commands as cmd
from router.commands import Command
from router.decide import (
    agents,
    answers,
    attempts,
    completion,
    direct,
    handover,
    idle,
    interactions,
    moving,
    notes,
    offers,
    policy,
    suspension,
    tenant,
    versions,
    waits,
)
from router.decide.turn import Outcome, Turn

__all__ = ("Outcome", "Turn", "decide")

Decision: TypeAlias = Callable[[Turn, Any], Outcome]

DECISIONS: dict[type[Command], Decision] = {
    cmd.Create: interactions.create,
    cmd.Update: interactions.update,
    cmd.Move: moving.move_waiting,
    cmd.Cancel: interactions.cancel,
    cmd.Requeue: handover.requeue,
    cmd.Transfer: handover.transfer,
    cmd.Suspend: suspension.suspend,
    cmd.Resume: suspension.resume,
    cmd.Retry: attempts.retry,
    cmd.Inquire: waits.inquire,
    cmd.InquireVersion: versions.inquire_version,
    cmd.Idle: idle.go_idle,
    cmd.Wake: idle.wake,
    cmd.Note: notes.note,
    cmd.Complete: completion.complete,
    cmd.EndWrapUp: completion.end_wrap_up,
    cmd.ExtendWrapUp: completion.extend_wrap_up,
    cmd.Accept: answers.accept,
    cmd.Decline: answers.decline,
    cmd.HoldOffer: answers.hold,
    cmd.Rescind: answers.take_back,
    cmd.OfferTo: direct.offer_to,
    cmd.Assign: direct.assign,
    cmd.AgentLogin: agents.login,
    cmd.AgentLogout: agents.logout,
    cmd.AgentState: agents.set_state,
    cmd.AgentSkills: agents.set_skills,
    cmd.AgentChannels: agents.set_channels,
    cmd.AgentAttributes: agents.set_attributes,
    cmd.AgentCapacity: agents.set_capacity,
    cmd.ReplacePolicy: policy.replace_policy,
    cmd.SetIntake: tenant.set_intake,
    cmd.Withdraw: offers.withdraw,
}


def decide(turn: Turn, command: Command) -> Outcome:
    """Carry a command out, or raise :class:`router.errors.CommandError` with nothing changed."""
    decision = DECISIONS[type(command)]
    if isinstance(command, cmd.Change) and command.if_version is not None:
        return versions.carry_out_if(turn, command, decision)
    return decision(turn, command)
