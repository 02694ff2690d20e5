"""The matrix holds what each role is for, and nothing more."""

from __future__ import annotations

import pytest

from adapters.identity.permissions import MATRIX, OWN_ONLY, Permission, Role

WRITING = {p for p in Permission if p.value.endswith((":write", ":answer", ":state"))} | {
    Permission.FORGET,
    Permission.DESKTOP,
}


def test_every_role_has_a_row_and_every_permission_somebody() -> None:
    assert set(MATRIX) == set(Role)
    assert frozenset().union(*MATRIX.values()) == frozenset(Permission)


@pytest.mark.parametrize("role", OWN_ONLY)
def test_what_is_for_ones_own_is_part_of_the_role(role: Role) -> None:
    assert OWN_ONLY[role] <= MATRIX[role]


def test_an_auditor_changes_nothing_and_sees_nobodys_data() -> None:
    assert not MATRIX[Role.AUDITOR] & WRITING
    assert Permission.PERSONAL_READ not in MATRIX[Role.AUDITOR]


def test_keys_are_given_by_admins_alone() -> None:
    sensitive = {
        Permission.KEYS_WRITE,
        Permission.POLICY_WRITE,
        Permission.FORGET,
        Permission.WEBHOOKS_WRITE,
    }
    assert [role for role in Role if MATRIX[role] & sensitive] == [Role.ADMIN]


def test_an_agent_does_nothing_to_others() -> None:
    assert MATRIX[Role.AGENT] - OWN_ONLY[Role.AGENT] == {Permission.QUEUES_READ}
