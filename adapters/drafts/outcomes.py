"""What the router has made of policies lately, as a projection sees it go by."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from adapters.policies.outcomes import ALREADY_SO, PolicyOutcome
from adapters.projection.folded import Folded
from adapters.projection.projection import Projection
from adapters.redis.stream_ids import StreamId
from router import events as ev

__all__ = ("Outcomes",)

KEPT_MAX: Final = 1_000
_COMMAND: Final = "replace_policy"


class Outcomes:
    """Outcomes of ``replace_policy`` by the ids of their entries, from when the projection began;
    whoever asks about an earlier one has to ask the journal."""

    def __init__(self, projection: Projection) -> None:
        self._projection = projection
        self._known: OrderedDict[str, PolicyOutcome] = OrderedDict()
        self._since = StreamId.parse(projection.position)
        projection.listen(self)

    def folded(self, folded: Folded) -> None:
        """Take in those of a record."""
        for event in folded.record.events:
            if type(event) is ev.PolicyReplaced:
                self._note(event.cause, PolicyOutcome(event.version))
            elif type(event) is ev.Rejected and event.command == _COMMAND:
                self._note(event.cause, PolicyOutcome(0, event.code, event.detail))

    def began_anew(self) -> None:
        """What was passed over is not known."""
        self._known.clear()
        self._since = StreamId.parse(self._projection.position)

    def saw(self, entry_id: str) -> bool:
        """Whether what became of an entry went by here, or will."""
        return StreamId.parse(entry_id) > self._since

    def of(self, entry_id: str) -> PolicyOutcome | None:
        """What became of an entry that went by here; None: it is not decided yet."""
        found = self._known.get(entry_id)
        if found is not None:
            return found
        announced = self._projection.state.announced
        is_pending = announced is not None and announced.cause == entry_id
        is_passed = StreamId.parse(self._projection.position) >= StreamId.parse(entry_id)
        return ALREADY_SO if is_passed and not is_pending else None

    def _note(self, entry_id: str, outcome: PolicyOutcome) -> None:
        self._known[entry_id] = outcome
        while len(self._known) > KEPT_MAX:
            self._known.popitem(last=False)
