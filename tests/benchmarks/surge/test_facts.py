from __future__ import annotations

from pathlib import Path

from benchmarks.surge.facts import FactKind, FactLog, read_facts


def test_facts_come_back_as_they_were_noted(tmp_path: Path) -> None:
    log = FactLog(tmp_path / "log")
    log.note(FactKind.SENT, 1, 2, 2**62, 4)
    log.flush()
    log.note(FactKind.OFFERED, 5, 6, 7, 8)
    log.close()
    assert read_facts(tmp_path / "log").tolist() == [[1, 1, 2, 2**62, 4], [6, 5, 6, 7, 8]]
    assert read_facts(tmp_path / "log", begin=1).tolist() == [[6, 5, 6, 7, 8]]


def test_a_torn_fact_is_left_out(tmp_path: Path) -> None:
    log = FactLog(tmp_path / "log")
    log.note(FactKind.SENT, 1, 2, 3, 4)
    log.close()
    with (tmp_path / "log").open("ab") as file:
        file.write(bytes(11))
    assert len(read_facts(tmp_path / "log")) == 1


def test_no_file_is_no_facts(tmp_path: Path) -> None:
    assert read_facts(tmp_path / "none").shape == (0, 5)


def test_it_tells_when_it_is_full(tmp_path: Path) -> None:
    log = FactLog(tmp_path / "log")
    filled = []
    for _ in range(8_000):
        filled.append(log.is_full)
        log.note(FactKind.TURN, 0, 0, 0, 0)
    assert not any(filled)
    assert log.is_full
    log.close()
