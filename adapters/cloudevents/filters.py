"""Which events somebody wants: by type, queue, channel, agent and subject, all to fit."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

from msgspec import Struct

from adapters.cloudevents.catalog import EVENTS
from adapters.cloudevents.envelope import VERSION, subject_of
from adapters.cloudevents.errors import FilterError
from adapters.cloudevents.told import Told

__all__ = ("EVERYTHING", "EventFilter")

VALUES_MAX: Final = 100
VALUE_CHARACTERS_MAX: Final = 128
SUBJECT_CHARACTERS_MAX: Final = 256
_PREFIX: Final = "onequeue."
_SUFFIX: Final = f".{VERSION}"


class EventFilter(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What must hold of an event; an empty part holds of all.

    ``types`` are names of events (``offer_issued``) or beginnings of names (``offer_*``),
    ``queues`` and ``channels`` those of the interaction that it is about, ``agents`` the ids in
    its ``agent_id``, ``subject`` the beginning of its subject (``interactions/call-``).
    """

    types: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    subject: str = ""

    def checked(self) -> EventFilter:
        """The same with its types in their short form, and nothing twice.

        Raises :class:`FilterError`: too much of something, or a type that no event has.
        """
        if len(self.subject) > SUBJECT_CHARACTERS_MAX:
            raise FilterError("subject", f"at most {SUBJECT_CHARACTERS_MAX} characters are taken")
        return EventFilter(
            types=_types(self.types),
            queues=_unique("queues", self.queues),
            channels=_unique("channels", self.channels),
            agents=_unique("agents", self.agents),
            subject=self.subject,
        )

    def matches(self, told: Told) -> bool:
        """Whether the event is wanted."""
        return (
            (not self.types or any(_fits(pattern, told.kind) for pattern in self.types))
            and (not self.queues or told.place.queue in self.queues)
            and (not self.channels or told.place.channel in self.channels)
            and (not self.agents or told.event.get("agent_id") in self.agents)
            and (not self.subject or subject_of(told.event).startswith(self.subject))
        )


EVERYTHING: Final = EventFilter()


def _fits(pattern: str, kind: str) -> bool:
    return kind.startswith(pattern[:-1]) if pattern.endswith("*") else kind == pattern


def _short(pattern: str) -> str:
    if not pattern.startswith(_PREFIX):
        return pattern
    return pattern.removeprefix(_PREFIX).removesuffix(_SUFFIX)


def _types(patterns: Iterable[str]) -> tuple[str, ...]:
    found = _unique("types", map(_short, patterns))
    for pattern in found:
        _require_type(pattern)
    return found


def _unique(field: str, values: Iterable[str]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(values))
    if len(found) > VALUES_MAX:
        raise FilterError(field, f"at most {VALUES_MAX} values are taken, not {len(found)}")
    for value in found:
        if not 0 < len(value) <= VALUE_CHARACTERS_MAX:
            raise FilterError(field, f"each value has 1 to {VALUE_CHARACTERS_MAX} characters")
    return found


def _require_type(pattern: str) -> None:
    if any(_fits(pattern, kind) for kind in EVENTS):
        return
    near = get_close_matches(pattern.rstrip("*"), EVENTS, n=3)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    raise FilterError(
        "types", f"no event is called {pattern!r}{hint} (offer_* stands for all that begin so)"
    )
