"""When a lease that looks free may be taken."""

from __future__ import annotations

from adapters.leading.vacancy import SETTLE_S, SLOW_S, Vacancy


def look(vacancy: Vacancy, at_s: float, *, free: bool = True, took_s: float = 0.001) -> bool:
    return vacancy.looked(is_free=free, asked_s=at_s, answered_s=at_s + took_s)


def test_a_lease_is_vacant_at_the_second_look() -> None:
    vacancy = Vacancy()
    assert [look(vacancy, 0.0, free=False), look(vacancy, 0.1), look(vacancy, 0.2)] == [
        False,
        False,
        True,
    ]


def test_a_renewal_in_between_begins_anew() -> None:
    vacancy = Vacancy()
    looks = [look(vacancy, at_s, free=at_s != 0.2) for at_s in (0.1, 0.2, 0.3, 0.4)]
    assert looks == [False, False, False, True]


def test_after_a_late_answer_the_leader_has_time_to_renew() -> None:
    vacancy = Vacancy()
    late_s = SLOW_S + 0.01
    assert not look(vacancy, 0.0, took_s=late_s)
    assert not look(vacancy, late_s + 0.1)
    assert not look(vacancy, late_s + 0.2)
    assert look(vacancy, late_s + SETTLE_S)


def test_after_no_answer_as_well() -> None:
    vacancy = Vacancy()
    look(vacancy, 0.0)
    vacancy.failed(1.0)
    assert not look(vacancy, 1.1)
    assert look(vacancy, 1.0 + SETTLE_S)
