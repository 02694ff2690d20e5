"""Pairs of replays, one for each seed, in processes that share a recording as a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from functools import lru_cache
from multiprocessing import active_children
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.preview.cases import Recording, read_recording
from benchmarks.preview.comparison import Comparison, compare, differences
from benchmarks.preview.model import Model, model_of
from benchmarks.preview.outcome import Outcome
from benchmarks.preview.replaying import replay
from benchmarks.simulator.workers import workers

__all__ = ("Pair", "Replayed", "replay_pairs")


class Pair(NamedTuple):
    """One replication: a seed, what is another under the draft, what did not fit on either side,
    and how many interactions ended otherwise in the base's replay than they really had."""

    seed: int
    found: Comparison
    base_noted: dict[str, int]
    draft_noted: dict[str, int]
    by_chance: int
    seconds: float


class Replayed(NamedTuple):
    """The replications that are done, and both outcomes of the first of them."""

    pairs: list[Pair]
    base: Outcome | None
    draft: Outcome | None
    interrupted: bool


Progress = Callable[[int, Replayed], None]
"""Told of the replays that are done, and of the pairs."""


def replay_pairs(
    recording: Recording,
    path: Path,
    policy: Mapping[str, Any],
    seeds: Sequence[int],
    jobs: int,
    progress: Progress,
) -> Replayed:
    """Replay a recording (which stands in a file, too) under the policies that ran and under a
    draft, with each seed. Ctrl-C ends it with the pairs that are done by then.

    Raises :class:`PreviewError` as :func:`replay` does.
    """
    found = Replayed([], None, None, interrupted=False)
    with workers(jobs) as pool:
        try:
            for done, arrived in enumerate(_sides(pool, path, policy, seeds), start=1):
                found = found if arrived is None else _added(recording, found, *arrived)
                progress(done, found)
        except KeyboardInterrupt:
            for child in active_children():
                child.terminate()
            pool.shutdown(wait=False, cancel_futures=True)
            return found._replace(interrupted=True)
    return found


def _sides(
    pool: ProcessPoolExecutor, path: Path, policy: Mapping[str, Any], seeds: Sequence[int]
) -> Iterator[tuple[int, Outcome, Outcome] | None]:
    """Each replay as it is done: nothing yet, or both of a seed."""
    futures: dict[Future[Outcome], tuple[int, bool]] = {}
    for seed in seeds:
        for is_draft in (False, True):
            asked = dict(policy) if is_draft else None
            futures[pool.submit(_replayed, path, asked, seed)] = seed, is_draft
    halves: dict[int, dict[bool, Outcome]] = {}
    for future in as_completed(list(futures)):
        seed, is_draft = futures.pop(future)
        both = halves.setdefault(seed, {})
        both[is_draft] = future.result()
        if len(both) < 2:
            yield None
        else:
            del halves[seed]
            yield seed, both[False], both[True]


def _added(
    recording: Recording, found: Replayed, seed: int, base: Outcome, draft: Outcome
) -> Replayed:
    pair = Pair(
        seed,
        compare(base, draft),
        base.noted,
        draft.noted,
        int(differences(recording.happened, base).sum()),
        base.seconds + draft.seconds,
    )
    pairs = sorted([*found.pairs, pair], key=attrgetter("seed"))
    if found.base is not None:
        return found._replace(pairs=pairs)
    return Replayed(pairs, base, draft, interrupted=False)


def _replayed(path: Path, policy: dict[str, Any] | None, seed: int) -> Outcome:
    """In a worker: one replay."""
    recording, model = _loaded(path)
    return replay(recording, policy, seed, model)


@lru_cache(maxsize=1)
def _loaded(path: Path) -> tuple[Recording, Model]:
    """In a worker: read and fitted once."""
    recording = read_recording(path)
    return recording, model_of(recording)
