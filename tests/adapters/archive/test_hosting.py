"""Archivers of many tenants in one process: a directory each, and nobody waits for another."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import structlog

from adapters.archive.directory import Archive
from adapters.archive.hosting import ArchiveRequest, Archiving, NoDirectory
from adapters.configuration.reading import read_sources
from adapters.redis.embedded import EmbeddedServer
from adapters.tenants.health import TenantsHealth
from adapters.tenants.metrics import TenantMetrics
from adapters.tenants.process import TenantsProcess
from adapters.tenants.standing import State
from tests.adapters.cli.shell import Shell
from tests.tenant import Tenant, running_service

pytestmark = pytest.mark.servers

SILENT = structlog.wrap_logger(structlog.PrintLogger(), processors=[lambda *_: _drop()])


def _drop() -> str:
    raise structlog.DropEvent


@pytest.fixture
def one_server(short_path: Path) -> Iterator[EmbeddedServer]:
    """Of one product: what is tested here does not depend on it."""
    with EmbeddedServer(short_path / "data", extra=("--appendfsync", "no")) as server:
        yield server


def archived(directory: Path, tenant: str) -> int:
    return Archive(directory / tenant, tenant).last.records if (directory / tenant).is_dir() else 0


async def test_each_tenant_has_a_directory_and_who_fails_stops_nobody(
    one_server: EmbeddedServer, tmp_path: Path
) -> None:
    names = ("a", "b", "c")
    (tmp_path / "b").write_text("no directory")
    options = {"dir": tmp_path, "snapshot_every": "0s"}
    request = ArchiveRequest(config=None, tenants=names, url=one_server.url, options=options)
    orders = request.orders(read_sources(None, {}))
    metrics, health = TenantMetrics(), TenantsHealth()
    async with AsyncExitStack() as stack:
        for name in names:
            await stack.enter_async_context(running_service(one_server.url, name))
            await Tenant(one_server, name).until_consumed("0-0")
        process = TenantsProcess(
            run=Archiving(SILENT, metrics).archive,
            anew=request.anew,
            logger=SILENT,
            health=health,
            metrics=metrics,
        )
        serving = asyncio.create_task(process.serve(orders))
        async with asyncio.timeout(20):
            while not (archived(tmp_path, "a") and archived(tmp_path, "c")):  # noqa: ASYNC110  (files tell nobody)
                await asyncio.sleep(0.01)
        standings = health.standings()
        assert standings["a"].state is standings["c"].state is State.SERVING
        assert standings["b"].state in {State.TRYING_AGAIN, State.FAILED}
        page = {s.labels["tenant"] for f in metrics.collect() for s in f.samples}
        assert page == set(names)
        os.kill(os.getpid(), signal.SIGTERM)
        await serving


def test_one_tenant_that_nobody_else_names_has_the_directory_itself(tmp_path: Path) -> None:
    def directories(*tenants: str, config: str = "") -> list[Path]:
        file = tmp_path / "onequeue.yaml"
        file.write_text(config or "{}")
        request = ArchiveRequest(
            config=None, tenants=tenants or None, url="redis://host", options={"dir": Path("x")}
        )
        sources = read_sources(file if config else None, {})
        return [order.directory for order in request.orders(sources).values()]

    assert directories("a") == [Path("x")]
    assert directories("a", "b") == [Path("x/a"), Path("x/b")]
    assert directories(config="tenants: {a: {}}") == [Path("x/a")]
    with pytest.raises(NoDirectory, match="--dir"):
        ArchiveRequest(config=None, tenants=None, url="").orders(read_sources(None, {}))


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(monkeypatch, capsys)


async def _journals(server: EmbeddedServer, *names: str) -> None:
    for name in names:
        async with running_service(server.url, name):
            await Tenant(server, name).until_consumed("0-0")


def test_from_cron_one_after_the_other(
    one_server: EmbeddedServer, tmp_path: Path, shell: Shell
) -> None:
    asyncio.run(_journals(one_server, "a", "b"))
    (tmp_path / "a").write_text("no directory")
    where = ("--redis", one_server.url, "--dir", str(tmp_path), "--snapshot-every", "0s")
    done = shell("archive", "--once", *where, "--tenant", "a", "--tenant", "b")
    assert done.code == 2
    assert f"{tmp_path}/a" in done.err
    assert archived(tmp_path, "b") > 0
