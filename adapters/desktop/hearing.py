"""What is said in conversations, at the desktops of agents who have them in hand.

A dialogue is the truth, and each desktop has its place in it: the ``order`` of the last message
that it was told. Whatever hints that there is more (a notice of the feed, an assignment, a desktop
that comes back, a fault), what follows is read from that place on. So none is missed and none comes
twice, whatever hint was lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeAlias

from adapters.desktop.messages import Delivered, DialogueShown, MessageSaid
from adapters.media.dialogues import Dialogues, Kept
from adapters.media.notices import Notices
from adapters.media.showing import delivery_view, view_of
from adapters.privacy.marks import Marks
from adapters.redis.stream_ids import StreamId
from router.errors import StoreUnavailable

__all__ = ("Heard", "Hearing", "Listener")

SHOWN_MAX: Final = 20
"""Messages of a dialogue that a desktop is shown at first, the newest; HTTP has the rest."""

MISSED_MAX: Final = 100
"""What is told of a dialogue at once: who has missed more is shown the newest."""

CHARACTERS_MAX: Final = 131_072
"""The texts of what is told at once: well below what may wait for a slow reader."""

AGAIN_S: Final = 0.5

Heard: TypeAlias = DialogueShown | MessageSaid | Delivered


class Listener(Protocol):
    """A desktop that hears what is said."""

    @property
    def sees_personal(self) -> bool:
        """Whether it may be shown what is personal."""
        ...

    @property
    def sees_messages(self) -> bool:
        """Whether it may be told messages at all."""
        ...

    def heard(self, told: Heard) -> None:
        """Something was said."""
        ...


@dataclass(slots=True)
class _Ear:
    """A listener's place in each dialogue that is theirs; None: they were not shown it yet."""

    listener: Listener
    known: Mapping[str, str]
    places: dict[str, str | None] = field(default_factory=dict)


class Hearing:
    """Tells the desktops of one tenant in this process; ``run`` keeps it going."""

    def __init__(
        self,
        dialogues: Dialogues,
        notices: Notices,
        marks: Callable[[], Marks],
        in_hand: Callable[[str], Iterable[str]],
    ) -> None:
        self._dialogues = dialogues
        self._notices = notices
        self._marks = marks
        self._in_hand = in_hand
        self._ears: dict[str, _Ear] = {}
        self._agents: dict[str, set[str]] = {}
        self._due: dict[tuple[str, str], bool] = {}
        """What is to be looked at, and whether deliveries are told, too."""

        self._is_due = asyncio.Event()

    def sat(self, agent_id: str, listener: Listener, known: Mapping[str, str]) -> None:
        """Somebody sits down who knows these conversations up to some ``order``."""
        self.left(agent_id)
        if listener.sees_messages:
            self._ears[agent_id] = _Ear(listener, known)
            self.changed(agent_id)

    def left(self, agent_id: str) -> None:
        """Their desktop is gone."""
        ear = self._ears.pop(agent_id, None)
        for name in () if ear is None else ear.places:
            self._drop(agent_id, name)

    def changed(self, agent_id: str) -> None:
        """What they have in hand is different, maybe."""
        ear = self._ears.get(agent_id)
        if ear is None:
            return
        now = frozenset(self._in_hand(agent_id))
        for name in [name for name in ear.places if name not in now]:
            del ear.places[name]
            self._drop(agent_id, name)
        for name in now - ear.places.keys():
            ear.places[name] = ear.known.get(name)
            self._agents.setdefault(name, set()).add(agent_id)
            self._look(agent_id, name, deliveries=name in ear.known)
        ear.known = {}

    def look_everywhere(self) -> None:
        """Notices may have been missed, or dialogues erased."""
        for agent_id, ear in self._ears.items():
            for name in ear.places:
                self._look(agent_id, name, deliveries=True)

    async def run(self) -> None:
        """Tell, for ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._notice())
            group.create_task(self._tell_all())

    async def close(self) -> None:
        """Close the connections."""
        await self._notices.close()
        await self._dialogues.close()

    def _drop(self, agent_id: str, name: str) -> None:
        self._due.pop((agent_id, name), None)
        agents = self._agents.get(name, set())
        agents.discard(agent_id)
        if not agents:
            self._agents.pop(name, None)

    def _look(self, agent_id: str, name: str, *, deliveries: bool = False) -> None:
        key = (agent_id, name)
        self._due[key] = self._due.get(key, False) or deliveries
        self._is_due.set()

    async def _notice(self) -> None:
        while True:
            try:
                found = await self._notices.next()
            except StoreUnavailable:
                await asyncio.sleep(AGAIN_S)
                continue
            if found is None:
                self.look_everywhere()
                continue
            for notice in found:
                for agent_id in self._agents.get(notice.conversation_id, ()):
                    name = notice.conversation_id
                    self._look(agent_id, name, deliveries=notice.is_delivery)

    async def _tell_all(self) -> None:
        while True:
            while not self._due:  # whoever was to be told may have gone before we wake
                self._is_due.clear()
                await self._is_due.wait()
            (agent_id, name), deliveries = next(iter(self._due.items()))
            del self._due[agent_id, name]
            try:
                await self._tell(agent_id, name, deliveries=deliveries)
            except StoreUnavailable:
                ear = self._ears.get(agent_id)
                if ear is not None and name in ear.places:
                    self._look(agent_id, name, deliveries=deliveries)
                await asyncio.sleep(AGAIN_S)

    async def _tell(self, agent_id: str, name: str, *, deliveries: bool) -> None:
        ear = self._ears[agent_id]
        place = ear.places[name]
        missed = None if place is None else await self._behind(name, place)
        newest: Sequence[Kept] = ()
        if missed is None or deliveries:
            newest = await self._dialogues.newest(name, SHOWN_MAX + 1)
        is_theirs = name in self._in_hand(agent_id)
        if self._ears.get(agent_id) is not ear or name not in ear.places or not is_theirs:
            return  # meanwhile they have gone, or it has
        if missed is None:
            self._show(ear, name, newest)
            return
        if deliveries:
            self._tell_deliveries(ear, name, newest, place or "")
        for each in missed:
            ear.places[name] = each.entry_id
            ear.listener.heard(MessageSaid(name, view_of(each, self._hidden(ear))))

    async def _behind(self, name: str, place: str) -> Sequence[Kept] | None:
        """What stands behind a place; None where that is not known any more, or is too much."""
        found = await self._dialogues.since(name, place, MISSED_MAX + 2)
        if place:
            if not found or found[0].entry_id != place:
                return None
            del found[0]
        is_much = sum(len(each.message.text) for each in found) > CHARACTERS_MAX
        return None if len(found) > MISSED_MAX or (is_much and len(found) > 1) else found

    def _show(self, ear: _Ear, name: str, newest: Sequence[Kept]) -> None:
        shown = list(newest[-SHOWN_MAX:])
        while len(shown) > 1 and sum(len(each.message.text) for each in shown) > CHARACTERS_MAX:
            del shown[0]
        was, ear.places[name] = ear.places[name], shown[-1].entry_id if shown else ""
        if shown or was:
            views = tuple(view_of(each, self._hidden(ear)) for each in shown)
            ear.listener.heard(DialogueShown(name, views, len(shown) < len(newest)))

    def _tell_deliveries(self, ear: _Ear, name: str, newest: Sequence[Kept], place: str) -> None:
        """How deliveries stand of what the listener was told: to say it twice does no harm."""
        for each in newest:
            is_known = bool(place) and StreamId.parse(each.entry_id) <= StreamId.parse(place)
            if is_known and each.delivery is not None and each.delivery.at_ms:
                view = delivery_view(each.message.message_id, each.delivery)
                ear.listener.heard(Delivered(name, each.entry_id, view))

    def _hidden(self, ear: _Ear) -> Marks | None:
        return None if ear.listener.sees_personal else self._marks()
