"""One run: a server, a router process of all tenants (or one for each), and their clients."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import psutil
import yaml

from benchmarks.demo.processes import Children, NotReady
from benchmarks.demo.store import Store, server_name
from benchmarks.engine.environment import environment
from benchmarks.floor.wire import connect
from benchmarks.surge.rendezvous import Rendezvous
from benchmarks.tenants.figures import RATIO_MAX, Seen, figures_of, ratios_of
from benchmarks.tenants.schedule import NOISY, Options, arrivals_ns, slots_of, tenants_of

__all__ = ("run",)

READY_S_MAX: Final = 60.0
POLL_S: Final = 0.05
START_NS: Final = 300_000_000
END_S: Final = 2.0
"""After the last slot, for the last offers."""

NOISY_NICE: Final = 10
"""The noisy tenant's clients run behind everybody else's: where processors are few they would slow
down the neighbours' clients, which is not what is measured."""

FORMAT: Final = 1

POLICY: Final[dict[str, Any]] = {
    "channels": {"chat": {"cost": 1, "maximum": 1_000, "offer_ttl_s": 60, "target_s": 20}},
    "queues": {"general": {}},
    "default_queue": "general",
    "capacity": 1_000,
}


async def run(
    options: Options, store: Store, show: Callable[[str], None], *, apart: bool = False
) -> dict[str, Any]:
    """Measure; the report as plain values. ``apart``: a router process for each tenant.

    Raises ``ChildDied`` or ``NotReady``.
    """
    children = Children(store.logs)
    stage = _Stage(options, store, children, show)
    try:
        cpu = await children.supervise(stage.play(apart=apart))
    finally:
        await children.stop_all()
    client = connect(store.url)
    try:
        server = await server_name(client)
    finally:
        await client.aclose()
    return {**_report(options, store.logs), "apart": apart, "server": server, "cpu_s": cpu}


class _Stage:
    """The processes of a run."""

    def __init__(
        self, options: Options, store: Store, children: Children, show: Callable[[str], None]
    ) -> None:
        self._options = options
        self._store = store
        self._children = children
        self._show = show
        self._rendezvous = Rendezvous(store.logs)

    async def play(self, *, apart: bool) -> dict[str, float]:
        """Start everything, let it happen, end the clients; seconds of processor by process."""
        tenants = tenants_of(self._options)
        for group in [[tenant] for tenant in tenants] if apart else [tenants]:
            await self._start_router(group)
        await self._start_load("quiet", tenants[:-1], 0)
        await self._start_load(NOISY, tenants[-1:], NOISY_NICE)
        slots = slots_of(self._options)
        opens_ns = time.monotonic_ns() + START_NS
        self._rendezvous.put("opens", opens_ns)
        began = self._cpu_s()
        for slot in slots:
            self._show(f"{slot.level.replace('_', ' ')}, second {slot.begin_s:.0f}")
            await asyncio.sleep(max(0.0, slot.end_s - (time.monotonic_ns() - opens_ns) / 1e9))
        await asyncio.sleep(END_S)
        ended = self._cpu_s()
        for name in ("quiet", NOISY):
            await self._children.stop(f"load-{name}")
        return {name: round(ended[name] - began[name], 2) for name in ended}

    async def _start_router(self, tenants: list[str]) -> None:
        policy = self._store.logs / "policy.yaml"
        policy.write_text(yaml.safe_dump(POLICY), encoding="utf-8")
        named = [word for tenant in tenants for word in ("--tenant", tenant)]
        await self._children.start(
            f"router-{tenants[0]}" if len(tenants) == 1 else "router",
            "adapters.cli.main",
            ["serve", "--redis", self._store.url, *named, "--policy", str(policy)],
        )

    async def _start_load(self, name: str, tenants: list[str], nice: int) -> None:
        plan = {tenant: arrivals_ns(self._options, tenant) for tenant in tenants}
        np.savez(self._store.logs / f"{name}-plan.npz", **plan)  # type: ignore[arg-type]  # its stub takes no mapping
        self._show(f"starting the clients of {', '.join(tenants)}")
        await self._children.start(
            f"load-{name}",
            "benchmarks.tenants.load_process",
            [
                *("--redis", self._store.url, "--name", name, "--nice", str(nice)),
                *("--directory", str(self._store.logs)),
            ],
            may_end=True,
        )
        try:
            async with asyncio.timeout(READY_S_MAX):
                while self._rendezvous.get(f"{name}-ready") is None:  # noqa: ASYNC110  (processes, not tasks)
                    await asyncio.sleep(POLL_S)
        except TimeoutError:
            raise NotReady(f"the clients {name}", READY_S_MAX, self._store.logs) from None

    def _cpu_s(self) -> dict[str, float]:
        times = {
            name: psutil.Process(pid).cpu_times() for name, pid in self._children.pids().items()
        }
        return {name: spent.user + spent.system for name, spent in times.items()}


def _report(options: Options, directory: Path) -> dict[str, Any]:
    slots = slots_of(options)
    quiet, probes = _seen(options, directory, "quiet", tenants_of(options)[:-1])
    noisy, _ = _seen(options, directory, NOISY, [NOISY])
    found = {"quiet": quiet, "bare": [probes], "noisy": noisy}
    figures = {who: figures_of(seen, slots) for who, seen in found.items()}
    ratios = {who: ratios_of(of) for who, of in figures.items()}
    measured = [ratio["p99"] for ratio in ratios["quiet"].values()]
    return {
        "format": FORMAT,
        "options": {name: getattr(options, name) for name in Options.__slots__},
        **figures,
        "ratios": ratios,
        "ratio_max": RATIO_MAX,
        "met": all(ratio is not None and ratio <= RATIO_MAX for ratio in measured),
        "environment": environment(),
    }


def _seen(
    options: Options, directory: Path, name: str, tenants: list[str]
) -> tuple[list[Seen], Seen]:
    with np.load(directory / f"{name}.npz") as found:
        offers = [Seen(arrivals_ns(options, tenant), found[tenant]) for tenant in tenants]
        probes = Seen(found["probes"][:, 0], found["probes"][:, 1])
    return offers, probes
