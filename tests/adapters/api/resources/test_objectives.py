"""Objectives over HTTP: what was wanted, what came out, and what changed the policy meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from adapters.api.holding.hosted import Hosted
from adapters.api.settings import ApiSettings
from adapters.redis.embedded import EmbeddedServer
from router import events as ev
from tests.adapters.api.conftest import Api, hosting, problem
from tests.tenant import POLICY, Tenant

pytestmark = [pytest.mark.servers, pytest.mark.asyncio(loop_scope="module")]
OURS = "objectives"
GOALS: dict[str, Any] = {
    "calls-in-time": {"measure": "service_level", "channel": "chat", "target": 0.8, "owner": "ada"},
    "few-give-up": {"measure": "abandonment", "target": 0.1},
    "known": {"measure": "preferred_agents", "queue": "general", "target": 0.5},
    "fit": {"measure": "skill_fit", "target": 0.6},
    "busy": {"measure": "occupancy", "target": 0.5, "want": "at_least"},
    "letters": {"measure": "mean_wait_s", "channel": "voice", "target": 30},
    "solved": {"measure": "first_contact", "within_s": 3600, "target": 0.7},
    "taken": {"measure": "acceptance", "target": 1},
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hosted(api_server: EmbeddedServer) -> AsyncIterator[Hosted]:
    async with hosting(api_server.url, OURS) as found:
        yield found


@pytest_asyncio.fixture(loop_scope="module")
async def client(hosted: Hosted) -> AsyncIterator[httpx.AsyncClient]:
    async with Api(hosted, ApiSettings()).client() as found:
        yield found


async def answered(tenant: Tenant, name: str, **fields: Any) -> None:
    """An interaction that ada takes and ends."""
    tenant.send({"type": "create", "interaction_id": name, "channel": "chat", **fields})

    def offers() -> list[ev.OfferIssued]:
        issued: list[ev.OfferIssued] = tenant.journal().of(ev.OfferIssued)
        return [one for one in issued if one.interaction_id == name]

    await tenant.until(offers)
    done = {"agent_id": "ada", "interaction_id": name}
    tenant.send({"type": "accept", "agent_id": "ada", "offer_id": offers()[-1].offer_id})
    await asyncio.sleep(0.05)  # so that they had it in hand for a while
    tenant.send({"type": "complete", **done})
    ended = ev.InteractionWrappedUp
    await tenant.until(lambda: name in {one.interaction_id for one in tenant.journal().of(ended)})


async def test_each_goal_has_its_result_and_trend(
    client: httpx.AsyncClient, api_server: EmbeddedServer
) -> None:
    tenant = Tenant(api_server, OURS)
    put = await client.put(
        "/v1/policy", json={"policy": POLICY | {"objectives": GOALS}, "comment": "goals"}
    )
    assert put.status_code == 200, put.text
    login = {"type": "agent_login", "agent_id": "ada", "inbox": "desk", "skills": {"english": 5}}
    tenant.send({**login, "state": "available"})
    asks = [{"skill": "english", "level": 1}]
    fact = {"kind": "owner", "agent_id": "ada", "score": 1.0}
    await answered(tenant, "i-1", requirements=asks, history=[fact])
    await answered(tenant, "i-2", history=[fact | {"agent_id": "bob"}])
    (entry,) = tenant.send({"type": "agent_logout", "agent_id": "ada"})
    await tenant.until_consumed(entry)
    tenant.client.close()
    told = (await client.get("/v1/objectives?interval_s=86400")).json()
    goals = {one["name"]: one for one in told["objectives"]}
    assert list(goals) == list(GOALS)
    calls = goals["calls-in-time"]
    assert (calls["result"], calls["is_met"], calls["owner"]) == (1.0, True, "ada")
    assert calls["wants_more"]
    assert [one["value"] for one in calls["trend"]] == [1.0]
    assert (goals["few-give-up"]["result"], goals["few-give-up"]["is_met"]) == (0.0, True)
    assert not goals["few-give-up"]["wants_more"]
    assert goals["known"]["result"] == 0.5
    # the best level of english for the first; nothing was asked for the second
    assert goals["fit"]["result"] == 1.0
    assert 0 < goals["busy"]["result"] <= 1
    assert (goals["letters"]["result"], goals["letters"]["is_met"]) == (None, None)
    # whether they come again within the hour, nobody knows yet
    assert (goals["solved"]["result"], goals["solved"]["within_s"]) == (None, 3_600)
    assert goals["taken"]["result"] == 1.0
    assert [one["comment"] for one in told["policy_changes"]] == ["given at the start", "goals"]
    assert told["from_ms"] <= told["policy_changes"][0]["now_ms"] < told["to_ms"]
    problem(await client.get("/v1/objectives?interval_s=7000"), 422, "invalid")
    problem(await client.get("/v1/objectives?from_ms=9000000000000"), 422, "too_much")


async def test_what_makes_no_sense_is_refused(client: httpx.AsyncClient) -> None:
    bad = {
        "share": {"measure": "service_level", "target": 80},
        "all": {"measure": "occupancy", "queue": "general", "target": 0.8},
        "time": {"measure": "abandonment", "within_s": 60, "target": 0.1},
    }
    told = (
        await client.post("/v1/policy/check", json={"policy": POLICY | {"objectives": bad}})
    ).json()
    assert [one["pointer"] for one in told["errors"]] == [
        "/policy/objectives/share",
        "/policy/objectives/all",
        "/policy/objectives/time",
    ]
    lost = {"lost": {"measure": "abandonment", "queue": "nowhere", "target": 0.1}}
    told = (
        await client.post("/v1/policy/check", json={"policy": POLICY | {"objectives": lost}})
    ).json()
    assert [one["pointer"] for one in told["errors"]] == ["/policy/objectives/lost/queue"]
