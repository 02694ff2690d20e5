"""Writes the golden files of a release: ``python -m tests.golden.writing 0.2.0``."""

from __future__ import annotations

import json
import sys
import zlib
from pathlib import Path
from typing import Final

import msgspec

from router import commands as cm
from router import events as ev
from router.engine import Engine
from router.inputs import Input
from router.snapshot.manifest import encode_manifest
from tests.audited import BEGIN_MS, arriving
from tests.golden.facts import noted
from tests.policies import POLICY_VARIANTS
from tests.snapshots import Chain, chunks_of, manifest_of
from tests.traffic import Traffic

__all__ = ("FOLDER", "write")

FOLDER: Final = Path(__file__).parent
EVERY: Final = 5
"""Of the policies of the tests, each fifth comes into force."""

BATCHES: Final = 8
"""Batches of traffic under each policy."""

AT_ONCE_MAX: Final = 400
"""Open interactions and agents up to which a policy is in force at once, and then announced."""

PACKED: Final = 9


class _Course:
    """Traffic under one policy after the other, journaled; a snapshot is taken near the end."""

    def __init__(self) -> None:
        self.traffic, self.chain = Traffic(1), Chain()
        self.engine = Engine(policy_at_once_max=AT_ONCE_MAX)
        started = ev.LeaderStarted(epoch=1, router_id="golden", release="golden")
        self.engine.apply(started, BEGIN_MS)
        self.chain.add([started], BEGIN_MS)
        self.play(self.traffic.opening())

    def play(self, batch: list[Input]) -> None:
        answers: list[ev.Event] = []
        begun = False
        while not begun or self.engine.partial:
            events = self.engine.handle([] if begun else batch, self.traffic.now_ms)
            self.chain.add(events, self.traffic.now_ms)
            answers += events
            begun = True
        self.traffic.answered(answers)

    def change(self, number: int, document: dict[str, object]) -> None:
        now_ms = self.traffic.now_ms
        change = cm.ReplacePolicy(policy=document, reclassify=number % 3 == 0)
        self.play([arriving(f"{now_ms}-{1_000_000 + number}", now_ms, change)])
        for batch in self.traffic.batches(BATCHES):
            self.play(batch)


def write(release: str, folder: Path) -> None:
    """Write the three files of a release. Raises ``FileExistsError``: none is ever changed."""
    files = {kind: folder / f"{release}.{kind}" for kind in ("journal", "snapshot", "json")}
    for file in files.values():
        file.touch(exist_ok=False)
    course = _Course()
    documents = list(POLICY_VARIANTS.values())[::EVERY]
    for number, document in enumerate(documents):
        course.change(number, document)
        if number == len(documents) * 3 // 4:
            files["snapshot"].write_bytes(_snapshot(course))
    journal = zlib.compress(msgspec.msgpack.encode(course.chain.records_), PACKED)
    files["journal"].write_bytes(journal)
    facts = json.dumps(noted(course.engine.state), indent=2) + "\n"
    files["json"].write_text(facts, encoding="utf-8")


def _snapshot(course: _Course) -> bytes:
    state, record_id = course.engine.state, course.chain.records_[-1][0]
    manifest = manifest_of(state, course.chain.tails[-1], record_id)
    return msgspec.msgpack.encode([record_id, encode_manifest(manifest), chunks_of(state)])


if __name__ == "__main__":
    write(sys.argv[1], FOLDER)
