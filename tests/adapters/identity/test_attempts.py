"""Failed attempts count by address, and keep nobody out who has been let in."""

from __future__ import annotations

import pytest

from adapters.identity.attempts import Attempts, TooManyAttempts
from adapters.identity.errors import Unauthenticated
from adapters.identity.permissions import Role
from adapters.identity.principal import Principal


class Valid:
    """Lets in whoever shows one of these; ``asked`` counts how often it had to look."""

    def __init__(self, *valid: str) -> None:
        self.valid = set(valid)
        self.asked = 0

    async def authenticate(self, credential: str) -> Principal:
        self.asked += 1
        if credential not in self.valid:
            raise Unauthenticated("no such key")
        return Principal("t", credential, frozenset({Role.ADMIN}))


async def test_only_what_is_not_known_is_refused_unseen() -> None:
    now_s, people = 0.0, Valid("a", "b")
    attempts = Attempts(people, 1.0, 3, lambda: now_s)
    await attempts.authenticate("a", "balancer")
    for _ in range(3):
        with pytest.raises(Unauthenticated):
            await attempts.authenticate("x", "balancer")
    asked = people.asked
    for credential in ("x", "b", ""):
        with pytest.raises(TooManyAttempts) as caught:
            await attempts.authenticate(credential, "balancer")
        assert caught.value.wait_s == pytest.approx(1.0)
    assert people.asked == asked
    assert (await attempts.authenticate("a", "balancer")).subject == "a"
    assert (await attempts.authenticate("b", "elsewhere")).subject == "b"
    assert (await attempts.authenticate("b", "balancer")).subject == "b"
    now_s = 1.0
    with pytest.raises(Unauthenticated):
        await attempts.authenticate("x", "balancer")


async def test_what_was_valid_and_is_not_any_more_counts_as_any_other() -> None:
    people = Valid("a")
    attempts = Attempts(people, 0.01, 2, lambda: 0.0)
    await attempts.authenticate("a", "here")
    people.valid.clear()
    with pytest.raises(Unauthenticated):
        await attempts.authenticate("a", "here")
    with pytest.raises(Unauthenticated):
        await attempts.authenticate("a", "here")
    with pytest.raises(TooManyAttempts):
        await attempts.authenticate("a", "here")
