"""The ledger of erasures, and the plans of those that have not ended."""

from __future__ import annotations

from pathlib import Path

from adapters.privacy.ledger import Erasure, Ledger, new_salt, pseudonym
from adapters.privacy.subject import Subject

ZOE = Subject(customer_id="zoe-77", interactions=["i-1", "i-2"], attributes=["name"])
MAX = Subject(customer_id="max-88", interactions=["i-3"], requirements=True)


def erasure(subject: Subject, salt: bytes) -> Erasure:
    name = pseudonym(subject.customer_id, salt)
    return Erasure(
        at_ms=1, salt=salt.hex(), customer=name, by="cli:jo", interactions=2, counts={"journal": 3}
    )


def test_a_plan_is_found_by_whom_it_is_about_and_names_nobody(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    assert ledger.plan_of("zoe-77") is None
    for subject in (ZOE, MAX):
        ledger.begin(subject, new_salt())
    assert ledger.plan_of("zoe-77") == ZOE
    assert ledger.plan_of("max-88") == MAX
    assert ledger.plan_of("eve-99") is None
    written = b"".join(path.name.encode() + path.read_bytes() for path in tmp_path.iterdir())
    assert b"zoe" not in written
    assert b"max" not in written


def test_the_end_is_told_and_the_plans_go(tmp_path: Path) -> None:
    ledger, salt = Ledger(tmp_path), new_salt()
    for subject in (ZOE, ZOE, MAX):
        ledger.begin(subject, new_salt())
    ledger.end(erasure(ZOE, salt), "zoe-77")
    assert ledger.plan_of("zoe-77") is None
    assert ledger.plan_of("max-88") == MAX
    ledger.end(erasure(MAX, salt), "max-88")
    first, second = ledger.erasures()
    assert first["customer"] == pseudonym("zoe-77", bytes.fromhex(first["salt"]))
    assert second["customer"] != first["customer"]
    assert (first["by"], first["counts"]) == ("cli:jo", {"journal": 3})


def test_equal_customers_have_different_names_under_other_salts() -> None:
    assert pseudonym("zoe-77", new_salt()) != pseudonym("zoe-77", new_salt())
