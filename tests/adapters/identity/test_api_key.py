"""How keys are written, read, stored and compared."""

from __future__ import annotations

import pytest

from adapters.identity.api_key import (
    ApiKey,
    Secret,
    decode_key,
    encode_key,
    key_id_of,
    new_key_id,
    new_secret,
    presented,
    written,
)
from adapters.identity.permissions import Permission, Role

SECRET = new_secret()
KEY = ApiKey(new_key_id(), "desk", SECRET.sha256, frozenset({Role.INTEGRATION}), 1_000)


@pytest.mark.parametrize(
    "tenant",
    ["main", "a_b", "oq_main", "_", "__", "-_-", "a" * 63, f"x_{new_key_id()}", "x_" + "a" * 52],
    ids=range(9),
)
def test_a_key_is_read_as_it_was_written_whatever_the_tenant(tenant: str) -> None:
    shown = presented(written(tenant, KEY.key_id, SECRET))
    assert shown is not None
    assert (shown.tenant, shown.key_id, shown.secret) == (tenant, KEY.key_id, SECRET)


def test_a_secret_has_256_bits_and_a_key_can_stand_in_a_url() -> None:
    assert len(SECRET.text) == 52  # of 32 letters: 260 bits, of which 256 are random
    assert len({new_secret().text for _ in range(100)}) == 100
    whole = written("main", KEY.key_id, SECRET)
    assert whole.replace("_", "").isalnum()
    assert whole.isascii()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "oq_",
        "oq_main",
        f"oq_main_{KEY.key_id}_",
        f"oq__{KEY.key_id}_{SECRET.text}",
        f"oq_main_{KEY.key_id}_{SECRET.text}\n",
        f" oq_main_{KEY.key_id}_{SECRET.text}",
        f"oq_Main_{KEY.key_id}_{SECRET.text}",
        f"oq_{'a' * 64}_{KEY.key_id}_{SECRET.text}",
        f"oq_main_{KEY.key_id}_{SECRET.text.upper()}",
        f"oq_ma}}in_{KEY.key_id}_{SECRET.text}",
    ],
    ids=range(11),  # what is random may not stand in the name of a test
)
def test_other_texts_are_no_keys(text: str) -> None:
    assert presented(text) is None


def test_a_secret_is_compared_whole() -> None:
    assert SECRET.is_of(KEY)
    assert not new_secret().is_of(KEY)
    assert not Secret(SECRET.text[:-1]).is_of(KEY)
    assert not SECRET.is_of(None)
    assert not Secret("").is_of(None)  # what is compared with where there is no key


def test_nothing_shows_a_secret() -> None:
    shown = presented(written("main", KEY.key_id, SECRET))
    assert SECRET.text not in repr(shown) + str(shown) + repr(KEY) + repr(SECRET)
    assert SECRET.text.encode() not in encode_key(KEY)


def test_what_is_stored_is_read_back() -> None:
    scoped = ApiKey(
        new_key_id(),
        "narrow",
        SECRET.sha256,
        frozenset({Role.AGENT, Role.SUPERVISOR}),
        1,
        created_by="somebody",
        scopes=frozenset({Permission.QUEUES_READ}),
        agent_id="ana",
        expires_ms=2,
        revoked_ms=3,
        rotated_to=KEY.key_id,
    )
    assert decode_key(encode_key(scoped)) == scoped
    assert decode_key(encode_key(KEY)) == KEY


def test_a_key_ends_when_it_expires_or_is_revoked() -> None:
    ending = ApiKey("k", "n", b"", frozenset(), 0, expires_ms=5_000)
    assert ending.fault(4_999) == ""
    assert ending.fault(5_000) == "expired"
    assert ApiKey("k", "n", b"", frozenset(), 0, revoked_ms=1).fault(0) == "revoked"
    assert KEY.fault(1 << 60) == ""


def test_a_subject_tells_whose_key_it_is() -> None:
    key_id = new_key_id()
    key = ApiKey(key_id, "floor", b"", frozenset({Role.ADMIN}), 0)
    assert key_id_of(key.principal("main").subject) == key_id
    for other in (key_id, "corp:alice", "cli:ada", "key:", f"key:{key_id}x", f"corp:{key_id}"):
        assert key_id_of(other) is None
