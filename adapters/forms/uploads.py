"""Files that come with forms: bounded, kept by their contents, never run or shown from here."""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from starlette.datastructures import UploadFile

from adapters.archive.durable import replacing
from adapters.forms.fields import FormRefused
from router.errors import OneQueueError

__all__ = ("NoRoom", "Uploads")

PART_BYTES: Final = 262_144
COUNTED_S: Final = 60.0
"""For so long a count of the folder holds: others put files there, and take them away."""

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_MEDIA_TYPE: Final = re.compile(r"[\w.+-]{1,100}/[\w.+-]{1,100}", re.ASCII)


class NoRoom(OneQueueError):
    """The folder takes no more, for a ``reason``: whoever runs this is to see to it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Uploads:
    """A folder in which each file stands once, under its SHA-256; ``folder_bytes_max`` in all.

    ``monotonic`` is a clock.
    """

    def __init__(
        self,
        folder: Path,
        uri: str,
        file_bytes_max: int,
        folder_bytes_max: int,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._uri = uri
        self._most = file_bytes_max
        self._most_in_all = folder_bytes_max
        self._monotonic = monotonic
        self._counted_s = float("-inf")
        self._held_bytes = 0

    async def keep(self, name: str, upload: UploadFile) -> dict[str, Any]:
        """Keep a file of a field, and refer to it. Raises :class:`FormRefused` or
        :class:`NoRoom`."""
        if (upload.size or 0) > self._most:
            raise FormRefused({name: f"has more than {self._most} bytes"})
        digest, size = hashlib.sha256(), 0
        while part := await upload.read(PART_BYTES):
            digest.update(part)
            size += len(part)
        sha256 = digest.hexdigest()
        path = self._folder / sha256
        if not path.exists():
            await self._make_room(size)
            try:
                await _write(path, upload)
            except OSError as error:
                raise NoRoom(error.strerror or str(error)) from error
        kind = upload.content_type or ""
        return {
            "uri": self._uri + sha256,
            "name": _plain(upload.filename or ""),
            "media_type": kind if _MEDIA_TYPE.fullmatch(kind) else "application/octet-stream",
            "size_bytes": size,
            "sha256": sha256,
        }

    async def _make_room(self, size: int) -> None:
        now_s = self._monotonic()
        if now_s - self._counted_s > COUNTED_S:
            self._held_bytes = await asyncio.to_thread(_bytes_in, self._folder)
            self._counted_s = now_s
        if self._held_bytes + size > self._most_in_all:
            raise NoRoom("uploads_bytes_max is reached")
        self._held_bytes += size


async def _write(path: Path, upload: UploadFile) -> None:
    await upload.seek(0)
    # a double click comes twice at once
    with replacing(path, f".{secrets.token_hex(4)}") as file:
        while part := await upload.read(PART_BYTES):
            file.write(part)


def _bytes_in(folder: Path) -> int:
    held_bytes = 0
    for each in folder.iterdir():
        with suppress(FileNotFoundError):  # somebody has taken it away just now
            held_bytes += each.stat().st_size
    return held_bytes


def _plain(name: str) -> str:
    """The last part of what may be a whole path, without what steers terminals."""
    return _CONTROL.sub("", re.split(r"[/\\]", name)[-1])[:200]
