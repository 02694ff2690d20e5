"""docs/chat.md: its file is valid, and its tables are those of the program."""

from __future__ import annotations

import re
from pathlib import Path

from prometheus_client import CollectorRegistry
from typer.testing import CliRunner

from adapters.chat import frames
from adapters.chat.closing import CloseCode
from adapters.chat.medium import Chat
from adapters.chat.meters import ChatMeters
from adapters.chat.settings import ChatLimits, ChatSettings
from adapters.cli.media import app
from adapters.media.document import load_adapter

PAGE = (Path(__file__).parents[2] / "docs" / "chat.md").read_text(encoding="utf-8")


def table(title: str) -> list[list[str]]:
    """The rows of the table that begins with a title, by their cells."""
    (found,) = re.findall(rf"^\| {title} \|[^\n]*\n\|[-|]+\|\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in found.splitlines()]


def named(cell: str) -> list[str]:
    return re.findall(r"`([\w.-]+)`", cell)


def test_its_file_is_valid(tmp_path: Path) -> None:
    (text,) = re.findall(r"```yaml\n# chat.yaml\n(.*?)```", PAGE, re.DOTALL)
    file = tmp_path / "chat.yaml"
    file.write_text(text)
    settings = load_adapter(file, Chat).settings
    assert isinstance(settings, ChatSettings)
    assert settings.offered(119.0) == ()
    assert settings.offered(120.0) == ("email",)
    done = CliRunner().invoke(
        app, ["check", "chat", "--config", str(file)], env={"ONEQUEUE_MEDIA_KEY": "oq_t_1_x"}
    )
    assert done.exit_code == 0, done.output


def test_every_setting_and_limit_is_told() -> None:
    told = [name for row in table(r"field of `settings`") for name in named(row[0])]
    assert sorted(told) == sorted(ChatSettings.model_fields)
    limits = [name for row in table(r"`limits`") for name in named(row[0])]
    assert sorted(limits) == sorted(ChatLimits.model_fields)


def test_every_frame_and_code_is_told() -> None:
    asked = (frames.Hello, frames.Say, frames.MoveTo, frames.Call, frames.Had, frames.Leave)
    told = {row[0]: named(row[1]) for row in table("the widget says")}
    for kind in asked:
        fields = told[f"`{kind.__struct_config__.tag}`"]
        assert set(kind.__struct_fields__) <= set(fields), kind
    assert len(told) == len(asked) + 1
    answers = {row[0]: named(row[1]) for row in table("the server says")}
    for answer in (frames.Welcome, frames.Message, frames.Standing):
        fields = answers[f"`{answer.__struct_config__.tag}`"]
        assert set(answer.__struct_fields__) <= set(fields), answer
    codes = {int(row[0]) for row in table("closed with")}
    assert codes == set(CloseCode)


def test_every_metric_is_told() -> None:
    registry = CollectorRegistry()
    ChatMeters(registry)
    names = {
        f"{metric.name}_total" if metric.type == "counter" else metric.name
        for metric in registry.collect()
    }
    assert {name for row in table("metric") for name in named(row[0])} == names


def test_attributes_of_the_script_are_those_that_it_reads() -> None:
    script = (Path(frames.__file__).parent / "static" / "widget.js").read_text(encoding="utf-8")
    told = {name.removeprefix("data-") for row in table("attribute") for name in named(row[0])
            if name.startswith("data-")}  # fmt: skip
    assert set(re.findall(r"\bgiven\.(\w+)", script)) == told


def test_every_language_has_every_text() -> None:
    words = (Path(frames.__file__).parent / "static" / "words.js").read_text(encoding="utf-8")
    texts = [
        set(re.findall(r"\b(\w+): \"", part))
        for part in re.findall(r"\w\w: \{(.*?)\n  \}", words, re.DOTALL)
    ]
    assert len(texts) == 2
    assert texts[0] == texts[1]
    panel = (Path(frames.__file__).parent / "static" / "panel.js").read_text(encoding="utf-8")
    used = set(re.findall(r"\b(?:w|words)\(\"(\w+)\"", panel))
    assert used <= texts[0]
