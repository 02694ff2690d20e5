from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from adapters.cli.media import loaded
from benchmarks.demo.media import files
from benchmarks.demo.media.files import ACCOUNTS, Outside, Secrets, left_out, write_files
from benchmarks.demo.media.front import Front

OUTSIDE = Outside(2_525, "http://127.0.0.1:1", "127.0.0.1:3", Front(4, 5, 6))
API = "http://127.0.0.1:2"


def test_each_file_is_one_that_media_run_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in Secrets("oq_demo_x_y").environment().items():
        monkeypatch.setenv(name, value)
    names = write_files(tmp_path / "media", API, OUTSIDE)
    assert set(ACCOUNTS) - set(names) == left_out().keys() <= {"voice"}
    for name in names:
        medium, file = loaded(name, tmp_path / "media" / f"{name}.yaml")
        assert file.api == API
        assert file.key.env in Secrets("").environment()
        medium(file.settings)


def test_no_secret_stands_in_a_file(tmp_path: Path) -> None:
    kept = Secrets("oq_demo_x_y")
    for name in write_files(tmp_path, API, OUTSIDE):
        text = (tmp_path / f"{name}.yaml").read_text(encoding="utf-8")
        assert not [secret for secret in kept.environment().values() if secret in text]
    assert kept.twilio not in repr(kept)


def test_without_kamailio_voice_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "kamailio", lambda: None)
    assert "the package kamailio" in left_out()["voice"]
    assert "voice" not in write_files(tmp_path, API, OUTSIDE)
    monkeypatch.setattr(files, "kamailio", lambda: "/usr/sbin/kamailio")
    assert "voice" in write_files(tmp_path, API, OUTSIDE)


def test_without_its_library_mail_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert "onequeue[smtp]" in left_out()["mail"]
    assert "mail" not in write_files(tmp_path, API, OUTSIDE)
    assert not (tmp_path / "mail.yaml").exists()
