"""A customer is forgotten: no byte is left of them, and what happened still holds together."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgpack
import pytest
import structlog

from adapters.archive import kept_states
from adapters.audit.appending import append_alone
from adapters.audit.entry import Actor, AuditEntry
from adapters.history import open_history
from adapters.media.dialogues import Delivery, Dialogues
from adapters.media.message import Attachment, Message
from adapters.privacy.attached import folder_of
from adapters.privacy.forgetting import ForgetOrder, forget
from adapters.privacy.subject import Finder, Subject
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint
from tests.adapters.cli.shell import Done, Shell
from tests.adapters.privacy.traces import traces
from tests.integration.router_process import RouterProcess, Routers
from tests.servers import binary_of, plain_client

pytestmark = pytest.mark.servers
KEYS = Keys("t")
CUSTOMER = "cust-PLANTED-77"
NUMBER = "+49-170-PLANTED"
NAME = "Zoë Planted-Quux"
PLANTED = (CUSTOMER, NUMBER, NAME)
OTHER = "cust-OTHER-11"


class Place(NamedTuple):
    """A tenant with everything that can hold data."""

    server: EmbeddedServer
    client: Any
    archive: Path
    audit: Path
    analysis: Path
    routers: Routers
    router: RouterProcess
    shell: Shell

    @property
    def directories(self) -> list[Path]:
        server = self.archive.parent / "server"
        return [self.archive, self.audit, self.analysis, self.attached, server]

    @property
    def attached(self) -> Path:
        return self.archive.parent / "attached"

    def traces(self, *wanted: str) -> list[str]:
        return traces(self.server, self.directories, wanted or PLANTED)

    def __call__(self, *words: str) -> Done:
        return self.shell(*words, "--redis", self.server.url, "--tenant", "t")

    def forget(self, *options: str) -> Done:
        where = ("--archive", str(self.archive), "--audit", str(self.audit))
        exports = ("--analysis", str(self.analysis))
        attached = ("--attachments", str(self.attached))
        return self("forget", CUSTOMER, "--yes", *where, *exports, *attached, *options)

    def asked(self, typed: bytes) -> tuple[int, str]:
        """Forget at a terminal, where somebody types; exit status and what stands there."""
        where = ("--redis", self.server.url, "--tenant", "t", "--archive", str(self.archive))
        words = ("forget", CUSTOMER, "--including-open", *where)
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-m", "adapters.cli.main", *words],
            stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        os.write(ours, typed)
        shown = b"".join(_typed_out(ours))
        os.close(ours)
        return process.wait(60), shown.decode()

    def send(self, **command: Any) -> str:
        return str(self.client.xadd(KEYS.inbound, {"m": msgpack.packb(command)}).decode())

    def until_decided(self, entry_id: str) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            newest = self.client.xrevrange(KEYS.journal, count=1)
            if newest and _place(msgpack.unpackb(newest[0][1][b"r"])["position"]) >= _place(
                entry_id
            ):
                return
            time.sleep(0.01)
        pytest.fail("the router has not come so far")


def _typed_out(terminal: int) -> Iterator[bytes]:
    while True:
        try:
            yield os.read(terminal, 4_096)
        except OSError:  # nobody has it open any more
            return


def _place(entry_id: str) -> tuple[int, ...]:
    return tuple(map(int, entry_id.split("-")))


@pytest.fixture
def place(
    tmp_path: Path,
    routers: Routers,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Place]:
    directory = tmp_path / "server"
    server = EmbeddedServer(directory, binary=binary_of("valkey"), extra=("--save", "3600 1"))
    server.start()
    shell = Shell(monkeypatch, capsys)
    try:
        router = routers.start(server.url)
        with plain_client(server) as client:
            router.wait_until_it_says("leading")
            archive, audit = tmp_path / "archive", tmp_path / "audit"
            analysis = tmp_path / "analysis"
            analysis.mkdir()
            yield Place(server, client, archive, audit, analysis, routers, router, shell)
    finally:
        server.stop()


def live(place: Place) -> None:
    """Two customers, on all the ways that data can take."""
    vip = [{"expression": "interaction.vip == true"}]
    mine = {"vip": True, "name": NAME, "number": NUMBER, "deep": [{"x": NUMBER}]}
    place.send(type="agent_login", agent_id="ann", inbox="desk", capacity=1_000)
    place.send(
        type="agent_login", agent_id="ben", inbox="json", encoding="json", state="unavailable"
    )
    for name, customer in (("i-1", CUSTOMER), ("i-2", OTHER), ("i-3", CUSTOMER)):
        number = place.send(
            type="create", interaction_id=name, channel="chat", customer_id=customer,
            conversation_id=f"with {customer}",
            attributes=mine if customer == CUSTOMER else {"name": "Otto Other"},
            requirements=vip if name == "i-1" else [],
        )  # fmt: skip
    place.send(type="note", interaction_id="i-1", text=f"{NAME} calls from {NUMBER}", author="ann")
    place.until_decided(number)
    answer(place)
    place.send(
        type="create", interaction_id="i-4", channel="email", conversation_id=f"with {CUSTOMER}",
        attributes=mine, suspension={"reason": NAME},
    )  # fmt: skip
    place.send(type="create", interaction_id="i-5", channel="fog", customer_id=CUSTOMER)
    bad = {"type": "create", "customer_id": CUSTOMER, "interaction_id": 5, "number": NUMBER}
    place.client.xadd(KEYS.inbound, {"j": json.dumps(bad)})
    place.until_decided(place.send(type="agent_logout", agent_id="ben"))
    about = {"interaction_id": "i-1", "number": NUMBER, "customer_id": CUSTOMER}
    entry = AuditEntry(actor=Actor("jo"), action="x", resource="interaction", before=about)
    for _ in range(2):
        place.client.execute_command(*append_alone(KEYS, entry.to_bytes()))
    place.client.set(KEYS.idempotency("k"), json.dumps({"body": json.dumps(about)}))
    asyncio.run(speak(place))


async def speak(place: Place) -> None:
    """Say things in both customers' conversations, with and without saying whose they are."""
    dialogues = Dialogues(Endpoint(place.server.url), KEYS)
    for customer, told, text in (
        (CUSTOMER, CUSTOMER, f"{NAME} here: call {NUMBER}"),
        (CUSTOMER, "", f"{NUMBER} again"),
        (OTHER, OTHER, "Otto Other here"),
    ):
        about: dict[str, Any] = {
            "account": "box", "channel": "email", "text": text, "at_ms": 1,
            "conversation_id": f"with {customer}",
        }  # fmt: skip
        file = place.attached / customer / f"{len(text)}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(customer)
        about["attachments"] = (Attachment(uri=file.resolve().as_uri()),)
        heard = Message(message_id=f"{customer} {text}", direction="in", customer_id=told, **about)
        written = await dialogues.say(heard, "")
        await dialogues.claim(written.conversation_id, "email", "", "i-1")
        for number in "12":
            name = f"{written.entry_id} {number}"
            await dialogues.say(Message(message_id=name, direction="out", **about), "")
        await dialogues.deliver("box", name, Delivery("sent", "", 0, f"for {text}"))
    await dialogues.close()


def answer(place: Place) -> None:
    """Ann takes whatever is offered to her, and ends it."""
    done, deadline = 0, time.monotonic() + 60
    position = "0-0"
    while done < 3 and time.monotonic() < deadline:
        found = place.client.xread({KEYS.work("desk"): position}, block=100)
        for entry_id, fields in found[0][1] if found else ():
            position = entry_id.decode()
            message = msgpack.unpackb(fields[b"m"])
            if message["type"] == "offer":
                ids = {"agent_id": "ann", "interaction_id": message["interaction_id"]}
                place.send(type="accept", agent_id="ann", offer_id=message["offer_id"])
                outcome = "solved" if ids["interaction_id"] == "i-2" else f"{NAME} is happy"
                place.send(type="complete", **ids, outcome=outcome)
                place.until_decided(place.send(type="end_wrap_up", **ids))
                done += 1
    assert done == 3


def archived(place: Place, *options: str) -> None:
    where = ("--dir", str(place.archive), *options)
    done = place("archive", *where, "--once", "--snapshot-every", "1s")
    assert done.code == 0, done.err
    for words in (("audit", "export", "--dir"), ("analysis", "export", "--dir")):
        done = place(*words, str(getattr(place, words[0])))
        assert done.code == 0, done.err


def checked(place: Place) -> None:
    where = ("--archive", str(place.archive))
    for words in (
        ("verify", *where),
        ("replay", *where),
        ("audit", "verify", "--dir", str(place.audit)),
    ):
        done = place(*words)
        assert done.code == 0, done.out + done.err


def until_inbound_is_trimmed(place: Place) -> None:
    deadline = time.monotonic() + 30
    while place.client.xlen(KEYS.inbound):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_no_byte_is_left_and_what_happened_still_holds_together(place: Place) -> None:
    live(place)
    archived(place)
    until_inbound_is_trimmed(place)
    before = place.traces()
    kinds = {name.partition("/")[0] for name in before}
    assert {
        "archive",
        "audit",
        "analysis",
        "server",
        KEYS.journal,
        KEYS.work("desk"),
        KEYS.audit,
    } <= kinds
    assert {KEYS.dead_letter, KEYS.idempotency("k")} <= kinds

    refused = place.forget()
    assert refused.code == 1
    assert "1 wait; --including-open cancels them: i-4" in refused.err
    assert place.traces() == before

    would = place.forget("--dry-run", "--json").json
    assert (would["interactions"], would["waiting"]) == (3, ["i-4"])
    of_messages = {"dialogue", "message", "messages", "conversation", "outgoing"}
    of_files = {"archive", "audit", "analysis", "attachments"}
    assert {"journal", "work", "idempotency"} | of_files | of_messages <= set(would["counts"])
    refused_before_anything_is_done(place)
    assert place.traces() == before

    options = ("--dir", str(place.archive), "--snapshot-every", "1s", "--keep-journal", "0s")
    archiver = place.routers.start(place.server.url, *options, command="archive")
    archiver.wait_until_it_says("archiving")
    done = place.forget("--including-open", "--json")
    assert done.code == 0, done.out + done.err
    assert place.traces() == []
    assert place.client.xlen(KEYS.forgotten) == 4  # and that the journal is rewritten
    assert place.traces(OTHER, "Otto Other") != []
    assert [path.name for path in place.attached.iterdir()] == [OTHER]
    checked(place)
    found = json.loads(place("verify", "--archive", str(place.archive), "--json").out)
    assert found["redacted"] > 1
    assert found["unproved"] > 0, "nobody can tell whether a VIP was one"
    listed = (place.archive / "erasures.jsonl").read_text()
    assert json.loads(listed)["interactions"] == 3

    again = place.forget("--json")
    assert (again.code, again.json["known"]) == (1, False)
    place.until_decided(place.send(type="agent_logout", agent_id="ann"))
    until_archived(place)
    archiver.kill()
    checked(place)
    restored(place)


def refused_before_anything_is_done(place: Place) -> None:
    """What a dry run tells is what hinders the real one; neither has cancelled what waits."""
    waits = "1 wait; --including-open cancels them: i-4"
    unnamed = "this tenant has an archive, which was not named: give --archive DIR"
    busy = "desk:1:x erases a customer of this tenant just now: wait until that is done"
    place.client.set(KEYS.forgetting, "desk:1:x", px=60_000)
    told = place("forget", CUSTOMER, "--dry-run")
    place.client.delete(KEYS.forgetting)
    assert told.code == 1
    assert "attributes: all: the policy marks none\n" in told.out
    assert "would remain: the exported files of the audit" in told.err
    assert [line for line in told.err.splitlines() if line.startswith("would be refused")] == [
        f"would be refused: {waits}",
        f"would be refused: {unnamed}",
        f"would be refused: {busy}",
    ]
    assert place.forget("--dry-run", "--including-open").code == 0
    really = place("forget", CUSTOMER, "--including-open", "--yes")
    assert (really.code, really.err) == (2, f"onequeue: {unnamed}\n")
    absent = place.forget("--including-open", "--audit", "absent")
    assert "--audit absent: there is no such directory" in absent.err
    silent = place("forget", CUSTOMER, "--including-open", "--archive", str(place.archive))
    assert (silent.code, "say --yes" in silent.err) == (2, True)
    code, shown = place.asked(b"n\n")
    assert (code, "nothing was erased" in shown) == (1, True)
    assert f"Erase {CUSTOMER} from 3 interactions, and cancel 1 that wait?" in shown
    for option in ("--dry-run", "--yes"):
        unknown = place("forget", "nobody", option, "--archive", str(place.archive))
        assert unknown.code == 1
        assert "nothing is known of a customer 'nobody'" in unknown.err


def until_archived(place: Place) -> None:
    """The archiver, which had to give way, has what the journal has."""
    last = place.client.xrevrange(KEYS.journal, count=1)[0][0]
    deadline = time.monotonic() + 60
    while not place.client.get(KEYS.archived).startswith(last + b" "):
        assert time.monotonic() < deadline, "the archiver does not go on"
        time.sleep(0.02)


def restored(place: Place) -> None:
    """A server that has lost everything begins anew with what is archived."""
    last = place.client.xrevrange(KEYS.journal, count=1)
    place.client.flushall()
    done = place("restore", "--archive", str(place.archive))
    assert done.code == 0, done.err
    assert place.client.xrange(KEYS.journal) == last
    replayed = place("replay", "--archive", str(place.archive))
    assert replayed.code == 0, replayed.out
    assert ": equal" in replayed.out


def test_a_router_whose_records_are_lost_writes_none_again_that_was_erased(place: Place) -> None:
    place.until_decided(place.send(type="agent_login", agent_id="ann", inbox="desk"))
    early = place.client.dump(KEYS.journal)
    mine = {"customer_id": CUSTOMER, "attributes": {"name": NAME, "number": NUMBER}}
    place.send(type="create", interaction_id="i-1", channel="chat", **mine)
    place.until_decided(place.send(type="cancel", interaction_id="i-1", reason=NAME))
    assert {KEYS.journal, KEYS.work("desk")} <= set(place.traces())
    assert place("forget", CUSTOMER, "--yes").code == 0
    assert place.traces() == []
    place.router.wait_until_it_says("erased from what this router remembers", timeout_s=60)
    last = place.client.xrevrange(KEYS.journal, count=1)
    # as when a replica is promoted that has not heard of all this
    place.client.restore(KEYS.journal, 0, early, replace=True)
    deadline = time.monotonic() + 60
    while place.client.xrevrange(KEYS.journal, count=1)[0][0] < last[0][0]:
        assert time.monotonic() < deadline, "the router does not write its records again"
        time.sleep(0.02)
    assert place.traces() == []
    assert place("verify").code == 0


def test_killed_after_any_step_it_goes_on_where_it_was(place: Place) -> None:
    live(place)
    place.until_decided(place.send(type="cancel", interaction_id="i-4"))
    for _ in range(2):
        archived(place, "--segment-bytes", "1")
        place.until_decided(place.send(type="agent_logout", agent_id="ann"))
    finder = Finder(CUSTOMER, [f"with {CUSTOMER}"])
    for entry in open_history(place.client, "t", place.archive).records():
        finder.take_in(*entry)
    assert kept_states(place.archive)
    subject = Subject(
        customer_id=CUSTOMER,
        interactions=finder.interactions,
        conversations=list(finder.conversations),
    )
    steps = 0
    while run_until(place, subject, steps):
        steps += 1
        checked(place)
        assert steps < 40
    assert steps > 8
    assert place.traces() == []
    assert not kept_states(place.archive)
    checked(place)
    assert not list(place.archive.glob("*.forgetting.json"))


def run_until(place: Place, subject: Subject, steps: int) -> bool:
    """Forget in a process of its own, which is killed after so many steps; whether it was."""
    child = os.fork()
    if child == 0:
        left = steps

        def on_step(_name: str) -> None:
            nonlocal left
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)
            left -= 1

        order = ForgetOrder(
            endpoint=Endpoint(place.server.url),
            keys=KEYS,
            archive=place.archive,
            audit=place.audit,
            analysis=place.analysis,
            attachments=(folder_of(str(place.attached)),),
            audit_entry=AuditEntry(actor=Actor("test"), action="forget", resource="customer"),
            release="test",
        )
        asyncio.run(forget(order, subject, structlog.get_logger(), on_step))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert status in {0, signal.SIGKILL}
    place.client.delete(KEYS.forgetting)  # the lease of who was killed has run out
    return status != 0
