"""Orders as keys: what comes first, and that it holds whatever the medium's target."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queues.orders import OrderRule, order_rule
from queues.urgency import freshness_ppm, urgency_ppm

NOW_MS = 1_700_000_000_000
DAY_MS = 86_400_000
ORDERS = ("urgency", "priority", "ageing", "deadline", "oldest_first", "newest_first")

ages_ms = st.integers(0, 366 * DAY_MS)
priorities = st.integers(0, 100)
targets_ms = st.sampled_from((100, 20_000, 60_000, DAY_MS, 366 * DAY_MS))


def rule(order: str, target_ms: int = 20_000, ageing: int = 1_000) -> OrderRule:
    return order_rule(order, target_ms, priority_step=500, ageing=ageing)


def urgency(one: OrderRule, key: int) -> int:
    return (freshness_ppm if one.newest_first else urgency_ppm)(NOW_MS, key, one.unit_ms)


@pytest.mark.parametrize("order", ORDERS)
@given(targets=st.tuples(targets_ms, targets_ms), ages=st.tuples(ages_ms, ages_ms),
       points=st.tuples(priorities, priorities))  # fmt: skip
def test_who_comes_first_is_never_the_less_urgent(
    order: str, targets: tuple[int, int], ages: tuple[int, int], points: tuple[int, int]
) -> None:
    if order == "urgency":
        targets = (targets[0], targets[0])  # shares of different targets have no common key
    rules = [rule(order, target_ms) for target_ms in targets]
    keys = [one.order_key(NOW_MS - a, p) for one, a, p in zip(rules, ages, points, strict=True)]
    first, second = (urgency(one, key) for one, key in zip(rules, keys, strict=True))
    assert first >= second if keys[0] <= keys[1] else first <= second


def test_a_thousand_days_are_worth_one_point_of_strict_priority() -> None:
    strict = rule("priority")
    year_old = strict.order_key(NOW_MS - 366 * DAY_MS, 4)
    assert strict.order_key(NOW_MS, 5) < year_old
    assert strict.order_key(NOW_MS, 5) > strict.order_key(NOW_MS - 1, 5)


def test_points_grow_with_the_minutes() -> None:
    half = rule("ageing", ageing=500)
    assert half.order_key(NOW_MS, 3) == half.order_key(NOW_MS - 6 * 60_000, 0)
    assert rule("ageing", ageing=1).order_key(0, 100) == -100 * 60_000_000


def test_urgency_is_one_when_the_deadline_comes() -> None:
    one = rule("deadline", target_ms=20_000)
    key = one.order_key(NOW_MS - 20_000, 0)
    assert urgency_ppm(NOW_MS, key, one.unit_ms) == 1_000_000
    assert urgency_ppm(NOW_MS - 120_000, key, one.unit_ms) == -1_000_000
    assert one.order_key(NOW_MS, 2) == one.order_key(NOW_MS - 20_000, 0)


def test_what_is_new_fades() -> None:
    one = rule("newest_first")
    ages_s = (0, 60, 180, 10**7)
    faded = [urgency(one, one.order_key(NOW_MS - age * 1_000, 9)) for age in ages_s]
    assert faded == [1_000_000, 500_000, 250_000, 5]


def test_an_unknown_order_is_none() -> None:
    with pytest.raises(KeyError):
        rule("fifo")
