"""A run written down before it begins: who comes when and about what, who works when and how long.

Everything that is drawn is drawn here. Generator and agents only carry it out, so that neither has
to think while it matters, and the same plan can be played twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

__all__ = (
    "AGENT",
    "CONTACT",
    "NEVER",
    "AgentPlan",
    "Contacts",
    "Plan",
    "TypePlan",
    "agent_number",
    "contact_number",
)

NEVER: Final = -1

Times = NDArray[np.int64]
"""Nanoseconds, one for each contact."""

CONTACT: Final = "i%08d"
AGENT: Final = "a%06d"


def contact_number(interaction_id: str) -> int:
    """The number of a contact."""
    return int(interaction_id[1:])


def agent_number(agent_id: str) -> int:
    """The number of an agent."""
    return int(agent_id[1:])


class TypePlan(msgspec.Struct, frozen=True, kw_only=True):
    """What the contacts of one type have in common."""

    name: str
    channel: str
    queue: str
    create: dict[str, Any]
    """Fields of the command, but for ``type`` and ``interaction_id``."""

    threshold_s: float
    """Who is answered within it counts for the service level."""

    knows_as: str = "last_agent"
    """The kind of fact by which a customer knows an agent."""

    wraps_up: bool = False
    """Whether the channel has a wrap-up that the agent ends."""


class AgentPlan(msgspec.Struct, frozen=True, kw_only=True):
    """One agent."""

    login: dict[str, Any]
    """Fields of the login, but for ``type``, ``agent_id`` and ``inbox``."""

    kind: int = 0
    """Agents of one kind can serve the same types."""

    profile: int = 0
    """Which of the contacts' times are theirs."""

    decline_share: float = 0.0
    no_answer_share: float = 0.0
    shifts_ns: list[tuple[int, int]] = []
    """From when until when they are there, after the opening; empty: always."""


@dataclass(frozen=True, slots=True)
class Contacts:
    """Columns of the contacts; times are after the opening. Those who come again, if at all, stand
    behind all others, who stand in the order of their coming."""

    at_ns: Times
    """:data:`NEVER`: when somebody else, whose ``again`` they are, has given up."""

    type_of: NDArray[np.int32]
    patience_ns: Times
    """:data:`NEVER`: they do not give up."""

    answer_ns: Times
    """From the offer until the agent accepts. Shape (contacts, profiles), as the next two."""

    handle_ns: Times
    wrap_up_ns: Times
    chance: NDArray[np.float64]
    """In [0, 1): whether an agent declines, or does not answer."""

    knows: NDArray[np.int32]
    """The number of the agent whom the customer knows, or :data:`NEVER`."""

    again: NDArray[np.int32]
    """The contact as which somebody comes again who gives up, or :data:`NEVER`."""

    after_ns: Times
    """How long that is after they have given up."""

    def __len__(self) -> int:
        return len(self.at_ns)

    @property
    def arrivals_ns(self) -> Times:
        """When those come who come by themselves."""
        arrivals: Times = self.at_ns[self.at_ns != NEVER]
        return arrivals

    @property
    def last_ns(self) -> int:
        """When the last of these comes."""
        return int(self.arrivals_ns[-1])


@dataclass(frozen=True, slots=True)
class Plan:
    """All of it. ``serves[kind][type]`` says which agents may have what."""

    types: list[TypePlan]
    agents: list[AgentPlan]
    serves: list[list[bool]]
    contacts: Contacts

    @property
    def length_s(self) -> float:
        """About how long it takes: until the last arrival, or until that work is done which nobody
        gives up."""
        contacts = self.contacts
        work_ns = (contacts.handle_ns + contacts.wrap_up_ns + contacts.answer_ns).min(axis=1)
        kept_ns = work_ns[contacts.patience_ns == NEVER].sum() / len(self.agents)
        return float(max(contacts.last_ns, kept_ns)) / 1e9

    def save(self, directory: Path) -> None:
        """Write it, for the processes of the run."""
        people = (self.types, self.agents, self.serves)
        (directory / "people.msgpack").write_bytes(msgspec.msgpack.encode(people))
        columns = {name: getattr(self.contacts, name) for name in Contacts.__slots__}
        np.savez(directory / "contacts.npz", **columns)

    @classmethod
    def load(cls, directory: Path) -> Plan:
        """Read what :meth:`save` has written."""
        types, agents, serves = msgspec.msgpack.decode(
            (directory / "people.msgpack").read_bytes(),
            type=tuple[list[TypePlan], list[AgentPlan], list[list[bool]]],
        )
        with np.load(directory / "contacts.npz") as columns:
            contacts = Contacts(**{name: columns[name] for name in Contacts.__slots__})
        return cls(types, agents, serves, contacts)
