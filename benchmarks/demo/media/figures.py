"""What came in by real media, and what became of it: told by the journal alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from benchmarks.demo.media.files import ACCOUNTS
from benchmarks.floor.journal_reader import JournalRecord

__all__ = ("Contact", "MediaFigures", "MediaJournal", "Said", "Taken", "media_figures")


class Said(NamedTuple):
    """What somebody has said, and a medium has taken."""

    medium: str
    """In words for people."""

    account: str
    mark: str
    """What the medium's own id of it holds, and no other's."""

    has_reply: bool
    """Whether the medium has a way back."""


@dataclass(frozen=True, slots=True)
class Contact:
    """One thing said; durations in seconds of the hour."""

    medium: str
    interactions: tuple[str, ...]
    """Which interactions it became: one, or something is wrong."""

    agent_id: str
    """Who had it first; "": nobody yet."""

    waited_s: float | None
    replied: bool | None
    """Whether what its agent said has arrived by the same medium; None: there is no way back."""


@dataclass(frozen=True, slots=True)
class MediaFigures:
    """Everything that the media have taken from the demo's customers."""

    contacts: tuple[Contact, ...]
    expected: int
    """How many things were to be said."""

    left_out: Mapping[str, str]
    """Media that could not run here, and why."""

    others: int
    """Interactions of whoever has opened the page of the chat or of the form meanwhile."""

    @property
    def known(self) -> int:
        """How many of them have become one interaction."""
        return sum(1 for contact in self.contacts if len(contact.interactions) == 1)

    @property
    def complete(self) -> bool:
        """Whether nothing was lost or doubled, and every reply has arrived."""
        unreplied = [one for one in self.contacts if one.agent_id and one.replied is False]
        return self.known == len(self.contacts) == self.expected and not unreplied


class Taken(NamedTuple):
    """Who has taken an interaction of a medium."""

    interaction_id: str
    conversation_id: str
    account: str
    agent_id: str


@dataclass(slots=True)
class _Course:
    created: Mapping[str, Any]
    agent_id: str = ""
    accepted_ms: int | None = None


class MediaJournal:
    """Fold of journal records: the interactions of the media's accounts. ``on_taken`` is told when
    an agent has taken one for the first time."""

    def __init__(self, on_taken: Callable[[Taken], object]) -> None:
        self._on_taken = on_taken
        self._courses: dict[str, _Course] = {}

    def feed(self, record: JournalRecord) -> None:
        """Take in one record."""
        for event in record.events:
            match event["type"]:
                case "interaction_created":
                    if _account_of(event["interaction_id"]):
                        self._courses[event["interaction_id"]] = _Course(event)
                case "offer_accepted":
                    self._accepted(event, record.now_ms)

    def named(self, account: str, mark: str) -> tuple[str, ...]:
        """The interactions that a message has begun."""
        return tuple(
            name for name in self._courses if _account_of(name) == account and mark in name
        )

    def course(self, interaction_id: str) -> tuple[str, int | None]:
        """Who had it first ("": nobody), and how long it waited, in milliseconds."""
        course = self._courses[interaction_id]
        if course.accepted_ms is None:
            return "", None
        return course.agent_id, course.accepted_ms - course.created["created_ms"]

    def __len__(self) -> int:
        return len(self._courses)

    def _accepted(self, event: Mapping[str, Any], now_ms: int) -> None:
        name = event["interaction_id"]
        course = self._courses.get(name)
        if course is None or course.accepted_ms is not None:
            return
        course.agent_id, course.accepted_ms = event["agent_id"], now_ms
        conversation_id = course.created.get("conversation_id", "")
        self._on_taken(Taken(name, conversation_id, _account_of(name), course.agent_id))


def media_figures(
    journal: MediaJournal,
    said: Iterable[Said],
    replies: Sequence[str],
    left_out: Mapping[str, str],
    *,
    expected: int,
    speed: float,
) -> MediaFigures:
    """The figures, of what was said, and of the texts that have come back."""
    contacts = [_contact(journal, one, replies, speed) for one in said]
    ours = {name for contact in contacts for name in contact.interactions}
    return MediaFigures(tuple(contacts), expected, dict(left_out), len(journal) - len(ours))


def _contact(journal: MediaJournal, said: Said, replies: Sequence[str], speed: float) -> Contact:
    names = journal.named(said.account, said.mark)
    agent_id, waited_ms = journal.course(names[0]) if names else ("", None)
    return Contact(
        medium=said.medium,
        interactions=names,
        agent_id=agent_id,
        waited_s=None if waited_ms is None else waited_ms * speed / 1_000,
        replied=any(said.mark in text for text in replies) if said.has_reply else None,
    )


def _account_of(interaction_id: str) -> str:
    account, _, rest = interaction_id.partition(":")
    return account if rest and account in ACCOUNTS.values() else ""
