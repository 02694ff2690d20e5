"""The benchmark of enrichment on a small record: what it reports is what it has asked."""

from __future__ import annotations

from benchmarks.enrichment.run import Options, run


async def test_a_small_record_is_filled_and_asked() -> None:
    told: list[str] = []
    report = await run(Options(30, 20, 1_000.0, "", 1), told.append)
    assert told[0].startswith("30 customers in ")
    assert (report["customers"], report["creates"], report["database"]) == (30, 20, "sqlite")
    assert report["results"] == {"known": 20, "unknown": 0, "late": 0, "failed": 0, "skipped": 0}
    added = report["added_ms"]
    assert 0 < added["p50"] <= added["p90"] <= added["p99"] <= added["max"]
    assert report["met"] == (added["p50"] <= report["target_ms"])
