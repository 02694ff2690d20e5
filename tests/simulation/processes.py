"""Routers and edges as processes: what is behind their command lines, started to be killed."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from contextvars import copy_context
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import patch

import structlog

from adapters.edge.meters import EdgeMeters
from adapters.edge.serving import EdgeOrder, serve_edge
from adapters.leading.observers import Observers
from adapters.leading.serving import Order, serve_tenant
from adapters.redis.archived_journal import ArchivedJournal, Reached
from adapters.redis.keys import Keys
from adapters.redis.snapshots import RedisSnapshots
from router.errors import (
    BadSnapshot,
    CorruptJournal,
    Fenced,
    JournalGone,
    RecordsLost,
    StoreUnavailable,
)
from router.intake import DEFAULT_LIMITS
from router.policy import Policy
from router.service import Service
from router.snapshot.store import KEPT, save_state
from router.state import State
from tests.simulation.loop import LIFE, Life
from tests.simulation.network import Network
from tests.simulation.witness import Journaled, folded

__all__ = ("Edge", "Process", "Router", "Snapshotter", "as_simulated_processes")


class Process:
    """One process, from its start to its end. ``findings`` is where bugs are told."""

    def __init__(self, name: str, network: Network, findings: list[str], timeout_s: float) -> None:
        self.life = Life(name)
        self._network = network
        self._findings = findings
        self._endpoint = network.endpoint(self.life, timeout_s)

    @property
    def name(self) -> str:
        """Its id, and its name in the trace."""
        return self.life.name

    @property
    def logger(self) -> structlog.stdlib.BoundLogger:
        """Writes into the trace."""
        return cast("structlog.stdlib.BoundLogger", _Log(self))

    async def live(self, work: Coroutine[Any, Any, None]) -> None:
        """Do its work until that ends, however it ends."""
        context = copy_context()
        context.run(LIFE.set, self.life)
        self.life.main = asyncio.get_running_loop().create_task(work, context=context)
        self.note("starts")
        try:
            await self.life.main
        except asyncio.CancelledError:
            if self.life.is_alive:
                raise
            self.note("was killed")
        except Fenced as error:
            self.note("is fenced", str(error))
        except (JournalGone, RecordsLost) as error:
            self.tell_loss(f"ended with {type(error).__name__}: {error}")
        except Exception as error:  # noqa: BLE001  # it ends by no other error
            self.finding(f"ended with {type(error).__name__}: {error}")
        else:
            self.note("has stopped")
        finally:
            self.life.kill()

    def terminate(self) -> None:
        """Ask it to stop."""
        handler = self.life.signals.get(signal.SIGTERM)
        if handler is not None and self.life.is_alive:
            handler()

    def note(self, what: str, *details: object) -> None:
        """Something for the trace."""
        self._network.trace.note(self.name, what, *details)

    def tell_loss(self, what: str) -> None:
        """Something that must not be unless the server has lost what it had answered."""
        if self._network.trace.counts["loses"]:
            self.note("tells of a loss", what)
        else:
            self.finding(what)

    def finding(self, what: str) -> None:
        """Something that must not be."""
        self.note("FINDING", what)
        self._findings.append(f"{self.name}: {what}")


class Router(Process):
    """One ``onequeue serve``; ``service`` is the one in it, when it has come so far."""

    service: Service | None = None

    async def run(self, keys: Keys, policy: Policy | None, *, takeover: bool) -> None:
        """Serve until it ends."""
        order = Order(
            endpoint=self._endpoint,
            keys=keys,
            policy=policy,
            intake=DEFAULT_LIMITS,
            takeover=takeover,
        )
        ROUTERS[self.life] = self
        try:
            await self.live(serve_tenant(order, _Watcher(self), self.logger))
        finally:
            del ROUTERS[self.life]


class Snapshotter(Process):
    """Somebody who writes one snapshot, and trims the journal as an archiver does, who has all of
    it on disk."""

    async def run(self, keys: Keys, records: Sequence[Journaled]) -> None:
        """Write the snapshot of the last of these records, and trim before the one before it."""
        await self.live(self._save(keys, list(records)))

    async def _save(self, keys: Keys, records: list[Journaled]) -> None:
        snapshots = RedisSnapshots(self._endpoint, keys)
        journal = ArchivedJournal(self._endpoint, keys)
        engine, tail = folded(records)
        try:
            await save_state(snapshots, engine.state, tail, records[-1].record_id, "0")
            await self._trim(snapshots, journal, records)
        except (StoreUnavailable, BadSnapshot, CorruptJournal) as error:
            self.note("gives up", str(error))
        finally:
            await snapshots.close()
            await journal.close()

    async def _trim(
        self, snapshots: RedisSnapshots, journal: ArchivedJournal, records: list[Journaled]
    ) -> None:
        published = [record_id for record_id, _ in await snapshots.manifests()]
        ids = [each.record_id for each in records]
        if len(published) < KEPT or published[-1] not in ids[1:]:
            return
        kept = ids.index(published[-1])
        total_bytes = sum(len(each.data) for each in records[:kept])
        gone = Reached(ids[kept - 1], total_bytes)
        trimmed = await journal.trim(gone, ids[kept], records[kept].data)
        self.note("trims", trimmed)


class Edge(Process):
    """One ``onequeue edge`` that asks nobody."""

    async def run(self, keys: Keys) -> None:
        """Move commands until it ends."""
        order = EdgeOrder(endpoint=self._endpoint, keys=keys, rules=())
        await self.live(serve_edge(order, _edge_meters(), self.logger))


@lru_cache(maxsize=1)
def _edge_meters() -> EdgeMeters:
    # nobody looks at them, and a registry takes longer to make than an edge to run
    return EdgeMeters()


ROUTERS: dict[Life, Router] = {}


class _Watcher(Observers):
    """Tells of what no fault of the world may bring about."""

    def __init__(self, router: Router) -> None:
        super().__init__()
        self._router = router

    def restored(self, record_id: str, state: State, journal_bytes: int) -> None:
        """For the trace."""
        self._router.note("restored", record_id)

    def snapshot_refused(self, record_id: str, reason: str) -> None:
        """For the trace: one that somebody has dropped meanwhile is passed over."""
        self._router.note("refused", record_id, reason)

    def led(self, epoch: int) -> None:
        """For the trace."""
        self._router.note("leads", epoch)

    def undelivered(self, inboxes: Sequence[str]) -> None:
        """No stream of the model refuses an entry."""
        self._router.finding(f"entries could not be written: {list(inboxes)}")

    def engine_failed(self, error: Exception, commands: int) -> None:
        """A bug of the engine."""
        self._router.finding(f"the engine failed: {error!r}")

    def inbound_moved(self, found: str, position: str) -> None:
        """Where the server loses nothing, nothing can lie below the position."""
        self._router.tell_loss(f"inbound was moved from {found} to {position}")


class _Log:
    """In place of a logger: lines for the trace."""

    def __init__(self, process: Process) -> None:
        self._process = process

    def info(self, event: str, **details: Any) -> None:
        self._process.note(event, details)

    warning = error = info


@contextmanager
def as_simulated_processes() -> Iterator[None]:
    """Let ``onequeue serve`` have the clock and the id of the simulated process that it runs in."""
    clock = SimpleNamespace(monotonic=_monotonic)
    with (
        patch.multiple(
            "adapters.leading.serving",
            process_id=_process_id,
            time=clock,
            Service=_registered,
            release=lambda: "0",
        ),
        patch("adapters.edge.serving.process_id", _process_id),
        patch("adapters.leading.standing_by.time", clock),
        # the collector is one for all of them
        patch("adapters.leading.serving.undisturbed", nullcontext),
        patch("adapters.leading.standing_by.undisturbed", nullcontext),
        # hundreds of small maps for a handful of interactions take as long as all the rest
        patch.multiple("queues.sharded", _SHARDS=4, _MASK=3),
        patch.multiple("queues.shards", SHARDS=4, _MASK=3),
    ):
        yield


def _process_id() -> str:
    return _life().name


def _monotonic() -> float:
    return asyncio.get_running_loop().time()


def _registered(*arguments: Any) -> Service:
    service = Service(*arguments)
    ROUTERS[_life()].service = service
    return service


def _life() -> Life:
    life = LIFE.get()
    if life is None:
        raise RuntimeError("this is the code of a process, and runs in none")
    return life
