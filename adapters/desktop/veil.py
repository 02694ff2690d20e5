"""What a desktop is not to see: personal data, where its credential does not give it."""

from __future__ import annotations

import msgspec

from adapters.privacy.marks import Marks, marks_of
from adapters.privacy.redaction import redact
from router.state import State

__all__ = ("Veil",)


class Veil:
    """Takes what the policy in force marks as personal out of messages."""

    def __init__(self) -> None:
        self._marks: tuple[int, Marks] | None = None

    def over(self, payload: bytes, state: State, *, is_json: bool) -> bytes:
        """The message without it, packed as it was."""
        marks = self.marks_in(state)
        if is_json:
            return msgspec.json.encode(redact(msgspec.json.decode(payload), marks))
        return msgspec.msgpack.encode(redact(msgspec.msgpack.decode(payload), marks))

    def marks_in(self, state: State) -> Marks:
        """What is personal by the policy in force."""
        if self._marks is None or self._marks[0] != state.policy_version:
            self._marks = (state.policy_version, marks_of(state.policy))
        return self._marks[1]
