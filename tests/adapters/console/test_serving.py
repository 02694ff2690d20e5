"""The process: it says where it listens, whether it can be used, and ends when it is told."""

from __future__ import annotations

import signal

import httpx

from tests.integration.router_process import Routers


def test_it_serves_until_it_is_told_to_stop(routers: Routers) -> None:
    options = ("--api", "http://127.0.0.1:1", "--port", "0")
    console = routers.start("", *options, tenant="", command="console")
    console.wait_until_it_says("listening")
    (said,) = console.said("listening")
    assert httpx.get(f"{said['url']}/healthz", timeout=30.0).text == "ok\n"
    assert httpx.get(f"{said['url']}/readyz", timeout=30.0).status_code == 503
    console.send(signal.SIGTERM)
    assert console.status(60.0) == 0
    assert console.said("stopped")
