"""Metrics, scraped as Prometheus would, of a real engine's records."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgpack
import pytest
from prometheus_client import generate_latest

from adapters.metering.exposure import exposed
from adapters.metering.meters import CHANNELS_MAX, OTHER, Bounded
from adapters.metering.metrics import Metrics
from adapters.redis.wire import ReplyError
from router import events as ev
from router.engine import Engine
from router.errors import StoreUnavailable
from router.inputs import decode_entry
from router.ports import Observer
from router.record import GENESIS, Record, encode_record, record_hash

START_MS = 1_700_000_000_000
POLICY: dict[str, Any] = {
    "channels": {
        "voice": {"exclusive": True, "target_s": 20, "wrap_up_s": 10},
        "chat": {"cost": 30, "maximum": 3, "target_s": 60},
    },
    "queues": {"general": {}, "vip": {"targets_s": {"voice": 10}}},
    "default_queue": "general",
}


class Floor:
    """An engine whose records are shown to metrics; time passes only when told."""

    def __init__(self) -> None:
        self.now_ms = START_MS
        self.passed_s = 0.0
        self.metrics = Metrics(monotonic=lambda: self.passed_s)
        self.records: list[tuple[Record, int]] = []
        self._engine = Engine()
        self._prev = GENESIS
        self.do({"type": "replace_policy", "policy": POLICY})

    def do(self, *commands: dict[str, object], after_ms: int = 0) -> list[ev.Event]:
        self.now_ms += after_ms
        self.passed_s += after_ms / 1_000
        inputs = [
            decode_entry(f"{self.now_ms}-{n}", self.now_ms, {b"m": msgpack.packb(command)})
            for n, command in enumerate(commands)
        ]
        events = self._engine.handle(inputs, self.now_ms)
        record = Record(
            v=1,
            now_ms=self.now_ms,
            position=f"{self.now_ms}-{len(commands)}",
            consumed=len(commands),
            prev=self._prev,
            events=events,
        )
        data = encode_record(record)
        self._prev = record_hash(data)
        self.records.append((record, len(data)))
        self.metrics.recorded(record, len(data), 0.002)
        return events

    def offers(self, *commands: dict[str, object]) -> list[ev.OfferIssued]:
        return [event for event in self.do(*commands) if isinstance(event, ev.OfferIssued)]


def login(agent_id: str, **fields: object) -> dict[str, object]:
    return {"type": "agent_login", "agent_id": agent_id, "inbox": "desk", **fields}


def create(interaction_id: str, channel: str = "voice", **fields: object) -> dict[str, object]:
    return {
        "type": "create",
        "interaction_id": interaction_id,
        "channel": channel,
        **fields,
    }


def scrape(metrics: Metrics) -> dict[str, float]:
    return parsed(generate_latest(metrics.registry).decode())


def parsed(text: str) -> dict[str, float]:
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


@pytest.fixture
def floor() -> Iterator[Floor]:
    floor = Floor()
    yield floor
    assert scrape(floor.metrics)["onequeue_metrics_faults_total"] == 0


def test_metrics_are_an_observer(floor: Floor) -> None:
    observer: Observer = floor.metrics
    observer.led(1)
    assert scrape(floor.metrics)["onequeue_leader"] == 1


def test_they_are_served_over_http(floor: Floor) -> None:
    with exposed(floor.metrics.registry, 0, "127.0.0.1") as port:
        url = f"http://127.0.0.1:{port}/metrics"
        with urllib.request.urlopen(url) as answer:
            found = parsed(answer.read().decode())
    assert found["onequeue_records_total"] == 1
    assert found["process_open_fds"] > 0
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(url)


def test_what_waits_is_measured_when_it_is_asked_for(floor: Floor) -> None:
    floor.do(create("a"), create("b", queue="vip"), create("c", "chat"))
    floor.do(create("d"), after_ms=4_000)
    floor.passed_s += 1.0
    found = scrape(floor.metrics)
    general, vip = 'channel="voice",queue="general"', 'channel="voice",queue="vip"'
    assert found[f"onequeue_waiting_interactions{{{general}}}"] == 2
    assert found[f"onequeue_longest_wait_seconds{{{general}}}"] == 5
    assert found[f"onequeue_longest_wait_target_ratio{{{general}}}"] == 0.25
    assert found[f"onequeue_longest_wait_target_ratio{{{vip}}}"] == 0.5
    floor.do({"type": "cancel", "interaction_id": "a"}, after_ms=1_000)
    found = scrape(floor.metrics)
    assert found[f"onequeue_waiting_interactions{{{general}}}"] == 1
    assert found[f"onequeue_longest_wait_seconds{{{general}}}"] == 1


def test_a_gauge_goes_back_to_zero(floor: Floor) -> None:
    floor.do(create("a"))
    scrape(floor.metrics)
    floor.do({"type": "cancel", "interaction_id": "a"})
    labels = '{channel="voice",queue="general"}'
    assert scrape(floor.metrics)[f"onequeue_waiting_interactions{labels}"] == 0
    assert scrape(floor.metrics)[f"onequeue_longest_wait_seconds{labels}"] == 0


def test_the_life_of_an_interaction_in_counters(floor: Floor) -> None:
    floor.do(login("ann"))
    (offer,) = floor.offers(create("a"))
    found = scrape(floor.metrics)
    assert found['onequeue_waiting_interactions{channel="voice",queue="general"}'] == 1
    assert found["onequeue_matching_seconds_count"] == 1
    assert found["onequeue_matching_seconds_sum"] == 0
    assert found["onequeue_agents_working"] == 0
    accept: dict[str, object] = {"type": "accept", "offer_id": offer.offer_id, "agent_id": "ann"}
    floor.do(accept, after_ms=3_000)
    found = scrape(floor.metrics)
    assert found['onequeue_wait_seconds_sum{channel="voice"}'] == 3
    assert found['onequeue_wait_seconds_bucket{channel="voice",le="2.0"}'] == 0
    assert found['onequeue_wait_seconds_bucket{channel="voice",le="5.0"}'] == 1
    assert found["onequeue_agents_working"] == 1
    assert found["onequeue_occupancy_ratio"] == 1
    floor.do({"type": "complete", "interaction_id": "a", "agent_id": "ann"}, after_ms=1)
    assert scrape(floor.metrics)["onequeue_agents_working"] == 1
    floor.do({"type": "end_wrap_up", "interaction_id": "a", "agent_id": "ann"}, after_ms=1)
    found = scrape(floor.metrics)
    assert found["onequeue_occupancy_ratio"] == 0
    for event in ("created", "completed"):
        assert found[f'onequeue_interactions_total{{channel="voice",event="{event}"}}'] == 1
    for outcome in ("issued", "accepted"):
        assert found[f'onequeue_offers_total{{channel="voice",outcome="{outcome}"}}'] == 1


def test_a_match_that_had_to_wait_is_no_matching_latency(floor: Floor) -> None:
    floor.do(create("a"))
    assert floor.offers(login("ann"))
    assert scrape(floor.metrics)["onequeue_matching_seconds_count"] == 0


def test_unhappy_offers_and_statuses(floor: Floor) -> None:
    floor.do(login("ann"), login("ben", state="unavailable"))
    (offer,) = floor.offers(create("a"))
    floor.do({"type": "decline", "offer_id": offer.offer_id, "agent_id": "ann"}, after_ms=1)
    floor.offers(create("b"))
    floor.do(after_ms=30_000)
    found = scrape(floor.metrics)
    assert found['onequeue_offers_total{channel="voice",outcome="declined"}'] == 1
    assert found['onequeue_offers_total{channel="voice",outcome="expired"}'] == 1
    assert found['onequeue_agents{status="not_responding"}'] == 1
    assert found['onequeue_agents{status="unavailable"}'] == 1
    assert found['onequeue_agents{status="available"}'] == 0
    floor.do({"type": "agent_logout", "agent_id": "ben"}, after_ms=1)
    assert scrape(floor.metrics)['onequeue_agents{status="unavailable"}'] == 0


def test_requeued_work_waits_again_with_its_age(floor: Floor) -> None:
    floor.do(login("ann"))
    (offer,) = floor.offers(create("a"))
    floor.do({"type": "accept", "offer_id": offer.offer_id, "agent_id": "ann"})
    floor.do({"type": "agent_state", "agent_id": "ann", "state": "unavailable"})
    floor.do({"type": "requeue", "interaction_id": "a"}, after_ms=9_000)
    found = scrape(floor.metrics)
    assert found['onequeue_longest_wait_seconds{channel="voice",queue="general"}'] == 9
    assert found['onequeue_interactions_total{channel="voice",event="requeued"}'] == 1
    assert found["onequeue_agents_working"] == 0


def test_what_is_sent_away_waits_elsewhere_or_no_more(floor: Floor) -> None:
    steps = {"v": [{"until_s": 5}, {"queue": "vip"}], "w": [{"until_s": 9}, {"divert": "callback"}]}
    policy = POLICY | {
        "workflows": {name: {"steps": each} for name, each in steps.items()},
        "queues": {"general": {"workflow": "v"}, "vip": {"workflow": "w"}},
    }
    floor.do({"type": "replace_policy", "policy": policy}, create("a"))
    assert scrape(floor.metrics)['onequeue_waiting_interactions{channel="voice",queue="general"}']
    floor.do(after_ms=5_000)
    found = scrape(floor.metrics)
    assert found['onequeue_waiting_interactions{channel="voice",queue="general"}'] == 0
    assert found['onequeue_waiting_interactions{channel="voice",queue="vip"}'] == 1
    assert found['onequeue_longest_wait_seconds{channel="voice",queue="vip"}'] == 5
    floor.do(after_ms=4_000)
    found = scrape(floor.metrics)
    assert found['onequeue_waiting_interactions{channel="voice",queue="vip"}'] == 0
    assert found['onequeue_interactions_total{channel="voice",event="moved"}'] == 1
    assert found['onequeue_interactions_total{channel="voice",event="diverted"}'] == 1


def test_a_target_of_its_own_counts_in_ratio_and_service_level(floor: Floor) -> None:
    floor.do(create("a") | {"target_s": 40}, create("b") | {"target_s": 2})
    floor.do(create("c"), after_ms=5_000)
    found = scrape(floor.metrics)
    labels = '{channel="voice",queue="general"}'
    assert found[f"onequeue_waiting_interactions{labels}"] == 3
    assert found[f"onequeue_longest_wait_seconds{labels}"] == 5
    assert found[f"onequeue_longest_wait_target_ratio{labels}"] == 2.5
    (offer,) = floor.offers(login("ann"))
    assert offer.interaction_id == "b"
    floor.do({"type": "accept", "offer_id": offer.offer_id, "agent_id": "ann"})
    found = scrape(floor.metrics)
    assert found[f"onequeue_longest_wait_target_ratio{labels}"] == 0.125
    level = 'onequeue_service_level_total{channel="voice",outcome="%s",queue="general"}'
    assert (found[level % "late"], found[level % "in_target"]) == (1, 0)


def test_commands_that_changed_nothing(floor: Floor) -> None:
    floor.do(create("a"), create("a"), create("b", "pigeon"), {"type": "nonsense"})
    found = scrape(floor.metrics)
    assert found["onequeue_commands_total"] == 5
    assert found["onequeue_repeated_commands_total"] == 1
    assert found['onequeue_rejected_commands_total{code="unknown_channel"}'] == 1
    assert found['onequeue_rejected_commands_total{code="unknown_type"}'] == 1


def test_journal_position_and_sizes(floor: Floor) -> None:
    floor.metrics.led(3)
    floor.do(create("a"))
    floor.do(create("b"))
    found = scrape(floor.metrics)
    assert (found["onequeue_journal_epoch"], found["onequeue_journal_lsn"]) == (3, 2)
    assert found["onequeue_journal_bytes"] == sum(size for _, size in floor.records)
    assert found["onequeue_records_total"] == found["onequeue_record_seconds_count"] == 3
    assert found["onequeue_policy_version"] == found["onequeue_intake_open"] == 1


def test_a_replay_gives_the_same_floor_and_counts_nothing_twice(floor: Floor) -> None:
    floor.do(login("ann"), create("a"), create("b", "chat"))
    started = ev.LeaderStarted(epoch=7, router_id="r", release="1")
    takeover = Record(
        v=1, now_ms=floor.now_ms, position="0-0", consumed=0, prev=b"x" * 8, events=[started]
    )
    replayed = Metrics(monotonic=lambda: floor.passed_s)
    for _ in range(2):  # a rebuild reads the journal anew
        for record, size in floor.records:
            replayed.replayed(record, size)
        replayed.replayed(takeover, 50)
    found, live = scrape(replayed), scrape(floor.metrics)
    waiting = 'onequeue_waiting_interactions{channel="voice",queue="general"}'
    assert found[waiting] == live[waiting] == 1
    assert found["onequeue_agents_working"] == live["onequeue_agents_working"]
    assert found["onequeue_journal_bytes"] == live["onequeue_journal_bytes"] + 50
    assert (found["onequeue_journal_epoch"], found["onequeue_journal_lsn"]) == (7, 0)
    assert found["onequeue_replayed_records_total"] == 2 * (len(floor.records) + 1)
    assert not any(name.startswith("onequeue_offers_total") for name in found)


def test_faults_of_the_surroundings(floor: Floor) -> None:
    metrics = floor.metrics
    metrics.store_error(StoreUnavailable("gone"), 1)
    metrics.store_error(ReplyError("OOM", "used memory > 'maxmemory'"), 2)
    found = scrape(metrics)
    assert found["onequeue_redis_errors_total"] == found["onequeue_redis_failed_attempts"] == 2
    refusals = {name: n for name, n in found.items() if name.startswith("onequeue_redis_refusals")}
    assert refusals == {'onequeue_redis_refusals_total{code="OOM"}': 1}
    metrics.store_recovered(2)
    metrics.undelivered(["desk", "other"])
    metrics.engine_failed(RuntimeError("bug"), 3)
    metrics.inbound_moved("1-1", "2-2")
    metrics.expressions_failed(3)
    found = scrape(metrics)
    assert found["onequeue_redis_failed_attempts"] == 0
    assert found["onequeue_undelivered_inboxes_total"] == 2
    assert found["onequeue_engine_failures_total"] == found["onequeue_inbound_moved_total"] == 1
    assert found["onequeue_expression_faults_total"] == 3


def test_a_record_that_cannot_be_taken_in_is_counted_and_harms_nothing() -> None:
    metrics = Metrics()
    broken = ev.PolicyReplaced(version=1, policy={"channels": 3})
    record = Record(v=1, now_ms=1, position="0-0", consumed=0, prev=GENESIS, events=[broken])
    metrics.recorded(record, 10, 0.0)
    assert scrape(metrics)["onequeue_metrics_faults_total"] == 1


def test_labels_are_bounded() -> None:
    made: list[str] = []

    def child(label: str) -> Any:
        made.append(label)
        return label

    bounded: Bounded[Any] = Bounded(child, CHANNELS_MAX)
    for number in range(CHANNELS_MAX * 3):
        bounded[f"c{number}"]
    assert len(made) == CHANNELS_MAX + 1
    assert bounded["one more"] == OTHER
    assert bounded["c1"] == "c1"


def test_the_oldest_is_right_whatever_order_things_leave_in(floor: Floor) -> None:
    names = [f"i{number}" for number in range(50)]
    for name in names:
        floor.do(create(name), after_ms=1_000)
    waiting = set(names)
    for name in names[10:40] + names[:9] + names[45:]:
        waiting.discard(name)
        floor.do({"type": "cancel", "interaction_id": name})
        oldest = min(int(left[1:]) for left in waiting)
        found = scrape(floor.metrics)[
            'onequeue_longest_wait_seconds{channel="voice",queue="general"}'
        ]
        assert found == 49 - oldest


def test_the_page_lists_every_metric_with_its_type_and_labels(floor: Floor) -> None:
    page = (Path(__file__).parents[3] / "docs" / "metrics.md").read_text()
    listed = {
        name: (kind, set(re.findall(r"`(\w+)`", labels)))
        for name, kind, labels in re.findall(
            r"^\| `(onequeue_\w+)` \| (\w+) \|([^|]*)\|", page, re.MULTILINE
        )
    }
    floor.do(login("ann"), create("a"), create("a", "pigeon"))
    found = {}
    for family in floor.metrics.registry.collect():
        if family.name.startswith("onequeue_"):
            name = family.name + "_total" * (family.type == "counter")
            labels = {label for sample in family.samples for label in sample.labels} - {"le"}
            found[name] = (family.type, labels or listed.get(name, ("", set()))[1])
    assert listed == found


def outcomes(floor: Floor, queue: str = "general") -> dict[str, float]:
    found = scrape(floor.metrics)
    label = 'onequeue_service_level_total{channel="voice",outcome="%s",queue="%s"}'
    names = ("in_target", "late", "abandoned", "abandoned_short")
    return {name: found.get(label % (name, queue), 0) for name in names}


def test_the_service_level_counts_first_answers(floor: Floor) -> None:
    floor.do(login("ann", skills={}), create("a"))
    floor.do({"type": "assign", "interaction_id": "a", "agent_id": "ann"}, after_ms=20_000)
    assert outcomes(floor) == {"in_target": 1, "late": 0, "abandoned": 0, "abandoned_short": 0}
    floor.do({"type": "requeue", "interaction_id": "a"}, after_ms=60_000)
    floor.do({"type": "assign", "interaction_id": "a", "agent_id": "ann"})
    assert outcomes(floor)["late"] == 0
    floor.do({"type": "requeue", "interaction_id": "a"})
    floor.do({"type": "cancel", "interaction_id": "a"})
    assert outcomes(floor)["abandoned"] == 0


def test_the_service_level_goes_by_the_queues_target(floor: Floor) -> None:
    floor.do(login("ann", state="unavailable"), create("a") | {"queue": "vip"})
    floor.do({"type": "assign", "interaction_id": "a", "agent_id": "ann"}, after_ms=10_001)
    assert outcomes(floor, "vip")["late"] == 1


def test_who_gives_up_at_once_is_told_apart(floor: Floor) -> None:
    voice = POLICY["channels"]["voice"] | {"short_abandon_s": 5}
    channels = POLICY["channels"] | {"voice": voice}
    floor.do({"type": "replace_policy", "policy": POLICY | {"channels": channels}})
    floor.do(create("a"), create("b"))
    floor.do({"type": "cancel", "interaction_id": "a"}, after_ms=4_999)
    floor.do({"type": "cancel", "interaction_id": "b"}, after_ms=1)
    found = outcomes(floor)
    assert (found["abandoned_short"], found["abandoned"]) == (1, 1)


def test_what_is_suspended_does_not_wait(floor: Floor) -> None:
    floor.do(create("a"), create("b"))
    floor.do({"type": "suspend", "interaction_id": "a"}, after_ms=3_000)
    waiting = 'onequeue_waiting_interactions{channel="voice",queue="general"}'
    longest = 'onequeue_longest_wait_seconds{channel="voice",queue="general"}'
    assert scrape(floor.metrics)[waiting] == 1
    floor.do({"type": "cancel", "interaction_id": "b"})
    floor.do({"type": "resume", "interaction_id": "a"}, after_ms=60_000)
    found = scrape(floor.metrics)
    assert (found[waiting], found[longest]) == (1, 3)
    assert found['onequeue_interactions_total{channel="voice",event="suspended"}'] == 1
    assert found['onequeue_interactions_total{channel="voice",event="resumed"}'] == 1


def test_agents_by_what_they_do(floor: Floor) -> None:
    activities = {"lunch": {}, "mail": {"available": True}}
    floor.do({"type": "replace_policy", "policy": POLICY | {"activities": activities}})
    floor.do(login("ann") | {"activity": "mail"}, login("ben") | {"activity": "lunch"})
    floor.do(login("cid"))
    found = scrape(floor.metrics)
    assert found['onequeue_agents_by_activity{activity="lunch"}'] == 1
    assert found['onequeue_agents_by_activity{activity="mail"}'] == 1
    floor.do({"type": "agent_logout", "agent_id": "ben"})
    assert 'onequeue_agents_by_activity{activity="lunch"}' not in scrape(floor.metrics)


def test_idle_conversations_are_told_apart_and_take_nobodys_time(floor: Floor) -> None:
    voice = POLICY["channels"]["voice"] | {"release_idle": True}
    channels = POLICY["channels"] | {"voice": voice}
    floor.do({"type": "replace_policy", "policy": POLICY | {"channels": channels}})
    (offer,) = floor.offers(login("ann"), create("a"))
    floor.do({"type": "accept", "offer_id": offer.offer_id, "agent_id": "ann"})
    floor.do({"type": "idle", "interaction_id": "a"})
    found = scrape(floor.metrics)
    assert found['onequeue_idle_interactions{channel="voice"}'] == 1
    assert found["onequeue_agents_working"] == 0
    floor.do({"type": "agent_state", "agent_id": "ann", "state": "unavailable"})
    floor.do({"type": "wake", "interaction_id": "a"})
    found = scrape(floor.metrics)
    assert found['onequeue_idle_interactions{channel="voice"}'] == 0
    assert found['onequeue_waking_interactions{channel="voice"}'] == 1
    floor.do({"type": "agent_state", "agent_id": "ann", "state": "available"})
    found = scrape(floor.metrics)
    assert found['onequeue_waking_interactions{channel="voice"}'] == 0
    assert found["onequeue_agents_working"] == 1
    assert found['onequeue_interactions_total{channel="voice",event="woken"}'] == 1


def test_groups_that_open_and_close(floor: Floor) -> None:
    every = {"require": [{"expression": "true"}]}
    group = {"pool": "more", "open_if": [{"waiting_at_least": 1}]}
    queue = {"pool": "own", "activation": {"groups": [group]}}
    pools = {"own": {"require": [{"expression": "false"}]}, "more": every}
    policy = POLICY | {"pools": pools, "queues": {"general": queue, "vip": {}}}
    floor.do({"type": "replace_policy", "policy": policy}, create("a"))
    floor.do(after_ms=10_000)
    found = scrape(floor.metrics)
    assert found['onequeue_open_groups{queue="general"}'] == 1
    assert found['onequeue_group_changes_total{change="opened",queue="general"}'] == 1
    floor.do({"type": "cancel", "interaction_id": "a"}, after_ms=1_000)
    floor.do(after_ms=10_000)
    found = scrape(floor.metrics)
    assert found['onequeue_open_groups{queue="general"}'] == 0
    assert found['onequeue_group_changes_total{change="closed",queue="general"}'] == 1
    floor.do(create("b"))
    floor.do(after_ms=10_000)
    floor.do({"type": "replace_policy", "policy": POLICY})
    assert scrape(floor.metrics)['onequeue_open_groups{queue="general"}'] == 0


def test_a_router_that_follows_is_no_leader_and_tells_its_lag() -> None:
    metrics = Metrics()
    metrics.led(3)
    metrics.following(12)
    text = generate_latest(metrics.registry).decode()
    assert ("onequeue_leader 0.0" in text, "onequeue_standby_lag_records 12.0" in text) == (
        True,
        True,
    )
    metrics.led(4)
    text = generate_latest(metrics.registry).decode()
    assert ("onequeue_leader 1.0" in text, "onequeue_standby_lag_records 0.0" in text) == (
        True,
        True,
    )
