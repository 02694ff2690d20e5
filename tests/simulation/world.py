"""One seed: a small contact center, its routers, the server, and a storm that ceases in the end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import lru_cache
from random import Random
from typing import Any, Final, NamedTuple

from adapters.redis.keys import Keys
from router.events import InteractionCancelled, InteractionCreated, InteractionWrappedUp
from router.policy import Policy, parse_policy
from tests.simulation.clients import Client, Gateway, customer
from tests.simulation.judge import judged
from tests.simulation.loop import VirtualLoop
from tests.simulation.network import Network
from tests.simulation.odds import Odds
from tests.simulation.processes import Edge, Process, Router, Snapshotter, as_simulated_processes
from tests.simulation.server import Server
from tests.simulation.storm import Storm
from tests.simulation.trace import Trace
from tests.simulation.witness import Witness, folded

__all__ = ("Outcome", "simulate")

SETTLE_S: Final = 60.0
"""After the storm: within this everything that can be served is served."""

STOP_S: Final = 30.0
KEYS: Final = Keys("t")
POLICY: Final[dict[str, Any]] = {
    "channels": {
        "voice": {"exclusive": True, "offer_ttl_s": 2, "wrap_up_s": 0.5, "target_s": 20},
        "chat": {"cost": 30, "maximum": 2, "offer_ttl_s": 1.5, "target_s": 60},
    },
    "queues": {"general": {}, "sales": {"offers_at_once": 2}},
    "skills": {"english": {}, "french": {}},
    "default_queue": "general",
    "decline_retry_s": 1,
}


class Outcome(NamedTuple):
    """What became of a seed."""

    seed: int
    loses: bool
    findings: tuple[str, ...]
    digest: str
    lines: tuple[str, ...]
    counts: dict[str, int]
    virtual_s: float

    @property
    def is_clean(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def report(self) -> str:
        """What was found, and how to see it again."""
        again = f"python -m tests.simulation --seed {self.seed} --trace"
        if self.loses:
            again += " --power-cuts"
        return "\n    ".join((f"seed {self.seed} ({again})", *self.findings))


def simulate(seed: int, *, loses: bool = False, keeps_trace: bool = False) -> Outcome:
    """Play one seed from its beginning to its judgement. Equal seeds, equal traces.

    ``loses``: the server may lose the last second of what it has answered.
    """
    dice = Random(seed)
    loop = VirtualLoop(dice, shuffles=dice.random() < 0.8)  # type: ignore[abstract]  # it has no sockets
    trace = Trace(loop.time, keeps=keeps_trace)
    world = _World(loop, dice, trace, loses=loses)
    with as_simulated_processes():
        try:
            loop.run(world.play())
        except Exception as error:  # noqa: BLE001  # whatever it is, this seed has brought it about
            world.findings.append(f"{type(error).__name__}: {error}")
    world.findings += [f"nobody has taken: {fault}" for fault in loop.faults]
    return Outcome(
        seed,
        loses,
        tuple(world.findings),
        trace.digest,
        tuple(trace.lines),
        dict(trace.counts),
        loop.time(),
    )


class _World:
    """Everything that one seed brings about."""

    def __init__(self, loop: VirtualLoop, dice: Random, trace: Trace, *, loses: bool) -> None:
        self.findings: list[str] = []
        self._loop = loop
        self._dice = dice
        self._trace = trace
        self._witness = Witness(KEYS)
        self._server = Server(loop, dice, trace, self._witness.look)
        self._server.model.keys.block_entries = dice.choice((1, 3, 100))
        self._network = Network(loop, dice, self._server, trace)
        self._odds = Odds.drawn(dice, loses=loses)
        self._storm = Storm(
            self._network,
            KEYS,
            self._odds,
            self._alive,
            self._usurp,
            self._forget_gateway,
            self._lose,
        )
        self._timeout_s = dice.choice((3.0, 10.0))
        self._has_edge = dice.random() < 0.25
        self._edges: list[Edge] = []
        self._others: list[Process] = []
        self._routers: list[Router] = []
        self._usurpers: list[asyncio.Task[Any]] = []
        self._gateways: list[Gateway] = []
        self._inboxes: list[str] = []
        self._started = 0
        self._is_closing = False

    async def play(self) -> None:
        """Let the day begin, storm, calm down and end."""
        length_s = self._dice.choice((1.5, 3.0, 5.0))
        slots = [self._task(self._slot(number)) for number in range(self._dice.choice((1, 2, 2)))]
        if self._has_edge:
            slots += [self._task(self._edge_slot()) for _ in range(2)]
        works = [self._task(work) for work in self._center(length_s)]
        self._network.odds = self._odds
        storm = self._task(self._storm.rage())
        await asyncio.sleep(length_s)
        storm.cancel()
        self._network.odds = None
        self._storm.cease()
        Gateway.is_eager = True
        self._trace.note("world", "calm")
        try:
            await self._until_settled(works)
            await self._stop(slots)
        finally:
            Gateway.is_eager = False
        self._judge()

    # --- who takes part ---

    def _center(self, length_s: float) -> Iterator[Any]:
        dice = self._dice
        agents = [f"a{number}" for number in range(dice.randrange(1, 5))]
        self._inboxes = [f"desk{number}" for number in range(dice.randrange(1, 3))]
        for number, inbox in enumerate(self._inboxes):
            yield self._gateway_slot(inbox, agents[number :: len(self._inboxes)])
        for number in range(dice.randrange(1, 4)):
            stream = KEYS.edge if self._has_edge else KEYS.inbound
            client = Client(f"media{number}", self._network, KEYS, stream)
            for each in range(dice.randrange(1, 6)):
                yield customer(client, 10 * number + each, length_s)
        if dice.random() < 0.3:
            yield self._snapshots(length_s)
        if dice.random() < 0.3:
            yield self._admin(Client("admin", self._network, KEYS, KEYS.inbound), length_s)

    async def _admin(self, client: Client, length_s: float) -> None:
        await asyncio.sleep(self._dice.random() * length_s)
        retry_s = self._dice.choice((0.5, 2))
        policy = {**POLICY, "decline_retry_s": retry_s}
        await client.send({"type": "replace_policy", "policy": policy, "changed_by": "admin"})

    async def _snapshots(self, length_s: float) -> None:
        """Somebody writes a snapshot now and then."""
        for number in range(3):
            await asyncio.sleep(self._dice.random() * length_s / 3)
            if self._witness.journal:
                name = f"snapshotter-{number}"
                process = Snapshotter(name, self._network, self.findings, self._timeout_s)
                self._others.append(process)
                await process.run(KEYS, self._witness.journal)

    async def _gateway_slot(self, inbox: str, agents: list[str]) -> None:
        """A gateway that is started again whenever it dies."""
        for number in range(1_000):
            gateway = Gateway(f"{inbox}.{number}", self._network, KEYS, inbox, agents)
            self._gateways.append(gateway)
            gateway.life.main = gateway.begin(gateway.run())
            await asyncio.wait([gateway.life.main])
            self._gateways.remove(gateway)
            await asyncio.sleep(self._dice.random())

    def _forget_gateway(self) -> None:
        if self._gateways:
            self._dice.choice(self._gateways).life.kill()

    async def _slot(self, number: int) -> None:
        """A router that is started again whenever it ends."""
        await asyncio.sleep(0.5 * number * self._dice.random())
        while not self._is_closing:
            await self._run_router(takeover=False)
            await asyncio.sleep(2.0 * self._dice.random() ** 2)

    def _usurp(self) -> None:
        if len(self._alive()) < 6:
            self._usurpers.append(self._task(self._run_router(takeover=True)))

    async def _run_router(self, *, takeover: bool) -> None:
        self._started += 1
        router = Router(f"router-{self._started}", self._network, self.findings, self._timeout_s)
        self._routers.append(router)
        policy = None if self._witness.has_policy else policy_of_the_day()
        await router.run(KEYS, policy, takeover=takeover)

    async def _edge_slot(self) -> None:
        """An edge that is started again whenever it ends."""
        while not self._is_closing:
            edge = Edge(
                f"edge-{len(self._edges) + 1}", self._network, self.findings, self._timeout_s
            )
            self._edges.append(edge)
            await edge.run(KEYS)
            await asyncio.sleep(2.0 * self._dice.random() ** 2)

    def _alive(self) -> list[Process]:
        processes: list[Process] = [*self._routers, *self._edges, *self._others]
        return [process for process in processes if process.life.is_alive]

    def _task(self, work: Any) -> asyncio.Task[Any]:
        return self._loop.create_task(work)

    def _lose(self, since_s: float) -> None:
        self._witness.forget()
        self._server.lose(since_s)
        for gateway in self._gateways:
            gateway.life.kill()

    # --- the end of the day ---

    async def _until_settled(self, works: list[asyncio.Task[Any]]) -> None:
        left_s = SETTLE_S + self._storm.back_s
        while not self._is_settled(works):
            if left_s <= 0:
                raise AssertionError(f"not settled: {self._unsettled(works)}")
            # never in step with what comes round regularly
            pause_s = 0.05 + 0.1 * self._dice.random()
            left_s -= pause_s
            await asyncio.sleep(pause_s)

    def _is_settled(self, works: list[asyncio.Task[Any]]) -> bool:
        return not any(self._unsettled(works).values())

    def _unsettled(self, works: list[asyncio.Task[Any]]) -> dict[str, Any]:
        journal, inbound = self._witness.journal, self._witness.inbound
        position = journal[-1].record.position if journal else "0-0"
        return {
            "clients": sum(not work.done() for work in works) - len(self._inboxes),
            "dead": len(self._inboxes) - len(self._gateways),
            "behind": [
                gateway.inbox
                for gateway in self._gateways
                if gateway.position != self._witness.last_work.get(gateway.inbox, "0-0")
            ],
            # one thing that a gateway does goes on for ever: it reads
            "gateways": [gateway.busy - 1 for gateway in self._gateways if gateway.busy > 1],
            "unread": bool(inbound) and position != inbound[-1].entry_id,
            "open": self._open(),
            "at the edge": len(self._server.model.stream(KEYS.edge)),
            "on the way": self._network.carried,
        }

    def _open(self) -> list[str]:
        """Interactions that are not over."""
        found: dict[str, None] = {}
        for journaled in self._witness.journal:
            for event in journaled.record.events:
                if isinstance(event, InteractionCreated):
                    found[event.interaction_id] = None
                elif isinstance(event, InteractionWrappedUp | InteractionCancelled):
                    found.pop(event.interaction_id)
        return list(found)

    async def _stop(self, slots: list[asyncio.Task[Any]]) -> None:
        """Ask every router to stop; each must, and soon."""
        self._is_closing = True
        for process in self._alive():
            process.terminate()
        try:
            async with asyncio.timeout(STOP_S):
                await asyncio.gather(*slots, *self._usurpers)
        except TimeoutError:
            raise AssertionError(f"{[r.name for r in self._alive()]} do not stop") from None

    def _judge(self) -> None:
        self.findings += judged(
            self._witness,
            self._server.model.keys,
            KEYS,
            clock_went_back=self._storm.back_s > 0,
            has_lost=bool(self._trace.counts["loses"]),
        )
        engine, tail = folded(self._witness.journal)
        services = [each.service for each in self._routers if each.service is not None]
        # whoever was overtaken, or has lost its last records, does not stand where the journal ends
        leaders = [service for service in services if service._tail.hash == tail.hash]
        if not leaders:
            self.findings.append("nobody has led to the end")
        elif leaders[-1].engine.state_bytes() != engine.state_bytes():
            self.findings.append("the state of the last leader is not what the journal makes")


@lru_cache(maxsize=1)
def policy_of_the_day() -> Policy:
    """The policy that the first router is started with."""
    return parse_policy(POLICY)
