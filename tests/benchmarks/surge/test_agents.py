from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgpack
import pytest

from benchmarks.surge.agents import BACK_AFTER_NS, Agents
from benchmarks.surge.commands import Commander, Entry
from benchmarks.surge.facts import FactKind, FactLog, read_facts
from benchmarks.surge.plan import AGENT, CONTACT, AgentPlan, Plan
from benchmarks.surge.standing import Stand, Standing
from tests.benchmarks.surge.plans import MS, S, plan, type_plan


class Floor:
    """Agents with what they say and note."""

    def __init__(self, made: Plan, directory: Path) -> None:
        self.standing = Standing(directory / "standing", len(made.contacts))
        self._file = directory / "facts"
        self.log = FactLog(self._file)
        self.agents = Agents(made, Commander("inbound"), self.standing, self.log)
        self.agents.open(0)

    def said(self) -> list[dict[str, Any]]:
        commands = [payload_of(data) for data in self.agents.outgoing]
        self.agents.outgoing.clear()
        return commands

    def hear(self, at_ns: int, kind: str, contact: int = 0, agent: int = 0, **more: str) -> None:
        names = {"interaction_id": CONTACT % contact, "agent_id": AGENT % agent}
        self.agents.hear(Entry(type=kind, **{"offer_id": "1-1", **names, **more}), at_ns)

    def noted(self) -> list[tuple[FactKind, int, int, int]]:
        self.log.flush()
        rows = read_facts(self._file)[:, :4].tolist()
        found = [(FactKind(kind), number, other, at) for kind, number, other, at in rows]
        return [fact for fact in found if fact[0] is not FactKind.CAME]


def payload_of(data: bytes) -> dict[str, Any]:
    _, _, rest = data.partition(b"$1\r\nm\r\n$")
    size, _, rest = rest.partition(b"\r\n")
    assert rest[int(size) :] == b"\r\n"
    found: dict[str, Any] = msgpack.unpackb(rest[: int(size)])
    return found


@pytest.fixture
def floor_of(tmp_path: Path) -> Iterator[Callable[[Plan], Floor]]:
    made: list[Floor] = []

    def make(plan: Plan) -> Floor:
        made.append(Floor(plan, tmp_path))
        return made[-1]

    yield make
    for floor in made:
        floor.log.close()


def test_a_whole_life(floor_of: Callable[[Plan], Floor]) -> None:
    made = plan([0], types=[type_plan(wraps_up=True)], handle_ns=2 * S, wrap_up_ns=S)
    floor = floor_of(made)
    floor.hear(10 * MS, "offer")
    assert floor.said() == [{"type": "accept", "offer_id": "1-1", "agent_id": AGENT % 0}]
    assert floor.standing.bytes[0] == Stand.ANSWERED
    floor.hear(15 * MS, "assigned")
    assert floor.agents.next_ns == 15 * MS + 2 * S
    floor.agents.do_due(15 * MS + 2 * S)
    floor.agents.do_due(20 * S)
    assert [command["type"] for command in floor.said()] == ["complete", "end_wrap_up"]
    floor.hear(21 * S, "released", reason="wrapped_up")
    assert floor.standing.bytes[0] == Stand.ENDED
    assert floor.noted() == [
        (FactKind.OFFERED, 0, 0, 10 * MS),
        (FactKind.ACCEPTED, 0, 0, 10 * MS),
        (FactKind.COMPLETED, 0, 0, 15 * MS + 2 * S),
        (FactKind.FREED, 0, 0, 15 * MS + 3 * S),
        (FactKind.RELEASED, 0, 0, 21 * S),
    ]


def test_without_wrap_up_the_end_of_the_work_frees(floor_of: Callable[[Plan], Floor]) -> None:
    floor = floor_of(plan([0], handle_ns=S))
    floor.hear(0, "offer")
    floor.hear(1, "assigned")
    floor.agents.do_due(5 * S)
    assert [command["type"] for command in floor.said()] == ["accept", "complete"]
    assert floor.noted()[-1] == (FactKind.FREED, 0, 0, 1 + S)


def test_an_answer_takes_its_time(floor_of: Callable[[Plan], Floor]) -> None:
    floor = floor_of(plan([0], answer_ns=3 * S))
    floor.hear(S, "offer")
    assert floor.said() == []
    floor.agents.do_due(4 * S)
    assert floor.noted()[-1] == (FactKind.ACCEPTED, 0, 0, 4 * S)


def test_the_same_offer_again_is_no_other_one(floor_of: Callable[[Plan], Floor]) -> None:
    floor = floor_of(plan([0]))
    floor.hear(0, "offer")
    floor.hear(1, "offer")
    assert len(floor.said()) == 1


def test_who_is_asked_next_takes_another_time(floor_of: Callable[[Plan], Floor]) -> None:
    made = plan([0, 0], answer_ns=S)
    made.contacts.answer_ns[0] = 60 * S
    floor = floor_of(made)
    floor.hear(0, "offer")
    floor.hear(20 * S, "offer_over")
    floor.hear(20 * S, "offer", agent=1, offer_id="1-2")
    assert floor.said() == []
    floor.agents.do_due(21 * S)
    assert floor.said() == [{"type": "accept", "offer_id": "1-2", "agent_id": AGENT % 1}]


def test_some_decline_and_some_do_not_answer(floor_of: Callable[[Plan], Floor]) -> None:
    agents = [
        AgentPlan(login={}, decline_share=1.0),
        AgentPlan(login={}, no_answer_share=1.0),
    ]
    floor = floor_of(plan([0, 0], agents=agents))
    floor.hear(0, "offer", contact=0, agent=0)
    floor.hear(0, "offer", contact=1, agent=1, offer_id="1-2")
    assert floor.said() == [{"type": "decline", "offer_id": "1-1", "agent_id": AGENT % 0}]
    floor.hear(9, "offer_over", contact=1, agent=1, offer_id="1-2")
    floor.hear(9, "agent_state", agent=1, state="not_responding")
    floor.agents.do_due(9 + BACK_AFTER_NS)
    assert floor.said() == [{"type": "agent_state", "agent_id": AGENT % 1, "state": "available"}]
    assert (FactKind.WITHDRAWN, 1, 1, 9) in floor.noted()


def test_nobody_answers_who_has_given_up(floor_of: Callable[[Plan], Floor]) -> None:
    floor = floor_of(plan([0]))
    floor.standing.bytes[0] = Stand.GAVE_UP
    floor.hear(0, "offer")
    assert floor.said() == []
    floor.hear(1, "offer_over")
    assert floor.noted()[-1] == (FactKind.WITHDRAWN, 0, 0, 1)


def test_a_cancel_that_came_first_is_heard_of(floor_of: Callable[[Plan], Floor]) -> None:
    floor = floor_of(plan([0]))
    floor.hear(0, "offer")
    floor.hear(1, "rejected", target="1-1", command="accept", code="offer_over")
    assert floor.standing.bytes[0] == Stand.GAVE_UP
    assert [fact[0] for fact in floor.noted()][-2:] == [FactKind.WITHDRAWN, FactKind.REFUSED]


def test_a_floor_that_closes_ends_all_work(floor_of: Callable[[Plan], Floor]) -> None:
    made = plan([0], types=[type_plan(wraps_up=True)], handle_ns=900 * S, wrap_up_ns=60 * S)
    floor = floor_of(made)
    floor.hear(0, "offer")
    floor.hear(1, "assigned")
    floor.agents.finish(5 * S)
    floor.agents.do_due(5 * S)
    assert [c["type"] for c in floor.said()] == ["accept", "complete", "end_wrap_up"]
    assert floor.noted()[-1] == (FactKind.FREED, 0, 0, 5 * S)


def test_shifts_are_kept(floor_of: Callable[[Plan], Floor]) -> None:
    floor = floor_of(plan([0], agents=[AgentPlan(login={}, shifts_ns=[(S, 2 * S)])]))
    floor.agents.sign_in()
    assert floor.said()[0]["state"] == "unavailable"
    floor.agents.do_due(S)
    floor.agents.do_due(2 * S)
    assert [command["state"] for command in floor.said()] == ["available", "unavailable"]
