"""Customer cards at a desktop: behind the offer, as much as may be seen, and never in its way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import text

from adapters.desktop.cards import Cards
from adapters.record.card_parts import CARD_PARTS, CardPart
from adapters.record.cards import CardSource
from adapters.record.database import Database
from adapters.record.people import Maker, add_identity, merge
from adapters.record.records import Records
from adapters.record.schema import Segment
from adapters.record.writing import put_issue, put_offer_made, set_owner, set_preference
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint
from tests.adapters.desktop.house import House, Line, open_house, until
from tests.records import new_record
from tests.tenant import POLICY, Tenant, running_service

MAKER = Maker("somebody", 50)


@pytest.fixture
async def record(tenant: Tenant) -> AsyncIterator[Database]:
    name = tenant.keys.tenant
    async with new_record() as database:
        async with database.session(writes=True) as session:
            await add_identity(session, name, "c1", ("email", "mia@example.org"), MAKER)
            await set_owner(session, name, "c1", "ada", MAKER)
            await set_preference(session, name, "c2", "language", "de", MAKER)
            await merge(session, name, "c2", "c1", MAKER)
            issue = {"title": "no line", "blocks_selling": True, "is_resolved": False}
            await put_issue(session, name, "c1", "w-1", issue, MAKER)
            done = {"title": "old", "blocks_selling": True, "is_resolved": True}
            await put_issue(session, name, "c1", "w-2", done, MAKER)
            offer = {"name": "fibre", "status": "declined"}
            await put_offer_made(session, name, "c1", "o-1", offer, MAKER)
            about = {"tenant": name, "customer_id": "c1", "channel": "chat", "outcome": "angry"}
            session.add(Segment(sequence=1, interaction_id="before", ended_ms=9, **about))
            session.add(Segment(sequence=2, interaction_id="i1", **about))
        yield database


@asynccontextmanager
async def a_house(
    server: EmbeddedServer,
    tenant: Tenant,
    record: Database,
    parts: tuple[CardPart, ...] = CARD_PARTS,
    policy: dict[str, Any] = POLICY,
) -> AsyncIterator[House]:
    name = tenant.keys.tenant
    records = Records(record, Endpoint(server.url), Keys(name))
    async with (
        running_service(server.url, name, policy=policy),
        open_house(server.url, name, cards=Cards(CardSource(records, parts))) as house,
    ):
        yield house
    await records.close()


async def at_a_desk(house: House, credential: str = "ada") -> tuple[list[dict[str, Any]], Line]:
    heard: list[dict[str, Any]] = []
    line = Line(house, heard.append)
    line.say("hello", credential=credential, state="available")
    await until(lambda: heard)
    return heard, line


def kinds(heard: list[dict[str, Any]]) -> list[str]:
    return [one["type"] for one in heard if one["type"] in {"work", "card", "welcome"}]


async def create(house: House, name: str = "i1", customer: str = "c1") -> None:
    given = {"type": "create", "interaction_id": name, "channel": "voice"}
    await house.submitter.submit({**given, "customer_id": customer})


async def test_the_card_comes_behind_its_offer_and_behind_a_welcome(
    server: EmbeddedServer, tenant: Tenant, record: Database
) -> None:
    async with a_house(server, tenant, record) as house:
        heard, _ = await at_a_desk(house)
        await create(house)
        await until(lambda: "card" in kinds(heard))
        assert kinds(heard) == ["welcome", "work", "card"]
        (told,) = [one for one in heard if one["type"] == "card"]
        card = told["card"]
        assert told["interaction_id"] == "i1"
        assert (card["customer_id"], card["customers"]) == ("c1", ["c1", "c2"])
        assert (card["resolve_first"], card["owner"]) == (True, "ada")
        assert [one["address"] for one in card["identities"]] == ["mia@example.org"]
        assert [one["value"] for one in card["preferences"]] == ["de"]
        assert [one["title"] for one in card["issues"]] == ["no line"]
        assert [one["name"] for one in card["offers_made"]] == ["fibre"]
        assert [one["interaction_id"] for one in card["last"]] == ["before"]
        again, _ = await at_a_desk(house)
        await until(lambda: kinds(again) == ["welcome", "card"])
        assert again[-1]["card"] == card


@pytest.mark.parametrize(
    ("credential", "personal", "shown"),
    [
        ("ada desktop", None, False),
        ("ada desktop customers:read", None, True),
        ("ada desktop customers:read", {"customer_id": True}, False),
    ],
)
async def test_as_much_as_the_credential_lets_see(
    server: EmbeddedServer,
    tenant: Tenant,
    record: Database,
    credential: str,
    personal: dict[str, Any] | None,
    shown: bool,
) -> None:
    policy = POLICY if personal is None else POLICY | {"personal": personal}
    async with a_house(server, tenant, record, ("issues", "owner"), policy) as house:
        heard, _ = await at_a_desk(house, credential)
        await create(house)
        await until(lambda: "work" in kinds(heard))
        cards = house.desks._cards
        assert cards is not None
        if not shown:
            assert not cards._under_way  # nobody reads one
            assert "card" not in kinds(heard)
            return
        await until(lambda: "card" in kinds(heard))
        card = heard[-1]["card"] if heard[-1]["type"] == "card" else heard[-2]["card"]
        assert [one["title"] for one in card["issues"]] == ["[personal]"]
        assert card["owner"] == "ada"
        assert set(card) <= {
            *("customer_id", "customers", "first_seen_ms"),
            *("resolve_first", "owner", "issues"),
        }


async def test_an_offer_does_without_a_card_that_cannot_be_read(
    server: EmbeddedServer, tenant: Tenant, record: Database
) -> None:
    async with record.writing() as connection:
        await connection.execute(text("DROP TABLE alembic_version"))
    async with a_house(server, tenant, record) as house:
        heard, line = await at_a_desk(house)
        await create(house)
        await until(lambda: "work" in kinds(heard))
        (work,) = [one["message"] for one in heard if one["type"] == "work"]
        line.say("accept", id=1, offer_id=work["offer_id"])
        await until(lambda: any(one["type"] == "ok" for one in heard))
        assert "card" not in kinds(heard)
