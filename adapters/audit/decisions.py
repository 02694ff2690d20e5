"""Which commands stand in the audit, by whatever way somebody gives them."""

from __future__ import annotations

from typing import Final

from router import commands

__all__ = ("AUDITED", "INTERVENTIONS")

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
