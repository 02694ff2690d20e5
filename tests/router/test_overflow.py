"""Overflow in plain words, on the whole engine; the oracle looks on at every batch."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router import commands as cm
from router import events as ev
from router.errors import PolicyError
from router.hours import OpeningHours
from router.outbox import work_entries
from router.policy import Hours, parse_policy
from tests.audited import AuditedEngine, only
from tests.hypothesis_profiles import at_depth
from tests.oracle.hours import is_open
from tests.policies import OVERFLOW_VARIANTS, POLICY
from tests.traffic import played_under

HOUR_MS = 3_600_000
TUESDAY_NOON_MS = 1_700_568_000_000
OFFICE = {"week": {"tue": ["12:00-18:00"]}}


def policy(*rules: dict[str, Any], **more: Any) -> dict[str, Any]:
    queues: dict[str, Any] = {"general": {"overflow": list(rules)}, "billing": {}}
    if "hours" in more:
        queues["general"]["hours"] = "office"
    return {**POLICY, "queues": queues, **more}


def arrive(engine: AuditedEngine, name: str = "i", **fields: Any) -> list[ev.Event]:
    return engine.send(cm.Create(name, "chat", **fields))


@pytest.mark.parametrize("name", OVERFLOW_VARIANTS)
def test_random_arrivals_go_where_the_page_says(name: str) -> None:
    document = OVERFLOW_VARIANTS[name]
    seeds = range(1, 1 + at_depth(1, 2))
    events = [e for seed in seeds for e in played_under(document, seed, 70, one_policy=True)]
    diverted = [e for e in events if isinstance(e, ev.InteractionDiverted) and not e.step]
    refused = [e for e in events if isinstance(e, ev.Rejected) and e.code == "overflow"]
    passed = [e for e in events if isinstance(e, ev.InteractionCreated) and e.overflowed]
    assert refused if name == "overflow by agents" else (passed and diverted)


def test_a_full_queue_passes_on_and_the_next_one_takes_it() -> None:
    engine = AuditedEngine(policy({"when": {"waiting_at_least": 2}, "queue": "billing"}))
    queues = [only(ev.InteractionCreated, arrive(engine, f"i{n}")) for n in range(3)]
    assert [(e.queue, e.overflowed) for e in queues] == [
        ("general", ()),
        ("general", ()),
        ("billing", ("general",)),
    ]


def test_a_closed_queue_diverts_and_the_platform_is_told() -> None:
    rule = {"when": {"closed": True}, "divert": "voicemail", "inbox": "switch", "name": "late"}
    engine = AuditedEngine(policy(rule, hours={"office": OFFICE}))
    engine.now_ms = TUESDAY_NOON_MS + 5 * HOUR_MS
    assert not [e for e in arrive(engine) if isinstance(e, ev.InteractionDiverted)]
    engine.now_ms += HOUR_MS
    event = only(ev.InteractionDiverted, arrive(engine, "j", origin_ms=engine.now_ms - 500))
    assert (event.target, event.inbox, event.rule, event.waited_ms) == (
        *("voicemail", "switch", "late"),
        500,
    )
    over = only(ev.Rejected, engine.send(cm.Cancel("j")))
    assert over.code == "finished"
    assert only(ev.Repeated, arrive(engine, "j")).target == "j"


def test_a_refused_arrival_never_was() -> None:
    engine = AuditedEngine(policy({"when": {"logged_in_below": 1}, "refuse": "ring tomorrow"}))
    refused = only(ev.Rejected, arrive(engine))
    assert (refused.code, refused.field) == ("overflow", "queue")
    assert refused.detail == "queue 'general' does not take it: ring tomorrow"
    engine.send(cm.AgentLogin("ann", "desk:1"))
    assert only(ev.InteractionCreated, arrive(engine)).queue == "general"


def test_only_agents_who_could_serve_it_count() -> None:
    rule = {"when": {"logged_in_below": 1}, "queue": "billing"}
    engine = AuditedEngine(policy(rule))
    engine.send(cm.AgentLogin("ann", "desk:1", skills={"french": 2}))
    for level, queue in ((2, "general"), (3, "billing")):
        asked = (cm.Requirement("french", level=level),)
        created = only(ev.InteractionCreated, arrive(engine, f"i{level}", requirements=asked))
        assert created.queue == queue


def test_it_goes_where_it_waits_for_the_shortest_time() -> None:
    rule = {"when": {"waiting_at_least": 1}, "shortest_of": ["general", "billing"]}
    engine = AuditedEngine(policy(rule))
    # nobody waits in billing; then too little is known of both
    found = [only(ev.InteractionCreated, arrive(engine, f"i{n}")).queue for n in range(3)]
    assert found == ["general", "billing", "general"]


def test_where_a_whole_circle_is_full_it_waits_where_it_belongs() -> None:
    full = {"when": {"waiting_at_least": 1}}
    queues = {
        "general": {"overflow": [{**full, "queue": "billing"}]},
        "billing": {"overflow": [{**full, "queue": "general"}]},
    }
    engine = AuditedEngine({**POLICY, "queues": queues})
    found = [only(ev.InteractionCreated, arrive(engine, f"i{n}")) for n in range(3)]
    assert [(e.queue, e.overflowed) for e in found] == [
        ("general", ()),
        ("billing", ("general",)),
        ("general", ()),
    ]


HOURS = [
    {
        "zone": "Europe/Berlin",
        "week": {"mon": ["08:00-12:00", "13:00-17:30"], "fri": ["20:00-04:00"]},
    },
    {"zone": "America/New_York", "week": {"sat": ["00:00-24:00"], "sun": ["01:30-03:30"]}},
    {"zone": "Asia/Kathmandu", "week": {"wed": ["23:59-23:58"]}, "holidays": ["2026-11-25"]},
    {"zone": "Pacific/Apia", "week": {"thu": ["22:00-06:00"]}, "dates": {"2026-12-24": []}},
]


@pytest.mark.parametrize("document", HOURS)
@given(minute=st.integers(29_000_000, 30_600_000), ms=st.integers(0, 59_999))
def test_hours_are_those_of_the_wall_clock(document: dict[str, Any], minute: int, ms: int) -> None:
    hours = Hours.model_validate(document)
    now_ms = minute * 60_000 + ms
    assert OpeningHours(hours).is_open(now_ms) == is_open(hours, now_ms)


def test_a_night_that_is_put_forward_is_an_hour_shorter() -> None:
    hours = Hours.model_validate({"zone": "Europe/Berlin", "week": {"sat": ["22:00-06:00"]}})
    opened = OpeningHours(hours)
    begin_ms = 1_774_731_600_000  # 2026-03-28 22:00 in Berlin; the clock is put forward at 2:00
    open_ms = [at for at in range(begin_ms, begin_ms + 9 * HOUR_MS, 60_000) if opened.is_open(at)]
    assert len(open_ms) == 7 * 60


@pytest.mark.parametrize(
    ("change", "path", "words"),
    [
        ({"hours": "never"}, "queues.general.hours", "there are no hours 'never'"),
        (
            {"overflow": [{"when": {"closed": True}, "queue": "billing"}]},
            "queues.general.overflow.0.when.closed",
            "it is never closed",
        ),
        (
            {"overflow": [{"when": {"waiting_at_least": 1}, "queue": "sales"}]},
            "queues.general.overflow.0.queue",
            "there is no queue 'sales'",
        ),
        (
            {"overflow": [{"when": {"waiting_at_least": 1}, "queue": "general"}]},
            "queues.general.overflow.0.queue",
            "cannot overflow into itself",
        ),
        (
            {"overflow": [{"when": {"waiting_at_least": 1}}]},
            "queues.general.overflow.0",
            "exactly one of queue, shortest_of, divert and refuse",
        ),
        (
            {"overflow": [{"when": {"waiting_at_least": 1}, "shortest_of": ["billing", "east"]}]},
            "queues.general.overflow.0.shortest_of.1",
            "there is no queue 'east'",
        ),
        (
            {"overflow": [{"when": {}, "refuse": "no"}]},
            "queues.general.overflow.0.when",
            "closed",
        ),
        (
            {"overflow": [{"when": {"waiting_at_least": 1}, "refuse": "no", "inbox": "x"}]},
            "queues.general.overflow.0",
            "goes only with divert",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(change: dict[str, Any], path: str, words: str) -> None:
    document = {**POLICY, "queues": {"general": change, "billing": {}}}
    with pytest.raises(PolicyError) as caught:
        parse_policy(document)
    assert path in str(caught.value)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        ({"zone": "Europe/Bern", "week": {}}, "no time zone 'Europe/Bern'"),
        ({"week": {"mon": ["8:00-12:00"]}}, "String should match pattern"),
        ({"week": {"mon": ["08:00-08:00"]}}, "it has no length"),
        ({"week": {"monday": []}}, "mon"),
        ({"zone": "posix/Europe/Berlin", "week": {}}, "no time zone"),
        ({"week": {"mon": ["0\U00010d48:00-12:00"]}}, "String should match pattern"),
        ({"week": {}, "dates": {"20261224": []}}, "String should match pattern"),
        ({"week": {}, "holidays": ["2026-02-30"]}, "no day of the calendar"),
        ({"week": {}, "holidays": ["2026-12-24"], "dates": {"2026-12-24": []}}, "is a holiday"),
    ],
)
def test_hours_that_are_none_are_refused(hours: dict[str, Any], words: str) -> None:
    with pytest.raises(PolicyError) as caught:
        parse_policy({**POLICY, "hours": {"office": hours}})
    assert words in str(caught.value)


def test_the_entry_for_the_platform() -> None:
    rule = {"when": {"logged_in_below": 1}, "divert": "callback"}
    engine = AuditedEngine(policy(rule))
    events = arrive(engine)
    (entry,) = work_entries(events, engine.engine.state, {})
    assert (entry.inbox, entry.field) == ("overflow", "m")
    assert msgspec.msgpack.decode(entry.payload) == {
        "type": "diverted",
        "interaction_id": "i",
        "target": "callback",
        "rule": "#1",
        "waited_ms": 0,
        "step": 0,
        "attempts": 0,
    }


@pytest.mark.parametrize(("passing", "ends_in"), [(10, "q10"), (11, "q0")])
def test_nothing_is_passed_on_for_ever(passing: int, ends_in: str) -> None:
    rules = [{"when": {"logged_in_below": 1}, "queue": f"q{n + 1}"} for n in range(passing)]
    queues: dict[str, Any] = {f"q{n}": {"overflow": [rule]} for n, rule in enumerate(rules)}
    document = {**POLICY, "queues": queues | {f"q{passing}": {}}, "default_queue": "q0"}
    engine = AuditedEngine(document)
    assert only(ev.InteractionCreated, arrive(engine)).queue == ends_in
