"""What is wrong in the settings is told at the start, not by the first call."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from adapters.voice.settings import VoiceSettings


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ({"quue": "billing"}, "there is no field 'quue' (did you mean 'queue'?)"),
        ({"requirements": [{"skil": "claims"}]}, "skil"),
        ({"requirements": [{"skill": "claims", "weight": "high"}]}, "requirements[0].weight"),
        ({"priority": "very"}, "priority"),
        ({"interaction_id": "mine"}, "there is no field 'interaction_id'"),
    ],
)
@pytest.mark.parametrize("place", ["lines", "other"])
def test_lines_are_checked(place: str, line: dict[str, Any], told: str) -> None:
    settings = {"lines": {"+4930": line}} if place == "lines" else {"other": line}
    with pytest.raises(ValidationError) as caught:
        VoiceSettings.model_validate(settings)
    assert told in str(caught.value)


def test_a_line_says_whatever_a_create_may() -> None:
    line = {"queue": "claims", "requirements": [{"skill": "claims", "level": 2}], "label": "gold"}
    settings = VoiceSettings.model_validate({"lines": {"+4930": line}})
    assert settings.lines["+4930"] == line
    assert settings.other == {}
