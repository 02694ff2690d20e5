"""Ages: the oldest of each queue that is asked about, whatever order they leave in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from queues.ages import Ages


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 5), st.booleans())))
def test_the_oldest_is_the_lowest_origin(moves: list[tuple[str, int, bool]]) -> None:
    ages, waiting = Ages("ab"), list[tuple[str, int]]()
    for queue, origin_ms, leaves in moves:
        if leaves and (queue, origin_ms) in waiting:
            waiting.remove((queue, origin_ms))
            ages.remove(queue, origin_ms)
        else:
            waiting.append((queue, origin_ms))
            ages.add(queue, origin_ms)
        for asked in "ab":
            origins = [one for name, one in waiting if name == asked]
            assert ages.oldest_ms(asked) == min(origins, default=None)


def test_they_are_let_go_of_a_little_at_a_time() -> None:
    ages = Ages(("a", "b"))
    for number in range(5_000):
        ages.add("a", number)
    rounds = 1
    while ages.dismantle(1_000):
        rounds += 1
    assert 4 < rounds < 12
