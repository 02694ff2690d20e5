"""Rows to commands: every field of a mapping, and every way in which a row can fail."""

from __future__ import annotations

from pathlib import Path

import msgpack
import pytest

from adapters.send.mapping import MappingFileError, parse_mapping
from adapters.send.rows import skills_asked
from router.commands import Create
from router.inputs import Fault, decode_entry
from tests.adapters.send.tables import read, reader, written

MAPPING = """
id: {column: no, prefix: x-}
created: {column: at, as_origin: true}
channel: {column: via, values: {Phone: voice, MAIL: email}}
queue: {column: team, values: {Bills: billing}, default: general}
customer: [name, city]
conversation: thread
priority: {column: sev, values: {High: 5}, default: 1}
requirements:
  - {column: lang, values: {es: {skill: spanish, level: 3, hard: false}, de: german}}
  - {column: vip, values: {}, default: senior}
attributes: rest
cut_at: 10
"""
HEADER = "no,at,via,team,name,city,thread,sev,lang,vip,note\n"


def commands(tmp_path: Path, *lines: str, mapping: str = MAPPING) -> list[dict[str, object]]:
    path = written(tmp_path, HEADER + "\n".join(lines))
    good, bad = read(path, mapping)
    assert not bad
    return [row.command for row in good]


def reason(tmp_path: Path, line: str, mapping: str = MAPPING) -> str:
    good, bad = read(written(tmp_path, HEADER + line), mapping)
    assert not good
    assert (bad[0].number, bad[0].line) == (1, 2)
    return bad[0].reason


def test_every_field_of_the_mapping(tmp_path: Path) -> None:
    line = "7,2024-01-01 10:00,phone,BILLS,Ann Lee,Rome,t9,high,ES,,a note that is long"
    assert commands(tmp_path, line) == [
        {
            "type": "create",
            "interaction_id": "x-7",
            "channel": "voice",
            "queue": "billing",
            "customer_id": "Ann Lee:Rome",
            "conversation_id": "t9",
            "priority": 5,
            "requirements": [{"skill": "spanish", "level": 3, "hard": False}, {"skill": "senior"}],
            "attributes": {"note": "a note tha"},
            "origin_ms": 1_704_103_200_000,
        }
    ]


def test_empty_cells_take_the_defaults(tmp_path: Path) -> None:
    (command,) = commands(tmp_path, "7,,Mail,,,,,,,,")
    assert command == {
        "type": "create",
        "interaction_id": "x-7",
        "channel": "email",
        "queue": "general",
        "priority": 1,
        "requirements": [{"skill": "senior"}],
    }


def test_the_router_can_read_what_is_made(tmp_path: Path) -> None:
    line = "7,2024-01-01 10:00,phone,BILLS,Ann,Rome,t9,high,de,,note"
    (command,) = commands(tmp_path, line)
    taken = decode_entry("1704103200000-0", 1_704_103_200_000, {b"m": msgpack.packb(command)})
    assert not isinstance(taken.command, Fault)
    assert isinstance(taken.command, Create)
    assert [r.skill for r in taken.command.requirements] == ["german", "senior"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (",,phone,,,,,,,,", "no: the id is empty"),
        ("x" * 127 + ",,phone,,,,,,,,", "no: longer than 128 characters"),
        ('"a\nb",,phone,,,,,,,,', "line break or another control character"),
        ("7,yesterday,phone,,,,,,,,", "at: 'yesterday' is not a time like"),
        ("7,,pigeon,,,,,,,,", "via: `channel.values` does not name 'pigeon', no default"),
        ("7,,,,,,,,,,", "via: the cell is empty and `channel` has no default"),
        ("7,,phone", "the row has 3 of 11 cells"),
    ],
)
def test_rows_that_cannot_be_sent_say_why(tmp_path: Path, line: str, words: str) -> None:
    mapping = MAPPING.replace("as_origin: true", "format: iso")
    assert words in reason(tmp_path, line, mapping)


def test_numbers_as_priority(tmp_path: Path) -> None:
    mapping = "id: no\nchannel: {default: web}\npriority: sev\nattributes: none\n"
    assert commands(tmp_path, "1,,,,,,,7,,,", "2,,,,,,,,,,", mapping=mapping) == [
        {"type": "create", "interaction_id": "1", "channel": "web", "priority": 7},
        {"type": "create", "interaction_id": "2", "channel": "web"},
    ]
    assert "not a priority from 0 to 100" in reason(tmp_path, "1,,,,,,,101,,,", mapping)


def test_cells_can_be_channels_themselves(tmp_path: Path) -> None:
    (command,) = commands(tmp_path, "1,,fax,,,,,,,,", mapping="id: no\nchannel: via\n")
    assert command["channel"] == "fax"


def test_attributes_of_every_choice(tmp_path: Path) -> None:
    def attributes(choice: str) -> object:
        mapping = f"id: no\nchannel: via\nattributes: {choice}\n"
        (command,) = commands(tmp_path, "1,,fax,,Ann,,,,,,n", mapping=mapping)
        return command.get("attributes")

    assert attributes("none") is None
    assert attributes("rest") == {"name": "Ann", "note": "n"}
    assert attributes("all") == {"no": "1", "via": "fax", "name": "Ann", "note": "n"}
    assert attributes("[note, NAME]") == {"name": "Ann", "note": "n"}


def test_too_many_attributes_are_told(tmp_path: Path) -> None:
    mapping = "id: no\nchannel: via\ncut_at: 65536\n"
    line = f"1,,fax,,{'x' * 40_000},,,,,,{'y' * 40_000}"
    assert "65,536 are allowed" in reason(tmp_path, line, mapping)


def test_cut_cells_are_counted_once_for_each_pass(tmp_path: Path) -> None:
    rows = reader(written(tmp_path, HEADER + "7,,mail,,,,,,,,a note that is long\n"), MAPPING)
    for _ in range(2):
        list(rows.rows())
    assert rows.all_notes()[-1] == "1 cells were cut to 10 characters (`cut_at`)"


def test_made_ids_are_stable_and_tell_equal_rows_apart(tmp_path: Path) -> None:
    lines = ["1,,fax,,,,,,,,same"] * 2 + ["1,,fax,,,,,,,,other"]
    first = commands(tmp_path, *lines, mapping="channel: via\n")
    again = commands(tmp_path, *lines, mapping="channel: via\n")
    ids = [command["interaction_id"] for command in first]
    assert ids == [command["interaction_id"] for command in again]
    assert len(set(ids)) == 3


def test_long_customer_names_stay_different(tmp_path: Path) -> None:
    mapping = "id: no\nchannel: via\ncustomer: name\n"
    names = ["x" * 200 + "a", "x" * 200 + "b"]
    made = commands(tmp_path, *(f"1,,fax,,{n},,,,,," for n in names), mapping=mapping)
    customers = [str(command["customer_id"]) for command in made]
    assert len(set(customers)) == 2
    assert max(map(len, customers)) <= 128


def test_columns_that_the_table_lacks_are_told_all_at_once(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + "1,,fax,,,,,,,,")
    mapping = "id: number\nchannel: via\ncustomer: [nam]\nrequirements:\n  - {column: langg}\n"
    with pytest.raises(MappingFileError) as caught:
        reader(path, mapping)
    first, second, third = str(caught.value).splitlines()
    assert first.startswith("m.yaml:1:5: id.column: the table has no column 'number'")
    assert "only no, at, via" in first
    assert second.endswith("(did you mean 'name'?)")
    assert third.startswith("m.yaml:5:14: requirements.0.column")


def test_a_column_without_times_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + "1,soon,fax,,,,,,,,")
    with pytest.raises(MappingFileError, match=r"cannot be read \(like 'soon'\)"):
        reader(path, "id: no\nchannel: via\ncreated: at\n")


def test_skills_that_agents_need() -> None:
    assert skills_asked(parse_mapping(MAPPING).mapping) == {"spanish": 3, "german": 1, "senior": 1}
