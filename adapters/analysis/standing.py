"""What an export knows of what is not over yet: the fold's memory, bounded by what is open.

Nothing in it is more than what the rows may show: events come here with personal data taken out.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct, field

__all__ = ("OpenAgent", "OpenInteraction", "OpenOffer", "Standing")


class OpenInteraction(Struct, omit_defaults=True):
    """An interaction that is not over."""

    channel: str
    queue: str
    first_queue: str
    created_ms: int
    origin_ms: int
    customer_id: str = ""
    conversation_id: str = ""
    label: str = ""
    priority: int = 0
    own_target_ms: int = 0
    policy_version: int = 0
    producer: str = ""
    linked_to: str = ""
    link_kind: str = ""
    attributes: str = "{}"
    suspended: bool = False
    answered_ms: int = 0
    waited_ms: int | None = None
    in_target: bool | None = None
    target_ms: int | None = None
    agents: list[str] = field(default_factory=list)
    agent_id: str = ""
    offer_id: str = ""
    accepted_ms: int = 0
    accepted_waited_ms: int = 0
    completed_ms: int = 0
    outcome: str = ""
    segments: int = 0
    transfers: int = 0
    moves: int = 0
    offers: int = 0
    declined: int = 0
    expired: int = 0
    rescinded: int = 0
    handle_ms: int = 0
    wrap_up_ms: int = 0

    @property
    def answered(self) -> bool:
        """Whether an agent has ever accepted it."""
        return self.segments > 0


class OpenOffer(Struct, omit_defaults=True):
    """An offer that nobody has answered yet; ``scores`` are the agent's, in ppm."""

    interaction_id: str
    agent_id: str
    issued_ms: int
    cost: int
    trigger: str = ""
    policy_version: int = 0
    urgency_ppm: int = 0
    candidates: int = 0
    scores: list[int] = field(default_factory=list)


class OpenAgent(Struct, omit_defaults=True):
    """An agent who is signed in, as they stand since ``since_ms``."""

    status: str
    since_ms: int
    activity: str = ""
    reason: str = ""


class Standing(Struct, omit_defaults=True):
    """All of it, and the policy in force (``policy`` None: none is known)."""

    interactions: dict[str, OpenInteraction] = field(default_factory=dict)
    offers: dict[str, OpenOffer] = field(default_factory=dict)
    agents: dict[str, OpenAgent] = field(default_factory=dict)
    policy: dict[str, Any] | None = None
    policy_version: int = 0

    def to_bytes(self) -> bytes:
        """As it is kept beside the position."""
        return _encoder.encode(self)

    @classmethod
    def from_bytes(cls, data: bytes) -> Standing:
        """What was kept. Raises ``msgspec.MsgspecError``."""
        return _decoder.decode(data)


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Standing)
