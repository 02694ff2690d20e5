from __future__ import annotations

from typing import Any

from benchmarks.demo.media.figures import MediaFigures, MediaJournal, Said, Taken, media_figures
from benchmarks.floor.journal_reader import JournalRecord
from tests.benchmarks.demo.journals import about_offer, record

SPEED = 90.0


def created(name: str, now_ms: int) -> dict[str, Any]:
    told = {"channel": "email", "queue": "moving", "conversation_id": f"of {name}"}
    return {"type": "interaction_created", "interaction_id": name, "created_ms": now_ms, **told}


def accepted(name: str, agent_id: str = "ada") -> dict[str, Any]:
    return {**about_offer("offer_accepted", 1), "interaction_id": name, "agent_id": agent_id}


class Desk:
    """A journal, and what is told as it is read."""

    def __init__(self, *records: JournalRecord) -> None:
        self.taken: list[Taken] = []
        self.journal = MediaJournal(self.taken.append)
        for each in records:
            self.journal.feed(each)

    def figures(
        self, *said: Said, replies: tuple[str, ...] = (), expected: int = 1
    ) -> MediaFigures:
        return media_figures(self.journal, said, replies, {}, expected=expected, speed=SPEED)


MAIL = Said("mail", "support", "m-1@x", has_reply=True)
FORM = Said("form", "forms", "f-1", has_reply=False)
MAIL_ID = "support:<m-1@x>#0"


def test_what_was_said_is_one_interaction_with_its_agent_and_wait() -> None:
    desk = Desk(record(1_000, created(MAIL_ID, 1_000)), record(3_000, accepted(MAIL_ID)))
    figures = desk.figures(MAIL, replies=(f"Reference: {MAIL_ID}",))
    (contact,) = figures.contacts
    assert contact.interactions == (MAIL_ID,)
    assert (contact.agent_id, contact.waited_s, contact.replied) == ("ada", 180.0, True)
    assert (figures.known, figures.others, figures.complete) == (1, 0, True)
    assert desk.taken == [Taken(MAIL_ID, f"of {MAIL_ID}", "support", "ada")]


def test_lost_doubled_unreplied_and_untaken_are_not_complete() -> None:
    there = record(1_000, created(MAIL_ID, 1_000))
    again = record(2_000, created(f"{MAIL_ID}-again", 2_000))
    assert not Desk().figures(MAIL).complete
    assert Desk(there).figures(MAIL).complete
    assert not Desk(there, again).figures(MAIL).complete
    assert not Desk(there, record(3_000, accepted(MAIL_ID))).figures(MAIL).complete
    assert not Desk(there).figures(MAIL, expected=2).complete


def test_a_form_has_no_way_back() -> None:
    name = "forms:contact:f-1"
    desk = Desk(record(1_000, created(name, 1_000), accepted(name)))
    figures = desk.figures(FORM)
    assert figures.contacts[0].replied is None
    assert figures.complete


def test_others_are_counted_and_those_of_the_hour_are_none() -> None:
    made = [created(name, 1_000) for name in ("email-00001", "website:me:1", MAIL_ID)]
    assert Desk(record(1_000, *made)).figures(MAIL).others == 1


def test_only_the_first_agent_counts() -> None:
    desk = Desk(
        record(1_000, created(MAIL_ID, 1_000), accepted(MAIL_ID)),
        record(2_000, accepted(MAIL_ID, "ben")),
    )
    assert desk.figures(MAIL).contacts[0].agent_id == "ada"
    assert len(desk.taken) == 1
