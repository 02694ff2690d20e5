"""One writer to an archive: a lock on its directory, which ends with the process that holds it."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from adapters.archive.errors import ArchiveUnusable

__all__ = ("locked",)

LOCK_NAME: Final = "lock"


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Hold the lock of a directory, which is made if it is not there. Raises
    :class:`ArchiveUnusable` when another process holds it."""
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / LOCK_NAME).open("wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            problem = "another process writes to it"
            remedy = "one archiver at a time; stop the other one, or name another directory"
            raise ArchiveUnusable(directory, problem, remedy) from None
        yield
