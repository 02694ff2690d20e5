"""A tenant's events in this process: the newest from its projection, older ones from where they
are, for everybody who follows them."""

from __future__ import annotations

from adapters.cloudevents.newest import Newest
from adapters.cloudevents.places import Places
from adapters.cloudevents.position import Position
from adapters.cloudevents.reading import Past, Reading
from adapters.cloudevents.told import Told
from adapters.privacy.marks import Marks, marks_of
from adapters.projection.folded import Folded
from adapters.projection.projection import Projection

__all__ = ("Following",)


class Following:
    """Listens to a projection from its making on."""

    def __init__(self, projection: Projection, past: Past) -> None:
        self.past = past
        self.newest = Newest(projection.keys.tenant, Places())
        self._projection = projection
        self._marks: tuple[int, Marks] | None = None
        projection.listen(self)
        projection.when_forgotten(self._drop)
        if projection.freshness().is_ready:
            self.began_anew()

    def folded(self, folded: Folded) -> None:
        """Take in a record."""
        self.newest.add(folded.record_id, folded.record, folded.record_bytes)

    def began_anew(self) -> None:
        """Begin with the state as it is."""
        self.newest.places.begin(self._projection.state)
        self.newest.begin(Position.of_record(self._projection.last_id))

    def _drop(self) -> None:
        """Keep nothing: who is behind reads the journal again."""
        self.newest.begin(self.newest.upto)

    def reading(self, position: Position) -> Reading:
        """Follow from there on."""
        return Reading(self.newest, self.past, position)

    def json_of(self, told: Told, *, personal: bool) -> bytes:
        """The envelope of an event as JSON, with or without what the policy in force marks as
        personal."""
        return told.json if personal else told.hidden_json(self.marks)

    @property
    def marks(self) -> Marks:
        """What is personal by the policy in force."""
        state = self._projection.state
        if self._marks is None or self._marks[0] != state.policy_version:
            self._marks = (state.policy_version, marks_of(state.policy))
        return self._marks[1]
