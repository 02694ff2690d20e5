from __future__ import annotations

from pathlib import Path

from benchmarks.surge.rendezvous import Rendezvous


def test_a_mark_has_a_number(tmp_path: Path) -> None:
    here = Rendezvous(tmp_path)
    assert here.get("opens") is None
    here.put("opens", 12)
    assert Rendezvous(tmp_path).wait("opens") == 12
