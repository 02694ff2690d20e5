"""The watched folder: whole files alone, each once, wherever it is ended."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Unpack

import msgspec
import pytest
from pydantic import ValidationError

from adapters.client.message_models import DialogueMessage, Said
from adapters.forms.folder import FolderSettings, WatchedFolder
from adapters.forms.found import digest_of_file
from adapters.media.checkpoint import CheckpointFile
from adapters.media.contract import check_medium
from adapters.media.message import digest_of
from adapters.media.notebook import Notebook, NotebookDesk
from adapters.media.plugin import Heard, MediumUnavailable, MessageRefused

DEADLINE_S = 30.0
CAT = [sys.executable, "-c", "import sys; print(open(sys.argv[1]).read())", "{file}"]


def folders(where: Path, **more: Any) -> FolderSettings:
    for name in ("in", "done", "failed", "out"):
        (where / name).mkdir(parents=True, exist_ok=True)
    told: dict[str, Any] = {
        "folder": where / "in", "done": where / "done", "failed": where / "failed",
        "uri": "https://files.example.org/", "channel": "letter", "patterns": ["*.txt"],
        "settle": "0s", "poll": "0s",
    }  # fmt: skip
    return FolderSettings.model_validate(told | more)


class Rig:
    """A scanner, and a printer that prints each file of its folder once."""

    deduplicates = True

    def __init__(self, where: Path) -> None:
        self.where = where
        self.settings = folders(where, ocr={"command": CAT}, outbox=where / "out")

    def medium(self) -> WatchedFolder:
        return WatchedFolder(self.settings)

    async def arrive(self, text: str) -> None:
        (self.settings.folder / f"{text}.txt").write_text(text)

    async def received(self) -> Sequence[str]:
        found = (self.where / "out").glob("*.json")
        return [msgspec.json.decode(each.read_bytes())["text"] for each in found]


async def test_it_is_ended_at_every_step(tmp_path: Path) -> None:
    numbers = iter(range(1_000))

    @asynccontextmanager
    async def rig() -> AsyncIterator[Rig]:
        yield Rig(tmp_path / f"rig-{next(numbers)}")

    assert await check_medium(rig, tmp_path) == 12


class Desk(NotebookDesk):
    """Refuses with a code, if it has one."""

    refuses = ""

    async def said(self, **message: Unpack[Heard]) -> Said:
        if self.refuses:
            raise MessageRefused(self.refuses, "")
        return await super().said(**message)


@asynccontextmanager
async def working(
    settings: FolderSettings, where: Path, refuses: str = ""
) -> AsyncIterator[Notebook]:
    notebook = Notebook()
    desk = Desk(notebook, CheckpointFile(where / "c.json"), -1)
    desk.refuses = refuses
    running = asyncio.create_task(WatchedFolder(settings).run(desk, desk.stop))
    try:
        yield notebook
    finally:
        desk.stop.set()
        await running


async def until(what: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + DEADLINE_S
    while not (found := what()):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)
    return found


async def test_what_is_told_of_a_file(tmp_path: Path) -> None:
    settings = folders(
        tmp_path, sender=r"^fax-(?P<address>\+\d+)", interaction={"queue": "general"}
    )
    file = settings.folder / "fax-+4930123-1.txt"
    file.write_text("dear sirs")
    os.utime(file, (1_700_000_000, 1_700_000_000))
    async with working(settings, tmp_path) as notebook:
        (kept,) = await until(lambda: list(settings.done.iterdir()))
    (heard,) = notebook.heard.values()
    assert heard["sender"] == {"medium": "fax", "address": "+4930123"}
    assert (heard["at_ms"], heard["subject"]) == (1_700_000_000_000, file.name)
    assert heard["interaction"] == {"queue": "general"}
    (attachment,) = heard["attachments"]
    # it leads to where the file is now
    assert attachment["uri"] == f"https://files.example.org/{kept.name}"
    assert (attachment["size_bytes"], kept.read_text()) == (9, "dear sirs")
    assert not list(settings.folder.iterdir())


async def test_what_is_not_whole_is_left(tmp_path: Path) -> None:
    settings = folders(tmp_path, settle="1h")
    (settings.folder / "young.txt").write_text("dear")
    old = settings.folder / "old.txt"
    old.write_text("dear")
    os.utime(old, (1, 1))
    (settings.folder / "other.pdf").write_text("no pattern of ours")
    (settings.folder / "link.txt").symlink_to("/etc/hostname")
    async with working(settings, tmp_path) as notebook:
        await until(lambda: list(settings.done.iterdir()))
    assert [one["subject"] for one in notebook.heard.values()] == ["old.txt"]
    left = sorted(each.name for each in settings.folder.iterdir())
    assert left == ["link.txt", "other.pdf", "young.txt"]


async def test_the_same_name_again_is_another_letter(tmp_path: Path) -> None:
    settings = folders(tmp_path)
    async with working(settings, tmp_path) as notebook:
        for number in (1, 2):
            file = settings.folder / "scan.txt"
            file.write_text("dear")
            os.utime(file, (number, number))
            await until(lambda: not file.exists())  # noqa: B023  # awaited at once
    assert len(notebook.heard) == 2


@pytest.mark.parametrize(
    ("code", "place"), [("invalid", "failed"), ("quota_exceeded", "in"), ("overflow", "in")]
)
async def test_what_is_not_taken(tmp_path: Path, code: str, place: str) -> None:
    settings = folders(tmp_path)
    (settings.folder / "a.txt").write_text("dear")
    medium = WatchedFolder(settings)
    desk = Desk(Notebook(), CheckpointFile(tmp_path / "c.json"), -1)
    desk.refuses = code
    running = asyncio.create_task(medium.run(desk, desk.stop))
    await until(lambda: medium._not_before_s or not (settings.folder / "a.txt").exists())
    desk.stop.set()
    await running
    assert [each.name[-5:] for each in (tmp_path / place).iterdir()] == ["a.txt"]


async def test_what_is_too_large_is_set_aside(tmp_path: Path) -> None:
    settings = folders(tmp_path, file_bytes_max=3)
    (settings.folder / "a.txt").write_text("dear")
    async with working(settings, tmp_path) as notebook:
        await until(lambda: list(settings.failed.iterdir()))
    assert not notebook.heard


async def test_of_two_that_are_set_aside_under_one_name_both_are_there(tmp_path: Path) -> None:
    settings = folders(tmp_path, file_bytes_max=3)
    file = settings.folder / "scan.txt"
    async with working(settings, tmp_path):
        for text in ("the first", "the second"):
            file.write_text(text)
            await until(lambda: not file.exists())
    assert {each.read_text() for each in settings.failed.iterdir()} == {"the first", "the second"}


async def test_a_file_that_cannot_be_read_keeps_no_other_from_being_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(path: Path) -> str:
        if path.name == "a.txt":
            raise PermissionError(13, "Permission denied")
        return digest_of_file(path)

    monkeypatch.setattr("adapters.forms.folder.digest_of_file", unreadable)
    settings = folders(tmp_path)
    for name in ("a.txt", "b.txt"):
        (settings.folder / name).write_text("dear")
    async with working(settings, tmp_path):
        await until(lambda: list(settings.done.iterdir()))
    assert [each.name for each in settings.folder.iterdir()] == ["a.txt"]


async def test_a_name_that_is_no_text_is_taken(tmp_path: Path) -> None:
    settings = folders(tmp_path, sender="^(?P<address>[^_]+)_")
    (settings.folder / os.fsdecode(b"\xff1_a.txt")).write_text("dear")
    async with working(settings, tmp_path) as notebook:
        await until(lambda: list(settings.done.iterdir()))
    (heard,) = notebook.heard.values()
    assert msgspec.json.encode(heard["sender"]) == b'{"medium":"fax","address":"?1"}'


async def test_links_take_no_places_of_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.forms.folder.LOOKED_AT_MAX", 1)
    settings = folders(tmp_path)
    (settings.folder / "a.txt").symlink_to("/etc/hostname")
    (settings.folder / "b.txt").write_text("dear")
    async with working(settings, tmp_path):
        await until(lambda: list(settings.done.iterdir()))


def test_no_link_is_read_in_the_place_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.txt").symlink_to("/etc/hostname")
    with pytest.raises(OSError, match="symbolic links"):
        digest_of_file(tmp_path / "a.txt")


@pytest.mark.parametrize(
    "command",
    [
        [sys.executable, "-c", "import time; time.sleep(600)", "{file}"],
        [sys.executable, "-c", "raise SystemExit(3)", "{file}"],
        ["no-such-program", "{file}"],
    ],
)
async def test_a_scan_that_cannot_be_read_comes_in_all_the_same(
    tmp_path: Path, command: list[str]
) -> None:
    settings = folders(tmp_path, ocr={"command": command, "timeout": "1s"})
    (settings.folder / "a.txt").write_text("dear")
    async with working(settings, tmp_path) as notebook:
        await until(lambda: list(settings.done.iterdir()))
    (heard,) = notebook.heard.values()
    assert "text" not in heard
    assert heard["interaction"]["attributes"] == {"ocr": "failed"}


async def test_a_scan_that_says_too_much_is_cut(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "print('x' * 1_000_000)", "{file}"]
    settings = folders(tmp_path, ocr={"command": command})
    (settings.folder / "a.txt").write_text("dear")
    async with working(settings, tmp_path) as notebook:
        await until(lambda: list(settings.done.iterdir()))
    (heard,) = notebook.heard.values()
    assert len(heard["text"]) == 65_536


async def test_who_has_no_outbox_sends_nothing(tmp_path: Path) -> None:
    async with working(folders(tmp_path), tmp_path) as notebook:
        notebook.unsent["m-1"] = DialogueMessage(
            message_id="m-1", conversation_id="c", account="a", channel="letter",
            direction="out", at_ms=1,
        )  # fmt: skip
        await until(lambda: notebook.reports)
    assert notebook.reports == [("m-1", "failed")]


async def test_an_outbox_that_takes_nothing_is_in_nobodys_way(tmp_path: Path) -> None:
    outbox = tmp_path / "out"
    # nothing of that name can be written there
    (outbox / f"{digest_of('a', 'm-1')}.json.partial").mkdir(parents=True)
    settings = folders(tmp_path, outbox=outbox)
    async with working(settings, tmp_path) as notebook:
        notebook.unsent["m-1"] = DialogueMessage(
            message_id="m-1", conversation_id="c", account="a", channel="letter",
            direction="out", at_ms=1,
        )  # fmt: skip
        for name in ("one", "two"):
            await asyncio.to_thread((settings.folder / f"{name}.txt").write_text, name)
        await until(lambda: len(notebook.heard) == 2)
        # those to what has come are written beside it
        await until(lambda: len(notebook.reports) == 2)
    assert "m-1" not in dict(notebook.reports)


async def test_a_folder_that_is_missing(tmp_path: Path) -> None:
    settings = folders(tmp_path, done=tmp_path / "nowhere")
    with pytest.raises(MediumUnavailable, match="nowhere: there is no such folder"):
        async with working(settings, tmp_path):
            pass


@pytest.mark.parametrize(
    "more",
    [{"sender": "("}, {"sender": r"\d+"}, {"ocr": {"command": ["ocr"]}}, {"patterns": []}],
)
def test_settings_that_cannot_be(tmp_path: Path, more: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        folders(tmp_path, **more)
