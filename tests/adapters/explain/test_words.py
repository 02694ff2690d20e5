"""Times and shares, exactly; foreign text, harmlessly."""

from __future__ import annotations

import pytest

from adapters.explain.words import clock, printable, seconds, share, signed_share


@pytest.mark.parametrize(
    ("ppm", "told", "signed"),
    [
        (0, "0.000000", "0.000000"),
        (1, "0.000001", "+0.000001"),
        (-1, "-0.000001", "-0.000001"),
        (27_331_650, "27.331650", "+27.331650"),
        (-1_500_000, "-1.500000", "-1.500000"),
    ],
)
def test_shares(ppm: int, told: str, signed: str) -> None:
    assert (share(ppm), signed_share(ppm)) == (told, signed)


def test_times() -> None:
    assert clock(1_700_000_000_007) == "2023-11-14 22:13:20.007Z"
    assert clock(2**53) == f"{2**53} ms"
    assert (seconds(1_500), seconds(86_400_000)) == ("1.500 s", "86,400 s")


def test_foreign_text() -> None:
    assert printable("é 世界 🙂") == "é 世界 🙂"
    assert printable("a\x1b[2J\nb\u202e") == "a\\x1b[2J\\nb\\u202e"
