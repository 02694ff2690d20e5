"""Tokens: good for their account and time, and for nothing else."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from adapters.chat.tokens import TOKEN_CHARACTERS_MAX, VALID_S, Tokens, fresh_secret

SECRET = bytes.fromhex(fresh_secret())
NOW_S = 1_800_000_000.0


def test_a_token_leads_to_its_session_for_as_long_as_a_dialogue_is_kept() -> None:
    tokens = Tokens(SECRET, "site")
    token, session = tokens.fresh(NOW_S)
    assert len(token) <= TOKEN_CHARACTERS_MAX
    assert session.conversation_id == f"{tokens.conversations}{session.name}"
    assert session.name not in token
    assert tokens.session(token, NOW_S) == tokens.session(token, NOW_S + VALID_S) == session
    assert tokens.session(token, NOW_S + VALID_S + 1) is None


def test_it_is_good_for_one_account_and_secret() -> None:
    token, session = Tokens(SECRET, "site").fresh(NOW_S)
    assert Tokens(bytes.fromhex(fresh_secret()), "site").session(token, NOW_S) is None
    other = Tokens(SECRET, "other").session(token, NOW_S)
    assert other is None or other.conversation_id != session.conversation_id


@given(st.text(max_size=200))
def test_whatever_is_shown_instead_is_nobody(text: str) -> None:
    tokens = Tokens(SECRET, "site")
    assert tokens.session(text, NOW_S) is None


@given(st.integers(min_value=0), st.characters(codec="utf-8"))
def test_a_token_that_was_changed_is_nobody(place: int, other: str) -> None:
    tokens = Tokens(SECRET, "site")
    token, _ = tokens.fresh(NOW_S)
    place %= len(token)
    changed = token[:place] + other + token[place + 1 :]
    assert changed == token or tokens.session(changed, NOW_S) is None
