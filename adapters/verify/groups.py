"""Groups: were they looked at in time, and did those open and close that had to?

Written from docs/groups.md alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from adapters.verify.activation import ActivationTerms, GroupTerms
from adapters.verify.metrics import Verdict, all_hold
from adapters.verify.picture import Picture
from adapters.verify.wire import Event

__all__ = ("GROUP_EVENTS", "keep_groups")


def keep_groups(picture: Picture) -> None:
    """Another policy is in force: groups that it does not have are closed."""
    activations = picture.policy.activations if picture.policy else {}
    known = {_key(queue, g) for queue, one in activations.items() for g in one.groups}
    picture.floor.change_groups(set(), picture.floor.open_groups - known)
    picture.reviews.clear()
    for queue in activations:
        _go_on(picture, queue)


def _reviewed(picture: Picture, event: Event) -> None:
    queue = event["queue"]
    activation = picture.policy.activations.get(queue) if picture.policy else None
    due_ms = picture.reviews.pop(queue, None)
    if due_ms is None or activation is None or event["cause"]:
        message = f"nobody was to look at the groups of queue {queue!r}"
        picture.findings.add("review_early", message)
        return
    if picture.now_ms < due_ms:
        message = f"the groups of queue {queue!r} were looked at before {due_ms}"
        picture.findings.add("review_early", message)
    for problem in _problems(picture, event, activation):
        picture.findings.add("group_wrong", problem)
    opened = {f"{queue}/{name}" for name in event["opened"]}
    picture.floor.change_groups(opened, {f"{queue}/{name}" for name in event["closed"]})
    _go_on(picture, queue)


def _problems(picture: Picture, event: Event, activation: ActivationTerms) -> Iterator[str]:
    """Groups that have changed and may not, or that had to and have not."""
    picture.findings.facts["eligibility"] += 1
    known = {group.name for group in activation.groups}
    for name in (*event["opened"], *event["closed"]):
        if name not in known:
            yield f"queue {event['queue']!r} has no group {name!r}"
    for group in activation.groups:
        is_open = _key(event["queue"], group) in picture.floor.open_groups
        becomes = group.name in event["opened"] or (is_open and group.name not in event["closed"])
        wanted = _wanted(picture, event["queue"], group, is_open=is_open)
        if wanted is not None and becomes != wanted:
            word = "open" if wanted else "closed"
            yield f"group {group.name!r} of queue {event['queue']!r} is to be {word} now"


def _wanted(picture: Picture, queue: str, group: GroupTerms, *, is_open: bool) -> Verdict:
    """Whether it is to be open; None where that cannot be told."""
    if is_open and group.closes is not None:
        closes = all_hold(picture, group.closes, queue)
        return None if closes is None else not closes
    found = [all_hold(picture, conditions, queue) for conditions in group.opens]
    return True if True in found else None if None in found else False


def _go_on(picture: Picture, queue: str) -> None:
    names = (name.split("/")[0] for name in picture.floor.open_groups)
    if picture.lines.of(queue).waiting or queue in names:
        picture.review_later(queue)


def _key(queue: str, group: GroupTerms) -> str:
    return f"{queue}/{group.name}"


GROUP_EVENTS = {"groups_reviewed": _reviewed}
