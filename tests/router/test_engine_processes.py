"""The same commands give the same bytes in every process, whatever seed its hashes have."""

from __future__ import annotations

import functools
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from router.engine import Engine
from tests.traffic import Traffic

ROOT = Path(__file__, "../../..").resolve()


@functools.cache
def fingerprint(seed: int, batches: int) -> str:
    """Hash over every event and every state that some seeded traffic brings about."""
    traffic, engine, digest = Traffic(seed), Engine(), hashlib.sha256()
    traffic.answered(engine.handle(traffic.opening(), traffic.now_ms))
    for batch in traffic.batches(batches):
        events = engine.handle(batch, traffic.now_ms)
        digest.update(msgspec.msgpack.encode(events))
        digest.update(engine.state_bytes())
        traffic.answered(events)
    return digest.hexdigest()


def fingerprint_elsewhere(hash_seed: str, seed: int, batches: int) -> str:
    code = (
        "from tests.router.test_engine_processes import fingerprint;"
        f"print(fingerprint({seed}, {batches}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("hash_seed", ["0", "random"])
def test_every_process_computes_the_same(hash_seed: str) -> None:
    assert fingerprint_elsewhere(hash_seed, 7, 80) == fingerprint(7, 80)


def test_other_traffic_has_another_fingerprint() -> None:
    """Guards the test above: the fingerprint depends on what happens."""
    assert fingerprint(7, 5) != fingerprint(8, 5)
