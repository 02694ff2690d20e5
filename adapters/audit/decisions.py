"""Which commands stand in the audit, by whatever way somebody gives them."""

from __future__ import annotations

from typing import Final

from router import commands

__all__ = ("AUDITED", "INTERVENTIONS", "OF_OTHERS")

INTERVENTIONS: Final = frozenset(
    {
        commands.Update,
        commands.Move,
        commands.Cancel,
        commands.Requeue,
        commands.Transfer,
        commands.Suspend,
        commands.Resume,
        commands.Rescind,
        commands.OfferTo,
        commands.Assign,
    }
)
"""What somebody decides about an interaction beside its ordinary life."""

AUDITED: Final = INTERVENTIONS | {
    commands.AgentSkills,
    commands.AgentChannels,
    commands.AgentAttributes,
    commands.AgentCapacity,
}
"""These, and what agents can and may take."""

OF_OTHERS: Final = frozenset({commands.AgentState, commands.AgentLogout})
"""What agents do all day, and a supervisor now and then for them: that is audited."""
