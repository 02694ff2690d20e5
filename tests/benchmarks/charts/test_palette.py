"""One colour of a dark page for each of a light one, both readable on theirs."""

from __future__ import annotations

import re

import pytest

from benchmarks.charts.palette import ROLES, SERIES, css_variables, dark_colours

BACKS = {role.name: role for role in ROLES}["card"]


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_no_two_roles_share_a_colour() -> None:
    assert len(dark_colours()) == len(ROLES)
    assert all(re.fullmatch("#[0-9a-f]{6}", c) for role in ROLES for c in role[1:])
    assert len(re.findall("--", css_variables(dark=True))) == len(ROLES)


@pytest.mark.parametrize("name", ["ink", "ink-2", "good", "bad"])
def test_words_can_be_read(name: str) -> None:
    role = next(role for role in ROLES if role.name == name)
    assert contrast(role.light, BACKS.light) > 4.5
    assert contrast(role.dark, BACKS.dark) > 4.5


@pytest.mark.parametrize("number", range(len(SERIES)))
def test_lines_stand_out_from_their_page(number: int) -> None:
    assert contrast(SERIES[number].light, BACKS.light) > 2.4
    assert contrast(SERIES[number].dark, BACKS.dark) > 3
