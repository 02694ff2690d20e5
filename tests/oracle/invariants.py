"""What must hold after every batch, by brute force."""

from __future__ import annotations

from collections import Counter, defaultdict

from tests.oracle.floor import Floor
from tests.oracle.matching import can_begin, obstacle
from tests.oracle.things import Agent, Interaction, Item


def check_invariants(floor: Floor, timers_upto_ms: int) -> None:
    """Every invariant of the floor at the end of a batch whose matching was not cut.

    Timers due after ``timers_upto_ms`` may not have fired yet.
    """
    check_one_owner(floor)
    for agent in floor.agents.values():
        check_ledger(floor, agent)
        check_labels(agent)
    check_presence(floor)
    check_timers(floor, timers_upto_ms)
    check_reviews(floor, timers_upto_ms)
    check_claims(floor)
    if floor.rules is not None:
        check_work_conservation(floor)
    assert not floor.to_be_rescued, f"{floor.to_be_rescued} were declined too often"


def check_one_owner(floor: Floor) -> None:
    """Each interaction is in one state, and held by exactly one agent when the state has one, or by
    those who are asked for it; every open offer is known to its interaction and its agent."""
    held = {kind: _holders(floor, kind) for kind in ("ledger", "idle", "waking")}
    open_offers = floor.open_offers()
    offered: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for offer in open_offers:
        offered[offer.interaction_id][offer.offer_id] = offer.agent_id
    for interaction in floor.interactions.values():
        name = interaction.interaction_id
        owners = held["ledger"].get(name, [])
        owned = interaction.state in ("assigned", "wrap_up")
        expected = [interaction.agent_id] if owned else interaction.asked_agents
        assert sorted(owners) == sorted(expected), f"{interaction} in {owners}"
        for state in ("idle", "waking"):
            agents = held[state].get(name, [])
            its = [interaction.agent_id] if interaction.state == state else []
            assert agents == its, f"{interaction} is {state} at {agents}"
        offers = offered.get(name, {})
        assert offers == interaction.offers, f"{interaction} has open offers {offers}"
        assert bool(offers) == (interaction.state == "offered"), interaction
    for agent in floor.agents.values():
        asked = {offer.offer_id for offer in open_offers if offer.agent_id == agent.agent_id}
        assert asked == agent.offers, f"{agent} has open offers {asked}"


def _holders(floor: Floor, kind: str) -> dict[str, list[str]]:
    """The agents who have each interaction in one of their collections."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for agent in floor.agents.values():
        for name in getattr(agent, kind):
            found[name].append(agent.agent_id)
    return found


def check_ledger(floor: Floor, agent: Agent) -> None:
    """Exclusive work stands alone but for light items, unless the policy was changed meanwhile."""
    items = agent.ledger.values()
    if any(item.forced for item in items):
        return
    for exclusive in (item for item in items if item.exclusive):
        beside = [
            item
            for item in items
            if not (item is exclusive or item.light or _is_above(item, exclusive))
        ]
        assert not beside, f"{agent.agent_id} holds {exclusive} beside {beside}"


def check_labels(agent: Agent) -> None:
    """What came with a label found fewer of it than there may be, unless nobody asked for room."""
    before: Counter[tuple[str, str]] = Counter()
    for item in agent.ledger.values():
        if item.label:
            held = before[item.channel, item.label]
            assert item.forced or held < item.label_maximum, f"{agent.agent_id} has {held} before"
            before[item.channel, item.label] += 1


def _is_above(item: Item, other: Item) -> bool:
    """Whether one of them interrupts the other."""
    return item.channel in other.interrupts or other.channel in item.interrupts


def check_claims(floor: Floor) -> None:
    """What is waking has no room at its agent, or what woke before it has none."""
    for agent in floor.agents.values():
        if agent.waking:
            first = floor.interactions[agent.waking[0]]
            assert not floor.claim(agent, first), f"{first} could be active at {agent}"


def check_presence(floor: Floor) -> None:
    """Only available agents have open offers."""
    for offer in floor.open_offers():
        state = floor.agents[offer.agent_id].state
        assert state == "available", f"{offer.offer_id} is open, {offer.agent_id} is {state}"
        agent = floor.agents[offer.agent_id]
        item = agent.ledger[offer.interaction_id]
        assert item.forced or item.channel not in agent.closed, f"{offer} of a closed channel"


def check_timers(floor: Floor, upto_ms: int) -> None:
    """Nothing that was due has been left."""
    for offer in floor.open_offers():
        assert offer.expires_ms > upto_ms, f"{offer.offer_id} should have expired"
    for interaction in floor.interactions.values():
        if interaction.state == "wrap_up" and interaction.wrap_up_until_ms:
            assert interaction.wrap_up_until_ms > upto_ms, f"{interaction} is still in wrap-up"
        if interaction.state in ("queued", "offered") and interaction.step_until_ms:
            assert interaction.step_until_ms > upto_ms, f"{interaction} is still in its step"
        if interaction.state in ("queued", "offered"):
            assert min(expiries(interaction), default=upto_ms + 1) > upto_ms, interaction
        if interaction.state == "suspended" and interaction.due_ms:
            assert interaction.due_ms > upto_ms, f"{interaction} should have been told or resumed"
        if interaction.state == "waking":
            assert interaction.waking_until_ms > upto_ms, f"{interaction} should be requeued"
        if not interaction.ended:
            over = [a for a, until_ms in interaction.exclusions.items() if until_ms <= upto_ms]
            assert not over, f"{over} are still excluded from {interaction}"
    for agent in floor.agents.values():
        due_ms = floor.sign_off_ms(agent)
        assert due_ms is None or due_ms > upto_ms, f"{agent} should have been signed off"


def check_reviews(floor: Floor, upto_ms: int) -> None:
    """Groups were looked at when it was time."""
    for queue, due_ms in floor.reviews.items():
        assert due_ms > upto_ms, f"the groups of {queue} should have been looked at"


def expiries(interaction: Interaction) -> list[int]:
    """When what it asks for has had its time."""
    lives = [asked.ttl_s * 1_000 for asked in interaction.asked if asked.ttl_s]
    return [interaction.origin_ms + life_ms for life_ms in lives]


def check_work_conservation(floor: Floor) -> None:
    """No free agent while an interaction looks for one that this agent may serve."""
    looking = [interaction for interaction in floor.looking() if can_begin(floor, interaction)]
    for agent in floor.logged_in():
        for interaction in looking:
            why = obstacle(floor.in_force, agent, interaction)
            assert why, f"{agent.agent_id} may serve {interaction.interaction_id}, which waits"


def earliest_timer_ms(floor: Floor) -> int | None:
    """When the next offer, wrap-up, step, suspension, or exclusion of what waits runs out, or the
    next groups are looked at."""
    due = [offer.expires_ms for offer in floor.open_offers()]
    due += floor.reviews.values()
    for interaction in floor.interactions.values():
        if interaction.state == "wrap_up" and interaction.wrap_up_until_ms:
            due.append(interaction.wrap_up_until_ms)
        if floor.looks(interaction):
            due += interaction.exclusions.values()
        if interaction.state in ("queued", "offered") and interaction.step_until_ms:
            due.append(interaction.step_until_ms)
        if interaction.state in ("queued", "offered"):
            due += expiries(interaction)
        if interaction.state == "suspended" and interaction.due_ms:
            due.append(interaction.due_ms)
        if interaction.state == "waking":
            due.append(interaction.waking_until_ms)
    quiet = (floor.sign_off_ms(agent) for agent in floor.agents.values())
    return min([*due, *(due_ms for due_ms in quiet if due_ms is not None)], default=None)
