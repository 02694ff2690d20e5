"""What a principal may: roles add up, scopes narrow, agents act for themselves alone."""

from __future__ import annotations

from adapters.identity.permissions import MATRIX, OWN_ONLY, Permission, Role
from adapters.identity.principal import Principal


def principal(
    *roles: Role, agent_id: str | None = None, scopes: frozenset[Permission] | None = None
) -> Principal:
    return Principal("main", "somebody", frozenset(roles), agent_id, scopes)


def test_an_agent_acts_for_itself_alone() -> None:
    ana = principal(Role.AGENT, agent_id="ana")
    for permission in OWN_ONLY[Role.AGENT]:
        assert ana.may(permission)
        assert not ana.may_everywhere(permission)
        assert ana.may_for(permission, "ana")
        assert ana.may_for(permission, "ben", "ana")
        assert not ana.may_for(permission, "ben")
        assert not ana.may_for(permission, None)
        assert not ana.may_for(permission)


def test_an_agent_that_is_nobody_has_nothing_of_its_own() -> None:
    nobody = principal(Role.AGENT)
    assert nobody.permissions == {Permission.QUEUES_READ}
    assert not nobody.may_for(Permission.OFFERS_ANSWER, None)
    assert not nobody.may_for(Permission.OFFERS_ANSWER, "")


def test_roles_add_up() -> None:
    both = principal(Role.AGENT, Role.SUPERVISOR, agent_id="ana")
    assert both.permissions == MATRIX[Role.AGENT] | MATRIX[Role.SUPERVISOR]
    assert both.may_for(Permission.OFFERS_ANSWER, "ben")
    assert both.may_for(Permission.DESKTOP, "ana")
    assert not both.may_for(Permission.DESKTOP, "ben")


def test_scopes_narrow_and_never_widen() -> None:
    scopes = frozenset({Permission.QUEUES_READ, Permission.KEYS_WRITE})
    narrow = principal(Role.SUPERVISOR, scopes=scopes)
    assert narrow.permissions == {Permission.QUEUES_READ}
    assert principal(Role.ADMIN, scopes=frozenset()).permissions == frozenset()


def test_nobody_without_a_role_may_anything() -> None:
    assert principal().permissions == frozenset()
