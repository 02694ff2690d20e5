"""TLS to a real server: what is trusted, what is shown, and what is told when that fails."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from adapters.redis.tls import TlsFilesError, tls_terms
from adapters.redis.wire import Endpoint, TlsRefused, UrlError
from router.errors import StoreUnavailable
from tests.certificates import Authority
from tests.tenant import Tenant, running_service
from tests.tls_server import Secured, secured_server

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    with secured_server(tmp_path_factory.mktemp("tls")) as found:
        yield found


@pytest.fixture
def secured(running: Secured) -> Iterator[Secured]:
    yield running
    running.wants_certificates(False)


async def ping(url: str) -> Any:
    wire = Endpoint(url, timeout_s=5.0).wire("test")
    try:
        return await wire.call("PING")
    finally:
        await wire.close()


async def test_a_router_works_over_tls(secured: Secured) -> None:
    tenant = Tenant(secured.server)
    async with running_service(secured.url()):
        (entry_id,) = tenant.send({"type": "create", "interaction_id": "i", "channel": "chat"})
        await tenant.until_consumed(entry_id)
    clients = tenant.client.info("clients")
    assert clients["connected_clients"] >= 1


async def test_a_server_of_another_ca_is_refused_for_good(
    secured: Secured, monkeypatch: pytest.MonkeyPatch
) -> None:
    # what the system trusts does not count where a CA is named
    monkeypatch.setenv("SSL_CERT_FILE", str(secured.trusted.file))
    assert await ping(secured.url(ssl_ca_certs=None)) == b"PONG"
    with pytest.raises(TlsRefused, match="name its CA with ssl_ca_certs") as caught:
        await ping(secured.url(ssl_ca_certs=secured.stranger.file))
    assert caught.value.is_final


async def test_a_certificate_for_another_name_is_refused(secured: Secured) -> None:
    with pytest.raises(
        TlsRefused, match=r"not valid for '127\.0\.0\.1'; use a name that stands in it"
    ):
        await ping(secured.url("127.0.0.1"))
    assert await ping(secured.url("127.0.0.1", ssl_check_hostname="false")) == b"PONG"


async def test_a_server_that_wants_to_know_us_gets_our_certificate(secured: Secured) -> None:
    secured.wants_certificates(True)
    # whether its reason or only the end of the connection reaches us, is a race
    with pytest.raises(StoreUnavailable, match="ONEQUEUE_REDIS_CERT_FILE"):
        await ping(secured.url())
    ours = secured.trusted.issue("router", "router")
    files: dict[str, Any] = {"ssl_certfile": ours.certificate, "ssl_keyfile": ours.key}
    assert await ping(secured.url(**files)) == b"PONG"
    locked = secured.trusted.issue("locked", "router", password=b"open")
    files = {"ssl_certfile": locked.certificate, "ssl_keyfile": locked.key}
    assert await ping(secured.url(**files, ssl_password="open")) == b"PONG"
    unknown = secured.stranger.issue("router", "router")
    files = {"ssl_certfile": unknown.certificate, "ssl_keyfile": unknown.key}
    with pytest.raises(StoreUnavailable, match="that it trusts"):
        await ping(secured.url(**files))


async def test_an_expired_certificate_is_told(secured: Secured) -> None:
    secured.shows(secured.trusted.issue("old", "localhost", lasts=timedelta(minutes=30)))
    try:
        with pytest.raises(TlsRefused, match="has expired; renew it"):
            await ping(secured.url())
    finally:
        secured.shows(secured.pair)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"ssl_ca_certs": "/nowhere/ca.pem"}, "/nowhere/ca.pem: no such file"),
        ({"ssl_ca_certs": __file__}, "holds no certificate"),
        ({"ssl_ca_path": "/nowhere"}, "there is no such directory"),
        ({"ssl_certfile": "/nowhere/c.pem"}, "/nowhere/c.pem: no such file"),
        ({"ssl_certfile": __file__}, "no certificate"),
        ({"ssl_keyfile": __file__}, "a key needs its certificate"),
        ({"ssl_cert_reqs": "none"}, "always verified"),
    ],
)
def test_files_that_cannot_serve_are_told_at_once(options: dict[str, str], told: str) -> None:
    with pytest.raises(TlsFilesError, match=told):
        Endpoint(f"rediss://localhost?{urlencode(options)}").wire("test")


def test_a_key_that_is_locked_asks_nobody(tmp_path: Path) -> None:
    locked = Authority(tmp_path).issue("locked", "x", password=b"secret")
    query = urlencode({"ssl_certfile": locked.certificate, "ssl_keyfile": locked.key})
    with pytest.raises(TlsFilesError, match="the key's password is wrong"):
        Endpoint(f"rediss://localhost?{query}").wire("test")


def test_options_that_make_no_sense_show_nothing() -> None:
    with pytest.raises(UrlError):
        Endpoint("rediss://me:secret@localhost?ssl_min_version=x").wire("test")


def test_the_environment_fills_in_what_the_url_leaves_out() -> None:
    environment = {"ONEQUEUE_REDIS_CA_FILE": "/ca", "ONEQUEUE_REDIS_KEY_FILE": "/key"}
    terms = tls_terms({"ssl_ca_certs": "/own"}, environment)
    assert (terms.ca_file, terms.key_file, terms.certificate_file) == ("/own", "/key", "")
    assert tls_terms({}, environment).ca_file == "/ca"
    assert tls_terms({}, {}).checks_name
