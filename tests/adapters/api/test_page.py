"""docs/api.md: its curl lines are typed against a real server, its table of codes is the code's."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from pathlib import Path

import pytest

from adapters.api.codes import CODES
from adapters.api.settings import ApiSettings
from adapters.redis.embedded import EmbeddedServer
from tests.adapters.api.conftest import Api, hosting, listening

PAGE = (Path(__file__).parents[3] / "docs" / "api.md").read_text()


def section(title: str) -> str:
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def test_the_page_lists_every_code_with_its_status() -> None:
    rows = re.findall(r"^\| (\d{3}) \| (.*) \|$", section("Problems"), re.MULTILINE)
    told = {code: int(status) for status, codes in rows for code in re.findall(r"`(\w+)`", codes)}
    assert told == {code: known.status for code, known in CODES.items()}


@pytest.mark.asyncio(loop_scope="package")
async def test_the_page_names_every_kind_of_resource(api: Api) -> None:
    document = api.app.openapi()
    kinds = {path.split("/")[2] for path in document["paths"]}
    assert {kind for kind in kinds if f"`/v1/{kind}" not in section("Resources")} == set()


@pytest.mark.asyncio(loop_scope="package")
async def test_the_page_lists_every_metric_with_its_type_and_labels(api: Api) -> None:
    async with api.client() as client:
        await client.get("/v1/offers")
    api.meters.enriched("known", 0.001)
    api.meters.watch_freshness({"t": api.hosted.projection.freshness})
    rows = re.findall(r"^\| `(onequeue_\w+)` \| (\w+) \|([^|]*)\|", PAGE, re.MULTILINE)
    listed = {name: (kind, set(re.findall(r"`(\w+)`", labels))) for name, kind, labels in rows}
    found = {
        family.name + "_total" * (family.type == "counter"): (
            family.type,
            {label for sample in family.samples for label in sample.labels} - {"le"},
        )
        for family in api.meters.registry.collect()
        if family.name.startswith("onequeue_api_")
    }
    assert listed == found


def test_the_page_tells_the_limits_that_there_are() -> None:
    named = set(re.findall(r"`(\w+)`", re.sub(r"\|[^|]*\|\n", "\n", section("Limits"))))
    limits = {name for name in ApiSettings.model_fields if name.endswith(("_max", "_per_s"))}
    assert limits - named <= {"streams_max", "streams_each_max", "desktops_max"}


@pytest.mark.asyncio(loop_scope="package")
async def test_the_lines_of_the_page_do_what_it_says(api_server: EmbeddedServer) -> None:
    for program in ("curl", "jq"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not on the PATH")
    (block,) = re.findall(r"```console\n(.*?)```", section("A first call"), re.DOTALL)
    lines = re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE)
    # each line's output is ended by a mark, so that it can be told from the next
    script = "".join(f"{line}\necho; echo @@@\n" for line, _ in lines)
    async with (
        hosting(api_server.url, "reader") as hosted,
        listening(Api(hosted, ApiSettings())) as url,
    ):
        typing = await asyncio.create_subprocess_exec(
            *("bash", "-c", script.replace("localhost:8080", url)),
            env={**os.environ, "KEY": "admin"},
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await typing.communicate()
    told = out.decode().split("@@@\n")
    assert len(lines) == len(told) - 1 == 7
    for (line, shown), printed in zip(lines, told, strict=False):
        position = 0
        for part in filter(None, re.split(r"\s*…\s*", shown.strip())):
            found = printed.find(part, position)
            assert found >= 0, f"{line}\n{part!r} is not in\n{printed}"
            position = found + len(part)
