"""Desktops as a load: a few of them, on real processes."""

from __future__ import annotations

import copy

import pytest

from benchmarks.desktops import run as running
from benchmarks.desktops.command import _is_whole
from benchmarks.desktops.run import Options, run


async def test_a_few_desktops_hear_of_every_offer_once_and_come_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(running, "SETTLE_S", 0.1)
    said: list[str] = []
    report = await run(Options(sockets=4, rate=20.0, seconds=0.5, at_once=2), said.append)
    assert _is_whole(report), report
    assert len(said) == 3
    assert report["offers"]["created"] == report["offers"]["from_record_ms"]["count"] == 10
    assert report["storm"] | {"took_s": 0, "a_second": 0, "api_bytes": 0} == {
        "took_s": 0,
        "a_second": 0,
        "api_bytes": 0,
        "failed": 0,
        "resumed": 4,
        "pictures": 0,
        "records": 0,
    }
    assert report["closed"] == {}
    for part, name, wrong in (
        ("offers", "heard", 9),
        ("offers", "twice", 1),
        ("storm", "failed", 1),
        ("logins", "failed", 1),
    ):
        worse = copy.deepcopy(report)
        worse[part][name] = wrong
        assert not _is_whole(worse)
