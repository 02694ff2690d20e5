"""HTTPS: the API shows its certificate, and asks for theirs where it was told to."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.api.app import build_app
from adapters.api.https import server_context
from adapters.api.layers.development import Everybody
from adapters.api.server import ApiServer, uvicorn_config
from adapters.api.settings import ApiSettings
from adapters.redis.tls import TlsFilesError
from tests.certificates import Authority, Pair


@asynccontextmanager
async def serving(**settings: Any) -> AsyncIterator[str]:
    """An API of no tenants; its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    app = build_app({}, Everybody("t"), ApiSettings())
    server = ApiServer(uvicorn_config(app, ApiSettings(**settings)))
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        async with asyncio.timeout(60):
            while not server.started:  # noqa: ASYNC110  # it tells nobody
                await asyncio.sleep(0.005)
        yield f"https://localhost:{port}/healthz"
    finally:
        server.should_exit = True
        await running


async def status_of(url: str, ca: Authority, shown: Pair | None = None) -> int:
    context = ssl.create_default_context(cafile=ca.file)
    if shown is not None:
        context.load_cert_chain(shown.certificate, shown.key)
    async with httpx.AsyncClient(verify=context, trust_env=False) as client:
        return (await client.get(url)).status_code


async def test_who_trusts_its_ca_reaches_it(tmp_path: Path) -> None:
    ours, theirs = Authority(tmp_path / "ours"), Authority(tmp_path / "theirs", "other CA")
    pair = ours.issue("api", "localhost")
    async with serving(tls_cert=pair.certificate, tls_key=pair.key) as url:
        assert await status_of(url, ours) == 200
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            await status_of(url, theirs)
        with pytest.raises(httpx.HTTPError):
            await status_of(url.replace("https", "http"), ours)


async def test_clients_must_show_a_certificate_where_a_ca_is_named(tmp_path: Path) -> None:
    ours, theirs = Authority(tmp_path / "ours"), Authority(tmp_path / "theirs", "other CA")
    pair = ours.issue("api", "localhost")
    files = {"tls_cert": pair.certificate, "tls_key": pair.key, "tls_client_ca": theirs.file}
    async with serving(**files) as url:
        assert await status_of(url, ours, theirs.issue("client", "client")) == 200
        for shown in (None, ours.issue("client", "client")):
            with pytest.raises(httpx.HTTPError):
                await status_of(url, ours, shown)


def test_a_key_and_its_certificate_may_stand_in_one_file(tmp_path: Path) -> None:
    pair = Authority(tmp_path).issue("api", "localhost")
    both = tmp_path / "both.pem"
    both.write_bytes(pair.certificate.read_bytes() + pair.key.read_bytes())
    assert server_context(ApiSettings(tls_cert=both)) is not None
    assert server_context(ApiSettings()) is None


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ({"tls_cert": "nowhere.pem"}, "nowhere.pem: no such file"),
        ({"tls_cert": "api.pem"}, "no certificate .* with the key"),
        ({"tls_cert": "api.pem", "tls_key": "other.key"}, "with the key that belongs to it"),
        ({"tls_cert": "api.pem", "tls_key": "locked.key"}, "password"),
        ({"tls_key": "api.key"}, "--tls-key takes a certificate too"),
        ({"tls_client_ca": "ca.pem"}, "--tls-client-ca takes a certificate too"),
        (
            {"tls_cert": "api.pem", "tls_key": "api.key", "tls_client_ca": "api.key"},
            "api.key: it holds no certificate",
        ),
    ],
)
def test_files_that_cannot_serve_are_told(tmp_path: Path, named: dict[str, str], told: str) -> None:
    authority = Authority(tmp_path)
    authority.issue("api", "localhost")
    authority.issue("other", "localhost")
    authority.issue("locked", "localhost", password=b"x")
    files: Any = {option: tmp_path / file for option, file in named.items()}
    with pytest.raises(TlsFilesError, match=told):
        server_context(ApiSettings(**files))
