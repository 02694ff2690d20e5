"""The pages on policy, sending and metrics: their tables, examples and commands are true."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from pydantic import BaseModel
from typer.core import TyperGroup
from typer.main import get_command

from adapters.cli.main import app
from adapters.documents.policy_file import parse_policy_text
from adapters.documents.policy_yaml import policy_yaml
from adapters.send.mapping import Mapping, parse_mapping
from router import policy

DOCS = Path(__file__).parents[3] / "docs"
PAGES = (
    "policy.md",
    "send.md",
    "metrics.md",
    "operations.md",
    "edge.md",
    "statistics.md",
    "identity.md",
    "security.md",
)
MODELS: dict[str, type[BaseModel]] = {
    "Policy": policy.Policy,
    "Channel": policy.Channel,
    "Queue": policy.Queue,
    "Bucket": policy.Bucket,
    "Skill": policy.Skill,
    "Intake": policy.IntakeQuotas,
    "Quota": policy.Quota,
    "Personal": policy.PersonalData,
    "Weights": policy.Weights,
    "Urgency": policy.Urgency,
    "History": policy.History,
}


def page(name: str) -> str:
    return (DOCS / name).read_text()


def blocks(name: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page(name), re.MULTILINE | re.DOTALL)


def commands() -> list[str]:
    found = [
        line[2:]
        for name in PAGES
        for block in blocks(name, "console")
        for line in block.splitlines()
        if line.startswith("$ ")
    ]
    assert found
    return found


@pytest.mark.parametrize("line", commands())
def test_commands_on_the_pages_parse(line: str) -> None:
    words = [word for word in shlex.split(line.partition(">")[0]) if word != "&"]
    assert words.pop(0) == "onequeue"
    command: Any = get_command(app)
    context = typer.Context(command, info_name="onequeue")
    while isinstance(command, TyperGroup) and words and not words[0].startswith("-"):
        name = words.pop(0)
        command = command.get_command(context, name)
        assert command is not None, name
    command.make_context("onequeue", words)


@pytest.mark.parametrize("fragment", blocks("policy.md", "yaml"))
def test_policy_fragments_are_valid_in_a_policy(fragment: str) -> None:
    whole = yaml.safe_load(policy_yaml(policy.default_policy()))
    whole.update(yaml.safe_load(fragment))
    assert not parse_policy_text(yaml.safe_dump(whole)).warnings


@pytest.mark.parametrize("example", blocks("send.md", "yaml"))
def test_mappings_on_the_page_are_valid(example: str) -> None:
    shown = parse_mapping(example).mapping
    told = set(re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", page("send.md"), re.MULTILINE))
    fields = {name for names in told for name in re.findall(r"`(\w+)`", names)}
    assert fields == set(Mapping.model_fields)
    assert shown.requirements


@pytest.mark.parametrize("section", list(MODELS))
def test_the_tables_of_the_policy_page_list_every_field(section: str) -> None:
    text = page("policy.md").split(f"\n### {section}\n")[1].split("\n##")[0]
    rows = re.findall(r"^\| (\*\*)?`(\w+)`(?:\*\*)? \|([^|]*)\|([^|]*)\|", text, re.MULTILINE)
    fields = MODELS[section].model_fields
    assert [name for _, name, _, _ in rows] == list(fields)
    for bold, name, _, default in rows:
        field = fields[name]
        assert bool(bold) == field.is_required(), name
        if isinstance(field.default, bool):
            assert default.strip() == ("yes" if field.default else "no")
        elif isinstance(field.default, int | float):
            assert float(default) == field.default, name


@pytest.mark.parametrize("section", list(MODELS))
def test_the_ranges_on_the_policy_page_are_those_of_the_model(section: str) -> None:
    text = page("policy.md").split(f"\n### {section}\n")[1].split("\n##")[0]
    schema = MODELS[section].model_json_schema()["properties"]
    for name, low, high in re.findall(r"`(\w+)`(?:\*\*)? \| (\d[\d.]*)…(\d[\d.]*) \|", text):
        assert (schema[name]["minimum"], schema[name]["maximum"]) == (float(low), float(high)), name


def test_the_options_of_send_are_all_on_its_page(capsys: pytest.CaptureFixture[str]) -> None:
    group: Any = get_command(app)
    command = group.get_command(typer.Context(group), "send")
    options = {max(p.opts, key=len) for p in command.params if p.param_type_name == "option"}
    listed = set(re.findall(r"^\| `(--[\w-]+)", page("send.md"), re.MULTILINE))
    assert listed == options - {"--help"}
