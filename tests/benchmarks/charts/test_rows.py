"""Bars and estimates: one row each, the first on top, their names as plain words."""

from __future__ import annotations

from benchmarks.charts.rows import Bar, Interval, bars, intervals


def test_bars_begin_at_zero_with_their_words() -> None:
    figure = bars([Bar("<voice>", 0.9, "90 %"), Bar("chat", 0.5, "50 %")], most=1.0)
    assert figure.layout.xaxis.range == (0, 1)
    said = [annotation.text for annotation in figure.layout.annotations]
    assert said == ["&lt;voice&gt;", "90 %", "chat", "50 %"]
    first, last = figure.layout.yaxis.range
    assert first > 1 > 0 > last


def test_bars_of_nothing_have_an_axis() -> None:
    assert bars([Bar("none", 0.0, "0")]).layout.xaxis.range == (0, 1)


def test_estimates_have_intervals_and_goals() -> None:
    figure = intervals([Interval("a", 0.8, 0.02, "0.80", "0.80 ± 0.02")], goals={"target": 0.84})
    assert figure.data[0].error_x.array == (0.02,)
    assert figure.data[0].text == ("0.80 ± 0.02",)
    assert figure.layout.shapes[0].x0 == 0.84
    assert figure.layout.annotations[-1].text == "target"
