"""The checker on real servers: pages, trimmed streams, journals that go on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from redis import Redis

from adapters.history import JournalMissing
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys, TenantError
from adapters.verify import Progress, check_stream
from tests.adapters.verify.engine_run import EngineRun
from tests.adapters.verify.story import Story
from tests.servers import plain_client

pytestmark = pytest.mark.any_server

KEYS = Keys("main")
Entry = tuple[str, str, dict[bytes, bytes]]


@pytest.fixture
def client(server: EmbeddedServer) -> Iterator[Redis]:
    with plain_client(server) as client:
        yield client


def write(client: Redis, records: list[tuple[str, bytes]], entries: list[Entry]) -> None:
    pipe = client.pipeline(transaction=False)
    for record_id, data in records:
        pipe.xadd(KEYS.journal, {"r": data}, id=record_id)
    for inbox, entry_id, fields in entries:
        pipe.xadd(KEYS.work(inbox), dict(fields.items()), id=entry_id)
    pipe.execute()


def two_offers() -> Story:
    """Two offers an hour apart, with their entries."""
    story = Story()
    story.record(*story.log_in("ann"), consumed=1)
    for number in range(2):
        story.wait(3_600_000)
        story.record(
            story.create(f"i{number}"),
            story.offer(f"o{number}", f"i{number}", "ann"),
            consumed=1,
        )
        story.work(
            "desk",
            "offer",
            offer_id=f"o{number}",
            interaction_id=f"i{number}",
            agent_id="ann",
            channel="chat",
            queue="general",
            expires_ms=story.now_ms + 20_000,
            waited_ms=0,
            history_ppm=0,
        )
        story.wait(1_000)
        story.record(story.rescind(f"o{number}"), story.cancel(f"i{number}"), consumed=1)
        over = {"offer_id": f"o{number}", "interaction_id": f"i{number}", "agent_id": "ann"}
        story.work("desk", "offer_over", **over, outcome="rescinded", reason="test")
    return story


def test_a_run_of_the_engine_over_many_pages(client: Redis) -> None:
    run = EngineRun(seed=11, agents=12).go(700)
    write(client, run.records, run.entries)
    seen: list[Progress] = []
    report = check_stream(client, on_progress=seen.append)
    assert [str(violation) for violation in report.violations] == []
    assert report.records == len(run.records) > 500
    assert report.work_entries == len(run.entries)
    assert {progress.stage for progress in seen} == {"work streams", "journal"}
    assert seen[-1].done == seen[-1].total == report.records


def test_a_missing_entry_is_found(client: Redis) -> None:
    run = EngineRun(seed=13, agents=4).go(60)
    lost = next(n for n, entry in enumerate(run.entries) if b"offer_id" in str(entry[2]).encode())
    write(client, run.records, run.entries[:lost] + run.entries[lost + 1 :])
    assert set(check_stream(client).by_code) == {"work_missing"}


def test_a_trimmed_work_stream_is_judged_by_what_it_kept(client: Redis) -> None:
    story = two_offers()
    write(client, story.records, story.entries)
    client.xtrim(KEYS.work("desk"), maxlen=2, approximate=False)
    assert check_stream(client).clean
    client.xdel(KEYS.work("desk"), story.entries[-1][1])
    assert set(check_stream(client).by_code) == {"work_missing"}


def test_a_work_stream_that_is_gone_is_missed_for_as_long_as_entries_stay(client: Redis) -> None:
    story = Story()
    seconds, _ = client.time()
    story.wait(int(seconds) * 1000 - story.now_ms - 4_000_000)
    story.record(*story.log_in("ann"), story.create("i"), story.offer("o", "i", "ann"), consumed=2)
    write(client, story.records, [])
    assert check_stream(client).clean
    story.wait(4_000_000 - 60_000)
    story.record(story.create("j"), story.offer("p", "j", "ann"), consumed=1)
    write(client, story.records[-1:], [])
    assert set(check_stream(client).by_code) >= {"work_missing"}


def test_what_is_written_while_the_checker_reads_is_no_fault(client: Redis) -> None:
    story = two_offers()
    write(client, story.records[:-2], story.entries[:-2])
    late = [(story.records[-2:], story.entries[-2:])]

    def router_goes_on(progress: Progress) -> None:
        if progress.stage == "work streams" and late:
            write(client, *late.pop())

    report = check_stream(client, on_progress=router_goes_on)
    assert not late
    assert report.clean
    assert report.records == len(story.records)


def test_upto_stops_there(client: Redis) -> None:
    story = two_offers()
    last = story.records[-3][0]
    story.record({"type": "interaction_eaten"})
    write(client, story.records, story.entries)
    assert check_stream(client, upto=last).clean
    assert check_stream(client, upto=last).last_record == last
    assert not check_stream(client).clean


def test_no_journal(client: Redis) -> None:
    client.xadd(Keys("other").journal, {"r": b""}, id="1-0")
    with pytest.raises(JournalMissing) as caught:
        check_stream(client, "main")
    assert caught.value.tenants == ("other",)
    assert "main" in str(caught.value)
    with pytest.raises(TenantError):
        check_stream(client, "no such name")
