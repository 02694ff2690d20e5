"""Attachments: kept in a folder, by reference; names from outside never lead out of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from adapters.archive.durable import replacing
from adapters.mail.parsing import Part
from adapters.media.message import digest_of

__all__ = ("FileRefused", "Files")

NAME_BYTES_MAX: Final = 100
"""File systems take 255, and something may stand before and behind it."""

_STRANGE: Final = re.compile(r"[^\w. -]+")


class FileRefused(ValueError):
    """An attachment of a reply that is not in the folder, or not there."""


class Files:
    """The folder of one account's attachments."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, message_id: str, parts: Sequence[Part]) -> list[dict[str, Any]]:
        """Write the attachments of a mail, and tell where they are; written again, they are the
        same files."""
        return list(self._kept(self._folder / digest_of(message_id), parts))

    def read(self, uri: str) -> bytes:
        """An attachment of a reply. Raises :class:`FileRefused`."""
        parts = urlsplit(uri)
        path = Path(unquote(parts.path)).resolve()
        if parts.scheme != "file" or not path.is_relative_to(self._folder.resolve()):
            raise FileRefused(f"{uri} is not in the folder of attachments")
        try:
            return path.read_bytes()
        except OSError as error:
            raise FileRefused(f"{uri}: {error.strerror}") from None

    def _kept(self, folder: Path, parts: Sequence[Part]) -> Iterator[dict[str, Any]]:
        for number, part in enumerate(parts):
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / f"{number:02}-{_clean(part.name)}"
            with replacing(path) as file:
                file.write(part.data)
            yield {
                "uri": path.resolve().as_uri(),
                "name": part.name,
                "media_type": part.media_type[:255],
                "size_bytes": len(part.data),
                "sha256": sha256(part.data).hexdigest(),
            }


def _clean(name: str) -> str:
    """A name of a file without folders, signs or dots at its beginning."""
    last = re.split(r"[\\/]", name)[-1]
    plain = _STRANGE.sub("_", last).lstrip(". ").encode()[-NAME_BYTES_MAX:]
    return plain.decode(errors="ignore").lstrip(". ") or "file"
