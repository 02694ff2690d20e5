"""The OpenAPI document is true: examples, schemas, and whatever schemathesis makes of them."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from adapters.api.codes import CODES, REJECTIONS
from adapters.api.contract.bodies import API_FIELDS
from adapters.api.resources import agents, assignments, interactions, offers
from adapters.api.resources.interactions import _create
from adapters.api.settings import ApiSettings
from adapters.redis.embedded import EmbeddedServer
from router import commands
from tests.adapters.api.conftest import Api, hosting, listening

ROOT = Path(__file__).parents[3]
CONFIG = Path(__file__).with_name("schemathesis.toml")
ACTIONS = (
    *interactions.ACTIONS,
    *agents.ACTIONS,
    *offers.ACTIONS,
    *assignments.ACTIONS,
)
ELSEWHERE = {"create", "replace_policy", "inquire_version"}
"""Commands that are endpoints of their own; a version is told by every read."""


def documented() -> set[str]:
    text = (ROOT / "docs/protocol.md").read_text()
    table = text.split("## Rejections")[1].split("## Versions")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    return {code for row in rows for code in re.findall(r"`(\w+)`", row)}


def test_every_rejection_has_a_status() -> None:
    assert set(REJECTIONS) == documented()
    assert all(400 <= code.status < 600 for code in CODES.values())


def test_every_command_has_an_endpoint() -> None:
    served = {str(action.command.__struct_config__.tag) for action in ACTIONS}
    assert served | ELSEWHERE == set(commands.COMMAND_TYPES)


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.path)
def test_a_body_holds_what_its_command_holds(action: Any) -> None:
    mine = {field.name: field for field in msgspec.structs.fields(action.body.kind)}
    theirs = {field.name: field for field in msgspec.structs.fields(action.command)}
    assert set(mine) == set(theirs) - API_FIELDS - {action.target}
    for name, field in mine.items():
        if name not in action.optional:
            assert (field.required, field.type) == (theirs[name].required, theirs[name].type)
    assert action.body.read(msgspec.json.encode(action.example))


def test_a_create_needs_no_id() -> None:
    mine = {field.name: field.required for field in msgspec.structs.fields(_create.kind)}
    theirs = {field.name for field in msgspec.structs.fields(commands.Create)}
    assert set(mine) == theirs - API_FIELDS
    assert [name for name, required in mine.items() if required] == ["channel"]


@pytest.mark.asyncio(loop_scope="package")
async def test_the_document_is_valid_and_says_the_same_each_time(api: Api) -> None:
    async with api.client("") as client:
        document = (await client.get("/openapi.json")).json()
    assert document["openapi"] == "3.1.0"
    text = msgspec.json.encode(document).decode()
    named = set(re.findall(r'"#/components/schemas/([^"]+)"', text))
    assert named <= set(document["components"]["schemas"])
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            where = f"{method} {path}"
            assert operation["summary"], where
            assert "500" in operation["responses"] or operation.get("security") == [], where
            if "requestBody" in operation:
                for content in operation["requestBody"]["content"].values():
                    assert content["examples"], where


@pytest.mark.asyncio(loop_scope="package")
async def test_schemathesis_finds_nothing(api_server: EmbeddedServer, tmp_path: Path) -> None:
    """Some examples for each operation, others each time; docs/api.md has the long run."""
    generous = ApiSettings(requests_per_s=1e6, requests_burst=1_000_000, failed_burst=1_000_000)
    async with (
        hosting(api_server.url, "nonsense") as hosted,
        listening(Api(hosted, generous)) as url,
    ):
        checking = await asyncio.create_subprocess_exec(
            *(str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(CONFIG)),
            *("run", f"{url}/openapi.json", "--header", "Authorization: Bearer admin"),
            *("--phases", "examples,fuzzing", "--max-examples", "1", "--no-color"),
            *("--generation-database", "none"),
            cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        told, _ = await checking.communicate()
    assert checking.returncode == 0, told.decode()
    assert int(re.findall(r"(\d+) generated", told.decode())[-1]) > 40
