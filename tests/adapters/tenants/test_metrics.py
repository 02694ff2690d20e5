"""The page of many tenants: one family each, every sample labelled, nobody's figures mixed."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

from prometheus_client.parser import text_string_to_metric_families

from adapters.metering.exposure import exposed
from adapters.metering.metrics import Metrics
from adapters.tenants.health import SILENT_S_MAX, TenantsHealth
from adapters.tenants.metrics import TenantMetrics
from adapters.tenants.standing import Standing, State, Watching
from router.errors import StoreUnavailable

OWN = {"onequeue_tenant_ready", "onequeue_tenant_failed"}


def families(metrics: TenantMetrics) -> dict[str, list[dict[str, str]]]:
    return {
        family.name: [sample.labels for sample in family.samples]
        for family in metrics.registry.collect()
    }


def test_each_sample_names_its_tenant_and_each_family_comes_once() -> None:
    page = TenantMetrics()
    page.of_router("a").led(3)
    page.of_router("b")
    names = [family.name for family in page.registry.collect()]
    assert len(names) == len(set(names))
    labels = families(page)
    assert labels["onequeue_leader"] == [{"tenant": "a"}, {"tenant": "b"}]
    alone = {family.name for family in Metrics().registry.collect()}
    assert set(labels) == alone | OWN
    assert all("tenant" not in label for label in labels["process_cpu_seconds"])


def test_who_left_is_gone_and_who_starts_anew_begins_at_0() -> None:
    page = TenantMetrics()
    standings = {name: Standing(name) for name in ("a", "b")}
    for name in standings:
        page.of_router(name).store_error(StoreUnavailable("away"), 1)
    page.of_router("b")
    page.follow(standings)
    page.follow({"b": standings["b"]})
    assert families(page)["onequeue_redis_errors"] == [{"tenant": "b"}]
    (errors,) = [f for f in page.registry.collect() if f.name == "onequeue_redis_errors"]
    assert [sample.value for sample in errors.samples] == [0.0]


def answer(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as found:
            return found.status, found.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_health_over_http_tells_who_is_not_ready() -> None:
    standings = {"a": Standing("a"), "b": Standing("b")}
    now_s = [0.0]
    page, health = TenantMetrics(), TenantsHealth(lambda: standings, lambda: now_s[0])
    with exposed(page.registry, 0, "127.0.0.1", health) as port:
        assert answer(port, "/readyz")[0] == 503
        for standing in standings.values():
            Watching(standing).following(0)
        assert answer(port, "/readyz")[0] == 200
        Watching(standings["a"]).store_error(StoreUnavailable("away"), 1)
        code, text = answer(port, "/readyz")
        assert code == 503
        assert json.loads(text)["a"] == {
            "state": "following",
            "ready": False,
            "redis": "unavailable",
        }
        Watching(standings["a"]).store_recovered(1)
        standings["b"].state, standings["b"].error = State.FAILED, "JournalGone: it is gone"
        code, text = answer(port, "/readyz")
        assert (code, json.loads(text)["b"]["error"]) == (503, "JournalGone: it is gone")
        assert answer(port, "/healthz")[0] == 200
        now_s[0] = SILENT_S_MAX
        assert answer(port, "/healthz")[0] == 503
        code, text = answer(port, "/metrics")
        assert code == 200
        assert list(text_string_to_metric_families(text))


def test_who_catches_up_is_not_ready_yet() -> None:
    standing = Standing("a")
    watching = Watching(standing)
    seen = []
    for behind in (1_000_000, 3):
        watching.following(behind)
        seen.append(standing.is_ready)
    watching.state_dropped()
    assert [*seen, standing.is_ready] == [False, True, False]
