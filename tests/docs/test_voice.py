"""docs/voice.md names every setting and define; its file is one that the adapter takes."""

from __future__ import annotations

import re
from pathlib import Path

from adapters.media.document import load_adapter
from adapters.media.registry import load_medium
from adapters.voice.kamailio import CONFIGURATION
from adapters.voice.settings import FreeSwitchSettings, KamailioSettings, VoiceSettings

PAGE = (Path(__file__).parents[2] / "docs" / "voice.md").read_text(encoding="utf-8")


def told(heading: str) -> set[str]:
    """The names in the first column of a table."""
    table = PAGE.split(f"| {heading} | default | |\n")[1].split("\n\n")[0]
    return {
        name for line in table.splitlines() for name in re.findall(r"`(\w+)`", line.split("|")[1])
    }


def test_every_setting_has_its_line() -> None:
    assert told("setting") == set(VoiceSettings.model_fields)
    assert told("of `kamailio`") == set(KamailioSettings.model_fields)
    assert told("of `freeswitch`") == set(FreeSwitchSettings.model_fields)


def test_every_define_has_its_line() -> None:
    configuration = CONFIGURATION.read_text(encoding="utf-8")
    assert told("define") == set(re.findall(r"^#!ifndef (\w+)$", configuration, re.MULTILINE))


def test_the_files_are_taken(tmp_path: Path) -> None:
    examples = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    fronts = []
    for example in examples:
        path = tmp_path / "voice.yaml"
        path.write_text(example)
        file = load_adapter(path, load_medium("voice"))
        assert isinstance(file.settings, VoiceSettings)
        assert file.settings.lines["+4930555000"]["queue"] == "billing"
        fronts.append(file.settings.front)
    assert fronts == ["kamailio", "freeswitch"]
