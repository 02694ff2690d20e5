"""The desktops of one tenant in this process: who sits where, and what each is told."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Final, Protocol

import msgspec
from msgspec import Raw, Struct

from adapters.cloudevents.position import Position
from adapters.desktop.auditing import Caller, audited
from adapters.desktop.cards import CardReader, Cards
from adapters.desktop.codec import Codec
from adapters.desktop.hearing import Hearing, Listener
from adapters.desktop.login import Logins
from adapters.desktop.messages import Hello, Missed, Standing, Welcome
from adapters.desktop.picture import assignments_of, conversations_of, offers_of, standing_of
from adapters.desktop.recent import Kept, Recent
from adapters.desktop.terms import DesktopTerms
from adapters.desktop.veil import Veil
from adapters.identity.permissions import Permission
from adapters.media.dialogues import Dialogues
from adapters.media.notices import Notices
from adapters.privacy.marks import Marks
from adapters.projection.folded import Folded
from adapters.projection.projection import Projection
from adapters.submitting.submitter import Submitter
from adapters.submitting.verdict import Verdict
from router import events as ev
from router.commands import AgentLogin
from router.outbox import assignment_message, encoded_message
from router.ports import WorkEntry
from router.state import State

__all__ = ("DESK", "Desks", "Seat")

DESK: Final = "desk:"
"""What the inboxes of desktops begin with; the name of a process follows."""

ANSWERS: Final = frozenset({"confirmed", "rejected"})
"""Messages that answer commands: desktops get their answers by the ids of their requests."""

IN_HAND: Final = frozenset({"assigned", "released"})
"""Messages after which an agent has something else in hand."""

UNASKED: Final = Hello()
NOTHING: Final[Mapping[str, str]] = {}


class Seat(CardReader, Listener, Protocol):
    """One connection of an agent."""

    codec: Codec

    def told(self, kept: Kept) -> None:
        """A message of the agent's work stream."""
        ...

    def stands(self, position: str, standing: Standing) -> None:
        """How the agent stands, where no message of the work stream says it."""
        ...

    def pictured(self, welcome: Welcome) -> None:
        """Everything anew."""
        ...

    def replaced(self) -> None:
        """The agent has another desktop now."""
        ...


class Head(Struct, frozen=True, gc=False):
    """What is read of a message on its way."""

    type: str
    agent_id: str = ""
    offer_id: str = ""
    interaction_id: str = ""
    channel: str = ""


class Desks:
    """Seats by agent, fed from the projection; whoever leaves one has a while to come back."""

    def __init__(
        self,
        projection: Projection,
        submitter: Submitter,
        terms: DesktopTerms,
        now_s: Callable[[], float] = time.monotonic,
        cards: Cards | None = None,
    ) -> None:
        self.name = uuid.uuid4().hex[:12]
        self.inbox = DESK + self.name
        self.projection = projection
        self.submitter = submitter
        self.terms = terms
        self.gone: dict[str, float] = {}
        """Agents whose desktop is gone, and since when (``now_s``)."""

        self.now_s = now_s
        self._cards = cards
        self._seats: dict[str, Seat] = {}
        self._logins = Logins(self.inbox)
        self._veil = Veil()
        self._are_known = False
        """Whether any agent of the tenant has ever been at a desktop: without, nobody is told."""

        self.dialogues = Dialogues(projection.endpoint, projection.keys)
        self._hearing = Hearing(
            self.dialogues,
            Notices(projection.endpoint, projection.keys),
            lambda: self.marks,
            lambda agent_id: conversations_of(projection.state, agent_id),
        )
        self._recent = Recent(terms.kept_bytes_max, terms.kept_s)
        self._recent.begin(projection.last_id)
        projection.listen(self)
        projection.when_forgotten(self._forget)

    def __len__(self) -> int:
        return len(self._seats)

    @property
    def marks(self) -> Marks:
        """What is personal by the policy in force."""
        return self._veil.marks_in(self.projection.state)

    def seat_of(self, agent_id: str) -> Seat | None:
        """The agent's seat here, if they have one."""
        return self._seats.get(agent_id)

    async def log_in(
        self, agent_id: str, hello: Hello, codec: Codec, caller: Caller
    ) -> Verdict | None:
        """Let the agent's messages come to this process from now on; None: they do already.

        Raises as :meth:`Submitter.submit` does.
        """
        state = self.projection.state
        may = caller.principal.may_for(Permission.AGENTS_WRITE, agent_id)
        command = self._logins.command(
            state,
            agent_id,
            hello,
            codec.encoding,
            may_describe=may,
            reason=self.projection.reason_of(agent_id),
        )
        if command is None:
            return None
        entry = None
        if hello.describing and not may:
            entry = audited(caller, AgentLogin, command, state, self.marks)
        return await self.submitter.submit(command, audit=entry)

    def is_here(self, agent_id: str) -> bool:
        """Whether the agent's messages come to this process."""
        agent = self.projection.state.agents.get(agent_id)
        return agent is not None and agent.inbox == self.inbox

    def take_seat(self, agent_id: str, seat: Seat, hello: Hello) -> Welcome:
        """Seat an agent who is logged in here: whatever comes after the welcome is told."""
        before = self._seats.get(agent_id)
        if before is not None and before is not seat:
            before.replaced()
        self._seats[agent_id] = seat
        self.gone.pop(agent_id, None)
        return self._welcome(agent_id, seat, hello)

    def leave_seat(self, agent_id: str, seat: Seat) -> None:
        """A connection is over; nothing follows where the agent has another one."""
        if self._seats.get(agent_id) is seat:
            del self._seats[agent_id]
            self._hearing.left(agent_id)
            self.gone[agent_id] = self.now_s()

    def folded(self, folded: Folded) -> None:
        """Tell desktops what a record says to them."""
        self._recent.reached(folded.record_id)
        for event in folded.record.events:
            if type(event) is ev.AgentLoggedIn:
                self._logged_in(event, folded.record_id)
        if not self._are_known:
            return
        self._tell_work(folded)
        for agent_id in dict.fromkeys(_stand_otherwise(folded, self.projection.state)):
            self._tell_standing(agent_id, folded.record_id)

    def _tell_standing(self, agent_id: str, record_id: str) -> None:
        seat = self._seats.get(agent_id)
        if seat is not None:
            seat.stands(record_id, standing_of(self.projection.state, agent_id))

    def _tell_work(self, folded: Folded) -> None:
        issued: set[str] | None = None
        for number, entry in enumerate(folded.work_entries):
            if not entry.inbox.startswith(DESK):
                continue
            if issued is None:
                issued = _issued(folded)
            self._tell(folded.record_id, number, entry, issued)

    def began_anew(self) -> None:
        """Forget what was told, and show everybody how things stand now."""
        self._recent.begin(self.projection.last_id)
        agents = self.projection.state.agents.values()
        self._are_known = any(agent.inbox.startswith(DESK) for agent in agents)
        for agent_id, seat in list(self._seats.items()):
            seat.pictured(self._picture(agent_id, seat, UNASKED))
            self.show(agent_id, seat)

    def _forget(self) -> None:
        self._recent.begin(self.projection.last_id)
        self._hearing.look_everywhere()

    def _logged_in(self, event: ev.AgentLoggedIn, record_id: str) -> None:
        if event.inbox.startswith(DESK):
            self._are_known = True
        else:
            self._recent.elsewhere(event.agent_id, record_id)
        if event.inbox != self.inbox:
            self._sits_elsewhere(event)

    def _sits_elsewhere(self, event: ev.AgentLoggedIn) -> None:
        self.gone.pop(event.agent_id, None)
        seat = self._seats.pop(event.agent_id, None)
        if seat is not None:
            self._hearing.left(event.agent_id)
            seat.replaced()

    def _tell(self, record_id: str, number: int, entry: WorkEntry, issued: set[str]) -> None:
        is_json = entry.field == "j"
        head = (_json_head if is_json else _msgpack_head).decode(entry.payload)
        if head.type in ANSWERS:
            return
        if head.type == "offer" and head.offer_id not in issued:
            return  # written again for a new login: the desktop had it, or its picture has
        position = Position.of_record(record_id)._replace(number=number)
        payload = self._whole(head, entry.payload, is_json=is_json)
        kept = Kept(head.agent_id, position, payload, is_json, self.now_s())
        self._recent.add(kept)
        seat = self._seats.get(head.agent_id)
        if seat is not None and entry.inbox == self.inbox:
            seat.told(kept if seat.sees_personal else self._veiled(kept))
            if head.type == "offer" or (head.type == "assigned" and head.channel):
                self._show_card(seat, head.interaction_id)
            if head.type in IN_HAND:
                self._hearing.changed(head.agent_id)

    def show(self, agent_id: str, seat: Seat, known: Mapping[str, str] = NOTHING) -> None:
        """Show what belongs to the work that rings or is in hand: the cards of those who want it,
        and what was said, behind what is ``known`` of each conversation."""
        self._hearing.sat(agent_id, seat, known)
        agent = self.projection.state.agents.get(agent_id)
        for name in () if agent is None else (*agent.held, *agent.idle, *agent.waking):
            self._show_card(seat, name)

    async def run(self) -> None:
        """Tell what is said in conversations, for ever."""
        await self._hearing.run()

    async def close(self) -> None:
        """Show no more cards."""
        await self._hearing.close()
        if self._cards is not None:
            await self._cards.close()

    def _show_card(self, seat: Seat, interaction_id: str) -> None:
        is_nameless = not seat.sees_personal and self.marks.customer_id
        if self._cards is not None and not is_nameless:
            self._cards.show(seat, self.projection.state.interactions.get(interaction_id))

    def _whole(self, head: Head, payload: bytes, *, is_json: bool) -> bytes:
        """An ``assigned`` with all that its offer has told: a desktop need not remember that."""
        state = self.projection.state
        assignment = state.assignments.get(head.interaction_id)
        if head.type != "assigned" or head.channel or assignment is None:
            return payload
        told = (msgspec.json if is_json else msgspec.msgpack).decode(payload)
        return encoded_message(assignment_message(state, assignment) | told, is_json=is_json)

    def _veiled(self, kept: Kept) -> Kept:
        state = self.projection.state
        payload = self._veil.over(kept.payload, state, is_json=kept.is_json)
        return kept._replace(payload=payload)

    def _shown(self, payload: bytes, seat: Seat, *, is_json: bool) -> Raw:
        if not seat.sees_personal:
            payload = self._veil.over(payload, self.projection.state, is_json=is_json)
        return seat.codec.raw(payload, is_json=is_json)

    def _welcome(self, agent_id: str, seat: Seat, hello: Hello) -> Welcome:
        terms = self.terms
        limits = (terms.missed_messages_max, terms.missed_bytes_max)
        at = hello.resume
        missed = None if at is None else self._recent.after(agent_id, at, *limits)
        if missed is None:
            return self._picture(agent_id, seat, hello)
        told = (
            Missed(str(kept.position), self._shown(kept.payload, seat, is_json=kept.is_json))
            for kept in missed
        )
        return self._standing(agent_id, hello, resumed=True, missed=tuple(told))

    def _picture(self, agent_id: str, seat: Seat, hello: Hello) -> Welcome:
        state, is_json = self.projection.state, seat.codec.is_json
        offers = offers_of(state, agent_id, is_json=is_json)
        assignments = assignments_of(state, agent_id, is_json=is_json)
        return self._standing(
            agent_id,
            hello,
            resumed=False,
            offers=tuple(self._shown(one, seat, is_json=is_json) for one in offers),
            assignments=tuple(self._shown(one, seat, is_json=is_json) for one in assignments),
        )

    def _standing(
        self,
        agent_id: str,
        hello: Hello,
        *,
        resumed: bool,
        missed: tuple[Missed, ...] = (),
        offers: tuple[Raw, ...] = (),
        assignments: tuple[Raw, ...] = (),
    ) -> Welcome:
        terms = self.terms
        return Welcome(
            agent_id=agent_id,
            position=self.projection.last_id,
            resumed=resumed,
            standing=standing_of(self.projection.state, agent_id),
            heartbeat_s=terms.heartbeat_s,
            answer_s=terms.answer_s,
            grace_s=terms.grace_s,
            id=hello.id,
            missed=missed,
            offers=offers,
            assignments=assignments,
        )


_json_head = msgspec.json.Decoder(Head)
_msgpack_head = msgspec.msgpack.Decoder(Head)


def _stand_otherwise(folded: Folded, state: State) -> Iterator[str]:
    """Agents whose offers or work stand otherwise, and whom no message tells: it may be somebody
    else who has held the offer, ended the conversation or given more time."""
    for event in folded.record.events:
        if isinstance(event, ev.OfferHeld):
            offer = state.offers.get(event.offer_id)
            yield from () if offer is None else (offer.agent_id,)
        elif isinstance(event, ev.InteractionCompleted | ev.InteractionWrapUpExtended):
            assignment = state.assignments.get(event.interaction_id)
            yield from () if assignment is None else (assignment.agent_id,)


def _issued(folded: Folded) -> set[str]:
    """The offers that a record issues."""
    return {event.offer_id for event in folded.record.events if type(event) is ev.OfferIssued}
