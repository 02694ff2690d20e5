"""Files that come with forms: bounded, kept by their contents, never run or shown from here."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any, Final

from starlette.datastructures import UploadFile

from adapters.archive.durable import replacing
from adapters.forms.fields import FormRefused

__all__ = ("Uploads",)

PART_BYTES: Final = 262_144
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_MEDIA_TYPE: Final = re.compile(r"[\w.+-]{1,100}/[\w.+-]{1,100}", re.ASCII)


class Uploads:
    """A folder in which each file stands once, under its SHA-256."""

    def __init__(self, folder: Path, uri: str, file_bytes_max: int) -> None:
        self._folder = folder
        self._uri = uri
        self._most = file_bytes_max

    async def keep(self, name: str, upload: UploadFile) -> dict[str, Any]:
        """Keep a file of a field, and refer to it. Raises :class:`FormRefused`."""
        if (upload.size or 0) > self._most:
            raise FormRefused({name: f"has more than {self._most} bytes"})
        digest, size = hashlib.sha256(), 0
        while part := await upload.read(PART_BYTES):
            digest.update(part)
            size += len(part)
        sha256 = digest.hexdigest()
        path = self._folder / sha256
        if not path.exists():
            await upload.seek(0)
            with replacing(path) as file:
                while part := await upload.read(PART_BYTES):
                    file.write(part)
        kind = upload.content_type or ""
        return {
            "uri": self._uri + sha256,
            "name": _plain(upload.filename or ""),
            "media_type": kind if _MEDIA_TYPE.fullmatch(kind) else "application/octet-stream",
            "size_bytes": size,
            "sha256": sha256,
        }


def _plain(name: str) -> str:
    """The last part of what may be a whole path, without what steers terminals."""
    return _CONTROL.sub("", re.split(r"[/\\]", name)[-1])[:200]
