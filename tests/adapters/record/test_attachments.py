"""What is attached to a customer's messages in the record, and what others have, too."""

from __future__ import annotations

from adapters.record.attachments import attached_to, attached_to_others
from adapters.record.schema import SaidMessage
from tests.records import new_record


def said(number: int, customer: str, place: str, *uris: str) -> SaidMessage:
    return SaidMessage(
        tenant="t",
        digest=f"{number:032x}",
        account="box",
        message_id=str(number),
        conversation_id=place,
        customer_id=customer,
        channel="email",
        direction="in",
        at_ms=number,
        agent_id="",
        sender_medium="",
        sender_address="",
        subject="",
        text="",
        delivery="",
        recipients={"items": []},
        attachments={"items": [{"uri": uri} for uri in uris]},
    )


async def test_whose_attachments_they_are() -> None:
    async with new_record() as database:
        async with database.session(writes=True) as session:
            session.add_all(
                [
                    said(1, "mia", "with mia", "a", "b", "c"),
                    said(2, "max", "with max", "b", "z"),
                    said(3, "", "with mia", "a"),
                    said(4, "", "with nobody", "c"),
                    said(5, "mia", "with mia"),
                ]
            )
        async with database.session() as session:
            theirs = await attached_to(session, "t", "mia")
            others = await attached_to_others(session, "t", "mia", ["with mia"], theirs)
            elsewhere = await attached_to(session, "other", "mia")
    assert (theirs, others, elsewhere) == ({"a", "b", "c"}, {"b", "c"}, set())
