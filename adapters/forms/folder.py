"""The medium `files`: files that a scanner, a fax server or a mail room puts into a folder."""

from __future__ import annotations

import asyncio
import re
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final

import msgspec
import structlog
from pydantic import BaseModel, ConfigDict, Field, field_validator

from adapters.archive.durable import replacing, sync_directory
from adapters.configuration.shared import Duration, duration_ms
from adapters.forms.found import (
    Found,
    clean,
    digest_of_file,
    failed_name,
    kept_name,
    message_id_of,
)
from adapters.forms.ocr import Ocr, OcrFailed, read_scan
from adapters.media.message import digest_of
from adapters.media.plugin import Desk, MediumUnavailable, MessageRefused
from adapters.media.terms import InteractionTerms
from router import limits

__all__ = ("FolderSettings", "WatchedFolder")

LOOKED_AT_MAX: Final = 1_000
AGAIN_S: Final = 30.0
NEVER: Final = frozenset({"invalid", "too_large"})
"""Problems of the file itself: it is set aside. Others pass: it stays where it is."""


class FolderSettings(BaseModel):
    """Where files come, where they go, and what is made of them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    folder: Path
    done: Path
    failed: Path
    uri: Annotated[str, Field(min_length=1, max_length=1_500)]
    """Stands before the name that a file has in ``done``."""

    channel: Annotated[str, Field(min_length=1, max_length=limits.IDENTIFIER_MAX)]
    interaction: InteractionTerms = Field(default_factory=dict)
    patterns: Annotated[tuple[str, ...], Field(min_length=1, max_length=20)] = ("*.pdf", "*.tif")
    media_type: str = "application/octet-stream"
    sender: str = ""
    """A regular expression over the name; its group ``address`` is the sender's."""

    sender_medium: Annotated[str, Field(min_length=1, max_length=32)] = "fax"
    settle: Duration = "2s"
    """A file is whole when it has not changed for so long."""

    poll: Duration = "1s"
    file_bytes_max: Annotated[int, Field(ge=1)] = 100 * 1_048_576
    workers: Annotated[int, Field(ge=1, le=32)] = 2
    ocr: Ocr | None = None
    outbox: Path | None = None
    """Where what is to be sent is put as JSON, for a printer or a fax server."""

    @field_validator("sender")
    @classmethod
    def _names_an_address(cls, pattern: str) -> str:
        try:
            groups = re.compile(pattern).groupindex
        except re.error as error:
            raise ValueError(f"this is no regular expression: {error}") from None
        if pattern and "address" not in groups:
            raise ValueError("it needs a group (?P<address>…)")
        return pattern


class WatchedFolder:
    """Files of a folder: scans, fax, letters; one interaction each."""

    Settings: ClassVar[type[BaseModel]] = FolderSettings

    def __init__(self, settings: FolderSettings) -> None:
        self._settings = settings
        self._log: structlog.stdlib.BoundLogger = structlog.get_logger()
        self._seen: dict[str, Found] = {}
        self._not_before_s: dict[str, float] = {}

    async def run(self, desk: Desk, stop: asyncio.Event) -> None:
        """Take files until the event is set. Raises :class:`MediumUnavailable` where a folder is
        missing."""
        self._look_at_folders()
        desk.connected()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._take_all(desk, stop))
            group.create_task(self._send(desk))

    def _look_at_folders(self) -> None:
        told = self._settings
        for folder in filter(None, (told.folder, told.done, told.failed, told.outbox)):
            if not folder.is_dir():
                raise MediumUnavailable(f"{folder}: there is no such folder")
        devices = {each.stat().st_dev for each in (told.folder, told.done, told.failed)}
        if len(devices) > 1:
            raise MediumUnavailable("folder, done and failed must be on one file system")

    async def _take_all(self, desk: Desk, stop: asyncio.Event) -> None:
        slots = asyncio.Semaphore(self._settings.workers)

        async def take(found: Found) -> None:
            async with slots:
                if not stop.is_set():
                    await self._take(desk, found)

        while not stop.is_set():
            whole = list(self._whole())
            async with asyncio.TaskGroup() as group:
                for each in whole:
                    group.create_task(take(each))
            desk.show("files_put_off", len(self._not_before_s))
            try:
                async with asyncio.timeout(duration_ms(self._settings.poll) / 1_000):
                    await stop.wait()
            except TimeoutError:
                continue

    def _whole(self) -> Iterator[Found]:
        """The files that have not changed since the last look, nor for a while before it."""
        before, self._seen = self._seen, {}
        oldest_ns = time.time_ns() - duration_ms(self._settings.settle) * 1_000_000
        for found in self._listed():
            name = found.path.name
            self._seen[name] = found
            is_due = self._not_before_s.get(name, 0.0) <= time.monotonic()
            if before.get(name) == found and found.mtime_ns <= oldest_ns and is_due:
                yield found
        self._not_before_s = {
            name: at_s for name, at_s in self._not_before_s.items() if name in self._seen
        }

    def _listed(self) -> list[Found]:
        paths = {
            path for pattern in self._settings.patterns
            for path in self._settings.folder.glob(pattern)
        }  # fmt: skip
        found: list[Found] = []
        for path in sorted(paths):
            if len(found) == LOOKED_AT_MAX:
                break
            try:
                status = path.lstat()
            except FileNotFoundError:
                continue
            # a link could lead anywhere
            if stat.S_ISREG(status.st_mode):
                found.append(Found(path, status.st_size, status.st_mtime_ns))
        return found

    async def _take(self, desk: Desk, found: Found) -> None:
        try:
            await self._hand_in(desk, found)
        except FileNotFoundError:
            if found.path.exists():
                raise  # it is a folder that is missing
        except OSError as error:
            # of this file alone, which must not keep others from being taken
            why = error.strerror or type(error).__name__
            self._log.error("a file cannot be taken, it is tried again", why=why)
            self._put_off(found)

    async def _hand_in(self, desk: Desk, found: Found) -> None:
        if found.bytes > self._settings.file_bytes_max:
            self._log.error("a file is too large", bytes=found.bytes)
            self._move(found, self._settings.failed / failed_name(found))
            return
        sha256 = await asyncio.to_thread(digest_of_file, found.path)
        message = await self._message(found, sha256)
        try:
            await desk.said(**message)
        except MessageRefused as error:
            self._refused(found, error)
            return
        self._move(found, self._settings.done / kept_name(found, sha256))

    async def _message(self, found: Found, sha256: str) -> Any:
        told, name = self._settings, found.path.name
        message: dict[str, Any] = {
            "message_id": message_id_of(found, sha256),
            "channel": told.channel,
            "at_ms": min(found.mtime_ns, time.time_ns()) // 1_000_000,
            "subject": clean(name),
            "attachments": [
                {
                    "uri": told.uri + kept_name(found, sha256),
                    "name": clean(name),
                    "media_type": told.media_type,
                    "size_bytes": found.bytes,
                    "sha256": sha256,
                }
            ],
            "interaction": dict(told.interaction),
        }
        matched = re.search(told.sender, name) if told.sender else None
        if matched and matched["address"]:
            address = clean(matched["address"])
            message["sender"] = {"medium": told.sender_medium, "address": address}
        if told.ocr is not None:
            try:
                message["text"] = await read_scan(told.ocr, found.path)
            except OcrFailed as error:
                self._log.warning("a scan was not read", why=str(error))
                attributes = told.interaction.get("attributes", {})
                message["interaction"]["attributes"] = {**attributes, "ocr": "failed"}
        return message

    def _refused(self, found: Found, error: MessageRefused) -> None:
        self._log.error("OneQueue does not take a file", code=error.code, why=error.detail)
        if error.code in NEVER:
            self._move(found, self._settings.failed / failed_name(found))
        else:
            self._put_off(found)

    def _put_off(self, found: Found) -> None:
        self._not_before_s[found.path.name] = time.monotonic() + AGAIN_S

    def _move(self, found: Found, to: Path) -> None:
        """Only what was looked at goes: what has changed meanwhile is another file."""
        status = found.path.lstat()
        if (status.st_size, status.st_mtime_ns) != (found.bytes, found.mtime_ns):
            self._log.warning("a file has changed while it was taken; it is taken again")
            return
        found.path.replace(to)
        sync_directory(to.parent)
        sync_directory(found.path.parent)

    async def _send(self, desk: Desk) -> None:
        async for message in desk.outgoing():
            if self._settings.outbox is None:
                reason = "this account has no outbox: it sends nothing"
                await desk.delivered(message.message_id, state="failed", reason=reason)
                continue
            name = f"{digest_of(message.account, message.message_id)}.json"
            try:
                with replacing(self._settings.outbox / name) as file:
                    file.write(msgspec.json.encode(message))
            except OSError as error:
                # it comes again in a while; what comes in does not wait for it
                self._log.error("a reply could not be written", error=error.strerror)
                continue
            await desk.delivered(message.message_id, state="sent")
