"""The set of numbers, against a plain set."""

from __future__ import annotations

from random import Random

from benchmarks.engine.numbers import NumberSet


def test_it_holds_what_a_set_holds() -> None:
    dice, numbers, plain = Random(3), NumberSet(), set[int]()
    for _ in range(5_000):
        number = dice.randrange(60)
        if dice.random() < 0.5:
            numbers.add(number)
            plain.add(number)
        else:
            numbers.discard(number)
            plain.discard(number)
        assert len(numbers) == len(plain)
    assert {n for n in range(70) if n in numbers} == plain


def test_every_member_is_drawn() -> None:
    dice, numbers = Random(3), NumberSet()
    for number in (4, 8, 15, 16):
        numbers.add(number)
    numbers.discard(8)
    assert {numbers.draw(dice) for _ in range(200)} == {4, 15, 16}
