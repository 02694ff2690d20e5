"""Put a policy in force: ask the router, and wait for what it says."""

from __future__ import annotations

import secrets
import time
from typing import Any, Final, NamedTuple, cast

import msgpack
import redis

from adapters.audit.appending import append_audited
from adapters.redis.keys import Keys
from router.errors import StoreError

__all__ = ("Answer", "NoAnswerError", "replace_policy")

BLOCK_MS: Final = 500


class NoAnswerError(StoreError):
    """No router has answered; the command stands in the inbound stream, and will be carried out
    when one runs."""

    def __init__(self, waited_s: float) -> None:
        super().__init__(waited_s)
        self.waited_s = waited_s

    def __str__(self) -> str:
        return (
            f"no router has answered for {self.waited_s:g} s: does one run? The policy stands in "
            "the inbound stream, and takes effect when a router reads it"
        )


class Answer(NamedTuple):
    """What the router said: ``code`` and ``detail`` of a refusal, both empty if it did as told."""

    code: str
    detail: str


def replace_policy(
    client: redis.Redis,
    keys: Keys,
    document: dict[str, Any],
    *,
    changed_by: str,
    comment: str,
    reclassify: bool,
    wait_s: float,
    audit: bytes,
) -> Answer:
    """Send a policy, with its entry for the audit, and wait for the answer. Raises
    :class:`NoAnswerError`."""
    inbox = f"policy:{secrets.token_hex(8)}"
    command = {
        "type": "replace_policy",
        "policy": document,
        "changed_by": changed_by,
        "comment": comment,
        "reclassify": reclassify,
        "reply_to": inbox,
    }
    client.execute_command(*append_audited(keys, "m", msgpack.packb(command), audit))  # type: ignore[no-untyped-call]  # not annotated
    give_up_s = time.monotonic() + wait_s
    position = "0-0"
    while time.monotonic() < give_up_s:
        found = client.xread({keys.work(inbox): position}, count=10, block=BLOCK_MS)
        for _, entries in cast("list[Any]", found or []):
            for entry_id, fields in entries:
                position = entry_id.decode()
                answer = _read(msgpack.unpackb(fields[b"m"]))
                if answer is not None:
                    client.delete(keys.work(inbox))
                    return answer
    raise NoAnswerError(wait_s)


def _read(message: dict[str, Any]) -> Answer | None:
    if message.get("type") == "confirmed":
        return Answer("", "")
    if message.get("type") == "rejected":
        return Answer(message["code"], message["detail"])
    return None
