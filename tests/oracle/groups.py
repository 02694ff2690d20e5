"""Groups that open and close by the page (docs/groups.md), from the document itself."""

from __future__ import annotations

from collections.abc import Sequence

from router import events as ev
from router.policy import Bounds
from tests.oracle.floor import Floor
from tests.oracle.metrics import all_hold


def check_review(floor: Floor, event: ev.GroupsReviewed, now_ms: int) -> None:
    """Assert that these groups, and no others, open and close now."""
    opened, closed = [], []
    for name in floor.in_force.groups(event.queue):
        wanted = _is_wanted(floor, event.queue, name, now_ms)
        if wanted and f"{event.queue}/{name}" not in floor.in_force.open_groups:
            opened.append(name)
        elif wanted is False and f"{event.queue}/{name}" in floor.in_force.open_groups:
            closed.append(name)
    assert (list(event.opened), list(event.closed)) == (opened, closed)


def _is_wanted(floor: Floor, queue: str, name: str, now_ms: int) -> bool | None:
    """Whether it is to be open; None: as it is."""

    def hold(conditions: Sequence[Bounds]) -> bool:
        return all_hold(floor, conditions, queue, now_ms)

    activation = floor.in_force.policy.queues[queue].activation
    assert activation is not None
    if name.startswith("reserve"):
        assert activation.overload is not None
        first, second = activation.overload.first, activation.overload.second
        beyond = second is not None and hold([second])
        return beyond or (name == "reserve 1" and hold([first]))
    (group,) = (each for each in activation.groups if each.pool == name)
    is_open = f"{queue}/{name}" in floor.in_force.open_groups
    if not is_open:
        return hold(group.open_if)
    if group.close_if is None:
        return hold(group.open_if)
    return False if hold(group.close_if) else None
