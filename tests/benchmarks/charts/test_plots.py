"""Lines over time: their clock, their gaps, their axes, and names that are no markup."""

from __future__ import annotations

import math

import pytest

from benchmarks.charts.palette import SERIES
from benchmarks.charts.plots import Band, Line, Window, lines
from benchmarks.charts.thinning import POINTS_MAX


@pytest.mark.parametrize(
    ("until_s", "words", "last"),
    [
        (60.0, "seconds since the start", 60.0),
        (3_600.0, "minutes since the start", 60.0),
        (36_000.0, "hours since the start", 10.0),
    ],
)
def test_the_clock_follows_the_span(until_s: float, words: str, last: float) -> None:
    figure = lines([0.0, until_s], [Line("one", [1.0, 2.0], SERIES[0])])
    assert figure.layout.xaxis.title.text == words
    assert figure.data[0].x[-1] == last


def test_gaps_stay_gaps() -> None:
    figure = lines([0.0, 1.0, 2.0], [Line("one", [1.0, None, 2.0], SERIES[0])])
    assert figure.data[0].y == (1.0, None, 2.0)
    assert not figure.data[0].connectgaps


def test_names_are_no_markup() -> None:
    window = Window(0, 1, "<a href='javascript:1'>x</a>")
    figure = lines([0.0, 1.0], [Line("<b>", [1.0, 2.0], SERIES[0])], windows=[window], unit="<i>")
    assert figure.data[0].name == "&lt;b&gt;"
    assert "<" not in figure.layout.annotations[0].text
    assert "<i>" not in figure.data[0].hovertemplate


def test_long_lines_are_thinned() -> None:
    at = [float(t) for t in range(50_000)]
    figure = lines(at, [Line("one", at, SERIES[0])], take="max")
    assert len(figure.data[0].x) <= POINTS_MAX
    assert figure.data[0].y[-1] == 49_999


def test_axes_are_shares_logarithms_or_from_zero() -> None:
    drawn = [Line("one", [0.1, 0.9], SERIES[0])]
    assert lines([0.0, 1.0], drawn, share=True).layout.yaxis.range == (0, 1.04)
    assert lines([0.0, 1.0], drawn, log=True).layout.yaxis.type == "log"
    assert lines([0.0, 1.0], drawn).layout.yaxis.rangemode == "tozero"


def test_nothing_measured_is_an_empty_plot() -> None:
    assert lines([], []).data == ()


@pytest.mark.parametrize(
    ("values", "ends", "dtick"),
    [
        ([310.0, 585.0], (math.log10(200), 3.0), "D2"),
        ([1.0, 20.0], (0.0, 1 + math.log10(2)), "D2"),
        ([0.5, 9_000.0], (math.log10(0.5), 4.0), 1),
        ([0.0, 0.0], (0.0, 1.0), "D2"),
        ([1.0, 1.0], (0.0, 0.3), "D2"),
    ],
)
def test_logarithmic_axes_end_at_round_numbers(
    values: list[float], ends: tuple[float, float], dtick: object
) -> None:
    axis = lines([0.0, 1.0], [Line("one", values, SERIES[0])], log=True).layout.yaxis
    assert axis.range == pytest.approx(ends)
    assert axis.dtick == dtick


@pytest.mark.parametrize(
    ("values", "mode"),
    [
        ([1.0, 2.0, 3.0], "lines+markers"),
        ([1.0] * 100, "lines"),
        ([1.0, None] * 50, "lines+markers"),
        ([*[1.0] * 60, None, 2.0, None], "lines"),
    ],
)
def test_single_points_are_marked(values: list[float | None], mode: str) -> None:
    at_s = [float(at) for at in range(len(values))]
    assert lines(at_s, [Line("one", values, SERIES[0])]).data[0].mode == mode


def test_bands_lie_below_their_lines() -> None:
    band = Band([1.0, 2.0], [3.0, 4.0], SERIES[0])
    low, high, line = lines([0.0, 1.0], [Line("one", [2.0, 3.0], SERIES[0])], band=band).data
    assert (low.y, high.y, line.y) == ((1.0, 2.0), (3.0, 4.0), (2.0, 3.0))
    assert high.fill == "tonexty"
