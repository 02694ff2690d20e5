from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.eligibility.lexer import tokens_of
from router.errors import ExpressionError
from tests.hypothesis_profiles import scaled


def test_tokens_know_their_kind_and_place() -> None:
    tokens = tokens_of("agent.a_1 >= 1.5e3 // why\n&& 'it\\'s' in x")
    assert [(t.kind, t.text, t.at) for t in tokens] == [
        ("name", "agent", 0),
        ("mark", ".", 5),
        ("name", "a_1", 6),
        ("mark", ">=", 10),
        ("number", "1.5e3", 13),
        ("mark", "&&", 26),
        ("text", "'it\\'s'", 29),
        ("name", "in", 37),
        ("name", "x", 40),
    ]


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("agent.a == {}", 11),
        ("agent.a == 'open", 11),
        ("agent.a == 'a\nb'", 11),
        ("a # b", 2),
        ("a & b", 2),
        ("é == 1", 0),
        ("r'a' == 'a'", 0),
        ("a == b'a'", 5),
        ('"""a"""', 0),
        ("''' a '''", 0),
    ],
)
def test_what_no_expression_may_hold(text: str, at: int) -> None:
    with pytest.raises(ExpressionError) as caught:
        tokens_of(text)
    assert caught.value.at == at


def test_a_text_may_stand_right_behind_in() -> None:
    assert [t.text for t in tokens_of("x in'abc'")] == ["x", "in", "'abc'"]


@scaled(300)
@given(st.text(alphabet=st.sampled_from(list("ab1. \n\t'\"\\()[]&|=!<>+-*/%?:,{}#é")), max_size=40))
def test_tokens_are_the_text_without_its_space(text: str) -> None:
    try:
        tokens = tokens_of(text)
    except ExpressionError:
        return
    assert all(text[token.at : token.end] == token.text for token in tokens)
    between = [text[a.end : b.at] for a, b in pairwise(tokens)]
    assert all(not gap.strip(" \t\r\n\f") or "//" in gap for gap in between)
