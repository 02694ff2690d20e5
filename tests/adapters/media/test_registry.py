"""Which media are found, and what is said of those that cannot be used."""

from __future__ import annotations

import asyncio
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, Field

from adapters.edge.rules import SecretSource
from adapters.media import registry
from adapters.media.document import AdapterFileError, load_adapter
from adapters.media.registry import BadMedium, UnknownMedium, load_medium
from tests.adapters.cli.shell import Shell
from tests.adapters.media.page import folder_names

HERE = __name__


class Good:
    """Does what it should."""

    class Settings(BaseModel):
        """One folder, and who may look into it."""

        folder: Path
        password: SecretSource | None = None
        others: dict[str, tuple[SecretSource, ...]] = Field(default_factory=dict)

    def __init__(self, settings: Any) -> None: ...

    async def run(self, desk: Any, stop: asyncio.Event) -> None: ...


class NoSettings:
    async def run(self, desk: Any, stop: asyncio.Event) -> None: ...


class NoRun:
    Settings = BaseModel

    def run(self) -> None: ...


@pytest.fixture(autouse=True)
def offered(monkeypatch: pytest.MonkeyPatch) -> None:
    places = {
        "good": f"{HERE}:Good",
        "no-settings": f"{HERE}:NoSettings",
        "no-run": f"{HERE}:NoRun",
        "absent": "nowhere_at_all:X",
    }
    points = [EntryPoint(name, place, registry.GROUP) for name, place in places.items()]
    monkeypatch.setattr(registry, "entry_points", lambda *, group: points)
    monkeypatch.setattr(registry, "BUILT_IN", {})


def test_a_medium_is_loaded_by_its_name() -> None:
    assert load_medium("good").__name__ == "Good"
    with pytest.raises(UnknownMedium, match="'mial'; there are: absent, good, no-run, no-settings"):
        load_medium("mial")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("no-settings", "no pydantic model `Settings`"),
        ("no-run", "no `async def run"),
        ("absent", "ModuleNotFoundError: No module named 'nowhere_at_all'"),
    ],
)
def test_what_cannot_be_used_says_why(name: str, told: str) -> None:
    with pytest.raises(BadMedium, match=told):
        load_medium(name)


def test_the_list_tells_the_good_and_the_bad(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    done = Shell(monkeypatch, capsys)("media", "list", "--json")
    assert done.code == 1
    told = {each["name"]: each for each in done.json}
    assert told["good"] == {
        "name": "good",
        "package": "onequeue",
        "summary": "Does what it should.",
        "fault": "",
    }
    assert "nowhere_at_all" in told["absent"]["fault"]


def test_a_file_is_checked_with_the_settings_of_its_medium(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shell = Shell(monkeypatch, capsys)
    file = tmp_path / "good.yaml"
    file.write_text("account: box\nstate: s\nport: 1\nsettings:\n  foldre: x\n")
    with pytest.raises(AdapterFileError) as caught:
        load_adapter(file, load_medium("good"))
    told = str(caught.value)
    assert "good.yaml:3:" in told
    assert "good.yaml:4:" in told
    assert "settings.folder" in told
    file.write_text("account: box\nstate: s\nsettings:\n  folder: x\n")
    found = load_adapter(file, load_medium("good"))
    assert found.state == tmp_path / "s"
    monkeypatch.delenv("ONEQUEUE_MEDIA_KEY", raising=False)
    words = ("media", "check", "good", "--config", str(file))
    lacking = shell(*words)
    assert (lacking.code, "ONEQUEUE_MEDIA_KEY: there is no secret" in lacking.err) == (1, True)
    monkeypatch.setenv("ONEQUEUE_MEDIA_KEY", "oq_x")
    assert shell(*words).out == f"{file}: valid, for the account box\n"
    assert shell("media", "check", "good", "--config", "absent.yaml").code == 2


def test_every_secret_that_a_file_names_is_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "good.yaml"
    file.write_text(
        "account: box\nstate: s\nsettings:\n  folder: x\n  password: {env: OQ_PASSWORD}\n"
        "  others: {ann: [{env: OQ_THERE}, {file: absent}]}\n"
    )
    for name in ("ONEQUEUE_MEDIA_KEY", "OQ_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OQ_THERE", "hidden-one")
    shell = Shell(monkeypatch, capsys)
    words = ("media", "check", "good", "--config", str(file))
    done = shell(*words)
    assert done.code == 1
    assert done.err.splitlines() == [
        "onequeue: key: environment variable ONEQUEUE_MEDIA_KEY: there is no secret",
        "onequeue: settings.password: environment variable OQ_PASSWORD: there is no secret",
        "onequeue: settings.others.ann[1]: file absent: No such file or directory",
    ]
    told = shell(*words, "--json")
    assert (told.code, told.json["valid"], told.json["account"]) == (1, False, "box")
    assert [f"onequeue: {one}" for one in told.json["missing_secrets"]] == done.err.splitlines()
    file.write_text("account: box\nstate: s\nsettings: {foldre: x}\n")
    told = shell(*words, "--json")
    assert told.code == 1
    assert {one["line"] for one in told.json["errors"]} == {3}


def test_the_page_shows_a_medium() -> None:
    assert folder_names()["Folder"].Settings(folder="x").channel == "chat"
