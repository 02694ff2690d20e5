"""The ledger of erasures: that somebody was forgotten, when, and how much it was; never who.

A customer is named by a digest under a salt of its own, so that a person who has the identifier can
show that it was done, and nobody finds an identifier in it.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from adapters.archive.durable import replacing
from adapters.privacy.subject import Subject

__all__ = ("Erasure", "Ledger", "new_salt", "pseudonym")

NAME: Final = "erasures.jsonl"
PLAN_SUFFIX: Final = ".forgetting.json"
SALT_BYTES: Final = 16


class Erasure(Struct, frozen=True):
    """One line of the ledger."""

    at_ms: int
    salt: str
    customer: str
    by: str
    interactions: int
    counts: dict[str, int]


def pseudonym(customer_id: str, salt: bytes) -> str:
    """What stands for a customer in ledger and audit."""
    return blake2b(customer_id.encode(), key=salt, digest_size=16).hexdigest()


class Ledger:
    """The ledger in a directory, and the plans of erasures that have begun and not ended.

    A plan names interactions, so that an erasure that was interrupted goes on even when the
    records that tell whose they were are erased already. It is deleted at the end.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def plan_of(self, customer_id: str) -> Subject | None:
        """What an interrupted erasure of that customer was about."""
        for path in self._directory.glob(f"*{PLAN_SUFFIX}"):
            told = json.loads(path.read_bytes())
            if pseudonym(customer_id, bytes.fromhex(told["salt"])) == told["customer"]:
                return Subject(
                    customer_id=customer_id,
                    interactions=told["interactions"],
                    attributes=told["attributes"],
                    requirements=told["requirements"],
                    conversations=told.get("conversations", []),
                )
        return None

    def begin(self, subject: Subject, salt: bytes) -> Path:
        """Write the plan of an erasure; the file."""
        name = pseudonym(subject.customer_id, salt)
        told = {
            "salt": salt.hex(),
            "customer": name,
            "interactions": subject.interactions,
            "attributes": subject.attributes,
            "requirements": subject.requirements,
            "conversations": subject.conversations,
        }
        path = self._directory / f"{name}{PLAN_SUFFIX}"
        with replacing(path) as file:
            file.write(json.dumps(told).encode())
        return path

    def end(self, erasure: Erasure, customer_id: str) -> None:
        """Say that it is done, and delete its plans."""
        path = self._directory / NAME
        before = path.read_bytes() if path.exists() else b""
        line = json.dumps({name: getattr(erasure, name) for name in erasure.__struct_fields__})
        with replacing(path) as file:
            file.write(before + line.encode() + b"\n")
        for plan in self._directory.glob(f"*{PLAN_SUFFIX}"):
            told = json.loads(plan.read_bytes())
            if pseudonym(customer_id, bytes.fromhex(told["salt"])) == told["customer"]:
                plan.unlink()

    def erasures(self) -> Iterator[dict[str, Any]]:
        """All that were done, oldest first."""
        path = self._directory / NAME
        for line in path.read_bytes().splitlines() if path.exists() else ():
            yield json.loads(line)


def new_salt() -> bytes:
    """A salt that nobody guesses."""
    return secrets.token_bytes(SALT_BYTES)
