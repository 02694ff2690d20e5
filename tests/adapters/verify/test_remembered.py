"""Ended ids are remembered for as long, and as many, as the protocol says."""

from __future__ import annotations

from adapters.verify.remembered import Remembered


def test_by_time() -> None:
    remembered = Remembered(10, 1_000)
    remembered.add("a", 100)
    remembered.add("b", 600)
    remembered.forget(1_099)
    assert "a" in remembered
    remembered.forget(1_100)
    assert "a" not in remembered
    assert "b" in remembered


def test_by_number_the_newest_stay() -> None:
    remembered = Remembered(2)
    for name in ("a", "b", "a", "c"):
        remembered.add(name, 0)
    remembered.forget(10**15)
    assert [name in remembered for name in "abc"] == [True, False, True]
