"""The archive: a tenant's history on disk, in compressed segments that only ever grow.

The journal lives in memory and is trimmed; what was in it stays here. docs/protocol.md describes
the files, docs/archive.md who writes them and when.
"""

from __future__ import annotations

from adapters.archive.directory import Archive
from adapters.archive.errors import ArchiveDamaged, ArchiveUnusable
from adapters.archive.mark import Mark
from adapters.archive.states import KeptState, kept_states

__all__ = (
    "Archive",
    "ArchiveDamaged",
    "ArchiveUnusable",
    "KeptState",
    "Mark",
    "kept_states",
)
