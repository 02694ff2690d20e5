"""``python -m tests.simulation --seeds 0-9999``: long runs, and single seeds with their trace."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from typing import TextIO

from tests.simulation.plants import PLANTS, planted
from tests.simulation.world import Outcome, simulate

EVERY_S = 10.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line asks for; 1 when something was found."""
    options = _options(arguments)
    with planted(options.plant) if options.plant else nullcontext():
        if options.seed is not None:
            return _one(options.seed, loses=options.power_cuts, shows_trace=options.trace)
        return _many(options.seeds, loses=options.power_cuts, stops=options.stop)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=_range, default=range(1_000), metavar="FIRST-LAST")
    parser.add_argument("--seed", type=int, help="one seed alone")
    parser.add_argument("--trace", action="store_true", help="with --seed: print all that happens")
    parser.add_argument("--stop", action="store_true", help="end with the first finding")
    parser.add_argument("--power-cuts", action="store_true", help="let the server lose seconds")
    parser.add_argument("--plant", choices=PLANTS, help="plant a bug first")
    return parser.parse_args(arguments)


def _range(text: str) -> range:
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def _one(seed: int, *, loses: bool, shows_trace: bool) -> int:
    outcome = simulate(seed, loses=loses, keeps_trace=shows_trace)
    for line in outcome.lines:
        _say(line)
    _tell(outcome)
    _say(f"seed {seed}: {outcome.virtual_s:.3f} s, trace {outcome.digest}")
    return int(not outcome.is_clean)


def _many(seeds: range, *, loses: bool, stops: bool) -> int:
    counts: Counter[str] = Counter()
    bad = 0
    begin_s = told_s = time.monotonic()
    for done, outcome in enumerate(_outcomes(seeds, loses=loses), start=1):
        counts.update(outcome.counts)
        bad += not outcome.is_clean
        _tell(outcome)
        if time.monotonic() - told_s > EVERY_S:
            told_s = time.monotonic()
            _say(f"{done} of {len(seeds)} seeds, {bad} with findings", sys.stderr)
        if bad and stops:
            break
    seconds = time.monotonic() - begin_s
    _say(f"{done} seeds in {seconds:.1f} s, {bad} with findings")
    _say(", ".join(f"{count} {what}" for what, count in counts.most_common(40)))
    return int(bad > 0)


def _outcomes(seeds: range, *, loses: bool) -> Iterator[Outcome]:
    for seed in seeds:
        yield simulate(seed, loses=loses)


def _tell(outcome: Outcome) -> None:
    if not outcome.is_clean:
        _say(outcome.report())


def _say(text: str, where: TextIO | None = None) -> None:
    # looked up at each call: whoever catches what is written puts another in its place
    out = where or sys.stdout
    out.write(text + "\n")
    out.flush()


if __name__ == "__main__":
    sys.exit(main())
