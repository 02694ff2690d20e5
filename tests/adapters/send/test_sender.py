"""Sending to a real router on real servers; the account must agree with the journal."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest

from adapters.redis.embedded import EmbeddedServer
from adapters.send.agents import AgentsRefusedError
from adapters.send.mapping import load_mapping
from adapters.send.plan import schedule, survey
from adapters.send.report import all_is_well
from adapters.send.rows import RowReader
from adapters.send.sender import NoRouterError, Sender
from adapters.send.table import Table
from router import events as ev
from router.errors import StoreUnavailable
from router.policy import Skill, default_policy
from tests.adapters.send.desk import EXAMPLES, Desk
from tests.adapters.send.tables import reader, written
from tests.servers import LossyProxy
from tests.tenant import running_service

pytestmark = pytest.mark.any_server

MAPPING = "id: id\nchannel: channel\n"


def sample() -> RowReader:
    loaded = load_mapping(EXAMPLES / "service-requests.mapping.yaml")
    return RowReader(Table(EXAMPLES / "service-requests.csv"), loaded)


def states(sender: Sender) -> dict[str, int]:
    return {str(state): n for state, n in sender.ledger.totals().items() if n}


async def test_every_row_of_the_sample_is_routed_and_completed(desk: Desk) -> None:
    sender = await desk.deliver(sample(), agents=6, wait_s=10)
    assert states(sender) == {"completed": 80}
    assert all_is_well(sender.ledger)
    journal = desk.journal()
    created = journal.of(ev.InteractionCreated)
    assert {event.interaction_id for event in created} == set(sender.ledger.entries)
    assert len(journal.of(ev.InteractionWrappedUp)) == 80
    assert len(journal.of(ev.AgentLoggedOut)) == 6
    assert not journal.of(ev.Rejected)
    waits = {event.interaction_id: event.waited_ms for event in journal.of(ev.OfferAccepted)}
    assert waits == {name: entry.waited_ms for name, entry in sender.ledger.entries.items()}


async def test_rows_wait_where_nobody_is_logged_in(desk: Desk) -> None:
    sender = await desk.deliver(sample())
    assert states(sender) == {"waiting": 80}
    assert all_is_well(sender.ledger)


async def test_sending_again_changes_nothing(desk: Desk) -> None:
    await desk.deliver(sample(), agents=6, wait_s=10)
    before = len(desk.journal().of(ev.InteractionCreated))
    again = await desk.deliver(sample(), wait_s=10)
    assert states(again) == {"completed": 80}
    assert all(entry.sent_before for entry in again.ledger.entries.values())
    assert len(desk.journal().of(ev.InteractionCreated)) == before


async def test_bad_rows_are_told_one_by_one(desk: Desk, tmp_path: Path) -> None:
    content = (
        "id,channel,queue\n1,voice,\n2,pigeon,\n3,chat,nowhere\n4,chat,\n4,chat,\n,chat,\n"
        '5,"open,\n6,fax,x,y,z\n'
    )
    rows = reader(
        written(tmp_path, content), MAPPING + "queue: {column: queue, values: {'': general}}\n"
    )
    sender = await desk.deliver(rows)
    assert states(sender) == {
        "waiting": 2,
        "rejected": 1,
        "same_id": 1,
        "unreadable": 4,
    }
    (refusal,) = sender.ledger.refusals
    assert (refusal.line, refusal.code, refusal.field) == (3, "unknown_channel", "channel")
    assert [row.line for row in sender.ledger.unreadable] == [4, 7, 8, 9]
    assert not all_is_well(sender.ledger)


async def test_agents_have_the_skills_that_the_mapping_asks_for(
    tmp_path: Path, server: EmbeddedServer
) -> None:
    policy = default_policy().model_copy(update={"skills": {"spanish": Skill(levels=3)}})
    path = written(tmp_path, "id,lang\n1,es\n2,en\n")
    text = (
        "id: id\nchannel: {default: email}\n"
        "requirements: [{column: lang, values: {es: {skill: spanish, level: 3}}}]\n"
    )
    async with running_service(server.url, policy=policy.model_dump(mode="json")):
        desk = Desk(server)
        desk.lead()
        sender = await desk.deliver(reader(path, text), agents=1, wait_s=10)
        await desk.close()
    assert states(sender) == {"completed": 2}


async def test_agents_who_are_refused_are_an_error(desk: Desk, tmp_path: Path) -> None:
    path = written(tmp_path, "id,lang\n1,es\n")
    text = "id: id\nchannel: {default: email}\nrequirements: [{column: lang, default: klingon}]\n"
    with pytest.raises(AgentsRefusedError, match="klingon") as caught:
        await desk.deliver(reader(path, text), agents=2)
    assert "the mapping's `requirements`" in str(caught.value)
    assert "the policy in force lacks" in str(caught.value)


async def test_work_in_hand_is_given_back_at_the_end(desk: Desk, tmp_path: Path) -> None:
    path = written(tmp_path, "id,channel\n1,voice\n2,voice\n")
    sender = desk.sender(reader(path, MAPPING), agents=1, wait_s=30)
    assert sender._agents is not None
    sender._agents._handle_s = 3_600
    rows = reader(path, MAPPING)
    running = asyncio.create_task(sender.run(schedule(rows, None, survey(rows, None), None)))
    await desk.until(lambda: desk.journal().of(ev.OfferAccepted))
    sender.stop()
    await running
    assert states(sender) == {"waiting": 2}
    assert len(desk.journal().of(ev.InteractionRequeued)) == 1


async def test_a_stop_accounts_for_what_was_sent(desk: Desk, tmp_path: Path) -> None:
    lines = "".join(f"{n},fax,2024-01-01 {10 + n}:00\n" for n in range(5))
    rows = reader(written(tmp_path, "id,channel,at\n" + lines), MAPPING + "created: at\n")
    sender = desk.sender(rows, speed=1)
    running = asyncio.create_task(sender.run(schedule(rows, None, survey(rows, None), 1)))
    await desk.until(lambda: desk.journal().of(ev.InteractionCreated))
    sender.stop()
    await running
    assert states(sender) == {"waiting": 1, "not_sent": 4}
    assert not all_is_well(sender.ledger)


async def test_rows_are_paced_by_their_times(desk: Desk, tmp_path: Path) -> None:
    lines = "".join(f"{n},fax,2024-01-01 10:00:0{n}\n" for n in range(4))
    rows = reader(written(tmp_path, "id,channel,at\n" + lines), MAPPING + "created: at\n")
    await desk.deliver(rows, speed=10)
    created = [event.created_ms for event in desk.journal().of(ev.InteractionCreated)]
    gaps = [after - before for before, after in pairwise(created)]
    assert all(60 <= gap <= 1_000 for gap in gaps), gaps


async def test_without_a_router_nothing_is_sent(
    server: EmbeddedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.send.sender.LEADER_S_MAX", 0.1)
    desk = Desk(server)
    with pytest.raises(NoRouterError, match="it has never run"):
        await desk.deliver(reader(written(tmp_path, "id,channel\n1,fax\n"), MAPPING))
    assert not desk.client.exists(desk.keys.inbound)
    await desk.close()


async def test_lost_replies_lose_and_double_nothing(
    desk: Desk, server: EmbeddedServer, short_path: Path
) -> None:
    async with LossyProxy(server, short_path) as proxy:
        behind = Desk(server, proxy.url)
        proxy.lose_reply_to = b"XADD"
        sender = await behind.deliver(sample())
        await behind.close()
    assert proxy.lost == 1
    assert states(sender) == {"waiting": 80}
    assert len(desk.journal().of(ev.InteractionCreated)) == 80


async def test_a_server_that_stays_away_ends_the_sending(
    desk: Desk, server: EmbeddedServer, short_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.send.client.GIVE_UP_S", 0.3)
    async with LossyProxy(server, short_path) as proxy:
        proxy.refusing = True
        behind = Desk(server, proxy.url)
        with pytest.raises(StoreUnavailable, match="no answer from Redis"):
            await behind.deliver(sample())
        await behind.close()


async def test_work_of_others_is_left_out_of_the_account(desk: Desk, tmp_path: Path) -> None:
    desk.client.xadd(
        desk.keys.inbound, {"j": '{"type":"create","interaction_id":"other","channel":"fax"}'}
    )
    sender = await desk.deliver(
        reader(written(tmp_path, "id,channel\n1,fax\n"), MAPPING), agents=2, wait_s=10
    )
    assert states(sender) == {"completed": 1}
