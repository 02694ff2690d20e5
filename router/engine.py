"""The engine: a deterministic state machine without I/O, clock, randomness or asyncio.

::

    events = engine.handle(batch, now_ms)      decide, apply, match; returns what to journal
    engine.apply(event, now_ms)                the fold of one journaled event

State is the fold of events. The same object runs in the live service, in recovery, in tests and in
benchmarks; equal inputs give equal events on every host.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mypy_extensions import mypyc_attr

from router import events as ev
from router import limits
from router.commands import Command, ReplacePolicy, target_of
from router.decide import Outcome, Turn, decide
from router.decide.direct import accept_automatically
from router.decide.idle import serve_claims
from router.decide.policy import go_on
from router.errors import CommandError
from router.events import Event
from router.expiry import fire
from router.fold import fold
from router.fold.rebuild import rebuild
from router.inputs import Fault, Input, refusal
from router.joint import Contests, contest_of
from router.matcher import Matcher
from router.matching import match
from router.scarcity import price_scarcity
from router.state import Agent, State
from router.world import MatcherFactory, World

__all__ = ("Engine",)


@mypyc_attr(allow_interpreted_subclasses=True)
class Engine:
    """One tenant's routing state and the decisions on it.

    ``unmatched`` is true while matching was cut at its limit: call ``handle((), now_ms)`` again,
    before any other command. ``partial`` is true then, and while timers were cut at theirs: call it
    again, with commands or without.
    ``new_matcher`` and ``contests`` are for benchmarks that measure other ways to choose;
    ``policy_at_once_max`` is how much may be open for a new policy to be in force at once.
    """

    def __init__(
        self,
        new_matcher: MatcherFactory = Matcher,
        contests: Contests = contest_of,
        policy_at_once_max: int = limits.POLICY_AT_ONCE_MAX,
    ) -> None:
        self._world = World(State(), new_matcher, policy_at_once_max)
        self._contests = contests
        self.unmatched = False
        self.partial = False

    @property
    def state(self) -> State:
        """The state, for reading only."""
        return self._world.state

    @property
    def departed(self) -> Mapping[str, Agent]:
        """Agents whom the last batch, or the last record that was followed, dropped from the state
        (the outbox still owes them word)."""
        return self._world.departed

    @property
    def is_behind(self) -> bool:
        """Whether a new policy has something left to do: every ``handle`` does a little of it,
        whether or not it has commands."""
        return self._world.is_behind

    @property
    def is_settled(self) -> bool:
        """Whether everybody who could take something has been looked at."""
        return not (self.unmatched or self._world.has_anew)

    def state_bytes(self) -> bytes:
        """Canonical bytes of the state: equal exactly when the states are."""
        return self._world.state.to_bytes()

    @property
    def expression_faults(self) -> int:
        """How often an expression of a requirement could not be evaluated (and so did not hold).

        Once for all agents who are alike in what it reads; never lower than before.
        """
        return self._world.expression_faults

    def next_due_ms(self) -> int | None:
        """When the next timer is due (``handle`` must be called then), or None."""
        timer_ms, sign_off_ms = self._world.timers.next_due_ms(), self._world.sign_off_due_ms()
        if timer_ms is None or sign_off_ms is None:
            return sign_off_ms if timer_ms is None else timer_ms
        return min(timer_ms, sign_off_ms)

    def touch_everything(self) -> None:
        """Let the next batch match all agents: after recovery, nothing is taken for settled.

        Whichever record the recovery began with, the engine goes on in the same way from here.
        """
        self._world.forget_touched()
        self._world.begin_unfinished()
        self._world.touch_everything()

    def keep_up(self) -> bool:
        """For who only follows, after each record: get ready for a policy that was announced, and
        let go of one that was replaced. Whether there is more of that to do."""
        return self._world.keep_up()

    def apply(self, event: Event, now_ms: int) -> None:
        """Fold one event of a journal record whose time is ``now_ms``.

        Raises :class:`router.errors.InvariantError` if the event cannot follow.
        """
        fold(self._world, event, now_ms)

    def follow(self, events: Sequence[Event], now_ms: int) -> None:
        """Fold the events of a whole record that another engine has decided, and matched: before
        this one decides, tell it to :meth:`touch_everything`. Raises as :meth:`apply` does."""
        self._world.departed.clear()
        for event in events:
            fold(self._world, event, now_ms)
        self._world.forget_touched()

    def restore(self, state: State) -> Iterator[None]:
        """Go on from a state that was folded elsewhere, and is this engine's from now on: a little
        with each step, of which all must be taken. The engine must be new.

        Raises :class:`router.errors.InvariantError`, ``KeyError`` or ``ValueError`` for a state
        that contradicts itself.
        """
        self._world.state = state
        return rebuild(self._world)

    def handle(
        self, batch: Sequence[Input], now_ms: int, timers_upto_ms: int | None = None
    ) -> list[Event]:
        """Decide one bounded batch at one moment, apply it, and match what it has touched.

        ``now_ms`` must not be lower than in any call before. After the batch, timers fire up to
        ``timers_upto_ms`` (None: ``now_ms``): the time before which no command can be unread, so
        that an answer which came in time is not overtaken by its timer. Bad input becomes a
        ``rejected`` event; the only exceptions are bugs (:class:`router.errors.InvariantError`).
        """
        self._world.departed.clear()
        turn = Turn(self._world, now_ms)
        timers_left = 0 if self.unmatched else limits.BATCH_TIMERS_MAX
        for item in batch:
            timers_left -= fire(turn, min(item.at_ms, now_ms), timers_left)
            _take(turn, item)
            serve_claims(turn)
        turn.cause, turn.at_ms = "", now_ms
        upto_ms = now_ms if timers_upto_ms is None else min(now_ms, timers_upto_ms)
        fire(turn, upto_ms, timers_left)
        if not self.unmatched:
            go_on(turn, len(batch))
        serve_claims(turn)
        self.unmatched = not self._match(turn)
        due_ms = self.next_due_ms()
        self.partial = self.unmatched or (due_ms is not None and due_ms <= upto_ms)
        return turn.events

    def _match(self, turn: Turn) -> bool:
        if not self._world.has_policy:
            return True
        price_scarcity(turn)
        settled = match(turn, self._contests, limits.BATCH_CHOICES_MAX)
        accept_automatically(turn)
        return settled


def _take(turn: Turn, item: Input) -> None:
    """Carry one command out, or reject it."""
    turn.cause, turn.at_ms, turn.is_json = item.entry_id, item.at_ms, item.is_json
    command = item.command
    if isinstance(command, Fault):
        turn.emit(_rejected(item, command))
        return
    try:
        if not (turn.world.has_policy or isinstance(command, ReplacePolicy)):
            raise CommandError("wrong_state", "no policy is in force yet; send replace_policy")
        outcome = decide(turn, command)
    except CommandError as error:
        turn.emit(_rejected(item, _refused(command, error)))
        return
    _answer(turn, item, command, outcome)


def _answer(turn: Turn, item: Input, command: Command, outcome: Outcome) -> None:
    if outcome is Outcome.PENDING or outcome is Outcome.ANSWERED:
        return
    repeated = outcome is Outcome.REPEATED and item.entry_id
    if not repeated and command.reply_to is None:
        return
    kind, target = str(command.__struct_config__.tag), target_of(command)
    if repeated:
        turn.emit(ev.Repeated(cause=item.entry_id, command=kind, target=target))
    if command.reply_to is not None:
        turn.emit(
            ev.Confirmed(
                cause=item.entry_id,
                command=kind,
                target=target,
                reply_to=command.reply_to,
                reply_json=item.is_json,
                command_id=command.command_id,
            )
        )


def _refused(command: Command, error: CommandError) -> Fault:
    return refusal(command, error.code, error.detail, error.field, error.version)


def _rejected(item: Input, fault: Fault) -> ev.Rejected:
    return ev.Rejected(
        cause=item.entry_id,
        command=fault.command,
        code=fault.code,
        detail=fault.detail,
        field=fault.field,
        target=fault.target,
        command_id=fault.command_id,
        reply_to=fault.reply_to,
        reply_json=item.is_json,
        agent_id=fault.agent_id,
        if_version=fault.if_version,
        version=fault.version,
    )
