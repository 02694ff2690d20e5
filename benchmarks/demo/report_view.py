"""The report as a person reads it: tables and sentences, eighty columns wide."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from benchmarks.demo.explain import Explanation
from benchmarks.demo.figures import Percentiles, share
from benchmarks.demo.live import clock
from benchmarks.demo.media.figures import Contact, MediaFigures
from benchmarks.demo.report import ChannelFigures, Report

__all__ = ("print_report",)

WIDTH = 92
VIOLATIONS_SHOWN = 5
NAME_SHOWN = 27
"""Characters of an interaction's id that stand in the table; the JSON has the whole."""


def print_report(report: Report, console: Console) -> None:
    """Print everything, the verdict last."""
    for part in _parts(report):
        console.print(part, width=min(WIDTH, console.width))


def _parts(report: Report) -> Iterator[RenderableType]:
    yield _heading("What became of every interaction")
    yield _outcomes(report)
    yield _note(_still_open(report.total))
    yield _heading("How long customers waited, in the hour's own time")
    yield _waits(report)
    yield _note(
        "From arrival until an agent accepted. In target: share of all who were accepted, gave up "
        "or are past the target."
    )
    yield _heading("Before, in and after the surge")
    yield _phases(report)
    yield _note("Queue: the most that waited at once. Interactions count where they arrived.")
    yield _heading("How well the work was matched")
    yield _matching(report)
    if report.media is not None:
        yield _heading("What came in by real media")
        yield _contacts(report.media)
        yield _counted(report.media)
    if report.decisions:
        yield _heading("Three decisions, from the journal's decision records")
    for explanation in report.decisions:
        yield _decision(explanation)
    yield _heading("Checked")
    yield _verdict(report)


def _still_open(total: ChannelFigures) -> str:
    return (
        "arrived = completed + abandoned + still open; of those still open "
        f"{total.with_agent} are with an agent and {total.still_waiting} wait"
    )


def _heading(words: str) -> Text:
    return Text(f"\n{words}", style="bold")


def _note(words: str) -> RenderableType:
    return Padding(Text(words, style="dim"), (0, 0, 0, 1))


def _table(first: str, *headings: str) -> Table:
    table = Table(box=None, header_style="dim", pad_edge=True, padding=(0, 1))
    table.add_column(first, no_wrap=True)
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def _outcomes(report: Report) -> Table:
    table = _table(
        "channel", "arrived", "offered", "accepted", "completed", "abandoned", "still open"
    )
    for figures in (*report.channels, report.total):
        table.add_row(
            figures.channel,
            *(
                f"{number:,}"
                for number in (
                    figures.arrived,
                    figures.offered,
                    figures.accepted,
                    figures.completed,
                    figures.abandoned,
                    figures.still_waiting + figures.with_agent,
                )
            ),
            style=_row_style(figures),
        )
    return table


def _waits(report: Report) -> Table:
    table = _table("channel", "target", "in target", "p50", "p90", "p99", "longest")
    for figures in (*report.channels, report.total):
        wait = figures.wait_s
        spread = (wait.p50, wait.p90, wait.p99, wait.highest)
        table.add_row(
            figures.channel,
            _target(figures),
            _percent(figures.within_target),
            *(_short(seconds) if wait.count else "-" for seconds in spread),
            style=_row_style(figures),
        )
    return table


def _phases(report: Report) -> Table:
    table = _table("", "arrived", "abandoned", "in target", "p90", "queue", "occupancy")
    for phase in report.phases:
        table.add_row(
            f"{phase.name}, to {clock(round(phase.to_minute))}",
            f"{phase.arrived:,}",
            f"{phase.abandoned:,}",
            _percent(phase.within_target),
            _short(phase.wait_s.p90),
            f"{phase.longest_queue}",
            _percent(phase.occupancy),
        )
    return table


def _matching(report: Report) -> Table:
    offers, occupancy = report.offers, report.occupancy
    table = Table(box=None, show_header=False, pad_edge=True, padding=(0, 1))
    table.add_column(style="dim", no_wrap=True)
    table.add_column()
    reached = _percent(share(offers.preferred_reached, offers.preferred_known))
    table.add_row(
        "preferred agent",
        f"{reached} reached an agent who knows them: {offers.preferred_reached:,} of "
        f"{offers.preferred_known:,} who had one",
    )
    table.add_row("skill fit", f"{_percent(offers.skill_fit)} on average; 100 % is the best level")
    table.add_row(
        "occupancy",
        f"{_percent(occupancy.mean)} of agents' capacity at work while on the floor; "
        f"{_percent(occupancy.lowest)} to {_percent(occupancy.highest)} each",
    )
    table.add_row(
        "offers",
        f"{offers.issued:,}: {offers.accepted:,} accepted, {offers.declined} declined, "
        f"{offers.expired} not answered, {offers.rescinded} withdrawn, {offers.open} open",
    )
    table.add_row("matching latency", _latency(report.matching_ms))
    if report.rejections:
        words = ", ".join(f"{count} {what}" for what, count in sorted(report.rejections.items()))
        table.add_row("refused", f"came too late: {words}")
    return table


def _latency(matching: Percentiles) -> str:
    return (
        f"p50 {matching.p50:.0f} ms, p90 {matching.p90:.0f} ms, p99 {matching.p99:.0f} ms, longest "
        f"{matching.highest:.0f} ms in real time: from the inbound entry to the offer in the "
        f"agent's work stream, for the {matching.count:,} who found an agent free"
    )


def _contacts(media: MediaFigures) -> Table:
    table = Table(box=None, header_style="dim", pad_edge=True, padding=(0, 1))
    for heading in ("medium", "interaction", "agent"):
        table.add_column(heading, no_wrap=True)
    for heading in ("waited", "reply"):
        table.add_column(heading, justify="right", no_wrap=True)
    for contact in media.contacts:
        table.add_row(
            contact.medium,
            _interaction(contact),
            contact.agent_id or "-",
            "waits" if contact.waited_s is None else _short(contact.waited_s),
            _REPLIED[contact.replied],
        )
    return table


_REPLIED = {True: "arrived", False: "none yet", None: "no way"}


def _interaction(contact: Contact) -> str:
    if len(contact.interactions) != 1:
        return f"{len(contact.interactions)} interactions" if contact.interactions else "lost"
    (name,) = contact.interactions
    return name if len(name) <= NAME_SHOWN else f"{name[: NAME_SHOWN - 2]}.."


def _counted(media: MediaFigures) -> RenderableType:
    said = len(media.contacts)
    text = Text(f"{said} said, {media.known} known", style="dim" if media.complete else "red")
    if media.complete:
        text.append(": each has become one interaction, by the medium's own id.")
    else:
        untaken = media.expected - said
        text.append(f"; {untaken} not taken. Something was lost or doubled, or did not arrive.")
    if media.others:
        text.append(f" {media.others} more came from somebody else: from you?")
    for medium, why in media.left_out.items():
        text.append(f" Without {medium}: {why}.")
    return Padding(text, (0, 0, 0, 1))


def _decision(explanation: Explanation) -> RenderableType:
    lines = Text("\n").join(Text(line) for line in explanation.lines)
    return Group(
        Padding(Text(explanation.title, style="cyan"), (0, 0, 0, 1)),
        Padding(lines, (0, 0, 1, 1)),
    )


def _verdict(report: Report) -> RenderableType:
    verdict = report.verdict
    text = Text()
    if not report.adds_up:
        text.append("The sums do not add up: some interactions are in no place or in two.\n", "red")
    looked = f"{verdict.records:,} records, {verdict.events:,} events"
    if verdict.clean:
        text.append("No violation", "bold green")
        text.append(
            f" in {looked}: nothing lost, no interaction with two owners, no agent over capacity, "
            "only eligible agents offered, no free agent beside work that they could have had."
        )
    else:
        text.append(f"{verdict.violations_total} violations", "bold red")
        text.append(f" in {looked}; the first:")
        for violation in verdict.violations[:VIOLATIONS_SHOWN]:
            text.append(f"\n- {violation}")
    return Padding(text, (0, 0, 0, 1))


def _row_style(figures: ChannelFigures) -> str:
    return "bold" if figures.channel == "all" else ""


def _target(figures: ChannelFigures) -> str:
    if figures.target_s is None:
        return ""
    shortest, longest = figures.target_s
    return _short(longest) if shortest == longest else f"{shortest:.0f} to {_short(longest)}"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.0%}".replace("%", " %")


def _short(seconds: float) -> str:
    """A duration that fits a column: ``8s``, ``2m 05s``, ``4h``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3_600:
        return f"{whole // 60}m {whole % 60:02d}s"
    return f"{whole // 3_600}h {whole % 3_600 // 60:02d}m"
