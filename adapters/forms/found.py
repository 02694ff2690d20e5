"""A file that was found in a folder: its contents, and the names that it gets."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import Final, NamedTuple

from adapters.media.message import digest_of

__all__ = ("Found", "clean", "digest_of_file", "failed_name", "kept_name", "message_id_of")

NAME_CHARACTERS_MAX: Final = 200


class Found(NamedTuple):
    """A file as it was looked at."""

    path: Path
    bytes: int
    mtime_ns: int


def digest_of_file(path: Path) -> str:
    """The SHA-256 of what it holds. Raises ``OSError``."""
    # nor has anybody put a link there meanwhile
    with open(path, "rb", opener=_no_link) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _no_link(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW)


def clean(name: str) -> str:
    """A name that can be told."""
    return re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]", "?", name)[:NAME_CHARACTERS_MAX]


def message_id_of(found: Found, sha256: str) -> str:
    """The same each time that this file is looked at; another letter has another one, be its name
    and its contents the same."""
    return f"{clean(found.path.name)}:{found.mtime_ns}:{sha256[:32]}"


def kept_name(found: Found, sha256: str) -> str:
    """What it is called once it is taken: no two files have it. Plain, so that it may stand in a
    URI."""
    kind = found.path.suffix if re.fullmatch(r"\.\w{1,10}", found.path.suffix, re.ASCII) else ""
    return f"{digest_of(message_id_of(found, sha256))}{kind}"


def failed_name(found: Found) -> str:
    """What it is called once it is set aside: a scanner names many files alike, and none may stand
    in the place of another."""
    name = found.path.name.encode(errors="surrogateescape")[-NAME_CHARACTERS_MAX:]
    return f"{found.mtime_ns}-{name.decode(errors='ignore')}"
