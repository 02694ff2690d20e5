"""The life of an interaction, and every fault, through the client against a real API."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from adapters.client import (
    ClientError,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    OneQueue,
    PreconditionFailed,
    Problem,
    Unauthenticated,
)
from tests.served import Served


def name() -> str:
    """Of something that no other test knows."""
    return f"n-{secrets.token_hex(4)}"


async def test_an_interaction_through_its_life(queue: OneQueue) -> None:
    agent, matter = name(), name()
    made = await queue.interactions.create(
        channel="voice", customer_id="c-7", conversation_id=matter, attributes={"line": 3}
    )
    assert (made.state, made.customer_id, made.attributes) == ("queued", "c-7", {"line": 3})
    assert (await queue.interactions.inquire(made.interaction_id)).waiting >= 1
    changed = await queue.interactions.update(
        made.interaction_id, priority=7, if_version=made.version
    )
    assert changed.priority == 7
    await queue.agents.login(agent, inbox="desk")
    (offer,) = [one async for one in queue.offers.list(agent_id=agent)]
    assert (await queue.offers.accept(offer.offer_id, agent_id=agent)).state == "accepted"
    (work,) = [one async for one in queue.assignments.list(agent_id=agent)]
    assert (work.interaction_id, work.state) == (made.interaction_id, "active")
    noted = await queue.interactions.note(made.interaction_id, text="asks for the bill")
    assert noted.notes[0].text == "asks for the bill"
    await queue.assignments.complete(made.interaction_id, agent_id=agent, outcome="solved")
    over = await queue.assignments.end_wrap_up(made.interaction_id, agent_id=agent)
    assert over.outcome == "solved"
    matters = await queue.conversations.get(matter)
    assert [one.interaction_id for one in matters.interactions] == [made.interaction_id]
    why = await queue.explanations.offer(offer.offer_id, why_not=[agent])
    assert why["offer_id"] == offer.offer_id
    await queue.agents.logout(agent)


async def test_pages_follow_one_another(queue: OneQueue) -> None:
    customer = name()
    made = [
        await queue.interactions.create(channel="email", customer_id=customer) for _ in range(5)
    ]
    listed = queue.interactions.list(customer_id=customer, limit=2)
    assert [one.interaction_id async for one in listed] == [one.interaction_id for one in made]
    for one in made:
        await queue.interactions.cancel(one.interaction_id)
    assert [one async for one in queue.interactions.list(customer_id=customer)] == []


async def test_a_version_that_is_over(queue: OneQueue) -> None:
    made = await queue.interactions.create(channel="email")
    changed = await queue.interactions.update(made.interaction_id, priority=2)
    with pytest.raises(PreconditionFailed) as caught:
        await queue.interactions.cancel(made.interaction_id, if_version=made.version)
    assert caught.value.version == changed.version
    await queue.interactions.cancel(made.interaction_id, if_version=changed.version)
    with pytest.raises(Conflict) as late:
        await queue.interactions.suspend(made.interaction_id)
    assert late.value.code == "finished"


async def test_the_same_key_is_one_request(queue: OneQueue) -> None:
    key = name()
    one = await queue.interactions.create(channel="email", idempotency_key=key)
    two = await queue.interactions.create(channel="email", idempotency_key=key)
    assert one.interaction_id == two.interaction_id
    await queue.interactions.cancel(one.interaction_id)


@pytest.mark.parametrize("name", [".", ".."])
async def test_an_id_of_dots_leads_nowhere_else(queue: OneQueue, name: str) -> None:
    made = await queue.interactions.create(channel="email", interaction_id=name)
    assert (await queue.interactions.get(name)).interaction_id == made.interaction_id
    assert (await queue.interactions.cancel(name)).state == "cancelled"
    with pytest.raises(NotFound) as caught:
        await queue.agents.get(name)
    assert caught.value.code == "unknown_agent"


async def test_ids_with_anything_in_them(queue: OneQueue) -> None:
    odd = f"a/b?c#d%2F ü {name()}"
    made = await queue.interactions.create(interaction_id=odd, channel="email")
    assert made == await queue.interactions.get(odd)
    assert (await queue.interactions.cancel(odd)).interaction_id == odd


async def test_faults(api: Served, queue: OneQueue, anna_key: str) -> None:
    with pytest.raises(NotFound) as unknown:
        await queue.interactions.get("nobody-knows")
    assert unknown.value.code == "unknown_interaction"
    assert unknown.value.request_id
    with pytest.raises(Invalid) as invalid:
        await queue.interactions.create(channel="email", priority=1_000)
    assert [fault.pointer for fault in invalid.value.faults] == ["/priority"]
    assert "/priority" in str(invalid.value)
    async with OneQueue(api.url, anna_key) as anna:
        with pytest.raises(Forbidden):
            await anna.policies.get()
    async with OneQueue(api.url, "oq_t_0_nothing") as nobody:
        with pytest.raises(Unauthenticated):
            await nobody.policies.get()
    assert issubclass(Problem, ClientError)


async def test_the_policy(queue: OneQueue) -> None:
    found = await queue.policies.get()
    better = {**found.policy, "skills": {"english": {}}}
    checked = await queue.policies.check(better)
    assert checked.is_valid
    assert checked.changes
    assert not (await queue.policies.check({"channels": 3})).is_valid
    put = await queue.policies.replace(better, comment="english", if_version=found.version)
    assert put.version == found.version + 1
    again = await queue.policies.replace(better, if_version=found.version)
    assert again.version == put.version, "what has succeeded already is told as such"
    with pytest.raises(PreconditionFailed):
        await queue.policies.replace({**better, "skills": {}}, if_version=found.version)
    versions = [one.version async for one in queue.policies.versions(limit=1)]
    assert versions[:2] == [put.version, found.version]
    assert (await queue.policies.version(found.version)).policy == found.policy
    changes = await queue.policies.changes(before=found.version, after=put.version)
    assert "english" in str(changes)


async def test_what_is_only_looked_at(queue: OneQueue) -> None:
    queues = [one async for one in queue.queues.list()]
    assert (await queue.queues.get(queues[0].queue)).queue == queues[0].queue
    assert "intervals" in await queue.statistics.intervals(interval_s=0)
    assert [one async for one in queue.agents.list(skill="none")] == []


def test_secrets_are_in_no_words(tmp_path: Path) -> None:
    client = OneQueue("http://api", "oq_t_1_verysecret")
    assert "verysecret" not in repr(client) + repr(vars(client))
