"""Decisions on groups: which of a queue open or close, whenever they are looked at."""

from __future__ import annotations

from router import events as ev
from router.decide.metrics import all_hold
from router.decide.turn import Turn
from router.groups import GroupRule, group_key

__all__ = ("review",)


def review(turn: Turn, queue: str) -> None:
    """Look at the groups of a queue: each opens or closes as things stand now."""
    open_groups = turn.world.state.open_groups
    opened: list[str] = []
    closed: list[str] = []
    for group in turn.world.rules.activations[queue].groups:
        if group_key(queue, group.name) not in open_groups:
            if _opens(turn, queue, group):
                opened.append(group.name)
        elif _closes(turn, queue, group):
            closed.append(group.name)
    turn.emit(ev.GroupsReviewed(queue=queue, opened=tuple(opened), closed=tuple(closed)))


def _opens(turn: Turn, queue: str, group: GroupRule) -> bool:
    return any(all_hold(turn, conditions, queue) for conditions in group.opens)


def _closes(turn: Turn, queue: str, group: GroupRule) -> bool:
    if group.closes is None:
        return not _opens(turn, queue, group)
    return all_hold(turn, group.closes, queue)
