"""Orders as keys: what comes first, and that it holds whatever the medium's target."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queues.orders import OrderRule, by_value, coarse_ms, in_bucket, order_rule
from queues.urgency import freshness_ppm, urgency_ppm

NOW_MS = 1_700_000_000_000
DAY_MS = 86_400_000
ORDERS = (
    "urgency",
    "priority",
    "ageing",
    "deadline",
    "oldest_first",
    "newest_first",
    "predicted_wait",
)

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


@given(
    ahead=st.integers(0, 15),
    ages=st.tuples(ages_ms, ages_ms),
    points=st.tuples(priorities, priorities),
    orders=st.tuples(st.sampled_from(ORDERS[1:]), st.sampled_from(ORDERS[1:])),
    value=st.integers(-(2**70), 2**70),
)
def test_every_key_of_a_bucket_comes_before_every_key_of_the_next(
    ahead: int,
    ages: tuple[int, int],
    points: tuple[int, int],
    orders: tuple[str, str],
    value: int,
) -> None:
    later, earlier = (in_bucket(rule(order), ahead + n) for n, order in enumerate(orders))
    behind = later.order_key(NOW_MS - ages[0], points[0])
    assert earlier.order_key(NOW_MS - ages[1], points[1]) < behind
    assert by_value(value, ahead + 1).order_key(NOW_MS, 100) < behind
    assert urgency_ppm(NOW_MS, behind, later.unit_ms) < 2**53


@pytest.mark.parametrize("order", ORDERS[1:])
@given(ages=st.tuples(ages_ms, ages_ms), points=st.tuples(priorities, priorities))
def test_an_order_is_the_same_within_a_bucket(
    order: str, ages: tuple[int, int], points: tuple[int, int]
) -> None:
    def keys(one: OrderRule) -> list[int]:
        return [one.order_key(NOW_MS - a, p) for a, p in zip(ages, points, strict=True)]

    plain, inside = keys(rule(order)), keys(in_bucket(rule(order), 3))
    assert plain[0] - plain[1] == inside[0] - inside[1]


@given(target_ms=st.integers(100, 366 * DAY_MS))
def test_a_unit_is_the_target_but_for_a_tenth(target_ms: int) -> None:
    unit_ms = coarse_ms(target_ms)
    assert unit_ms <= target_ms < unit_ms * 11 / 10
    assert len(f"{unit_ms}".rstrip("0")) <= 2
    assert coarse_ms(unit_ms) == unit_ms
    one = order_rule("urgency", target_ms, 500, 1_000, unit_ms)
    due_ms = NOW_MS + target_ms
    assert urgency_ppm(due_ms, one.order_key(NOW_MS, 0), one.unit_ms) == 1_000_000
