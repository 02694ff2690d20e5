"""A checkpoint: a small file that is written whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from adapters.archive.durable import replacing
from router.errors import CallerError

__all__ = ("CHECKPOINT_BYTES_MAX", "CheckpointError", "CheckpointFile")

CHECKPOINT_BYTES_MAX: Final = 1_048_576
"""It is written as a whole each time."""


class CheckpointError(CallerError):
    """A checkpoint that cannot be read, or would be too large."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}; without it nothing is lost, only told again: delete it"


class CheckpointFile:
    """What a medium remembers, in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def folder(self) -> Path:
        """The folder that it is in."""
        return self._path.parent

    def load(self) -> dict[str, Any]:
        """What was saved last; empty: nothing was. Raises :class:`CheckpointError`."""
        if not self._path.exists():
            return {}
        try:
            found = json.loads(self._path.read_bytes())
        except ValueError as error:
            raise CheckpointError(self._path, f"is not JSON: {error}") from None
        if not isinstance(found, dict):
            raise CheckpointError(self._path, "is no JSON object")
        return found

    def save(self, value: Mapping[str, Any]) -> None:
        """Remember this in the place of what was. Raises :class:`CheckpointError`."""
        data = json.dumps(value, ensure_ascii=False).encode()
        if len(data) > CHECKPOINT_BYTES_MAX:
            raise CheckpointError(self._path, f"would have {len(data):,} bytes")
        with replacing(self._path) as file:
            file.write(data)
