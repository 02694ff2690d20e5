"""An audit entry: sealed, bounded, without secrets, and erased without breaking its seal."""

from __future__ import annotations

import pytest
from msgspec import structs

from adapters.audit.entry import Actor, AuditEntry, Origin, decode_entry
from adapters.audit.errors import AuditUnreadable
from adapters.audit.values import SECRET

ENTRY = AuditEntry(
    actor=Actor("jo", ("admin",), "k1"),
    action="policy:write",
    resource="policy",
    resource_id="7",
    origin=Origin("10.0.0.9", "curl/8", "r-1"),
    before={"capacity": 100},
    after={"capacity": 120},
)


def written(entry: AuditEntry) -> AuditEntry:
    return decode_entry("1-0", entry.to_bytes())


def test_it_comes_back_as_it_was_written_and_its_seal_fits() -> None:
    found = written(ENTRY)
    assert found.is_sound
    assert structs.replace(found, seal=b"", salt=b"") == ENTRY


def test_equal_contents_have_different_seals() -> None:
    assert written(ENTRY).seal != written(ENTRY).seal


@pytest.mark.parametrize("field", ["before", "after", "salt", "seal"])
def test_what_was_changed_afterwards_does_not_fit_the_seal(field: str) -> None:
    changed = b"x" * 16 if field in {"salt", "seal"} else {"capacity": 1}
    assert not structs.replace(written(ENTRY), **{field: changed}).is_sound


def test_erased_contents_leave_what_the_chain_covers_as_it_was() -> None:
    found = written(ENTRY)
    erased = found.without_content()
    assert erased.core == found.core
    assert erased.is_sound
    assert (erased.before, erased.after, erased.salt) == (None, None, b"")
    assert not structs.replace(erased, before={"capacity": 5}).is_sound


def test_secrets_are_hidden_and_large_contents_are_told_by_their_size() -> None:
    entry = structs.replace(
        ENTRY,
        before={"client": {"api_token": "t-1", "name": "crm"}, "Password": ["x"]},
        after={"text": "x" * 20_000},
    )
    found = written(entry)
    assert found.before == {"client": {"api_token": SECRET, "name": "crm"}, "Password": SECRET}
    assert found.after["omitted_bytes"] > 20_000
    assert found.is_sound


def test_what_a_caller_says_of_itself_is_cut() -> None:
    entry = structs.replace(ENTRY, actor=Actor("s" * 999), origin=Origin("", "u" * 999, "r" * 999))
    found = written(entry)
    lengths = (
        len(found.actor.subject), len(found.origin.user_agent), len(found.origin.request_id)
    )  # fmt: skip
    assert lengths == (128, 120, 128)


def test_bytes_that_are_no_entry_are_told_as_such() -> None:
    with pytest.raises(AuditUnreadable, match="audit entry 5-1"):
        decode_entry("5-1", b"\x00")
