"""Previews and searches over HTTP: asked for, watched, cancelled; each fault as a problem."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
import structlog

from adapters.api.holding.hosted import Hosted
from adapters.api.resources.jobs import line_limits
from adapters.api.settings import ApiSettings
from adapters.audit.entry import decode_entry
from adapters.jobs.line import JobLine
from tests.adapters.api.conftest import Api, problem
from tests.tenant import POLICY, Tenant

pytestmark = [pytest.mark.servers, pytest.mark.asyncio(loop_scope="package")]

PROGRAM = (sys.executable, str(Path(__file__).parents[2] / "jobs" / "said.py"))
SETTINGS = ApiSettings(job_processes=3)
PERIOD = {"from_ms": 1_790_000_000_000, "to_ms": 1_790_000_900_000}
PREVIEW = {"policy": POLICY, **PERIOD}
OBJECTIVE = {"maximise": ["skill_fit"], "subject_to": ["service_level of channel voice >= 80 %"]}


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def jobs(hosted: Hosted) -> AsyncIterator[Api]:
    """An app whose jobs run a program that reports at once what it was asked."""
    api = Api(hosted, SETTINGS)
    api.app.state.jobs = JobLine(line_limits(SETTINGS), structlog.get_logger(), PROGRAM)
    yield api
    await api.app.state.jobs.end()


@pytest_asyncio.fixture(loop_scope="package")
async def client(jobs: Api) -> AsyncIterator[httpx.AsyncClient]:
    async with jobs.client() as found:
        yield found


async def ended(client: httpx.AsyncClient, path: str) -> dict[str, Any]:
    """The job once it has ended, asked for as a page does."""
    deadline, known = time.monotonic() + 60.0, ""
    found: dict[str, Any] = {}
    while not found.get("ended_ms"):
        assert time.monotonic() < deadline, found
        answer = await client.get(path, headers={"If-None-Match": known} if known else {})
        known = answer.headers["etag"]
        found = found if answer.status_code == 304 else answer.json()
        await asyncio.sleep(0.02)
    return found


async def made(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post(path, json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"{path}/{found['id']}"
    assert found["state"] == "waiting"
    return await ended(client, answer.headers["location"])


def options(arguments: list[str]) -> dict[str, str]:
    return dict(zip(arguments[::2], arguments[1::2], strict=True))


async def test_a_preview(client: httpx.AsyncClient, tenant: Tenant, api_server: Any) -> None:
    told = await made(client, "/v1/previews", PREVIEW | {"name": "less load", "replications": 5})
    assert (told["state"], told["is_final"], told["failure"]) == ("done", True, "")
    assert (told["name"], told["made_by"], told["replications"]) == ("less load", "admin", 5)
    assert told["policy"]["channels"]["voice"]["exclusive"] is True
    result = told["result"]
    asked = options(result["arguments"])
    policy = asked.pop("--policy")
    assert '"exclusive":true' in result["files"][policy]
    assert asked == {
        "--tenant": "t",
        "--from": "2026-09-21T14:13:20.000+00:00",
        "--to": "2026-09-21T14:28:20.000+00:00",
        "--seed": "1",
        "--replications": "5",
        "--jobs": "3",
        "--progress": "json",
    }
    assert result["url"] == api_server.url
    path = f"/v1/previews/{told['id']}"
    listed = (await client.get("/v1/previews")).json()["items"]
    (mine,) = (one for one in listed if one["id"] == told["id"])
    assert (mine["result"], mine["policy"]) == (None, None)
    assert mine["state"] == "done"
    problem(await client.get(f"/v1/tunings/{told['id']}"), 404, "unknown_job")
    assert (await client.delete(path)).json()["state"] == "done"
    problem(await client.get(path), 404, "unknown_job")
    entries = [
        decode_entry(entry_id.decode(), fields[b"a"])
        for entry_id, fields in tenant.client.xrange(tenant.keys.audit)
    ]
    audited = [entry for entry in entries if entry.resource_id == told["id"]]
    assert [entry.outcome for entry in audited] == ["done: started", "done: removed"]
    assert {(entry.action, entry.resource) for entry in audited} == {
        ("preview.create", "preview"),
        ("preview.delete", "preview"),
    }


async def test_a_preview_of_a_draft_as_it_stands(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/policy/drafts", json={"policy": POLICY | {"name": "drafted"}})
    draft_id = answer.json()["id"]
    told = await made(client, "/v1/previews", {**PERIOD, "draft_id": draft_id})
    assert told["draft_id"] == draft_id
    assert told["policy"]["name"] == "drafted"
    await client.delete(f"/v1/policy/drafts/{draft_id}")
    gone = await client.post("/v1/previews", json={**PERIOD, "draft_id": draft_id})
    problem(gone, 404, "unknown_draft")


async def test_searches_on_recorded_traffic_and_on_a_scenario(client: httpx.AsyncClient) -> None:
    told = await made(client, "/v1/tunings", {"objective": OBJECTIVE, **PERIOD, "trials": 20})
    asked = options(told["result"]["arguments"])
    assert asked["--from"] == "2026-09-21T14:13:20.000+00:00"
    assert asked["--trials"] == "20"
    assert asked["--knobs"] == "weights,urgency"
    assert "--scenario" not in asked
    files = told["result"]["files"]
    assert "skill_fit" in files[asked["--objective"]]
    assert '"general"' in files[asked["--policy"]]  # the policy in force
    assert told["objective"]["subject_to"] == ["service_level of channel voice >= 0.8"]
    told = await made(client, "/v1/tunings", {"preset": "voice-80-20", "scenario": "omnichannel"})
    asked = options(told["result"]["arguments"])
    assert asked["--scenario"] == "omnichannel"
    assert not {"--from", "--policy", "--tenant"} & set(asked)
    assert told["objective"]["maximise"] == ["skill_fit", "preferred_rate"]
    presets = (await client.get("/v1/tunings/presets")).json()["items"]
    assert "voice-80-20" in [one["name"] for one in presets]
    assert all(one["description"] for one in presets)


@pytest.mark.parametrize(
    ("path", "body", "code", "pointer"),
    [
        ("previews", PREVIEW | {"policy": {"channels": 1}}, "policy_invalid", "/policy/channels"),
        ("previews", PREVIEW | {"to_ms": 1}, "invalid", "/to_ms"),
        ("previews", PERIOD, "invalid", "/policy"),
        ("previews", PREVIEW | {"draft_id": "pd_0123456789abcdef"}, "invalid", "/draft_id"),
        ("previews", PREVIEW | {"from_ms": 1}, "invalid", "/from_ms"),
        ("previews", PREVIEW | {"replications": 0}, "invalid", "/replications"),
        ("tunings", PERIOD, "invalid", "/objective"),
        ("tunings", {**PERIOD, "objective": OBJECTIVE, "preset": "x"}, "invalid", "/objective"),
        ("tunings", {**PERIOD, "preset": "x"}, "invalid", "/preset"),
        ("tunings", {"preset": "fair-load"}, "invalid", "/to_ms"),
        ("tunings", {**PERIOD, "preset": "fair-load", "scenario": "a"}, "invalid", "/scenario"),
        ("tunings", {"preset": "fair-load", "scenario": "../a"}, "invalid", "/scenario"),
        (
            "tunings",
            {**PERIOD, "objective": {"maximise": ["luck"]}},
            "invalid",
            "/objective/maximise/0",
        ),
    ],
)
async def test_what_cannot_be(
    client: httpx.AsyncClient, path: str, body: dict[str, Any], code: str, pointer: str
) -> None:
    before = (await client.get(f"/v1/{path}")).json()["items"]
    told = problem(await client.post(f"/v1/{path}", json=body), 422, code)
    assert told["errors"][0]["pointer"] == pointer
    assert (await client.get(f"/v1/{path}")).json()["items"] == before


async def test_so_many_of_a_tenant_and_any_may_be_cancelled(jobs: Api) -> None:
    forever = JobLine(line_limits(SETTINGS), structlog.get_logger(), (*PROGRAM, "forever"))
    usual, jobs.app.state.jobs = jobs.app.state.jobs, forever
    try:
        async with jobs.client() as client:
            asked = [await client.post("/v1/previews", json=PREVIEW) for _ in range(4)]
            told = problem(await client.post("/v1/previews", json=PREVIEW), 409, "limit")
            assert "4 of yours" in told["detail"]
            paths = [answer.headers["location"] for answer in asked]
            for path in paths:
                assert (await client.delete(path)).status_code == 200
            states = [(await ended(client, path))["state"] for path in paths]
            assert states == ["cancelled"] * 4
    finally:
        jobs.app.state.jobs = usual
        await forever.end()


async def test_who_may(jobs: Api) -> None:
    async with jobs.client("auditor") as auditor:
        problem(await auditor.post("/v1/previews", json=PREVIEW), 403, "forbidden")
        assert (await auditor.get("/v1/previews")).status_code == 200
    async with jobs.client("anna") as anna:
        problem(await anna.get("/v1/previews"), 403, "forbidden")
