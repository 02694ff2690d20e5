"""No number, name or id becomes a command of its own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.voice.esl.commands import (
    UnsafeCommand,
    api,
    channel_id,
    decoded,
    dial_string,
    encoded,
)
from adapters.voice.front import BadContact

CALL = "0d7ac1b2-9f4d-4c3e-8a52-6d0b5a2f8e11"


@given(st.text())
def test_any_text_is_one_word_of_harmless_characters(value: str) -> None:
    try:
        word = encoded(value)
    except UnicodeEncodeError:
        return  # half a character is none
    assert set(word) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789%._~-")
    assert decoded(word) == value


@pytest.mark.parametrize(
    "word", ["a\n\napi fsctl shutdown", "a\r", "a\0", "x" * 5_000], ids=range(4)
)
def test_a_command_stays_one_line(word: str) -> None:
    with pytest.raises(UnsafeCommand, match="cannot be said"):
        api("uuid_setvar", CALL, word)
    assert api("uuid_kill", CALL) == f"api uuid_kill {CALL}\n\n".encode()


@pytest.mark.parametrize("told", ["", "all", f"{CALL} x", f"{CALL}\n", CALL.upper(), "a/b"])
def test_a_channel_is_named_by_its_id(told: str) -> None:
    with pytest.raises(UnsafeCommand):
        channel_id(told)
    assert channel_id(CALL) == CALL


@pytest.mark.parametrize(
    ("contact", "dialled"),
    [
        ("user/1000", "user/1000"),
        ("user/ann@pbx.example.org", "user/ann@pbx.example.org"),
        ("sip:ann@192.0.2.5:5062", "sofia/internal/ann@192.0.2.5:5062"),
        ("sip:ann@pbx;transport=tcp", "sofia/internal/ann@pbx;transport=tcp"),
    ],
)
def test_where_an_agent_is_called(contact: str, dialled: str) -> None:
    assert dial_string(contact, "internal") == dialled


@pytest.mark.parametrize(
    "contact",
    [
        "",
        "ann",
        "sip:ann",
        "loopback/9664/default",
        "user/1000,user/1001",
        "user/1000|error/user_busy",
        "user/1000 &system(reboot)",
        "{api_on_answer=system}user/1000",
        "[x=1]sofia/internal/ann@pbx",
        "sip:ann@pbx;x=${system(reboot)}",
        "sip:ann'@pbx",
        "sip:ann@pbx\nsip:bob@pbx",
    ],
)
def test_where_no_agent_is_called(contact: str) -> None:
    with pytest.raises(BadContact, match="write sip:USER@HOST or user/NUMBER"):
        dial_string(contact, "internal")
