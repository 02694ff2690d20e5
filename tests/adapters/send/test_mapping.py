"""Mapping files: short forms, and faults with their places."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.documents.faults import DocumentUnreadableError
from adapters.send.mapping import (
    MappingFileError,
    load_mapping,
    parse_mapping,
)

EXAMPLES = Path(__file__).parents[3] / "examples"


def faults(text: str) -> list[str]:
    with pytest.raises(MappingFileError) as caught:
        parse_mapping(text, "m.yaml")
    return str(caught.value).splitlines()


def test_short_forms_mean_the_long_ones() -> None:
    short = parse_mapping(
        "id: a\ncreated: b\nchannel: c\nqueue: d\ncustomer: e\nconversation: [f, g]\npriority: h\n"
        "requirements: [{column: i, values: {x: spanish}}]\n"
    ).mapping
    long = parse_mapping(
        "id: {column: a}\ncreated: {column: b}\nchannel: {column: c}\nqueue: {column: d}\n"
        "customer: {columns: [e]}\nconversation: {columns: [f, g]}\npriority: {column: h}\n"
        "requirements: [{column: i, values: {x: {skill: spanish}}}]\n"
    ).mapping
    assert short == long


def test_columns_and_values_may_look_like_something_else() -> None:
    mapping = parse_mapping(
        "id: no\nchannel: {column: 2024, values: {1: on}, default: off}"
    ).mapping
    assert mapping.id is not None
    assert (mapping.id.column, mapping.channel.column) == ("no", "2024")
    assert (mapping.channel.values, mapping.channel.default) == ({"1": "on"}, "off")


def test_the_example_is_valid() -> None:
    assert load_mapping(EXAMPLES / "service-requests.mapping.yaml").mapping.id is not None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("id: a\n", "m.yaml:1:1: channel: this field is required and missing"),
        (
            "channel: {colum: x}\n",
            "m.yaml:1:11: channel.colum: there is no such field (did you mean 'column'?)",
        ),
        ("channel: {}\n", "m.yaml:1:10: channel: give a column, or a default for every row"),
        ("channel: {default: web, values: {a: b}}", "m.yaml:1:10: channel: values need a column"),
        (
            "channel: c\npriority:\n  column: p\n  values:\n    High: 500\n",
            "m.yaml:5:11: priority.values.High: should be less than or equal to 100, not '500'",
        ),
        (
            "channel: c\npriority:\n  column: p\n  values: {High: yes}\n",
            "m.yaml:4:18: priority.values.High: expected a whole number, not 'yes'",
        ),
        (
            "channel: c\ncreated: {column: t, format: dd.mm.yyyy}\n",
            "m.yaml:2:10: created: 'dd.mm.yyyy': write iso, epoch_s, epoch_ms or a pattern",
        ),
        (
            "channel: c\ncreated:\n  column: t\n  timezone: Mars/Olympus\n",
            "m.yaml:4:13: created.timezone: there is no time zone 'Mars/Olympus' here",
        ),
        ("channel: {column: [c]}", "m.yaml:1:19: channel.column: expected text, not a list"),
        (
            "channel: c\nrequirements:\n  - {column: l, values: {a: {skill: s, levle: 3}}}\n",
            "m.yaml:3:40: requirements.0.values.a.levle: there is no such field",
        ),
        ("- a\n", "m.yaml:1:1: expected a map with at least `channel`"),
        ("channel: c\nchannel: d\n", "m.yaml:2:1: channel: 'channel' stands here twice"),
        ("channel: [", "m.yaml:1:11: not valid YAML"),
    ],
)
def test_faults_say_where_and_what(text: str, expected: str) -> None:
    assert faults(text)[0].startswith(expected)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DocumentUnreadableError, match=r"m\.yaml: cannot be read: No such file"):
        load_mapping(tmp_path / "m.yaml")


def test_requirements_may_be_trees_and_expressions() -> None:
    text = """
channel: c
requirements:
  - column: l
    values:
      German: {any: [{skill: german, level: 4}, {skill: swiss}], hard: false, weight: 2}
      Key: {expression: "agent.site == interaction.site"}
    default: {not: {skill: trainee}}
"""
    (rule,) = parse_mapping(text, "m.yaml").mapping.requirements
    assert rule.values["German"].command_map() == {
        "any": ({"skill": "german", "level": 4}, {"skill": "swiss"}),
        "hard": False,
        "weight": 2,
    }
    assert rule.values["Key"].command_map() == {"expression": "agent.site == interaction.site"}
    assert rule.default is not None
    assert rule.default.command_map() == {"not": {"skill": "trainee"}}


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("{level: 3}", "one of skill, all, any, not, expression"),
        ("{any: [{skill: a, weight: 2}]}", "outermost requirement (at any[0].weight)"),
        ("{any: [{skil: a}]}", "skil"),
        ("{expression: now() > 1}", "there is no function 'now'"),
    ],
)
def test_requirements_that_are_wrong_are_told_where(asked: str, words: str) -> None:
    text = f"channel: c\nrequirements:\n  - column: l\n    values:\n      x: {asked}\n"
    with pytest.raises(MappingFileError) as caught:
        parse_mapping(text, "m.yaml")
    assert words in str(caught.value)
    assert "m.yaml:5" in str(caught.value)
