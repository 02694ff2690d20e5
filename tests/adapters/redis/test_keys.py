"""Keys are those of the protocol page, and nothing that is no tenant gets into one."""

from __future__ import annotations

import pytest

from adapters.redis.keys import Keys, TenantError


def test_keys_are_those_of_the_protocol_page() -> None:
    keys = Keys("main")
    assert keys.inbound == "onequeue:{main}:inbound"
    assert keys.journal == "onequeue:{main}:journal"
    assert keys.edge == "onequeue:{main}:edge"
    assert keys.edge_leader == "onequeue:{main}:edge-leader"
    assert keys.dead_letter == "onequeue:{main}:dead-letter"
    assert keys.leader == "onequeue:{main}:leader"
    assert keys.handover == "onequeue:{main}:handover"
    assert keys.standby("host:1:a") == "onequeue:{main}:standby:host:1:a"
    assert keys.work("desk-1") == "onequeue:{main}:work:desk-1"


@pytest.mark.parametrize("tenant", ["", "Main", "a b", "a}b", "a" * 64, "main\n", "ü"])
def test_other_names_are_refused(tenant: str) -> None:
    with pytest.raises(TenantError, match="1 to 63"):
        Keys(tenant)


def test_longest_tenant_is_taken() -> None:
    assert Keys("a" * 63).tenant == "a" * 63
