from __future__ import annotations

from typing import Any

import pytest

from benchmarks.scenario.document import ContactType
from benchmarks.scenario.people import Worker
from benchmarks.surge.capability import can_serve

SPANISH = {"skill": "spanish", "op": ">=", "level": 3}


@pytest.mark.parametrize(
    ("asked", "is_able"),
    [
        ([], True),
        ([SPANISH], True),
        ([{**SPANISH, "level": 4}], False),
        ([{**SPANISH, "op": "between", "level": 1, "level_max": 3}], True),
        ([{**SPANISH, "op": "<", "level": 3}], False),
        ([{"skill": "french"}], False),
        ([{"skill": "french", "hard": False}], True),
        ([{"any": [{"skill": "french"}, SPANISH]}], True),
        ([{"all": [{"skill": "french"}, SPANISH]}], False),
        ([{"not": SPANISH}], False),
        ([{"expression": "agent.site == 'here'"}], False),
    ],
)
def test_requirements_are_read(asked: list[dict[str, Any]], is_able: bool) -> None:
    kind = ContactType.model_validate(
        {
            "requirements": asked,
            "arrivals": {"kind": "poisson", "per_hour": 1},
            "handle": {"kind": "constant", "value_s": 1},
        }
    )
    assert can_serve(Worker(skills={"spanish": 3}), kind) is is_able


def test_who_takes_nothing_of_a_channel_serves_nothing_of_it() -> None:
    kind = ContactType.model_validate(
        {
            "channel": "chat",
            "arrivals": {"kind": "poisson", "per_hour": 1},
            "handle": {"kind": "constant", "value_s": 1},
        }
    )
    assert not can_serve(Worker(maximums={"chat": 0}), kind)
    assert can_serve(Worker(maximums={"chat": 1}), kind)
