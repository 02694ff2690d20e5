"""Each ready view against `onequeue stats`, or against an answer worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from adapters.analysis.asking import QueryLimits, asked
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.journal_stream import record_of
from adapters.statistics.grouping import AGENT
from adapters.statistics.intervals import figures_of_intervals, lines_of
from adapters.statistics.statistics import Statistics
from adapters.statistics.windows import Intervals, Span
from router.record import Record
from tests.adapters.analysis.exports import BEGIN_MS, TENANT, Records, Told, export, write_journal
from tests.policies import POLICY
from tests.random_journal import Journal
from tests.servers import plain_client

pytestmark = [pytest.mark.servers, pytest.mark.any_server]
HALF_HOUR_MS = 1_800_000
DAY_S = 86_400
COUNTED = (
    "offered", "answered", "answered_in_target", "abandoned", "abandoned_short", "called_off",
    "diverted", "service_level",
)  # fmt: skip


class Asked:
    """What a query says, as dictionaries."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def __call__(self, sql: str) -> list[dict[str, Any]]:
        with asked(self._directory, TENANT, sql, QueryLimits()) as answer:
            return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]


@pytest.fixture(scope="module")
def traffic() -> Records:
    made = Journal(23)
    made.play(70)
    return made.records


@pytest.fixture(scope="module")
def of_traffic(
    session_server: EmbeddedServer, traffic: Records, tmp_path_factory: pytest.TempPathFactory
) -> Asked:
    return exported(session_server, traffic, tmp_path_factory.mktemp("traffic"))


def exported(server: EmbeddedServer, records: Records, directory: Path) -> Asked:
    with plain_client(server) as client:
        client.flushall()
    write_journal(server, records)
    export(server, directory)
    return Asked(directory)


def figures(records: Records, interval_ms: int, by: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    read = [record_of(*entry) for entry in records]
    span = Span(_floor(read[0], interval_ms), _floor(read[-1], interval_ms) + interval_ms)
    intervals = Intervals(ZoneInfo("UTC"), interval_ms, span)
    statistics = Statistics(intervals, (by,))
    for each in figures_of_intervals(statistics, intervals, iter(read), by):
        yield from lines_of(each, by)


def _floor(record: Record, interval_ms: int) -> int:
    return record.now_ms - record.now_ms % interval_ms


def test_service_level_is_that_of_the_statistics(traffic: Records, of_traffic: Asked) -> None:
    told = {
        (row["half_hour_ms"], row["queue"], row["channel"]): [row[name] for name in COUNTED]
        for row in of_traffic("from service_level")
    }
    due = {
        (line["from_ms"], line["queue"], line["channel"]): [line[name] for name in COUNTED]
        for line in figures(traffic, HALF_HOUR_MS, ("queue", "channel"))
        if any(line[name] for name in COUNTED)
    }
    assert told == due
    assert sum(values[0] for values in due.values()) > 100


def test_agents_did_what_the_statistics_say(traffic: Records, of_traffic: Asked) -> None:
    told = {row["agent_id"]: row for row in of_traffic("from agent_performance")}
    outcomes = ("accepted", "declined", "expired", "rescinded")
    for line in figures(traffic, DAY_S * 1_000, AGENT):
        row = told.pop(line["agent"])
        assert [row[name] for name in outcomes] == [line["offers"][name] for name in outcomes]
        assert [row[name] for name in ("handled", "completed", "requeued")] == [
            line[name] for name in ("handled", "completed", "requeued")
        ]
        assert row["handle_mean_s"] == pytest.approx(line["handle_mean_s"])
        assert row["wrap_up_mean_s"] == pytest.approx(line["wrap_up_mean_s"])
    assert all(row["offers"] == 0 for row in told.values())


STORY_POLICY = {**POLICY, "queues": {"general": {}, "billing": {}}}


@pytest.fixture(scope="module")
def story(session_server: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Asked:
    """Carla calls about billing, is handed on, and chats about it two days later; Dora once, and
    again after eight days; Emil gives up."""
    told = Told(STORY_POLICY)
    login = {"type": "agent_login", "inbox": "desk"}
    told(1, {**login, "agent_id": "ann"}, {**login, "agent_id": "bob"})
    carla = {"customer_id": "carla", "conversation_id": "c-1", "queue": "billing"}
    _handled(told, 10, "ann", {**carla, "interaction_id": "call-1", "channel": "voice"}, "bob")
    dora = {"customer_id": "dora", "conversation_id": "d-1", "channel": "letter"}
    _handled(told, 3_600, "ann", {**dora, "interaction_id": "letter-1"})
    emil = {"interaction_id": "chat-9", "channel": "chat", "customer_id": "emil"}
    told(7_200, {"type": "create", **emil}, {"type": "cancel", "interaction_id": "chat-9"})
    _handled(told, 2 * DAY_S, "ann", {**carla, "interaction_id": "chat-1", "channel": "chat"})
    _handled(told, 8 * DAY_S + 3_700, "ann", {**dora, "interaction_id": "letter-2"})
    return exported(session_server, told.records, tmp_path_factory.mktemp("story"))


def _handled(
    told: Told, at_s: float, agent: str, create: dict[str, Any], then: str | None = None
) -> None:
    """Created, accepted by one agent, handed to another, completed."""
    name = create["interaction_id"]
    direct = {"agent_id": agent, "over_capacity": True}
    (offer,) = _offers(told(at_s, {"type": "create", **create, "direct": direct}))
    told(at_s + 5, {"type": "accept", "offer_id": offer, "agent_id": agent})
    if then is not None:
        moved = {"type": "transfer", "interaction_id": name, "agent_id": agent, "to_agent": then}
        (offer,) = _offers(told(at_s + 65, {**moved, "reason": "knows more"}))
        told(at_s + 70, {"type": "accept", "offer_id": offer, "agent_id": then})
        agent = then
    over = {"type": "complete", "interaction_id": name, "agent_id": agent, "outcome": "solved"}
    told(at_s + 100, over)
    told(at_s + 101, {"type": "end_wrap_up", "interaction_id": name, "agent_id": agent})


def _offers(events: list[Any]) -> list[str]:
    return [event.offer_id for event in events if hasattr(event, "decision")]


def test_transfers(story: Asked) -> None:
    (row,) = story("from transfers")
    assert (row["interaction_id"], row["what"], row["reason"]) == ("call-1", "agent", "knows more")
    assert (row["from_agent"], row["to_agent"]) == ("ann", "bob")
    assert (row["from_queue"], row["to_queue"]) == ("billing", "billing")
    assert row["until_answered_s"] == 5


def test_repeat_contacts(story: Asked) -> None:
    (row,) = story("from repeat_contacts")
    assert (row["customer_id"], row["queue"]) == ("carla", "billing")
    assert (row["earlier_id"], row["interaction_id"]) == ("call-1", "chat-1")
    assert (row["earlier_agent"], row["earlier_outcome"]) == ("bob", "solved")
    assert row["after_hours"] == pytest.approx((2 * DAY_S - 111) / 3_600)


def test_first_contact_resolution(story: Asked) -> None:
    told = [
        (row["queue"], row["contacts"], row["resolved"], row["repeated"], row["is_final"])
        for row in story("from first_contact_resolution")
    ]
    assert told == [
        ("billing", 1, 0, 1, True),
        ("general", 1, 1, 0, True),
        ("billing", 1, 1, 0, False),
        ("general", 1, 1, 0, False),
    ]


def test_the_audit_trail_of_a_conversation(story: Asked) -> None:
    rows = story("select * from audit_trail where conversation_id = 'c-1'")
    assert {row["interaction_id"] for row in rows} == {"call-1", "chat-1"}
    call = [row["type"] for row in rows if row["interaction_id"] == "call-1"]
    assert [kind for kind in call if kind != "exclusion_ended"] == [
        "interaction_created",
        "offer_issued",
        "offer_accepted",
        "interaction_requeued",
        "offer_issued",
        "offer_accepted",
        "interaction_completed",
        "interaction_wrapped_up",
    ]
    assert rows[0]["cause"] == f"{BEGIN_MS + 10_000}-0"


def test_the_path_of_an_interaction(story: Asked) -> None:
    (call,) = story("from interactions where interaction_id = 'call-1'")
    assert (call["ending"], call["outcome"], call["agent_id"]) == ("wrapped_up", "solved", "bob")
    assert (call["segments"], call["transfers"], call["agents"]) == (2, 1, 2)
    assert (call["waited_ms"], call["in_target"], call["target_ms"]) == (5_000, True, 20_000)
    assert (call["handle_ms"], call["wrap_up_ms"]) == (60_000 + 31_000, 1_000)
    segments = story("from segments where interaction_id = 'call-1' order by number")
    assert [(one["agent_id"], one["ending"]) for one in segments] == [
        ("ann", "requeued"),
        ("bob", "completed"),
    ]
    (gone,) = story("from interactions where interaction_id = 'chat-9'")
    assert (gone["ending"], gone["abandoned"], gone["answered"]) == (
        "cancelled",
        "abandoned",
        False,
    )
