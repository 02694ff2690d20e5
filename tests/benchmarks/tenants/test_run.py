"""A short run of real processes: every interaction of a quiet tenant is offered and measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.redis.keys import Keys
from benchmarks.demo.store import open_store
from benchmarks.surge.commands import Entry
from benchmarks.tenants import run as runs
from benchmarks.tenants import schedule
from benchmarks.tenants.load_process import TenantLoad
from benchmarks.tenants.schedule import NOISY, Options, arrivals_ns

pytestmark = pytest.mark.servers


async def test_a_short_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "WARM_UP_S", 0.5)
    monkeypatch.setattr(runs, "END_S", 3.0)
    options = Options(quiet=2, rate=20.0, times=5.0, flood=0.0, slot_s=1.0, rounds=1)
    said: list[str] = []
    with open_store(None, None) as store:
        report = await runs.run(options, store, said.append)
        assert {path.name for path in store.logs.glob("*.npz")} == {
            f"{name}{suffix}.npz" for name in ("quiet", NOISY) for suffix in ("", "-plan")
        }
    begun = [arrivals_ns(options, tenant) / 1e9 for tenant in ("quiet-1", "quiet-2")]
    calm = sum(((times >= 0.5) & (times < 1.5)).sum() for times in begun)
    assert report["quiet"]["calm"]["count"] == calm > 0
    assert report["quiet"]["calm"]["missing"] == report["quiet"]["busy"]["missing"] == 0
    assert report["noisy"]["busy"]["count"] > report["noisy"]["calm"]["count"]
    assert report["bare"]["busy"]["count"] > 50
    assert report["ratios"]["quiet"]["busy"]["p99"] > 0
    assert set(report["cpu_s"]) == {"router", "load-quiet", "load-noisy"}
    assert said[-1].startswith("busy")


def test_clients_send_what_is_due_and_answer_each_offer(tmp_path: Path) -> None:
    load = TenantLoad("a", [100, 200, 300])
    assert load.key == Keys("a").work("desk").encode()
    assert load.due(99) == []
    assert len(load.due(200)) == 2
    assert load.next_ns == 300
    offer = Entry(type="offer", offer_id="1-1", interaction_id="i00000001", agent_id="a000003")
    for now_ns in (500, 600):
        accept = load.hear(offer, now_ns)
        assert accept is not None
        assert b"accept" in accept
    assert load.offered_ns.tolist() == [0, 500, 0]
    complete = load.hear(Entry(type="assigned", interaction_id="i00000001"), 700)
    assert complete is not None
    assert b"complete" in complete
    assert load.hear(Entry(type="offer_over"), 800) is None
