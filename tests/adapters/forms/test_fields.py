"""Answers of forms, and the messages that they are."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from adapters.forms.fields import FormRefused, FormSettings, told_by_form

NOW_MS = 1_795_777_200_000


def form(**more: Any) -> FormSettings:
    told: dict[str, Any] = {
        "channel": "chat",
        "title": "Write to us",
        "interaction": {"queue": "general", "attributes": {"site": "web"}},
        "fields": {
            "name": {"label": "Your name", "required": True, "characters_max": 40},
            "email": {"kind": "email"},
            "phone": {"kind": "phone"},
            "topic": {"kind": "choice", "choices": ["bill", "other"], "attribute": True},
            "words": {"kind": "text"},
            "file": {"kind": "file"},
        },
    }
    return FormSettings.model_validate(told | more)


def test_what_is_made_of_it() -> None:
    answers = {
        "name": " Zoë ", "email": "zoe@example.org", "phone": "+49 (30) 123-45", "topic": "bill",
        "words": "It is\r\ntoo high.\x07", "file": "",
    }  # fmt: skip
    assert told_by_form(form(), answers, NOW_MS) == {
        "channel": "chat",
        "subject": "Write to us",
        "text": "Your name: Zoë\nemail: zoe@example.org\nphone: +493012345\ntopic: bill\n"
        "words:\nIt is\ntoo high.",
        "sender": {"medium": "email", "address": "zoe@example.org"},
        "interaction": {"queue": "general", "attributes": {"site": "web", "topic": "bill"}},
    }


def test_a_callback_is_for_its_number() -> None:
    told = form(callback={"windows": ["09:00-11:00"], "zone": "UTC"})
    answers = {"name": "Zoë", "email": "z@e.org", "phone": "030 12345", "day": "2026-12-01",
               "window": "09:00-11:00"}  # fmt: skip
    message = told_by_form(told, answers, NOW_MS)
    assert message["sender"] == {"medium": "phone", "address": "03012345"}
    assert message["text"].endswith("day: 2026-12-01, 09:00-11:00 (UTC)")
    assert message["interaction"]["target_s"] == 7_200.0
    assert message["interaction"]["attributes"]["site"] == "web"


@pytest.mark.parametrize(
    ("answers", "faults"),
    [
        ({}, {"name": "is required"}),
        ({"name": " "}, {"name": "is required"}),
        ({"name": "x" * 41}, {"name": "has more than 40 characters"}),
        ({"name": "a\nb"}, {"name": "has more than one line"}),
        ({"name": "a", "email": "a@b@c"}, {"email": "is no address"}),
        ({"name": "a", "email": "a b@c"}, {"email": "is no address"}),
        ({"name": "a", "phone": "call me"}, {"phone": "is no number"}),
        ({"name": "a", "topic": "else"}, {"topic": "is none of its choices"}),
        ({"name": "a", "more": "b"}, {"more": "there is no such field"}),
    ],
)
def test_what_cannot_be_taken(answers: dict[str, str], faults: dict[str, str]) -> None:
    with pytest.raises(FormRefused) as caught:
        told_by_form(form(), answers, NOW_MS)
    assert caught.value.faults == faults


def test_a_window_that_is_none() -> None:
    told = form(callback={"windows": ["09:00-11:00"]})
    with pytest.raises(FormRefused, match="window: choose one of"):
        told_by_form(told, {"name": "a"}, NOW_MS)


@pytest.mark.parametrize(
    "more",
    [
        {"fields": {}},
        {"fields": {"a b": {}}},
        {"fields": {"a": {"kind": "choice"}}},
        {"fields": {"a": {"choices": ["x"]}}},
        {"fields": {"day": {}}, "callback": {"windows": ["09:00-11:00"]}},
        {"origins": ["https://www.example.org/"]},
        {"thanks": "javascript:alert(1)"},
    ],
)
def test_settings_that_cannot_be(more: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        form(**more)
