"""Try a policy on recorded traffic before it is applied."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import typer

from adapters.cli.connection import RedisOption, TenantOption
from adapters.cli.history import ArchiveOption, opened_history
from adapters.cli.output import Exit, UsageError, error_console, report_console
from adapters.cli.policy_file import valid_policy
from adapters.cli.stats_options import Zone
from adapters.cli.stats_times import moment_ms_of, zone_of
from adapters.history import History
from benchmarks.preview.cases import Recording, write_recording
from benchmarks.preview.errors import PreviewError
from benchmarks.preview.model import Model, model_of
from benchmarks.preview.options import (
    FromOption,
    NamedOption,
    PolicyOption,
    ReplicationsOption,
    ToOption,
)
from benchmarks.preview.reading import record
from benchmarks.preview.report import Asked, to_document
from benchmarks.preview.running import Players, Replayed, players, replay_pairs
from benchmarks.preview.view import print_preview
from benchmarks.reporting import JsonOption, PageOption, one_line_for, write_report
from benchmarks.tuning.follow import Follow, ProgressForm, followed
from benchmarks.tuning.options import JobsOption, ProgressOption, SeedOption

__all__ = ("app", "preview")

REPLICATIONS: Final = 5
NAMED: Final = 100
REPLAYING: Final = "replaying interactions"
PLAIN_WIDTH: Final = 160

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command(no_args_is_help=True)
def preview(
    *,
    policy: PolicyOption,
    from_option: FromOption,
    to_option: ToOption = "now",
    zone: Zone = "UTC",
    replications: ReplicationsOption = REPLICATIONS,
    seed: SeedOption = 1,
    jobs: JobsOption = None,
    named: NamedOption = NAMED,
    json_file: JsonOption = None,
    report: PageOption = None,
    progress: ProgressOption = "bar",
    redis_option: RedisOption = None,
    tenant: TenantOption = "main",
    archive: ArchiveOption = None,
) -> None:
    """Replay recorded traffic under a draft of a policy, beside the policy that ran.

    The real engine replays the period from journal and archive in virtual time, both ways, with the
    same random numbers: what differs is the policy. How customers wait and how long agents take is
    drawn where it was not seen. A back-test says how near the replay of what ran is to what was.

    \b
    Examples:
      onequeue preview --policy new.yaml --from yesterday --to today
      onequeue preview --policy new.yaml --from 2026-03-02T08:00 --to 2026-03-02T18:00 --json p.json
      onequeue preview --policy new.yaml --from 2026-03-02 --to 2026-03-03 --archive DIR --seeds 20
      onequeue preview --policy new.yaml --from yesterday --to today --report preview.html

    What is supposed, and how near it comes: docs/preview.md. Exits with 0, also where the back-test
    is off (the report says so); 1 for a policy that is not valid; 2 when the period cannot be had;
    130 after Ctrl-C, with what was done by then.
    """
    jobs = min(jobs or os.cpu_count() or 1, 2 * replications)
    asked = Asked(valid_policy(policy).model_dump(mode="json"), seed, replications, jobs, named)
    form = _form(progress)
    with (
        one_line_for(PreviewError, code=Exit.USAGE, command="onequeue preview"),
        opened_history(redis_option, tenant, archive) as history,
        followed(form) as follow,
    ):
        span = _span(history, from_option, to_option, zone)
        document = _previewed(history, span, asked, follow)
    if form == "bar":
        print_preview(document, report_console(PLAIN_WIDTH))
    write_report(document, json_file)
    if report is not None:
        from benchmarks.charts.preview import write_preview_report  # plotly takes its time

        write_preview_report(document, report)
    if document["interrupted"]:
        error_console().print("Stopped before the end.")
        raise typer.Exit(Exit.INTERRUPTED)


def _previewed(
    history: History, span: tuple[int, int], asked: Asked, follow: Follow
) -> dict[str, Any]:
    began_s = time.monotonic()
    with players(asked.jobs, asked.replications) as by:
        told_of = history.count
        recording = record(history, *span, lambda _, done: follow.stage("reading", done, told_of))

        model = _model_of(recording)

        def told(replayed: Replayed) -> dict[str, Any]:
            took_s = time.monotonic() - began_s
            return to_document(recording, model(), asked, replayed, took_s)

        with TemporaryDirectory(prefix="onequeue-preview-") as folder:
            path = Path(folder) / "recording"
            replayed = _replayed(by, recording, path, asked, follow, model, told)
    if not replayed.pairs:
        raise KeyboardInterrupt
    document = told(replayed)
    follow.result(document, final=True)
    return document


def _model_of(recording: Recording) -> Callable[[], Model]:
    """The model, fitted when it is first asked for: the processes that replay fit their own."""
    return cache(partial(model_of, recording))


def _replayed(
    by: Players,
    recording: Recording,
    path: Path,
    asked: Asked,
    follow: Follow,
    model: Callable[[], Model],
    told: Callable[[Replayed], dict[str, Any]],
) -> Replayed:
    write_recording(recording, path)
    seeds = range(asked.seed, asked.seed + asked.replications)
    many = len(recording.cases)
    total = 2 * asked.replications * many
    follow.stage(REPLAYING, 0, total)
    known = 0

    def progress(replays: float, found: Replayed) -> None:
        nonlocal known
        model()  # while others work
        follow.stage(REPLAYING, int(replays * many), total)
        if known < len(found.pairs) < asked.replications:
            follow.result(told(found), final=False)
        known = len(found.pairs)

    return replay_pairs(by, recording, path, asked.policy, seeds, progress)


def _span(history: History, begin: str, end: str, zone_name: str) -> tuple[int, int]:
    zone, now_ms = zone_of(zone_name), history.now_ms()
    from_ms = moment_ms_of("--from", begin, zone, now_ms)
    to_ms = min(now_ms, moment_ms_of("--to", end, zone, now_ms))
    if from_ms >= to_ms:
        raise UsageError(f"--from {begin} is not before --to {end}, or lies in the future")
    return from_ms, to_ms


def _form(progress: str) -> ProgressForm:
    if progress == "json":
        return "json"
    if progress == "bar":
        return "bar"
    raise UsageError(f"--progress {progress}: it is bar or json")


if __name__ == "__main__":
    app()
