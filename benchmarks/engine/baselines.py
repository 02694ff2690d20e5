"""The same commands once more: chosen by a scan, and with the choices handed back.

Both must write the very records of the measured run, byte for byte; so they did the same work.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from rich.console import Console

from benchmarks.engine.collector import Collections, settled, watched
from benchmarks.engine.measuring import Measured, timed
from benchmarks.engine.progress import stage
from benchmarks.engine.recording import Recorded
from benchmarks.engine.samples import Samples, Step
from benchmarks.engine.scan import ScanMatcher
from benchmarks.engine.setting import Setting
from benchmarks.engine.tape import replayed_choices
from router.errors import OneQueueError

__all__ = ("Baselines", "OtherJournal", "measure_baselines")

SCANNED_SHARE: Final = 0.2
"""The most of the commands that the scan is given; the rest is for the replay."""


class OtherJournal(OneQueueError):
    """A baseline wrote other records than the measured run: it did not do the same work."""


@dataclass(slots=True)
class Baselines:
    """The same commands: scanned, and with the choices handed back."""

    scan: Samples
    replayed: Samples

    @property
    def first_replayed(self) -> int:
        """The command (of the measured ones) with which the replay begins."""
        return self.scan.commands


def measure_baselines(setting: Setting, measured: Measured, console: Console) -> Baselines:
    """Scan some of the commands, replay the choices for the others.

    ``setting`` is another floor, set up as the measured one was, with a ``ReplayMatcher``. Raises
    :class:`OtherJournal`.
    """
    recording, options = measured.recording, setting.options
    left = recording.steps()
    with settled(freeze=options.freeze), watched() as seen:
        for step in islice(left, measured.warm_up.steps):
            _again(setting, step, seen)
        most = len(recording) - measured.warm_up.steps
        scan = _scanned(setting, islice(left, int(most * SCANNED_SHARE)), seen, console)
        replayed = Samples()
        with (
            replayed_choices(setting) as give,
            stage(console, "replaying without choices", most) as shown,
        ):
            for step in left:
                give(step.choices)
                replayed.add(_again(setting, step, seen))
                shown.show(replayed.steps)
    return Baselines(scan, replayed)


def _scanned(
    setting: Setting, steps: Iterator[Recorded], seen: Collections, console: Console
) -> Samples:
    """Let the scan choose until its time is over."""
    if not isinstance(setting.matcher, ScanMatcher):
        raise TypeError("the floor must be set up with a matcher that can scan")
    setting.matcher.begin_scan()
    samples, engine_ns = Samples(), 0
    budget_ns = setting.options.scan_seconds * 1e9
    with stage(console, "scanning", 1.0) as shown:
        for recorded in steps:
            step = _again(setting, recorded, seen)
            samples.add(step)
            engine_ns += step.took_ns
            shown.show(engine_ns / budget_ns, f"{samples.decisions:,} decisions")
            if engine_ns > budget_ns:
                break
    return samples


def _again(setting: Setting, recorded: Recorded, seen: Collections) -> Step:
    """One recorded step once more."""
    stepper = setting.stepper
    _, step = timed(stepper, recorded.kinds, recorded.payloads, recorded.now_ms, seen)
    if stepper.tail.hash != recorded.tail:
        raise OtherJournal(
            f"the {type(setting.matcher).__name__} wrote another record than the measured run, "
            f"at {recorded.now_ms} ({', '.join(kind.words for kind in recorded.kinds)})"
        )
    return step
