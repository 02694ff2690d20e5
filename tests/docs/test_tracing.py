"""docs/tracing.md: its create is part of the trace that it names, and it lists every metric."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from adapters.tracing.meters import TraceMeters
from adapters.tracing.spans import trace_of
from router import commands as cm
from router import events as ev
from tests.audited import AuditedEngine, only

PAGE = (Path(__file__).parents[2] / "docs" / "tracing.md").read_text(encoding="utf-8")


def test_the_create_is_part_of_the_trace() -> None:
    (create,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    engine = AuditedEngine()
    policy = {
        "channels": {"voice": {"offer_ttl_s": 20, "target_s": 20}},
        "queues": {"general": {}},
        "default_queue": "general",
    }
    engine.send(cm.ReplacePolicy(policy=policy))
    created = only(ev.InteractionCreated, engine.send_map(msgspec.json.decode(create)))
    found = trace_of(created.attributes)
    assert found is not None
    assert f"{found.trace_id:032x}" in create
    assert found.is_sampled


def test_the_metrics() -> None:
    listed = dict(re.findall(r"^\| `(onequeue_trace_\w+)` \| (\w+) \|", PAGE, re.MULTILINE))
    found = {
        family.name + "_total" * (family.type == "counter"): family.type
        for family in TraceMeters().registry.collect()
    }
    assert listed == found
