"""What the audit calls what was done: the kind of thing, and what became of it."""

from __future__ import annotations

__all__ = ("action_of_command", "fits")


def action_of_command(command: str, resource: str) -> str:
    """The action of a command by its ``type``: ``cancel`` of an interaction is
    ``interaction.cancel``, ``agent_skills`` of an agent ``agent.skills``."""
    verb = command.removeprefix(f"{resource}_").removesuffix(f"_{resource}")
    return f"{resource}.{verb}"


def fits(action: str, asked: str) -> bool:
    """Whether an action is the one that is asked for, or one of that kind of thing. Entries of
    earlier releases have a permission in its place: ``policy:write``."""
    return action == asked or action.startswith((f"{asked}.", f"{asked}:"))
