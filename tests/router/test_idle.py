"""Idle conversations: they give capacity back, and have the first claim on what they need again."""

from __future__ import annotations

import itertools

import msgspec
import pytest

from router import commands as cm
from router import events as ev
from router import limits
from router.engine import Engine
from router.outbox import work_entries
from tests.audited import BEGIN_MS, AuditedEngine, arriving, only
from tests.policies import POLICY, changed

WAKE_MS = 40_000


@pytest.fixture
def engine() -> AuditedEngine:
    """Ann, who has room for one chat, has one; another waits."""
    engine = AuditedEngine(POLICY)
    engine.send(cm.AgentLogin("ann", "desk", capacity=30))
    take(engine, "i")
    engine.send(cm.Create("j", "chat"))
    return engine


def take(engine: AuditedEngine, name: str, channel: str = "chat") -> None:
    offer = only(ev.OfferIssued, engine.send(cm.Create(name, channel)))
    engine.send(cm.Accept(offer.offer_id, offer.agent_id))


def accept_all(engine: AuditedEngine) -> list[ev.Event]:
    offers = list(engine.engine.state.offers.values())
    return engine.send(*(cm.Accept(offer.offer_id, offer.agent_id) for offer in offers))


def offered(events: list[ev.Event]) -> list[tuple[str, str]]:
    return [(e.interaction_id, e.agent_id) for e in events if isinstance(e, ev.OfferIssued)]


def woken(events: list[ev.Event]) -> list[str]:
    return [event.interaction_id for event in events if isinstance(event, ev.InteractionWoken)]


def refused(events: list[ev.Event]) -> tuple[str, str]:
    event = only(ev.Rejected, events)
    return event.code, event.field


def waking(engine: AuditedEngine) -> None:
    """Let the first chat be idle, the second take its place, and the first want it back."""
    engine.send(cm.Idle("i"))
    accept_all(engine)
    events = engine.send(cm.Wake("i"))
    assert only(ev.InteractionWaking, events).until_ms == engine.now_ms + WAKE_MS


def test_what_is_idle_leaves_its_room_to_others(engine: AuditedEngine) -> None:
    assert offered(engine.send(cm.Idle("i"))) == [("j", "ann")]


def test_it_wakes_at_once_where_there_is_room() -> None:
    engine = AuditedEngine(POLICY)
    engine.send(cm.AgentLogin("ann", "desk"))
    take(engine, "i")
    engine.send(cm.Idle("i"), after_ms=1_000)
    event = only(ev.InteractionWoken, engine.send(cm.Wake("i"), after_ms=600_000))
    assert (event.agent_id, event.cost) == ("ann", 30)
    assert engine.engine.state.agents["ann"].held.keys() == {"i"}


def test_it_has_the_first_claim_on_what_its_agent_gets_free(engine: AuditedEngine) -> None:
    waking(engine)
    engine.send(cm.Create("k", "chat", priority=100))
    events = engine.send(cm.Complete("j", "ann"), after_ms=WAKE_MS - 1)
    assert woken(events) == ["i"]
    assert not offered(events)


def test_no_room_is_given_to_others_while_it_waits(engine: AuditedEngine) -> None:
    waking(engine)
    assert not offered(engine.send(cm.Create("k", "letter")))  # which needs no room at all
    assert refused(engine.send(cm.OfferTo("k", "ann"))) == ("no_capacity", "agent_id")
    assert offered(engine.send(cm.OfferTo("k", "ann", over_capacity=True))) == [("k", "ann")]


def test_who_has_a_claim_is_asked_beside_nobody_and_no_cap_on_offers_holds_it_up() -> None:
    queues = {"general": {"offers_at_once": 2}, "billing": {}}
    engine = AuditedEngine(changed(queues=queues, offers_per_agent=1))
    engine.send(cm.AgentLogin("ann", "desk", capacity=30))
    take(engine, "i")
    assert offered(engine.send(cm.Idle("i"), cm.Create("j", "chat"))) == [("j", "ann")]
    engine.send(cm.Wake("i"))
    engine.send(cm.AgentLogin("bob", "desk", maximums={"chat": 0}))
    assert offered(engine.send(cm.Create("k", "letter"))) == [("k", "bob")]
    assert woken(engine.send(cm.AgentCapacity("ann", capacity=60))) == ["i"]
    (offer_id,) = engine.engine.state.agents["ann"].offers
    assert offered(engine.send(cm.Decline(offer_id, "ann"))) == [("k", "ann")]


def test_who_wakes_first_is_served_first(engine: AuditedEngine) -> None:
    engine.send(cm.Create("k", "chat"))
    waking(engine)
    engine.send(cm.Idle("j"))
    assert woken(engine.events)[-1:] == ["i"]
    assert not woken(engine.send(cm.Wake("j")))
    assert woken(engine.send(cm.Idle("i"))) == ["j"]


def test_several_wake_as_soon_as_there_is_room_for_several(engine: AuditedEngine) -> None:
    waking(engine)
    engine.send(cm.AgentCapacity("ann", capacity=60))
    engine.send(cm.Idle("i"), cm.Idle("j"))
    accept_all(engine)
    engine.send(cm.AgentCapacity("ann", capacity=1))
    engine.send(cm.Wake("j"), cm.Wake("i"))
    assert woken(engine.send(cm.AgentCapacity("ann", capacity=200))) == ["j", "i"]


def test_without_room_in_time_it_waits_for_anybody_and_knows_its_agent(
    engine: AuditedEngine,
) -> None:
    waking(engine)
    assert not engine.wait(WAKE_MS - 1)
    event = only(ev.InteractionRequeued, engine.wait(1))
    assert (event.agent_id, event.reason, event.cause) == ("ann", "wake_expired", "")
    assert event.history_ppm == 600_000
    interaction = engine.engine.state.interactions["i"]
    assert dict(interaction.preferred) == {"ann": 600_000}
    assert interaction.origin_ms == interaction.created_ms
    engine.send(cm.AgentLogin("bob", "desk"))
    assert ("i", "bob") in offered(engine.events)


def test_room_that_comes_before_the_deadline_is_in_time_however_late_it_is_read(
    engine: AuditedEngine,
) -> None:
    waking(engine)
    in_time_ms = engine.now_ms + WAKE_MS - 1
    engine.now_ms += WAKE_MS + 5_000
    completes = arriving(f"{in_time_ms}-0", in_time_ms, cm.Complete("j", "ann"))
    assert woken(engine.handle([completes])) == ["i"]


def test_an_agent_who_is_away_is_waited_for(engine: AuditedEngine) -> None:
    engine.send(cm.Idle("i"), cm.Cancel("j"))
    engine.send(cm.AgentState("ann", "unavailable"))
    assert not woken(engine.send(cm.Wake("i")))
    assert woken(engine.send(cm.AgentState("ann", "available"))) == ["i"]


def test_who_has_logged_out_still_has_it(engine: AuditedEngine) -> None:
    engine.send(cm.Cancel("j"), cm.Idle("i"), cm.AgentLogout("ann"))
    assert "ann" in engine.engine.state.agents
    engine.send(cm.Wake("i"))
    assert woken(engine.send(cm.AgentLogin("ann", "desk"))) == ["i"]


def test_who_has_logged_out_and_has_nothing_left_is_forgotten(engine: AuditedEngine) -> None:
    engine.send(cm.Cancel("j"), cm.Idle("i"), cm.AgentLogout("ann"))
    engine.send(cm.Complete("i", "ann"))
    assert not engine.engine.state.agents


def test_a_channel_that_is_closed_is_open_for_what_comes_back(engine: AuditedEngine) -> None:
    engine.send(cm.Cancel("j"), cm.Idle("i"), cm.AgentChannels("ann", ("chat",)))
    assert woken(engine.send(cm.Wake("i"))) == ["i"]


@pytest.mark.parametrize("back", [False, True])
def test_it_is_completed_without_a_wrap_up(engine: AuditedEngine, back: bool) -> None:
    engine.send(cm.ReplacePolicy(policy=changed(channels={"chat": {"wrap_up_s": 30}})))
    engine.send(cm.Idle("i"))
    if back:
        accept_all(engine)
        engine.send(cm.Wake("i"))
    refusal = engine.send(cm.Complete("i", "ann", wrap_up=True))
    assert refused(refusal) == ("invalid", "wrap_up")
    events = engine.send(cm.Complete("i", "ann"))
    assert only(ev.InteractionWrappedUp, events).ended_by == "none"
    events = engine.wait(WAKE_MS)
    assert not [
        e for e in events if isinstance(e, ev.InteractionRequeued | ev.InteractionWrappedUp)
    ]


@pytest.mark.parametrize("back", [False, True])
def test_its_customer_may_give_up(engine: AuditedEngine, back: bool) -> None:
    engine.send(cm.Idle("i"))
    if back:
        accept_all(engine)
        engine.send(cm.Wake("i"))
    events = engine.send(cm.Cancel("i"))
    assert only(ev.InteractionRequeued, events).reason == "cancelled"
    assert only(ev.InteractionCancelled, events).interaction_id == "i"
    assert not engine.engine.state.assignments.get("i")


def test_it_is_handed_over_put_aside_and_updated_as_other_work_in_hand(
    engine: AuditedEngine,
) -> None:
    engine.send(cm.Idle("i"))
    assert only(ev.InteractionUpdated, engine.send(cm.Update("i", priority=7))).priority == 7
    assert refused(engine.send(cm.Suspend("i"))) == ("wrong_state", "")
    events = engine.send(cm.Transfer("i", "ann", queue="billing"))
    assert only(ev.InteractionMoved, events).queue == "billing"


def test_what_falls_silent_again_gives_its_claim_up(engine: AuditedEngine) -> None:
    waking(engine)
    engine.send(cm.Idle("i"))
    assert not woken(engine.send(cm.Complete("j", "ann")))
    assert engine.engine.state.waking == {}


def test_repeating_it_changes_nothing(engine: AuditedEngine) -> None:
    waking(engine)
    only(ev.Repeated, engine.send(cm.Wake("i")))
    engine.send(cm.Idle("i"))
    only(ev.Repeated, engine.send(cm.Idle("i")))
    only(ev.Repeated, engine.send(cm.Wake("j")))


def test_where_the_policy_does_not_say_so_nothing_is_released(engine: AuditedEngine) -> None:
    document = changed(channels={"chat": {"release_idle": False}})
    engine.send(cm.Idle("i"))
    accept_all(engine)
    engine.send(cm.ReplacePolicy(policy=document))
    assert refused(engine.send(cm.Idle("j"))) == ("wrong_state", "")
    engine.send(cm.Wake("i"))  # what is idle already stays so
    assert woken(engine.send(cm.Complete("j", "ann"))) == ["i"]


def test_a_policy_that_makes_room_lets_it_wake_at_its_new_cost(engine: AuditedEngine) -> None:
    waking(engine)
    events = engine.send(cm.ReplacePolicy(policy=changed(channels={"chat": {"cost": 15}})))
    assert not woken(events)
    events = engine.send(cm.ReplacePolicy(policy=changed(channels={"chat": {"cost": 0}})))
    assert only(ev.InteractionWoken, events).cost == 0


def test_what_waits_or_is_over_is_neither_idle_nor_woken(engine: AuditedEngine) -> None:
    assert refused(engine.send(cm.Idle("j"))) == ("wrong_state", "")
    assert refused(engine.send(cm.Wake("j"))) == ("wrong_state", "")
    engine.send(cm.Cancel("j"))
    assert refused(engine.send(cm.Wake("j"))) == ("finished", "")


def test_no_agent_has_any_number_of_them() -> None:
    engine, numbers = Engine(), itertools.count()

    def send(*commands: cm.Command) -> list[ev.Event]:
        inputs = [arriving(f"{BEGIN_MS}-{next(numbers)}", BEGIN_MS, one) for one in commands]
        return engine.handle(inputs, BEGIN_MS)

    send(cm.ReplacePolicy(policy=POLICY), cm.AgentLogin("ann", "desk", state="unavailable"))
    for number in range(limits.IDLE_MAX + 1):
        name = f"i{number}"
        events = send(cm.Create(name, "chat"), cm.Assign(name, "ann"), cm.Idle(name))
    assert refused(events) == ("limit", "interaction_id")


def test_what_is_waking_survives_a_restart(engine: AuditedEngine) -> None:
    waking(engine)
    engine.restart()
    assert woken(engine.send(cm.Complete("j", "ann"))) == ["i"]


def test_its_agent_is_told(engine: AuditedEngine) -> None:
    assert told(engine, engine.send(cm.Idle("i")))[0] == "idle"
    accept_all(engine)
    assert told(engine, engine.send(cm.Wake("i"))) == ["waking"]
    assert told(engine, engine.send(cm.Complete("j", "ann")))[-1] == "woken"


def told(engine: AuditedEngine, events: list[ev.Event]) -> list[str]:
    entries = work_entries(events, engine.engine.state, engine.engine.departed)
    return [msgspec.msgpack.decode(entry.payload)["type"] for entry in entries]
