"""What a browser keeps for us opens with our secret, for its purpose, in time, or not at all."""

from __future__ import annotations

import pytest
from pydantic import SecretStr, ValidationError

from adapters.console.sealing import Sealing, fresh_secret
from adapters.console.settings import ConsoleSettings

SECRET = "x" * 32


def test_what_is_sealed_opens_again_and_says_nothing_meanwhile() -> None:
    sealing = Sealing([SECRET])
    text = sealing.seal("session", b"oq_main_key", 60.0)
    assert "oq_main" not in text
    assert Sealing([SECRET]).open("session", text) == b"oq_main_key"
    assert sealing.seal("session", b"oq_main_key", 60.0) != text


@pytest.mark.parametrize("change", ["purpose", "secret", "text", "time", "nonsense", "empty"])
def test_whatever_is_not_valid_opens_to_nothing(change: str) -> None:
    now_s = 1_000.0
    text = Sealing([SECRET], lambda: now_s).seal("session", b"key", 60.0)
    secret = fresh_secret() if change == "secret" else SECRET
    late = Sealing([secret], lambda: now_s + (60.0 if change == "time" else 59.9))
    told = {
        "text": text[:-2] + ("AA" if text[-2:] != "AA" else "BB"),
        "nonsense": "§",
        "empty": "",
    }.get(change, text)
    assert late.open("notice" if change == "purpose" else "session", told) is None
    unharmed = Sealing([SECRET], lambda: now_s + 59.9).open("session", text)
    assert unharmed == b"key"


def test_a_secret_takes_the_place_of_another() -> None:
    old, new = SECRET, fresh_secret()
    before = Sealing([old]).seal("session", b"key", 60.0)
    both = Sealing([new, old])
    assert both.open("session", before) == b"key"
    after = both.seal("session", b"key", 60.0)
    assert Sealing([new]).open("session", after) == b"key"
    assert Sealing([old]).open("session", after) is None
    assert Sealing([new]).open("session", before) is None
    # the other processes may not have it yet: first it opens, then it seals
    assert Sealing([old, new]).open("session", after) == b"key"


@pytest.mark.parametrize(
    "told", ["x" * 31, f"{'x' * 32} {'y' * 31}", " ", " ".join(["x" * 32] * 9)], ids=range(4)
)
def test_secrets_that_are_too_short_or_too_many_are_refused(told: str) -> None:
    with pytest.raises(ValidationError) as caught:
        ConsoleSettings(secret=SecretStr(told))
    assert "x" * 31 not in str(caught.value)


def test_one_secret_or_several_are_given() -> None:
    assert ConsoleSettings(secret=SecretStr(f"{'n' * 32}\n{'o' * 32} ")).secrets == (
        *("n" * 32, "o" * 32),
    )
    assert ConsoleSettings().secrets == ()
