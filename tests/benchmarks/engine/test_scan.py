"""The scan is an oracle: it chooses exactly as the engine's matcher, record for record."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from benchmarks.engine.scan import ScanMatcher
from router import commands as cm
from router import events as ev
from router.engine import Engine
from router.inputs import Input
from router.rules import Rules
from router.state import State
from tests.traffic import Traffic

BATCHES = 40


def plain(batch: list[Input], *, joint: bool) -> list[Input]:
    """The batch without policies of which the scan does not know the rules, and without targets of
    interactions themselves."""
    kept: list[Input] = []
    for item in batch:
        command = item.command
        if isinstance(command, cm.ReplacePolicy):
            if _is_beyond_the_scan(command.policy):
                continue
            policy = command.policy if joint else {**command.policy, "joint_cells": 0}
            kept.append(item._replace(command=msgspec.structs.replace(command, policy=policy)))
        elif isinstance(command, cm.Create):
            kept.append(item._replace(command=msgspec.structs.replace(command, target_s=None)))
        else:
            kept.append(item)
    return kept


def _is_beyond_the_scan(policy: dict[str, Any]) -> bool:
    queues = policy["queues"].values()
    weights = (one.get("weights") or {} for one in (policy, *queues))
    rules = {"strategy", "order", "offers_at_once", "preferred_first", "buckets"}
    named = any(rules & queue.keys() for queue in queues)
    stepping = any(queue.get("workflow") or queue.get("pool") for queue in queues)
    told = any(policy.get(name) for name in ("classification", "profiles", "offers_per_agent"))
    return named or stepping or told or any(each.get("scarcity") for each in weights)


class Scanning(ScanMatcher):
    """A matcher that scans from the beginning."""

    def fill(self) -> None:
        super().fill()
        self.begin_scan()


def together(traffic: Traffic, engines: list[Engine], batch: list[Input]) -> list[ev.Event]:
    """Hand one batch to all engines; they must agree at every step."""
    events: list[ev.Event] = []
    left: list[Input] | None = batch
    while left is not None:
        first, *others = [engine.handle(left, traffic.now_ms) for engine in engines]
        for other in others:
            assert other == first
        events += first
        left = [] if engines[0].partial else None
    return events


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("joint", [False, True], ids=["greedy", "joint"])
def test_the_scan_chooses_as_the_engine(seed: int, *, joint: bool) -> None:
    traffic, engines = Traffic(seed, conditions=False), [Engine(), Engine(Scanning)]
    events = together(traffic, engines, plain(traffic.opening(), joint=joint))
    traffic.answered(events)
    for batch in traffic.batches(BATCHES):
        answered = together(traffic, engines, plain(batch, joint=joint))
        events += answered
        traffic.answered(answered)
    assert engines[0].state_bytes() == engines[1].state_bytes()
    assert sum(isinstance(event, ev.OfferIssued) for event in events) > 50


def test_a_matcher_may_go_on_as_a_scan_and_back() -> None:
    traffic = Traffic(11, conditions=False)
    made: list[ScanMatcher] = []

    def noted(rules: Rules, state: State) -> ScanMatcher:
        made.append(ScanMatcher(rules, state))
        return made[-1]

    engines = [Engine(), Engine(noted)]
    traffic.answered(together(traffic, engines, plain(traffic.opening(), joint=False)))
    began = 0
    for place, batch in enumerate(traffic.batches(BATCHES)):
        if BATCHES // 3 <= place < 2 * BATCHES // 3 and made[-1].scan is None:
            made[-1].begin_scan()  # a new policy has made another matcher
        if place == 2 * BATCHES // 3:
            made[-1].end_scan()
        traffic.answered(together(traffic, engines, plain(batch, joint=False)))
        began += made[-1].scan is not None
    assert began > BATCHES // 4
