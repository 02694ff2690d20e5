"""docs/desktops.md: its tables are the code's."""

from __future__ import annotations

import json
import re
from pathlib import Path

from adapters.api.resources.desktop import desktop_terms
from adapters.api.settings import ApiSettings
from adapters.desktop.closing import CloseCode
from adapters.desktop.messages import (
    FIELDS,
    Answer,
    Card,
    Delivered,
    DialogueShown,
    Heartbeat,
    Hello,
    MessageSaid,
    Refusal,
    Stands,
    Welcome,
    Work,
    hello_in,
)
from adapters.desktop.terms import DEFAULT_TERMS

PAGE = (Path(__file__).parents[2] / "docs" / "desktops.md").read_text(encoding="utf-8")


def part(heading: str) -> str:
    return PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]


def first_cells(text: str) -> list[str]:
    cells = re.findall(r"^\| (`.*?`) \|", text, re.MULTILINE)
    return [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]


def test_the_fields_of_hello_and_welcome_are_all_there() -> None:
    hello, welcome = part("The connection").split("It is answered by")
    assert set(first_cells(hello)) == set(Hello.__struct_fields__)
    assert set(first_cells(welcome)) == set(Welcome.__struct_fields__)
    (example,) = re.findall(r"```json\n(.*?)```", hello, re.DOTALL)
    assert hello_in(json.loads(example)).login == {"state": "available"}


def test_every_message_is_there() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \|", part("What the desktop is told"), re.MULTILINE)
    said = (DialogueShown, MessageSaid, Delivered)
    told = {
        kind.__struct_config__.tag: kind
        for kind in (Work, Stands, Card, *said, Answer, Refusal, Heartbeat)
    }
    assert {name for name, _ in rows} == set(told)
    for name, fields in rows:
        assert set(re.findall(r"`(\w+)`", fields)) == set(told[name].__struct_fields__)
    assert set(first_cells(part("What the desktop says"))) == {*FIELDS, "heartbeat"}


def test_every_close_code_is_there_and_the_figures_are_those_in_force() -> None:
    closed = part("Why it was closed")
    assert [int(code) for code in re.findall(r"^\| (\d{4}) \|", closed, re.MULTILINE)] == [
        *CloseCode
    ]
    assert desktop_terms(ApiSettings()) == DEFAULT_TERMS
    terms, whole = DEFAULT_TERMS, " ".join(PAGE.split())
    for words in (
        f"`heartbeat_s` ({terms.heartbeat_s:g})",
        f"`answer_s` ({terms.answer_s:g})",
        f"`grace_s` ({terms.grace_s:g})",
        f"over {terms.missed_messages_max} messages or {terms.missed_bytes_max // 1_024} KiB",
        f"more than {terms.message_bytes_max // 1_024} KiB",
        f"{terms.desktops_max:,} desktops",
        f"within {terms.hello_s:g} s",
        f"over {terms.waiting_messages_max:,} messages or {terms.waiting_bytes_max >> 20} MiB",
        f"over {terms.messages_per_s:g} messages a second",
        f"{terms.alive_s:g} s until its key has expired",
    ):
        assert words in whole, words
