"""A bot that routes mail: each message of a folder becomes an interaction.

    ONEQUEUE_KEY=oq_… python mail_bot.py inbox/ --url http://127.0.0.1:8080

The id of the interaction is made from the Message-ID, so a message that is read again (the bot was
restarted, the folder was copied) is answered as it stands, and never routed twice.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import os
import sys
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

from adapters.client import ClientError, OneQueue, Problem, RateLimited, Unavailable

PARSER = BytesParser(EmailMessage, policy=policy.default)
MATTERS = {"invoice": "billing", "refund": "billing", "password": "support", "error": "support"}
"""Words of a subject that say which queue it is for."""


def interaction_id(message: EmailMessage) -> str:
    told = str(message["Message-ID"] or message.as_bytes())
    return f"mail-{hashlib.sha256(told.encode()).hexdigest()[:24]}"


def matter(subject: str, queues: set[str]) -> str | None:
    """The queue of a subject; None: the policy's own choice."""
    words = subject.lower()
    return next((q for word, q in MATTERS.items() if word in words and q in queues), None)


async def route(queue: OneQueue, message: EmailMessage, queues: set[str]) -> str:
    """Bring one message into the queue; what became of it, in words."""
    subject = str(message["Subject"] or "")
    terms = {"queue": named} if (named := matter(subject, queues)) else {}
    made = await queue.interactions.create(
        interaction_id=interaction_id(message),
        channel="email",
        customer_id=str(message["From"] or "")[:128],
        attributes={"subject": subject[:1_000]},
        **terms,  # type: ignore[typeddict-item]  # one known field
    )
    return f"{made.interaction_id} {made.queue} {made.state}"


async def run(files: list[Path], url: str, key: str) -> int:
    faults = 0
    async with OneQueue(url, key) as queue:
        queues = {one.queue async for one in queue.queues.list()}
        for file in files:
            message = PARSER.parsebytes(file.read_bytes())
            try:
                print(await route(queue, message, queues))
            except (RateLimited, Unavailable) as error:
                raise SystemExit(f"come again in {error.retry_after_s:g} s: {error}") from None
            except Problem as error:  # this message alone cannot be taken
                print(f"{file.name}: {error}")
                faults += 1
    return faults


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where messages lie, as .eml files")
    parser.add_argument("--url", default="http://127.0.0.1:8080")
    asked = parser.parse_args()
    if not asked.folder.is_dir():
        parser.error(f"{asked.folder}: there is no such folder")
    if not (key := os.environ.get("ONEQUEUE_KEY")):
        parser.error("a key is needed: export ONEQUEUE_KEY=oq_… (onequeue keys create)")
    files = sorted(asked.folder.glob("*.eml"))
    if not files:
        print(f"{asked.folder}: no .eml file is in it", file=sys.stderr)
    try:
        faults = asyncio.run(run(files, asked.url, key))
    except ClientError as error:
        raise SystemExit(str(error)) from None
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
