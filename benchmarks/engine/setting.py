"""The floor before the measuring: agents signed in, the queue full, everybody at work."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from rich.console import Console

from benchmarks.engine.memory import resident_bytes
from benchmarks.engine.options import Options
from benchmarks.engine.progress import Stage, stage
from benchmarks.engine.stepper import Stepper
from benchmarks.engine.traffic import Traffic
from router import limits
from router.contestants import Contestants
from router.decide.turn import Turn
from router.engine import Engine
from router.errors import CallerError
from router.joint import Contest, Contests, contest_of
from router.matcher import Matcher
from router.rules import Rules
from router.state import State

__all__ = ("Loading", "NotServed", "Setting", "set_up")

STALLED_BATCHES = 2_000


class NotServed(CallerError):
    """The floor cannot be brought to the size that was asked for; the message says why."""


@dataclass(frozen=True, slots=True)
class Loading:
    """What the setting up took."""

    seconds: float
    commands: int
    agents_seconds: float
    longest_batch_ms: float
    bytes_per_agent: float
    bytes_per_waiting: float | None
    """All that the engine grew by while the queue filled; None where most of it is with agents."""

    waiting: int
    assigned: int

    @property
    def commands_per_second(self) -> float:
        """Commands of the setting up, in batches as the service takes them at most."""
        return self.commands / self.seconds if self.seconds else 0.0


class Setting:
    """One engine with a full floor, the traffic that will move it, and its matcher."""

    def __init__(
        self, options: Options, kind: type[Matcher] = Matcher, *, journaled: bool = False
    ) -> None:
        self.options = options
        self.traffic = Traffic(options)
        self.contests: Contests = contest_of
        self._kind = kind
        self._matcher: Matcher | None = None
        engine = Engine(self._new_matcher, self._contest)
        self.stepper = Stepper(engine, sweeps=options.freeze, journaled=journaled)
        self.commands = 0
        self.engine_ns = 0
        self.longest_ns = 0

    @property
    def matcher(self) -> Matcher:
        """The engine's matcher."""
        if self._matcher is None:
            raise LookupError("there is no matcher before the first policy")
        return self._matcher

    def _new_matcher(self, rules: Rules, state: State) -> Matcher:
        self._matcher = self._kind(rules, state)
        return self._matcher

    def _contest(self, turn: Turn, contestants: Contestants, cells_max: int) -> Contest | None:
        return self.contests(turn, contestants, cells_max)

    def send(self, payloads: list[bytes]) -> None:
        """One batch of the setting up."""
        if not payloads:
            return
        traffic, stepper = self.traffic, self.stepper
        traffic.observe(stepper.step(payloads, traffic.now_ms))
        self.commands += len(payloads)
        self.engine_ns += stepper.took_ns
        self.longest_ns = max(self.longest_ns, stepper.took_ns)
        if traffic.floor.rejected:
            raise NotServed(f"the engine refused commands: {traffic.floor.rejected}")


def set_up(
    options: Options,
    console: Console,
    kind: type[Matcher] = Matcher,
    words: str = "",
    *,
    journaled: bool = False,
) -> tuple[Setting, Loading]:
    """Build an engine with a matcher of this kind and fill its floor, with progress; ``journaled``:
    all its records are kept.

    Raises :class:`NotServed`.
    """
    setting = Setting(options, kind, journaled=journaled)
    traffic = setting.traffic
    setting.send([traffic.policy()])
    empty = resident_bytes()
    with stage(console, f"agents sign in{words}", options.agents) as shown:
        _send_all(setting, traffic.logins(), shown)
    with_agents = resident_bytes()
    agents_ns = setting.engine_ns
    wanted = traffic.stuck_wanted
    with stage(console, f"what nobody can serve{words}", max(1, wanted)) as shown:
        _send_all(setting, traffic.stuck_backlog(), shown)
    with stage(console, f"the queue fills{words}", options.waiting) as shown:
        _fill(setting, shown)
    full = resident_bytes()
    waiting = len(traffic.floor.waiting) + len(traffic.floor.stuck)
    assigned = len(traffic.floor.assigned)
    return setting, Loading(
        seconds=setting.engine_ns / 1e9,
        commands=setting.commands,
        agents_seconds=agents_ns / 1e9,
        longest_batch_ms=setting.longest_ns / 1e6,
        bytes_per_agent=(with_agents - empty) / options.agents,
        bytes_per_waiting=(full - with_agents) / waiting if waiting > assigned else None,
        waiting=waiting,
        assigned=assigned,
    )


def _send_all(setting: Setting, payloads: Iterator[bytes], shown: Stage) -> None:
    done = 0
    while batch := list(islice(payloads, limits.BATCH_COMMANDS_MAX)):
        setting.send(batch)
        done += len(batch)
        shown.show(done, _speed(setting))


def _fill(setting: Setting, shown: Stage) -> None:
    """Let interactions come in, and offers be accepted, until the floor has its size."""
    floor, options, traffic = setting.traffic.floor, setting.options, setting.traffic
    batches_left = STALLED_BATCHES + 4 * (options.waiting + 20 * options.agents)
    while (missing := _missing(setting)) > 0:
        setting.send(traffic.backlog(min(missing, limits.BATCH_COMMANDS_MAX)))
        setting.send(traffic.answers())
        shown.show(len(floor.waiting), _speed(setting))
        batches_left -= 1
        if not batches_left:
            raise NotServed("the agents take everything: ask for more waiting, or fewer agents")
    setting.send(traffic.answers())


def _missing(setting: Setting) -> int:
    """How many interactions are to come yet."""
    options, floor = setting.options, setting.traffic.floor
    if options.free_agents:
        return setting.traffic.busy_missing
    return options.waiting - len(floor.waiting)


def _speed(setting: Setting) -> str:
    return f"{setting.commands / max(1e-9, setting.engine_ns / 1e9):,.0f} commands/s"
