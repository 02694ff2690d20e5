"""docs/social.md: its file is valid, its tables name every field, its example is taken."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from adapters.media.document import load_adapter
from adapters.media.listening import Listening
from adapters.social import settings
from adapters.social.generic import Generic
from adapters.social.items import Asked
from adapters.social.medium import Social
from adapters.webhooks.signing import new_secret
from tests.adapters.social.kit import settings as account

PAGE = (Path(__file__).parents[2] / "docs" / "social.md").read_text(encoding="utf-8")


def test_the_file_is_valid(tmp_path: Path) -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "social.yaml").write_text(text)
    file = load_adapter(tmp_path / "social.yaml", Social)
    assert {each.provider for each in file.settings.accounts.values()} == {
        "twilio", "whatsapp", "messenger", "instagram", "x", "generic",
    }  # fmt: skip


def test_the_generic_example_is_taken() -> None:
    (body,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    told = account("generic", secret={"env": "X"})
    items = Generic(told, new_secret()).read(Asked("", {}, body.encode(), 0.0))
    assert [type(item).__name__ for item in items] == ["Incoming", "Receipt"]


@pytest.mark.parametrize(
    "model",
    [
        settings.SocialSettings,
        settings.TwilioSettings,
        settings.WhatsAppSettings,
        settings.MessengerSettings,
        settings.InstagramSettings,
        settings.XSettings,
        settings.GenericSettings,
        Listening,
    ],
)
def test_the_page_names_every_setting(model: type[settings.SocialSettings]) -> None:
    named = set(re.findall(r"`(\w+)`", PAGE))
    assert not set(model.model_fields) - named
