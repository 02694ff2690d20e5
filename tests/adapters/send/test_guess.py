"""Guessed mappings: exports of several systems, and what is said of the doubtful."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.send.guess import guess_mapping
from adapters.send.mapping import Mapping, parse_mapping
from adapters.send.rows import Prepared, RowReader
from adapters.send.table import Table
from adapters.send.words import channel_of
from tests.adapters.send.tables import written

EXAMPLES = Path(__file__).parents[3] / "examples"


def guess(path: Path) -> tuple[Mapping, str]:
    text = guess_mapping(Table(path))
    return parse_mapping(text).mapping, text


def column(rule: object) -> str:
    return str(getattr(rule, "column", None))


def test_the_example_needs_no_mapping() -> None:
    path = EXAMPLES / "service-requests.csv"
    mapping, text = guess(path)
    assert column(mapping.id) == "unique_key"
    assert column(mapping.created) == "created_date"
    assert mapping.channel.values == {"ONLINE": "web", "PHONE": "voice", "MOBILE": "chat"}
    assert mapping.customer is not None
    assert mapping.customer.columns == ["incident_zip"]
    rows = list(RowReader(Table(path), parse_mapping(text)).rows())
    assert len(rows) == 80
    assert all(isinstance(row, Prepared) for row in rows)


EXPORTS = {
    "crm": (
        (
            "CaseNumber,CreatedDate,ClosedDate,Origin,Priority,AccountId,Subject\n"
            "00001,2024-01-01T00:00:00Z,2024-01-02T00:00:00Z,Phone,High,acc1,help\n"
            "00002,2024-01-01T00:01:00Z,,Email,Low,acc1,more help\n"
            "00003,2024-01-01T00:02:00Z,,Web,Medium,acc2,help\n"
        ),
        ("CaseNumber", "CreatedDate", "Origin", "AccountId", "Priority"),
        {"Phone": "voice", "Email": "email", "Web": "web"},
    ),
    "contact center": (
        (
            "contact_id;agent;start_time;end_time;media_type;ani\n"
            "a-1;Bo;25.03.2024 14:07;25.03.2024 14:09;call;+4930123\n"
            "a-2;Bo;25.03.2024 14:08;25.03.2024 14:19;chat;+4930124\n"
            "a-3;Al;25.03.2024 14:09;25.03.2024 14:10;callback;+4930123\n"
        ),
        ("contact_id", "start_time", "media_type", "ani", "None"),
        {"call": "voice", "chat": "chat", "callback": "callback"},
    ),
    "help desk": (
        (
            "Ticket ID\tStatus\tVia\tRequester\tRequested\n"
            "9\tsolved\tFacebook Message\tann@x\t3/25/2024 2:07 PM\n"
            "8\tsolved\tText Message\tben@x\t3/25/2024 2:01 PM\n"
            "7\topen\tPostal Mail\tann@x\t3/24/2024 2:07 PM\n"
        ),
        ("Ticket ID", "Requested", "Via", "Requester", "None"),
        {"Facebook Message": "social", "Text Message": "sms", "Postal Mail": "letter"},
    ),
    "telephone log": (
        (
            "call_start,duration,caller,direction\n"
            "1711375620,12,555,inbound\n1711375660,13,556,inbound\n"
        ),
        ("None", "call_start", "direction", "caller", "None"),
        {"inbound": "voice"},
    ),
}


@pytest.mark.parametrize("name", list(EXPORTS))
def test_exports_of_other_systems(tmp_path: Path, name: str) -> None:
    content, expected, values = EXPORTS[name]
    mapping, _ = guess(written(tmp_path, content))
    customer = mapping.customer.columns[0] if mapping.customer else "None"
    found = (
        column(mapping.id),
        column(mapping.created),
        column(mapping.channel),
        customer,
        column(mapping.priority),
    )
    assert found == expected
    assert mapping.channel.values == values


def test_the_doubtful_is_marked(tmp_path: Path) -> None:
    _, text = guess(
        written(
            tmp_path,
            "id,date,channel,department\n1,01/02/2024,phone,Bills\n1,01/03/2024,pigeon,Bills\n"
            "3,01/04/2024,phone,Faults\n4,01/05/2024,phone,Faults\n5,01/06/2024,phone,Faults\n",
        )
    )
    assert "CAREFUL: 1 of the first 5 rows repeat an id" in text
    assert "CAREFUL: day and month cannot be told apart" in text
    assert "pigeon: web  # 1 of the first 5 rows; not recognised, CHECK" in text
    assert "# queue: {column: department, values: {Faults: general, Bills: general}" in text


def test_channels_that_the_policy_lacks_are_marked(tmp_path: Path) -> None:
    path = written(tmp_path, "id,channel\n1,phone\n2,mail\n")
    text = guess_mapping(Table(path), ("voice", "email"))
    assert "mail: letter  # 1 of the first 2 rows; the policy has no such channel" in text


def test_nothing_to_guess_from_is_no_failure(tmp_path: Path) -> None:
    mapping, text = guess(written(tmp_path, "a,b\nx,1\nx,2\n"))
    assert (mapping.id, mapping.created, mapping.channel.default) == (None, None, "web")
    assert "every row goes to this channel" in text


def test_a_table_without_rows(tmp_path: Path) -> None:
    mapping, _ = guess(written(tmp_path, "id,channel\n"))
    assert mapping.channel.default == "web"


def test_names_and_values_that_would_break_yaml(tmp_path: Path) -> None:
    mapping, text = guess(
        written(
            tmp_path,
            'id,"chan\nnel",no\n1,"phone: #1, [x]",a\n2,"e-mail\n{y}",b\n3,no,c\n',
        )
    )
    assert column(mapping.channel) == "chan\nnel"
    assert set(mapping.channel.values) == {"phone: #1, [x]", "e-mail\n{y}", "no"}
    assert "\n\n\n" not in text


@pytest.mark.parametrize(
    ("value", "channel"),
    [
        ("PHONE", "voice"),
        ("Inbound Call", "voice"),
        ("Call back", "callback"),
        ("WEB_CHAT", "chat"),
        ("Mobile App", "chat"),
        ("e-mail", "email"),
        ("Mail", "letter"),
        ("WhatsApp", "social"),
        ("Text", "sms"),
        ("Online Portal", "web"),
        ("Telefax", "fax"),
        ("carrier pigeon", None),
        ("", None),
    ],
)
def test_words_for_media(value: str, channel: str | None) -> None:
    assert channel_of(value) == channel
