"""Pairs of replays, one for each seed, in processes that share a recording as a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableSequence, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from functools import lru_cache
from multiprocessing import active_children
from multiprocessing.sharedctypes import RawArray
from operator import attrgetter
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

from benchmarks.preview.cases import Recording, read_recording
from benchmarks.preview.comparison import Comparison, compare, differences
from benchmarks.preview.model import Model, model_of
from benchmarks.preview.outcome import Outcome
from benchmarks.preview.replaying import replay
from benchmarks.simulator.workers import workers

__all__ = ("Pair", "Players", "Replayed", "players", "replay_pairs")


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


Progress = Callable[[float, Replayed], None]
"""Told now and then of the replays that are done, begun ones in part, and of the pairs."""

TOLD_EVERY_S: Final = 1.0

_Shares: TypeAlias = MutableSequence[float]
"""How much of each replay is done, shared by all processes."""


class _Side(NamedTuple):
    """One replay of a seed."""

    seed: int
    is_draft: bool
    slot: int


class Players(NamedTuple):
    """Processes that replay, and how far each replay is."""

    pool: ProcessPoolExecutor
    shares: _Shares


@contextmanager
def players(jobs: int, replications: int) -> Iterator[Players]:
    """Processes for so many replications. They come up at once: what they need takes seconds to be
    loaded, while a history is read."""
    shares = RawArray("d", 2 * replications)
    with workers(jobs, _begin, shares) as pool:
        for _ in range(jobs):
            pool.submit(_come_up)
        yield Players(pool, shares)


def replay_pairs(
    by: Players,
    recording: Recording,
    path: Path,
    policy: Mapping[str, Any],
    seeds: Sequence[int],
    progress: Progress,
) -> Replayed:
    """Replay a recording (which stands in a file, too) under the policies that ran and under a
    draft, with each seed. Ctrl-C ends it with the pairs that are done by then.

    Raises :class:`PreviewError` as :func:`replay` does.
    """
    found = Replayed([], None, None, interrupted=False)
    try:
        for arrived in _sides(by, path, policy, seeds):
            found = found if arrived is None else _added(recording, found, *arrived)
            progress(sum(by.shares), found)
    except KeyboardInterrupt:
        for child in active_children():
            child.terminate()
        by.pool.shutdown(wait=False, cancel_futures=True)
        return found._replace(interrupted=True)
    return found


def _sides(
    by: Players, path: Path, policy: Mapping[str, Any], seeds: Sequence[int]
) -> Iterator[tuple[int, Outcome, Outcome] | None]:
    """As time passes and replays are done: nothing yet, or both of a seed."""
    futures: dict[Future[Outcome], _Side] = {}
    for seed in seeds:
        for is_draft in (False, True):
            asked, slot = dict(policy) if is_draft else None, len(futures)
            future = by.pool.submit(_replayed, path, asked, seed, slot)
            futures[future] = _Side(seed, is_draft, slot)
    halves: dict[int, dict[bool, Outcome]] = {}
    while futures:
        ready, _ = wait(futures, TOLD_EVERY_S, return_when=FIRST_COMPLETED)
        for future in ready:
            seed, is_draft, slot = futures.pop(future)
            both = halves.setdefault(seed, {})
            both[is_draft] = future.result()
            by.shares[slot] = 1.0
            if len(both) == 2:
                del halves[seed]
                yield seed, both[False], both[True]
        yield None


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


_in_worker: _Shares = []


def _begin(shares: _Shares) -> None:
    """In a worker: where it tells how far it has come."""
    global _in_worker  # one for each process, which has nothing else to keep it in
    _in_worker = shares


def _come_up() -> None:
    """In a worker: nothing more than to be there, with all that this file needs."""


def _replayed(path: Path, policy: dict[str, Any] | None, seed: int, slot: int) -> Outcome:
    """In a worker: one replay."""
    recording, model = _loaded(path)

    def tell(share: float) -> None:
        _in_worker[slot] = share

    return replay(recording, policy, seed, model, tell)


@lru_cache(maxsize=1)
def _loaded(path: Path) -> tuple[Recording, Model]:
    """In a worker: read and fitted once."""
    recording = read_recording(path)
    return recording, model_of(recording)
