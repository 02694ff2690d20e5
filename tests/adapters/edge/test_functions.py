"""Functions: found by name, called with a copy, and quoted without what they said."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.edge.answers import Answer
from adapters.edge.asking import Asking, Outcome, Told
from adapters.edge.breaker import Breaker
from adapters.edge.functions import FunctionError, FunctionSource, load_function
from adapters.edge.threads import Threads

HERE = "tests.adapters.edge.routing_functions"
INTERACTION: dict[str, Any] = {"interaction_id": "a", "attributes": {"number": "1234"}}


async def told(name: str, deadline_s: float = 5.0) -> Told:
    source = FunctionSource(load_function(f"{HERE}:{name}"), Threads(1))
    return await Asking(source, deadline_s, Breaker(9, 1.0)).ask(INTERACTION)


@pytest.mark.parametrize("name", ["by_number", "by_number_later"])
async def test_functions_of_both_kinds_are_asked(name: str) -> None:
    assert (await told(name)).answer == Answer(priority=9)
    assert INTERACTION["attributes"] == {"number": "1234"}


async def test_an_object_may_be_called() -> None:
    assert (await told("model")).answer == Answer()


async def test_a_failure_tells_its_kind_and_its_line_alone() -> None:
    found = await told("fails")
    assert found.outcome is Outcome.FAILED
    assert found.reason.startswith("LookupError at fails:")
    assert "1234" not in found.reason


async def test_a_function_that_hangs_is_late() -> None:
    assert (await told("hangs", deadline_s=0.05)).outcome is Outcome.LATE


async def test_an_answer_of_another_kind_is_wrong() -> None:
    assert (await told("names_a_channel")).outcome is Outcome.WRONG


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("no_such_module:f", "ModuleNotFoundError"),
        (f"{HERE}:absent", "AttributeError"),
        (f"{HERE}:number", "is a int, which cannot be called"),
    ],
)
def test_a_function_that_is_not_there(target: str, reason: str) -> None:
    with pytest.raises(FunctionError, match=reason):
        load_function(target)
