"""docs/mail.md: its file is valid, and its table names every setting."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from adapters.mail.medium import MailMedium
from adapters.mail.settings import Acknowledgement, Imap, MailSettings, Smtp, SmtpIntake
from adapters.media.document import load_adapter

PAGE = (Path(__file__).parents[2] / "docs" / "mail.md").read_text(encoding="utf-8")
FILES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def test_the_file_is_valid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUPPORT_PASSWORD", "x")
    monkeypatch.setenv("SUPPORT_PLUS_SECRET", "y")
    file = tmp_path / "mail.yaml"
    file.write_text(FILES[0])
    medium: Any = MailMedium
    found = load_adapter(file, medium)
    medium(found.settings)
    assert found.settings.acknowledge == Acknowledgement()
    SmtpIntake.model_validate(yaml.safe_load(FILES[1])["smtp_intake"])
    told = yaml.safe_load(FILES[2])["acknowledge"]
    assert set(told) == set(Acknowledgement.model_fields)
    Acknowledgement.model_validate(told)


INNER: dict[str, type[BaseModel]] = {"imap": Imap, "smtp": Smtp, "smtp_intake": SmtpIntake}


def fields(model: type[BaseModel], prefix: str = "") -> set[str]:
    found: set[str] = set()
    for name in model.model_fields:
        if name in INNER:
            found |= fields(INNER[name], f"{name}.")
        else:
            found.add(f"{prefix}{name}")
    return found


def test_every_setting_is_told() -> None:
    table = PAGE.split("\n## Settings\n")[1].split("\n## ")[0]
    told: set[str] = set()
    for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE):
        first, *others = re.findall(r"`([\w.]+)`", row)
        prefix = first.partition(".")[0] + "." if "." in first else ""
        told |= {first, *(prefix + other for other in others)}
    assert told == fields(MailSettings)
