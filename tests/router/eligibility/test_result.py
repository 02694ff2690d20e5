from __future__ import annotations

import pytest

from router.eligibility.lexer import tokens_of
from router.eligibility.result import never_boolean


@pytest.mark.parametrize(
    "text",
    ["5", "'a'", "null", "agent.a + 1", "-agent.a", "size(agent.a)", "agent.a.size()",
     "string(agent.a)", "int(agent.a == 1)"],
)  # fmt: skip
def test_what_is_never_true_or_false(text: str) -> None:
    assert never_boolean(tokens_of(text))


@pytest.mark.parametrize(
    "text",
    ["true", "agent.a", "!agent.a", "agent.a + 1 > 2", "size(agent.a) == 1", "(1 + 1)",
     "agent.a.contains('b')", "has(agent.a)", "'a' in agent.b", "agent.a ? agent.b : agent.c",
     "agent.a.exists(x, x + 1 == 2)"],
)  # fmt: skip
def test_what_may_be_true_or_false(text: str) -> None:
    assert not never_boolean(tokens_of(text))
