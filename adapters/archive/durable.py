"""Files that outlast a loss of power: written whole or not at all, and their names with them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

__all__ = ("PARTIAL", "replacing", "sync_directory", "sync_file")

PARTIAL: Final = ".partial"
"""What the name of a file ends with while it is written."""


@contextmanager
def replacing(path: Path, mark: str = "") -> Iterator[BinaryIO]:
    """A file to write that takes the place of another, or takes none; of several who write the same
    at once, each has its ``mark``."""
    partial = path.with_name(path.name + mark + PARTIAL)
    try:
        with partial.open("wb") as file:
            yield file
            sync_file(file)
        partial.replace(path)
        sync_directory(path.parent)
    finally:
        partial.unlink(missing_ok=True)


def sync_file(file: BinaryIO) -> None:
    """Let what was written to a file outlast a loss of power."""
    file.flush()
    os.fsync(file.fileno())


def sync_directory(directory: Path) -> None:
    """Let names that were given or taken outlast a loss of power."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
