"""Keys as they are made, replaced and ended: what they give, and for how long."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.identity.errors import KeyRequestError
from adapters.identity.issuing import (
    KEPT_MS,
    LIFETIME_MS_MAX,
    Terms,
    has_been_over,
    issue,
    revoke,
    rotate,
)
from adapters.identity.permissions import Permission, Role

NOW_MS = 1_790_000_000_000
HOUR_MS = 3_600_000
ADMIN = frozenset({Role.ADMIN})


def terms(**fields: Any) -> Terms:
    return Terms(**({"name": "n", "roles": ADMIN} | fields))


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"name": ""}, "a key's name is 1 to 64"),
        ({"name": "a" * 65}, "a key's name"),
        ({"name": "a\x1b[2J"}, "printable"),
        ({"name": " a"}, "a key's name"),
        ({"roles": frozenset()}, "needs a role, one of admin, agent"),
        ({"roles": frozenset({Role.AGENT})}, "needs to name its agent"),
        ({"agent_id": "a\n"}, "an agent's id"),
        ({"agent_id": "a" * 129}, "an agent's id"),
        ({"lifetime_ms": 0}, "ten years at most"),
        ({"lifetime_ms": LIFETIME_MS_MAX + 1}, "ten years at most"),
        ({"scopes": frozenset()}, "would let nobody do anything"),
        ({"scopes": frozenset({Permission.DESKTOP})}, "desktop: not given by admin"),
    ],
)
def test_keys_that_make_no_sense_are_refused(fields: dict[str, Any], told: str) -> None:
    with pytest.raises(KeyRequestError, match=told):
        terms(**fields)


def test_a_key_is_as_was_asked() -> None:
    asked = terms(scopes=frozenset({Permission.KEYS_READ}), agent_id="ana", lifetime_ms=HOUR_MS)
    key, secret = issue(asked, NOW_MS, "cli:me")
    assert (key.name, key.roles, key.scopes, key.agent_id) == ("n", ADMIN, asked.scopes, "ana")
    assert (key.created_ms, key.expires_ms, key.created_by) == (NOW_MS, NOW_MS + HOUR_MS, "cli:me")
    assert secret.is_of(key)
    assert issue(terms(), NOW_MS, "").key.expires_ms is None


def test_the_old_key_works_for_the_overlap_and_the_new_one_as_long_as_the_old_was_to() -> None:
    old = issue(terms(lifetime_ms=100 * HOUR_MS), NOW_MS, "").key
    now_ms = NOW_MS + 50 * HOUR_MS
    ending, (new, secret) = rotate(old, now_ms, HOUR_MS, None, "cli:me")
    assert (ending.rotated_to, ending.expires_ms) == (new.key_id, now_ms + HOUR_MS)
    assert (new.name, new.roles, new.expires_ms) == ("n", ADMIN, now_ms + 100 * HOUR_MS)
    assert secret.is_of(new)
    assert not secret.is_of(ending)


def test_an_overlap_never_prolongs_a_key() -> None:
    old = issue(terms(lifetime_ms=HOUR_MS), NOW_MS, "").key
    ending, (new, _) = rotate(old, NOW_MS, 10 * HOUR_MS, 5 * HOUR_MS, "")
    assert ending.expires_ms == old.expires_ms
    assert new.expires_ms == NOW_MS + 5 * HOUR_MS


def test_a_key_for_good_is_followed_by_one_for_good() -> None:
    ending, (new, _) = rotate(issue(terms(), NOW_MS, "").key, NOW_MS, 0, None, "")
    assert new.expires_ms is None
    assert ending.fault(NOW_MS) == "expired"


def test_what_has_ended_is_neither_rotated_nor_revoked() -> None:
    key = issue(terms(), NOW_MS, "").key
    ended = revoke(key, NOW_MS)
    assert ended.fault(NOW_MS) == "revoked"
    with pytest.raises(KeyRequestError, match="has ended: it is revoked"):
        revoke(ended, NOW_MS)
    with pytest.raises(KeyRequestError, match="has ended"):
        rotate(ended, NOW_MS, 0, None, "")
    ending, (new, _) = rotate(key, NOW_MS, HOUR_MS, None, "")
    with pytest.raises(KeyRequestError, match=f"rotated before, to {new.key_id}"):
        rotate(ending, NOW_MS, 0, None, "")
    assert revoke(ending, NOW_MS).revoked_ms == NOW_MS  # the overlap can be cut short


def test_keys_that_ended_long_ago_need_not_be_listed() -> None:
    key = issue(terms(lifetime_ms=HOUR_MS), NOW_MS, "").key
    over_ms = NOW_MS + HOUR_MS + KEPT_MS
    assert not has_been_over(key, over_ms)
    assert has_been_over(key, over_ms + 1)
    assert has_been_over(revoke(key, NOW_MS), NOW_MS + KEPT_MS + 1)
    assert not has_been_over(issue(terms(), NOW_MS, "").key, over_ms * 2)
