"""What a browser keeps for us opens with our secret, for its purpose, in time, or not at all."""

from __future__ import annotations

import pytest

from adapters.console.sealing import Sealing, fresh_secret

SECRET = "x" * 32


def test_what_is_sealed_opens_again_and_says_nothing_meanwhile() -> None:
    sealing = Sealing(SECRET)
    text = sealing.seal("session", b"oq_main_key", 60.0)
    assert "oq_main" not in text
    assert Sealing(SECRET).open("session", text) == b"oq_main_key"
    assert sealing.seal("session", b"oq_main_key", 60.0) != text


@pytest.mark.parametrize("change", ["purpose", "secret", "text", "time", "nonsense", "empty"])
def test_whatever_is_not_valid_opens_to_nothing(change: str) -> None:
    now_s = 1_000.0
    text = Sealing(SECRET, lambda: now_s).seal("session", b"key", 60.0)
    secret = fresh_secret() if change == "secret" else SECRET
    late = Sealing(secret, lambda: now_s + (60.0 if change == "time" else 59.9))
    told = {
        "text": text[:-2] + ("AA" if text[-2:] != "AA" else "BB"),
        "nonsense": "§",
        "empty": "",
    }.get(change, text)
    assert late.open("notice" if change == "purpose" else "session", told) is None
    unharmed = Sealing(SECRET, lambda: now_s + 59.9).open("session", text)
    assert unharmed == b"key"
