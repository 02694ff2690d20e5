"""Calls by SIP: real callers, a real front, real phones, and a real router between them."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from adapters.client import NotFound, OneQueue
from adapters.client.models import Interaction
from tests.adapters.voice.phones import Adapter, Front, Phones, needs_sip, until
from tests.served import Served, served

pytestmark = [pytest.mark.servers, pytest.mark.any_server, pytest.mark.timeout(240)]


class Center(NamedTuple):
    """A front, phones, the adapter, and what OneQueue makes of it."""

    front: Front
    phones: Phones
    adapter: Adapter
    api: Served
    admin: str

    def ask(self, what: Any) -> Any:
        """What a coroutine of a client gives."""

        async def asking() -> Any:
            async with OneQueue(self.api.url, self.admin, verify=False) as queue:
                return await what(queue)

        return asyncio.run(asking())

    def said(self) -> str:
        """What is in the logs."""
        return f"{self.front.calls()}\n{self.adapter.said()}\n{self.front.said()}"

    def works(self, **contacts: str) -> None:
        """These agents are there, with their phones, and nobody else."""

        async def log_out(queue: OneQueue) -> None:
            async for agent in queue.agents.list():
                with suppress(NotFound):  # a repeat, after an answer that came too late
                    await queue.agents.logout(agent.agent_id)

        self.ask(log_out)
        self.works_too(**contacts)

    def works_too(self, **contacts: str) -> None:
        """These agents are there, too."""

        async def log_in(queue: OneQueue) -> None:
            await asyncio.gather(
                *(
                    queue.agents.login(name, inbox="desk", attributes={"sip": contact})
                    for name, contact in contacts.items()
                )
            )

        self.ask(log_in)

    def interaction(self, call: Interaction) -> Interaction:
        """It, as it is by now."""
        found: Interaction = self.ask(lambda queue: queue.interactions.get(call.interaction_id))
        return found

    def calls(self) -> list[Interaction]:
        async def listed(queue: OneQueue) -> list[Interaction]:
            listed = queue.interactions.list(channel="voice")
            return [one async for one in listed if one.state != "wrap_up"]

        found: list[Interaction] = self.ask(listed)
        return found

    def states(self) -> list[str]:
        return sorted(one.state for one in self.calls())

    def until_quiet(self) -> None:
        """Nothing is open at either end."""
        until(lambda: self.front.calls() == [], self.said)
        until(lambda: not self.calls(), self.said)


@pytest.fixture(scope="module")
def center() -> Iterator[Center]:
    needs_sip()
    with tempfile.TemporaryDirectory(prefix="oq-") as name:
        folder = Path(name)
        with served(folder) as api:
            front = Front(folder)
            phones = Phones(folder, front)
            adapter = Adapter(folder, front, api.url, api.key("integration"))
            try:
                until(lambda: "watching" in adapter.said(), adapter.said)
                yield Center(front, phones, adapter, api, api.key("admin"))
            finally:
                phones.end()
                adapter.kill()
                front.stop()


@pytest.fixture(autouse=True)
def _end_phones(center: Center) -> Iterator[None]:
    yield
    center.phones.end()


def test_waits_then_talks(center: Center) -> None:
    center.works()
    caller = center.phones.caller("caller")
    until(lambda: center.states() == ["queued"], center.said)
    (call,) = center.calls()
    assert (call.customer_id, call.attributes["called"]) == ("+4917012345", "support")
    assert center.front.phases() == ["waiting"]
    contact, phone = center.phones.agent("answers")
    center.works(ann=contact)
    assert caller.wait(60) == 0
    assert phone.wait(60) == 0
    center.until_quiet()
    over = center.interaction(call)
    assert (over.agent_id, over.state) == ("ann", "wrap_up")


def test_hangs_up_while_waiting(center: Center) -> None:
    center.works()
    caller = center.phones.caller("gives_up", talk_ms=4_000)
    (call,) = until(center.calls, center.said)
    assert caller.wait(60) == 0
    center.until_quiet()
    over = center.interaction(call)
    assert (over.state, over.reason) == ("cancelled", "the caller has hung up")


def test_hangs_up_while_it_rings(center: Center) -> None:
    contact, phone = center.phones.agent("silent")
    center.works(bea=contact)
    caller = center.phones.caller("gives_up_ringing", talk_ms=500)
    (call,) = until(center.calls, center.said)
    assert caller.wait(60) == 0
    assert phone.wait(60) == 0
    center.until_quiet()
    assert center.interaction(call).state == "cancelled"


@pytest.mark.parametrize("scenario", ["busy", "silent"])
def test_who_does_not_answer_is_not_the_last_to_be_asked(center: Center, scenario: str) -> None:
    """The better agent's phone is busy, or rings for two seconds: then the next one's rings."""
    first, his = center.phones.agent(scenario)
    second, hers = center.phones.agent("answers")
    names = (f"carl-{scenario}", f"dora-{scenario}")
    center.works(**{names[0]: first})
    caller = center.phones.caller("caller")
    until(lambda: center.front.phases() in (["ringing"], ["refused"]), center.said)
    (call,) = center.calls()
    center.works_too(**{names[1]: second})
    assert caller.wait(60) == 0
    assert (his.wait(60), hers.wait(60)) == (0, 0)
    center.until_quiet()
    assert center.interaction(call).agent_id == names[1]
    carl = center.ask(lambda queue: queue.agents.get(names[0]))
    assert carl.state == ("unavailable" if scenario == "silent" else "available")


def test_an_offer_that_is_taken_back_stops_ringing(center: Center) -> None:
    silent, phone = center.phones.agent("silent")
    center.works(emma=silent)
    caller = center.phones.caller("caller")
    until(lambda: center.front.phases() == ["ringing"], center.said)
    (call,) = center.calls()
    contact, answering = center.phones.agent("answers")
    center.works_too(finn=contact)
    center.ask(lambda queue: queue.offers.rescind(call.offers[0], retry_s=3_600, reason="no"))
    assert phone.wait(60) == 0
    assert caller.wait(60) == 0
    assert answering.wait(60) == 0
    center.until_quiet()
    assert center.interaction(call).agent_id == "finn"


def test_what_is_over_in_one_queue_is_refused(center: Center) -> None:
    center.works()
    caller = center.phones.caller("refused")
    (call,) = until(center.calls, center.said)
    center.ask(lambda queue: queue.interactions.cancel(call.interaction_id, reason="closed"))
    assert caller.wait(60) == 0
    center.until_quiet()


def test_no_call_waits_longer_than_it_may(center: Center, tmp_path: Path) -> None:
    """A front without an adapter: nobody ever names an agent."""
    front = Front(tmp_path, "WAIT_MS_MAX=1500")
    phones = Phones(tmp_path, front)
    try:
        assert phones.caller("refused").wait(60) == 0, phones.errors()
        assert front.phases() == ["gone"]
    finally:
        phones.end()
        front.stop()


def test_killed_while_calls_wait_it_loses_none(center: Center) -> None:
    """One waits for ever, one comes and one goes while nobody watches."""
    center.works()
    waiting = center.phones.caller("caller")
    going = center.phones.caller("gives_up", talk_ms=4_000)
    until(lambda: center.states() == ["queued"] * 2, center.said)
    center.adapter.kill()
    coming = center.phones.caller("caller")
    assert going.wait(60) == 0
    until(lambda: center.front.phases() == ["gone", "waiting", "waiting"], center.said)
    assert center.states() == ["queued"] * 2
    contacts = [center.phones.agent("answers") for _ in range(2)]
    center.works(gus=contacts[0][0], hal=contacts[1][0])
    center.adapter.start()
    assert (waiting.wait(60), coming.wait(60)) == (0, 0)
    assert [phone.wait(60) for _, phone in contacts] == [0, 0]
    center.until_quiet()


def test_killed_while_they_talk_it_says_so_later(center: Center) -> None:
    contact, phone = center.phones.agent("answers")
    center.works(ida=contact)
    caller = center.phones.caller("caller", talk_ms=1_500)
    until(lambda: center.front.phases() == ["connected"], center.said)
    (call,) = center.calls()
    center.adapter.kill()
    assert (caller.wait(60), phone.wait(60)) == (0, 0)
    assert center.front.phases() == ["over"]
    assert center.interaction(call).state == "assigned"
    center.adapter.start()
    center.until_quiet()
    assert center.interaction(call).state == "wrap_up"


def test_a_hundred_calls_at_once(center: Center) -> None:
    contact, phone = center.phones.agent("answers", calls=100)
    center.works()
    callers = center.phones.caller("caller", calls=100, talk_ms=300)
    until(lambda: center.states().count("queued") == 100, center.said)
    center.works(**{f"agent-{number}": contact for number in range(100)})
    assert callers.wait(90) == 0, center.phones.errors()
    assert phone.wait(60) == 0
    center.until_quiet()
