"""Recovery: from the newest snapshot that is good and fits, else an older one, else the journal."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from router import commands as cm
from router import events as ev
from router.engine import Engine
from router.errors import CorruptJournal, JournalTrimmed
from router.record import decode_record
from router.recovery import Recovered, recover
from router.snapshot.manifest import decode_manifest, encode_manifest
from router.snapshot.store import save_state
from router.state import State
from tests.audited import BEGIN_MS, arriving
from tests.policies import POLICY, changed
from tests.snapshots import Chain, Shelf, copied
from tests.tenant import Notes


class Center:
    """A small center whose journal is in memory, with snapshots of some of its records."""

    def __init__(self) -> None:
        self.chain, self.shelf, self.notes = Chain(), Shelf(), Notes()
        self.engine = Engine()
        self._entries = 0
        started = ev.LeaderStarted(epoch=1, router_id="r", release="0")
        self.engine.apply(started, BEGIN_MS)
        self.chain.add([started], BEGIN_MS)
        self.send(cm.ReplacePolicy(policy=POLICY))
        self.send(cm.AgentLogin("ann", "desk"))

    def send(self, command: cm.Command) -> str:
        """Let a command be decided and journaled; the id of its record."""
        self._entries += 1
        now_ms = BEGIN_MS + self._entries
        entry = arriving(f"{now_ms}-1", now_ms, command)
        return self.chain.add(self.engine.handle([entry], now_ms), now_ms)

    async def snapshot(self) -> str:
        """Take a snapshot of the last record; its id."""
        record_id, tail = self.chain.records_[-1][0], self.chain.tails[-1]
        assert await save_state(self.shelf, self.engine.state, tail, record_id, "0")
        return record_id

    async def recover(self) -> Recovered:
        """Recover, and check that what comes of it is what was journaled."""
        recovered = await recover(self.chain, self.shelf, self.notes)
        assert recovered.engine.state_bytes() == self.engine.state_bytes()
        assert recovered.tail == self.chain.tails[-1]
        assert recovered.last_id == self.chain.records_[-1][0]
        return recovered

    def change(self, record_id: str, **changes: Any) -> None:
        """Change something in a published manifest."""
        manifest = decode_manifest(record_id, self.shelf.published[record_id])
        changed = msgspec.structs.replace(manifest, **changes)
        self.shelf.published[record_id] = encode_manifest(changed)


@pytest.fixture
async def center() -> Center:
    """Two snapshots, with records before, between and after them."""
    center = Center()
    await center.snapshot()
    center.send(cm.Create("one", "chat"))
    center.send(cm.Create("two", "chat"))
    await center.snapshot()
    center.send(cm.Create("three", "letter"))
    return center


async def test_the_newest_snapshot_and_the_records_after_it(center: Center) -> None:
    await center.recover()
    assert center.notes.restored_from == ["1-4"]
    assert center.notes.replays == 1
    assert center.notes.refused == []


async def test_without_a_snapshot_from_the_first_record() -> None:
    center = Center()
    await center.recover()
    assert center.notes.restored_from == []
    assert center.notes.replays == 3


async def test_an_empty_journal_gives_an_empty_engine() -> None:
    recovered = await recover(Chain(), None, Notes())
    assert recovered.engine.state_bytes() == State().to_bytes()
    assert recovered.last_id == ""


async def test_a_snapshot_of_the_last_record_is_all_there_is_to_it(center: Center) -> None:
    await center.snapshot()
    await center.recover()
    assert (center.notes.restored_from, center.notes.replays) == (["1-5"], 0)


async def test_of_the_journal_only_what_follows_the_snapshot_need_be_there(center: Center) -> None:
    center.chain.first = 4
    await center.recover()
    center.chain.first = 5
    await center.recover()
    assert center.notes.restored_from == ["1-4", "1-4"]


class TestRefused:
    """Each of these snapshots is told of, and an older one takes its place."""

    async def check(self, center: Center, words: str, *, refused: str = "1-4") -> None:
        await center.recover()
        ((record_id, reason),) = center.notes.refused
        assert record_id == refused
        assert words in reason
        assert center.notes.restored_from[-1] == "1-2"

    async def test_a_torn_chunk(self, center: Center) -> None:
        chunk = center.shelf.chunks["1-4", 0]
        center.shelf.chunks["1-4", 0] = chunk[:-1] + bytes([chunk[-1] ^ 1])
        await self.check(center, "chunk 0 is torn")

    async def test_half_a_chunk(self, center: Center) -> None:
        center.shelf.chunks["1-4", 0] = center.shelf.chunks["1-4", 0][:100]
        await self.check(center, "chunk 0 is torn")

    async def test_a_missing_chunk(self, center: Center) -> None:
        del center.shelf.chunks["1-4", 0]
        await self.check(center, "chunk 0 of 1 is missing")

    async def test_a_newer_format(self, center: Center) -> None:
        center.shelf.published["1-4"] = msgspec.msgpack.encode({"v": 2, "other": "fields"})
        await self.check(center, "its format is 2; this release reads 1")

    async def test_a_manifest_that_is_none(self, center: Center) -> None:
        center.shelf.published["1-4"] = b"\xc1"
        await self.check(center, "its manifest cannot be read")

    async def test_a_manifest_of_another(self, center: Center) -> None:
        center.shelf.published["1-4"] = center.shelf.published["1-2"]
        await self.check(center, "its manifest is that of record 1-2")

    async def test_rows_that_are_not_there(self, center: Center) -> None:
        center.change("1-4", rows={"interactions": 3})
        await self.check(center, "it has 2 of 3 rows of interactions")

    async def test_another_record_of_that_id(self, center: Center) -> None:
        center.change("1-4", hash=b"another!")
        await self.check(center, "the journal has another record of that id")

    async def test_a_journal_that_ends_before_it(self, center: Center) -> None:
        manifest = decode_manifest("1-4", center.shelf.published.pop("1-4"))
        later = msgspec.structs.replace(manifest, record_id="2-7")
        center.shelf.published["2-7"] = encode_manifest(later)
        await self.check(center, "the journal ends before it", refused="2-7")

    async def test_records_of_another_history(self, center: Center) -> None:
        """As after the promotion of a replica that had not heard of the snapshot's last record."""
        del center.chain.records_[4:]
        del center.chain.tails[4:]
        started = ev.LeaderStarted(epoch=2, router_id="s", release="0")
        center.chain.add([started], BEGIN_MS + 99, epoch=2)
        center.engine = Engine()
        for _, data in center.chain.records_:
            record = decode_record(data)
            center.engine.follow(record.events, record.now_ms)
        await self.check(center, "2-4, the first record behind it in the journal, does not follow")

    async def test_a_state_that_contradicts_itself(self, center: Center) -> None:
        state = copied(center.engine.state)
        state.policy = {"channels": "none"}
        await self.replaced(center, state)
        await self.check(center, "what it holds contradicts itself")

    async def test_a_state_from_which_the_records_do_not_follow(self, center: Center) -> None:
        state = copied(center.engine.state)
        state.policy = changed(queues={"others": {}}, default_queue="others")
        del state.policy["queues"]["general"]
        await self.replaced(center, state)
        await self.check(center, "what comes after it does not follow: journal record 1-5")

    async def replaced(self, center: Center, state: State) -> None:
        await center.shelf.discard("1-4")
        assert await save_state(center.shelf, state, center.chain.tails[4], "1-4", "0")


async def test_when_no_snapshot_is_good_the_journal_alone_is_enough(center: Center) -> None:
    center.shelf.chunks.clear()
    await center.recover()
    assert [record_id for record_id, _ in center.notes.refused] == ["1-4", "1-2"]
    assert center.notes.replays == len(center.chain.records_)


async def test_a_trimmed_journal_without_a_snapshot_is_refused(center: Center) -> None:
    center.shelf.published.clear()
    center.chain.first = 2
    with pytest.raises(JournalTrimmed) as raised:
        await center.recover()
    assert raised.value.record_id == "1-2"
    assert "trimmed" in str(raised.value)


async def test_a_journal_that_was_trimmed_past_its_snapshots_is_refused(center: Center) -> None:
    center.send(cm.Create("four", "letter"))
    center.chain.first = 6
    with pytest.raises(JournalTrimmed, match="1-6"):
        await center.recover()
    assert [record_id for record_id, _ in center.notes.refused] == ["1-4", "1-2"]
    reasons = [reason for _, reason in center.notes.refused]
    assert all("behind it in the journal, does not follow" in reason for reason in reasons)


async def test_a_snapshot_that_came_while_we_read_is_looked_at(center: Center) -> None:
    told = center.shelf.manifests

    async def trimmed_behind_our_back() -> Sequence[tuple[str, bytes]]:
        found = await told()
        center.shelf.manifests = told  # type: ignore[method-assign]
        await center.snapshot()
        center.chain.first = 6
        return found

    center.shelf.manifests = trimmed_behind_our_back  # type: ignore[method-assign]
    center.send(cm.Create("four", "letter"))
    assert (await center.recover()).last_id == "1-6"


async def test_a_corrupt_record_is_told_as_such_whatever_was_trimmed(center: Center) -> None:
    center.chain.records_[5] = ("1-5", b"\xc1")
    center.chain.first = 2
    with pytest.raises(CorruptJournal) as raised:
        await center.recover()
    assert not isinstance(raised.value, JournalTrimmed)
    assert raised.value.record_id == "1-5"


async def test_two_snapshots_are_kept(center: Center) -> None:
    await center.snapshot()
    assert [record_id for record_id, _ in await center.shelf.manifests()] == ["1-5", "1-4"]


async def test_other_tasks_get_their_turn_meanwhile(center: Center) -> None:
    for number in range(300):
        center.send(cm.Create(f"more-{number}", "letter"))
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    await center.recover()
    counting.cancel()
    assert turns > 4
