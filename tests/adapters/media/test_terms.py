from __future__ import annotations

from typing import Any

import msgspec
import pytest
from pydantic import TypeAdapter, ValidationError

from adapters.api.resources import messages
from adapters.media.terms import FIELDS, InteractionTerms

TERMS: TypeAdapter[dict[str, Any]] = TypeAdapter(InteractionTerms)


def test_what_create_takes_is_taken_as_it_is() -> None:
    told = {
        "queue": "billing",
        "priority": 2,
        "requirements": [{"skill": "billing", "level": 3}],
        "attributes": {"site": "shop"},
        "target_s": 60,
        "excluded_agents": ["ann"],
    }
    assert TERMS.validate_python(told) == told
    assert TERMS.validate_python({}) == {}


def test_the_texts_of_a_document_become_what_they_are() -> None:
    """YAML is read without a guess at what is a number (adapters/documents/marked_yaml.py)."""
    tree = {"any": [{"skill": "billing", "level": "expert"}, {"skill": "claims", "level": "2"}]}
    told = {
        "priority": "2",
        "target_s": "60",
        "requirements": [{"skill": "billing", "level": "3", "hard": "false"}, tree],
        "attributes": {"site": "7"},
    }
    assert TERMS.validate_python(told) == {
        "priority": 2,
        "target_s": 60,
        "requirements": [
            {"skill": "billing", "level": 3, "hard": False},
            {"any": [{"skill": "billing", "level": "expert"}, {"skill": "claims", "level": 2}]},
        ],
        "attributes": {"site": "7"},
    }


@pytest.mark.parametrize(
    ("terms", "why"),
    [
        ({"qeue": "billing"}, r"there is no field 'qeue' \(did you mean 'queue'\?\)"),
        ({"channel": "chat"}, "there is no field 'channel'"),
        ({"command_id": "x"}, "there is no field 'command_id'"),
        ({"priority": "high"}, "Expected 'int', got 'str' - at 'priority'"),
        ({"requirements": [{"skil": "billing"}]}, "requirements"),
        ({"attributes": ["shop"]}, "Expected 'object', got 'array' - at 'attributes'"),
    ],
)
def test_what_would_be_refused_later_is_refused_at_once(terms: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        TERMS.validate_python(terms)


def test_the_fields_are_those_that_the_api_takes_with_a_message() -> None:
    kind = messages._interaction.kind
    assert {field.name for field in msgspec.structs.fields(kind)} == FIELDS
