"""Attachments of a forgotten customer's messages: deleted where they lie in our own folders.

An adapter keeps them in a folder and names them by a URI. Which URIs lead to which folder is said
by whoever forgets; nothing outside such a folder, and no link, is ever touched.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

__all__ = ("AttachedFolder", "file_of", "folder_of", "ours", "unlink_attached")


class AttachedFolder(NamedTuple):
    """A folder, and what stands before the names of its files in a URI ("": ``file://`` URIs, with
    whole paths)."""

    uri: str
    path: Path


def folder_of(text: str) -> AttachedFolder:
    """A folder as it is said: ``DIR`` or ``URI=DIR``. Raises ``ValueError``."""
    uri, equals, directory = text.rpartition("=")
    if equals and not urlsplit(uri).scheme:
        raise ValueError(f"{uri!r} is no URI: say DIR, or what stands before its names, =DIR")
    path = Path(directory)
    if not path.is_dir():
        raise ValueError(f"{directory!r} is no directory")
    return AttachedFolder(uri, path.resolve())


def file_of(folders: Iterable[AttachedFolder], uri: str) -> Path | None:
    """Where an attachment lies in one of our folders, whether it is there or not; None: in none."""
    for folder in folders:
        name = _name_in(folder, uri)
        if not name or "\0" in name:
            continue
        path = Path(os.path.normpath(folder.path / name))
        # neither dots nor links in a path lead out of the folder
        if folder.path in path.parents and path.parent.resolve() == path.parent:
            return path
    return None


def ours(
    folders: Sequence[AttachedFolder], theirs: Iterable[str], shared: Collection[str]
) -> dict[str, Path]:
    """Which attachments may be deleted, and where they are: not those that belong to messages of
    others, too, nor what is no plain file."""
    found = {uri: file_of(folders, uri) for uri in theirs if uri not in shared}
    return {uri: path for uri, path in found.items() if path is not None and _is_plain(path)}


def unlink_attached(folders: Sequence[AttachedFolder], paths: Iterable[Path]) -> int:
    """Delete files, and folders below ours that are empty then; how many there were. Raises
    ``OSError``."""
    roots, count = {folder.path for folder in folders}, 0
    for path in paths:
        with suppress(FileNotFoundError):
            path.unlink()
            count += 1
        if path.parent not in roots:
            with suppress(OSError):  # there is more in it
                path.parent.rmdir()
    return count


def _name_in(folder: AttachedFolder, uri: str) -> str:
    if folder.uri:
        return unquote(uri[len(folder.uri) :]).lstrip("/") if uri.startswith(folder.uri) else ""
    parts = urlsplit(uri)
    is_here = parts.scheme == "file" and parts.netloc in {"", "localhost"}
    return unquote(parts.path) if is_here else ""


def _is_plain(path: Path) -> bool:
    """Whether it is a file and no link; or gone already, as after we were killed."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return True
    except OSError:
        return False
