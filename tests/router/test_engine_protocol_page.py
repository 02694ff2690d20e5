"""docs/protocol.md is the contract: its tables and the structs say the same, field by field."""

from __future__ import annotations

import re
import typing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from router import commands as cm
from router import events as ev
from router import limits
from router.inputs import decode_entry
from router.record import Record

PAGE = Path(__file__, "../../../docs/protocol.md").resolve().read_text(encoding="utf-8")
COMMANDS: dict[str, type[msgspec.Struct]] = {
    str(kind.__struct_config__.tag): kind
    for kind in typing.get_args(cm.Command)
    if kind not in cm.OWN_COMMANDS  # the service's own, not part of the contract
}
EVENTS: dict[str, type[msgspec.Struct]] = {
    str(kind.__struct_config__.tag): kind for kind in typing.get_args(ev.Event)
}
COMMON = {"command_id", "reply_to", "if_version"}


def section(title: str) -> str:
    """The text under a heading of any level, up to the next heading of that or a higher level."""
    heading = re.search(rf"^(#+) {re.escape(title)}$", PAGE, re.MULTILINE)
    assert heading, f"docs/protocol.md has no section {title!r}"
    rest = PAGE[heading.end() :]
    end = re.search(rf"^#{{1,{len(heading[1])}}} ", rest, re.MULTILINE)
    return rest[: end.start()] if end else rest


def table(text: str) -> list[list[str]]:
    """The rows of the first table in a text, without its head."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def named(text: str) -> list[str]:
    """What stands in backticks and looks like a field."""
    return re.findall(r"`([a-z_]+)`", text)


def bold(text: str) -> set[str]:
    return set(re.findall(r"\*\*`([a-z_]+)`\*\*", text))


def without_remarks(text: str) -> str:
    return re.sub(r"\([^()]*\)", "", text)


def leading_sentence(text: str) -> str:
    return re.split(r"\.(?:\s|$)", without_remarks(text).strip(), maxsplit=1)[0]


def command_fields(name: str) -> tuple[set[str], set[str]]:
    """All fields and the required fields of a command, as the page has them."""
    text = section(name)
    rows = table(text)
    source = " ".join(row[0] for row in rows) if rows else leading_sentence(text)
    return set(named(source)), bold(source)


def required(kind: type[msgspec.Struct]) -> set[str]:
    return {f.name for f in msgspec.structs.fields(kind) if f.required}


def names(kind: type[msgspec.Struct]) -> set[str]:
    return {f.name for f in msgspec.structs.fields(kind)}


def test_every_command_has_its_section_and_no_other() -> None:
    headings = re.findall(r"^### (\w+)$", section("Commands"), re.MULTILINE)
    assert headings == list(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_command_fields(name: str) -> None:
    documented, marked_required = command_fields(name)
    assert documented - COMMON == names(COMMANDS[name]) - COMMON
    assert marked_required == required(COMMANDS[name])


def test_fields_of_every_command() -> None:
    common = section("Commands").split("###", maxsplit=1)[0]
    assert {row[0].strip("`") for row in table(common)} == COMMON


def test_which_commands_may_name_a_version() -> None:
    listed = section("Versions").split("The field may stand in ")[1].split(".")[0]
    assert named(listed) == [n for n, kind in COMMANDS.items() if issubclass(kind, cm.Change)]


def test_the_commands_of_a_change_on_condition_can_be_read() -> None:
    (snippet,) = re.findall(r"```json\n(.*?)```", section("Versions"), re.DOTALL)
    lines = [line.encode() for line in snippet.splitlines()]
    kinds = [type(decode_entry("1-0", 1, {b"j": line}).command) for line in lines]
    assert kinds == [cm.InquireVersion, cm.Update]


@pytest.mark.parametrize(
    ("opening", "kind", "choice"),
    [
        ("A **requirement** is a map:", cm.AskedRequirement, "op"),
        ("A history **fact** is a map:", cm.HistoryFact, "kind"),
    ],
)
def test_parts_of_create(opening: str, kind: type[msgspec.Struct], choice: str) -> None:
    paragraph = section("create").split(opening)[1].split("\n\n")[0]
    sentence = leading_sentence(paragraph)
    options = set(typing.get_args(typing.get_type_hints(kind)[choice]))
    fields = {f.encode_name for f in msgspec.structs.fields(kind)}
    assert set(re.findall(r"`([^`]+)`", sentence)) == fields | options
    assert bold(sentence) == required(kind)


EVENT_ROWS = {row[0].strip("`"): row[1] for row in table(section("Events"))}
DEFAULTS: dict[str, Any] = {
    "false": False,
    "null": None,
    '""': "",
    "0": 0,
    "1": 1,
    "empty": cm.EMPTY_MAP,
    '"msgpack"': "msgpack",
    '"intake_closed"': "intake_closed",
}


def test_every_event_has_its_row_and_no_other() -> None:
    assert list(EVENT_ROWS) == list(EVENTS)


@pytest.mark.parametrize("name", EVENTS)
def test_event_fields(name: str) -> None:
    row = without_remarks(EVENT_ROWS[name])
    documented = dict(re.findall(r"`(\w+)`(?: \[([^\]]+)\])?", row))
    fields = {f.name: f for f in msgspec.structs.fields(EVENTS[name]) if f.name != "cause"}
    assert documented.keys() == fields.keys()
    for field_name, default in documented.items():
        assert _default_is(fields[field_name], default), f"{name}.{field_name}"


def _default_is(field: msgspec.structs.FieldInfo, documented: str) -> bool:
    if not documented:
        return field.required
    if documented == "none":
        empty = field.default if field.default_factory is msgspec.NODEFAULT else None
        return empty == () or field.default_factory is dict
    return bool(field.default == DEFAULTS[documented])


def test_options_of_an_event_are_documented() -> None:
    options = typing.get_args(typing.get_type_hints(ev.InteractionWrappedUp)["ended_by"])
    assert set(options) <= set(named(EVENT_ROWS["interaction_wrapped_up"]))


def test_every_part_of_a_decision_is_documented() -> None:
    text = section("Events").split("`decision` is a map:")[1].split("\n\n")[0]
    assert names(ev.Decision) <= set(named(text))
    terms = re.search(r"as `\[([^\]]+)\]`", text)
    assert terms
    short = ["agent_id", "score", "skill", "history", "load", "idle", "scarcity"]
    assert terms[1].split(", ") == short
    assert [f.name for f in msgspec.structs.fields(ev.Candidate)] == short
    ties = typing.get_args(typing.get_type_hints(ev.Decision)["tie_break"])
    assert set(ties) - {""} <= set(named(text))


def test_journal_record() -> None:
    assert [row[0].strip("`") for row in table(section("The journal"))] == [
        f.name
        for f in sorted(msgspec.structs.fields(Record), key=lambda f: _RECORD_ORDER.index(f.name))
    ]


_RECORD_ORDER = [
    "v",
    "now_ms",
    "position",
    "consumed",
    "partial",
    "timers_upto_ms",
    "prev",
    "events",
]


@pytest.mark.parametrize(
    ("words", "limit"),
    [
        ("256 KiB an inbound entry", limits.COMMAND_BYTES_MAX // 1024),
        ("64 KiB attributes", limits.ATTRIBUTES_BYTES_MAX // 1024),
        ("32 requirements", limits.REQUIREMENTS_MAX),
        ("20 history facts", limits.HISTORY_FACTS_MAX),
        ("100 excluded agents", limits.EXCLUDED_AGENTS_MAX),
        ("50 notes an open interaction", limits.NOTES_MAX),
        ("1,000 skills, ", limits.AGENT_SKILLS_MAX),
        ("64 attributes (4 KiB) an agent", limits.AGENT_ATTRIBUTES_MAX),
        ("1,024 different trees and expressions", limits.CONDITIONS_MAX),
        ("256 commands", limits.BATCH_COMMANDS_MAX),
        ("64 choices and", limits.BATCH_CHOICES_MAX),
        ("40 timers a record", limits.BATCH_TIMERS_MAX),
        ("100,000 ended interactions", limits.FINISHED_KEPT_MAX),
    ],
)
def test_limits(words: str, limit: int) -> None:
    assert words in section("Limits")
    assert int(words.split()[0].replace(",", "")) == limit
