"""How long the end of a long history takes to read: from a kept state, and from the first one."""

from __future__ import annotations

import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from adapters.archive.states import STATE_EVERY_MS, drop_states
from adapters.cli.output import error_console
from adapters.history import open_history
from benchmarks.preview.cases import Recording
from benchmarks.preview.kept_day import archive_day
from benchmarks.preview.reading import record
from benchmarks.preview.recorded_day import recorded_day
from benchmarks.scenario.document import Scenario
from router.record import decode_record

__all__ = ("read_last",)

END_OF_SHIFT_S: Final = 75_600
"""When the last of a busy day come."""


def read_last(scenario: Scenario, seed: int, last_s: int) -> dict[str, Any]:
    """Make a day, archive it, and time reading its last ``last_s`` seconds both ways."""
    error_console().print("simulating the day ...")
    entries = recorded_day(scenario, seed)
    events = 0
    for _, data in entries:
        events += len(decode_record(data).events)
    begin_ms = decode_record(entries[0][1]).now_ms
    span = (begin_ms + (END_OF_SHIFT_S - last_s) * 1_000, begin_ms + END_OF_SHIFT_S * 1_000)
    with TemporaryDirectory(prefix="onequeue-bench-") as folder:
        states = archive_day(Path(folder), entries, STATE_EVERY_MS)
        from_state_s, near = _timed(Path(folder), span)
        drop_states(Path(folder))
        from_first_s, whole = _timed(Path(folder), span)
    if near.cases != whole.cases or near.state != whole.state:
        raise AssertionError("a period is another one when it is read from a state")
    return {
        "records": len(entries),
        "events": events,
        "states": states,
        "interactions": len(near.cases),
        "from_state_s": from_state_s,
        "from_first_s": from_first_s,
        "folded_from_state": near.noted["folded_before"],
        "folded_from_first": whole.noted["folded_before"],
        "told": (
            f"{events:,} events, the last {last_s:,} s of them ({len(near.cases):,} interactions): "
            f"read in {from_state_s:.1f} s from a state ({near.noted['folded_before']:,} records "
            f"folded), in {from_first_s:.1f} s from the first record "
            f"({whole.noted['folded_before']:,} folded)"
        ),
    }


def _timed(folder: Path, span: tuple[int, int]) -> tuple[float, Recording]:
    begun_s = time.perf_counter()
    found = record(open_history(None, "main", folder), *span)
    return time.perf_counter() - begun_s, found
