"""What commands that run for long share: warnings of what others can read."""

from __future__ import annotations

import pytest
import structlog
from prometheus_client import CollectorRegistry

from adapters.cli.service import metrics_served
from tests.integration.router_process import Routers

WARNING = "plain HTTP, and not on this machine alone: {} can be read on the way"


@pytest.mark.parametrize(("host", "count"), [("127.0.0.1", 0), ("localhost", 0), ("0.0.0.0", 1)])
def test_metrics_for_others_are_warned_of(host: str, count: int, unused_tcp_port: int) -> None:
    with structlog.testing.capture_logs() as log:
        logger = structlog.get_logger()
        with metrics_served(CollectorRegistry(), logger, host, unused_tcp_port):
            pass
    told = [entry for entry in log if entry["log_level"] == "warning"]
    assert [entry["event"] for entry in told] == [
        WARNING.format("metrics, which name tenants")
    ] * count


def test_an_api_for_others_without_tls_is_warned_of(routers: Routers) -> None:
    api = routers.start("redis://127.0.0.1:1", "--host", "0.0.0.0", "--port", "0", command="api")
    api.wait_until_it_says(WARNING.format("keys and personal data"))
    own = routers.start("redis://127.0.0.1:1", "--port", "0", command="api")
    own.wait_until_it_says("listening")
    assert "plain HTTP" not in own.last_words()
