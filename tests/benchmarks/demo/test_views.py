from __future__ import annotations

import io

import pytest
from rich.console import Console

from benchmarks.demo.hour import Frame, Hour
from benchmarks.demo.live import LiveView, clock, floor_now
from benchmarks.demo.media.figures import Contact, MediaFigures
from benchmarks.demo.policy import load_policy
from benchmarks.demo.report import Verdict, make_report
from benchmarks.demo.report_view import print_report
from tests.benchmarks.demo.journals import created, issued, opening, record
from tests.benchmarks.virtual_floor import OPENS_MS, VirtualFloor


def console(*, terminal: bool, width: int = 80) -> Console:
    return Console(file=io.StringIO(), force_terminal=terminal, width=width, height=40)


def text_of(target: Console) -> str:
    assert isinstance(target.file, io.StringIO)
    return target.file.getvalue()


def small_hour() -> Hour:
    hour = Hour(Frame(0, 3_600_000, 1_200_000, 1_800_000, 1.0))
    hour.feed(record(0, *opening()))
    hour.feed(record(1_000, created(1, 1_000), issued(1), created(2, 1_000, "chat")))
    return hour


def test_elsewhere_than_on_a_terminal_it_tells_a_line_now_and_then() -> None:
    target, hour = console(terminal=False, width=200), small_hour()
    with LiveView(hour, target) as view:
        for second in range(0, 3_601, 10):
            view.show(second * 1_000)
    lines = text_of(target).splitlines()
    assert len(lines) == 13
    assert lines[0].startswith("09:00")
    assert ["SURGE" in line for line in lines].count(True) == 2


def test_on_a_terminal_it_draws_channels_agents_and_the_surge() -> None:
    target, hour = console(terminal=True), small_hour()
    with LiveView(hour, target) as view:
        view.show(1_300_000)
    shown = text_of(target)
    for words in ("09:21", "SURGE", "voice", "chat", "ringing", "on a break", "1 offers"):
        assert words in shown


def test_agents_are_counted_by_what_they_do() -> None:
    now = floor_now(small_hour())
    assert (now["ringing"], now["unavailable"], now["working"], now["idle"]) == (1, 1, 0, 0)


@pytest.mark.parametrize(("minute", "shown"), [(0, "09:00"), (22.9, "09:22"), (60, "10:00")])
def test_the_clock_begins_at_nine(minute: float, shown: str) -> None:
    assert clock(minute) == shown


MAIL = Contact("mail, SMTP", ("support:<0123456789ab@customers.example>#01",), "ada", 12.0, True)
MEDIA = MediaFigures((MAIL,), 1, {"voice": "there is no kamailio"}, 2)


def printed(
    hour: tuple[Hour, VirtualFloor], verdict: Verdict, media: MediaFigures | None = None
) -> str:
    target = console(terminal=False)
    report = make_report(
        hour[0],
        policy=load_policy(),
        offered_ms=hour[1].written_ms,
        verdict=verdict,
        settings={},
        media=media,
    )
    assert report.passed == (verdict.clean and (media is None or media.complete))
    print_report(report, target)
    return text_of(target)


def test_the_report_fits_eighty_columns_and_names_everything(
    hour: tuple[Hour, VirtualFloor],
) -> None:
    shown = printed(hour, Verdict(True, 9, 20, 0, ()), MEDIA)
    assert max(len(line.rstrip()) for line in shown.splitlines()) <= 80
    assert "…" not in shown
    for words in ("letter", "all", "occupancy", "preferred agent", "p99", "No violation"):
        assert words in shown


def test_what_came_by_media_is_told_and_what_did_not(hour: tuple[Hour, VirtualFloor]) -> None:
    clean = Verdict(True, 9, 20, 0, ())
    assert "real media" not in printed(hour, clean)
    shown = " ".join(printed(hour, clean, MEDIA).split())
    assert "support:<0123456789ab@cus.. ada 12s arrived" in shown
    assert "1 said, 1 known: each" in shown
    assert "2 more came from somebody else" in shown
    assert "Without voice: there is no kamailio." in shown
    lost = MediaFigures((Contact("SMS, webhook", (), "", None, False),), 2, {}, 0)
    shown = " ".join(printed(hour, clean, lost).split())
    assert "SMS, webhook lost - waits none yet" in shown
    assert "1 said, 0 known; 1 not taken. Something was lost" in shown


def test_violations_are_shown(hour: tuple[Hour, VirtualFloor]) -> None:
    shown = printed(hour, Verdict(False, 9, 20, 12, ("owner/two at 1-5: i-1 has two owners",)))
    assert "12 violations" in shown
    assert "i-1 has two owners" in shown
    assert OPENS_MS > 0
