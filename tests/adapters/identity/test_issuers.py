"""Files of issuers: what is in them counts as written, and faults are named by their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.documents.faults import DocumentUnreadableError
from adapters.identity.issuers import IssuersFileError, claim_of, load_issuers, parse_issuers

GOOD = """\
issuers:
  - issuer: https://id.example.com
    name: corp
    audience: onequeue
    tenants: [a]
    roles: {lead: supervisor}
"""


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("https://id", "http://id", "expected https"),
        ("https://id", "ftp://id", "expected https"),
        ("https://id", "https://me:secret@id", "expected https"),
        ("https://id.example.com", "https://[", "expected https"),
        ("tenants: [a]", "tenants: [a, b]", "tenant_claim"),
        ("tenants: [a]", "tenants: ['A']", "tenants"),
        ("tenants: [a]", "tenants: []", "tenants"),
        ("supervisor", "king", "king"),
        ("roles: {lead: supervisor}", "roles: {}", "roles"),
        ("name: corp", 'name: "a:b"', "name"),
        ("name: corp", "name: key", "key: is what"),
        ("name: corp", "name: corp\n    algorithms: [HS256]", "HS256"),
        ("name: corp", "name: corp\n    leeway_s: 1000", "leeway_s"),
        ("name: corp", "name: corp\n    secret: x", "secret"),
    ],
)
def test_faults_are_told(before: str, after: str, told: str) -> None:
    with pytest.raises(IssuersFileError) as caught:
        parse_issuers(GOOD.replace(before, after))
    assert told in str(caught.value)


def test_issuers_are_told_apart() -> None:
    twice = GOOD + GOOD.split("issuers:\n")[1].replace("corp", "other")
    with pytest.raises(IssuersFileError, match=r"twice: https://id\.example\.com"):
        parse_issuers(twice)


def test_a_file_is_read_or_said_to_be_missing(tmp_path: Path) -> None:
    path = tmp_path / "issuers.yaml"
    with pytest.raises(DocumentUnreadableError):
        load_issuers(path)
    path.write_text(GOOD)
    (issuer,) = load_issuers(path)
    assert (issuer.name, issuer.leeway_s) == ("corp", 30)
    path.write_text("[]")
    with pytest.raises(IssuersFileError, match="a map with issuers"):
        load_issuers(path)


def test_claims_are_found_by_name_or_by_way() -> None:
    claims = {"a.b": 1, "a": {"b": {"c": 2}}}
    assert claim_of(claims, "a.b") == 1
    assert claim_of(claims, ("a", "b", "c")) == 2
    assert claim_of(claims, ("a", "x", "c")) is None
    assert claim_of(claims, ("a.b", "c")) is None
    assert claim_of(claims, None) is None
