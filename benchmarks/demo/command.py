"""Route a compressed hour of a mixed contact center, live."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from adapters.cli.output import Exit, error_console, report_console
from adapters.redis.keys import Keys
from adapters.redis.wire import display_url
from benchmarks.demo.invocation import onequeue
from benchmarks.demo.log_lines import NotStarted
from benchmarks.demo.media.errors import MediumFailed
from benchmarks.demo.processes import ChildDied, NotReady
from benchmarks.demo.report import Report
from benchmarks.demo.report_view import print_report
from benchmarks.demo.run import Settings, run_demo
from benchmarks.demo.store import open_store
from benchmarks.floor.lifetime import run_until_told
from benchmarks.reporting import JsonOption, one_line_for, write_report

__all__ = ("app",)

ANSWER_CHARACTERS: Final = 200
FAILURES: Final = (ChildDied, NotReady, NotStarted, MediumFailed)

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def demo(
    *,
    seconds: Annotated[
        float, typer.Option(min=10, max=3_600, help="Real seconds that the hour takes.")
    ] = 40.0,
    seed: Annotated[int, typer.Option(help="Another seed, another hour.")] = 7,
    agents: Annotated[
        int, typer.Option(min=10, max=2_000, help="Agents on the floor; traffic grows with them.")
    ] = 60,
    media: Annotated[
        bool,
        typer.Option(
            "--media/--no-media", help="Let mails, SMS, a form, a chat and calls come in."
        ),
    ] = True,
    json_file: JsonOption = None,
    keep: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Keep the server's data and the logs in this directory."),
    ] = None,
    redis_url: Annotated[
        str | None,
        typer.Option(
            "--redis",
            metavar="URL",
            envvar="ONEQUEUE_REDIS_URL",
            help="Use this server (Redis or Valkey, 7.0 or newer), not an embedded one.",
        ),
    ] = None,
) -> None:
    """Route a compressed hour of a mixed contact center, live, and report on it.

    Nine channels, sixty agents with different skills, customers who come back, one surge. Ends by
    itself; exit status 0 only if the independent checker finds no violation. Beside the hour real
    media run on this machine: mail by SMTP, SMS by webhook, a form, a chat that you can join, and
    calls by SIP where Kamailio is installed.

    \b
    Examples:
      onequeue demo
      onequeue demo --no-media
      onequeue demo --seconds 120 --agents 200 --seed 3
      onequeue demo --redis redis://localhost --json demo.json
    """
    console = report_console()
    settings = Settings(seconds=seconds, seed=seed, agents=agents, has_media=media)
    started_s = time.monotonic()
    _introduce(settings, console)
    with (
        one_line_for(*FAILURES, code=Exit.BAD, command="onequeue demo"),
        open_store(redis_url, keep) as store,
    ):
        report = run_until_told(run_demo(settings, store, console))
    if report is None:
        error_console().print("Stopped before the hour was over; no report.")
        raise typer.Exit(Exit.INTERRUPTED)
    print_report(report, console)
    write_report(report.to_dict(), json_file)
    if report.api is not None:
        asked, answer = report.api["asked"], report.api["answer"][:ANSWER_CHARACTERS]
        said = f"\nOver HTTP, as the hour closed: {asked} was answered by\n  {answer} …"
        console.print(said, markup=False, soft_wrap=True)
    console.print(
        f"\nTook {time.monotonic() - started_s:.0f} s on {report.settings['server']}, seed {seed}.",
        style="dim",
    )
    for line in _how_to_look(report, store.url, keep, on_own_server=redis_url is not None):
        console.print(line, markup=False, soft_wrap=True)
    raise typer.Exit(Exit.OK if report.passed else Exit.BAD)


def _introduce(settings: Settings, console: Console) -> None:
    console.print(
        f"[bold]An hour of a contact center in {settings.seconds:.0f} seconds[/bold]: "
        f"{settings.agents} agents, one queue for all media; a surge at 09:22."
    )


def _how_to_look(
    report: Report, url: str, keep: Path | None, *, on_own_server: bool
) -> Iterator[str]:
    where = f"--tenant {report.settings['tenant']} --redis {display_url(url)}"
    if on_own_server:
        keys = Keys(report.settings["tenant"]).prefix + "*"
        yield "The journal stays on your server. To look at it, and to remove it:"
        yield f"  {onequeue()} journal {where}"
        yield f"  {onequeue()} verify {where}"
        yield f"  redis-cli --scan --pattern '{keys}' | xargs redis-cli unlink"
    elif keep is not None:
        yield f"Data and logs are kept in {keep}. To look at them, start a server on them:"
        yield f"  {onequeue()} serve --data-dir {keep} --tenant {report.settings['tenant']}"
        yield "and in another terminal:"
        yield f"  {onequeue()} journal {where}"
        yield f"  {onequeue()} verify {where}"


if __name__ == "__main__":
    app()
