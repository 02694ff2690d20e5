"""History facts from what is known: last and best agents of the matter, the owner, what is open."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from adapters.enriching.facts import FactTerms, facts_of
from adapters.enriching.known import Handled, Known, Told
from router.command_terms import HistoryFact
from router.limits import HISTORY_FACTS_MAX

TERMS = FactTerms(scores={"sold": 1.0, "complaint": 0.0}, unresolved=frozenset({"callback"}))


def handled(agent: str, at_ms: int, **more: Any) -> Handled:
    given = {
        "queue": "billing",
        "conversation_id": "",
        "outcome": "resolved",
        "ended_by": "completed",
    }
    return Handled(agent_id=agent, at_ms=at_ms, **(given | more))


def of(known: Known, queue: str = "billing", conversation: str = "") -> list[dict[str, Any]]:
    facts = facts_of(known, queue, conversation, TERMS)
    assert [msgspec.convert(fact, HistoryFact) for fact in facts]  # what the router takes
    return facts


def test_who_had_them_last_in_this_matter_comes_first() -> None:
    known = Known(
        handled=[
            *(handled("cy", 9, queue="sales"), handled("ann", 7), handled("bob", 5)),
            *(handled("cy", 3, conversation_id="k"), handled("ann", 1)),
        ]
    )
    assert of(known) == [
        {"agent_id": "cy", "kind": "last_agent", "at_ms": 3},
        {"agent_id": "ann", "kind": "last_agent", "at_ms": 7},
        {"agent_id": "bob", "kind": "last_agent", "at_ms": 5},
    ]
    assert of(known, "tax")[0] == {
        "agent_id": "cy", "kind": "last_agent", "at_ms": 9, "score": 0.5
    }  # fmt: skip
    assert of(known, "tax", "k")[0] == {"agent_id": "cy", "kind": "last_agent", "at_ms": 3}
    assert all("score" not in fact for fact in of(known, ""))


@pytest.mark.parametrize(
    ("more", "issues", "ages"),
    [
        ({"outcome": "callback"}, [], False),
        ({"outcome": "callback", "ended_by": "requeued"}, [], True),
        ({}, [("billing", "")], False),
        ({}, [("sales", "")], True),
        ({"conversation_id": "k"}, [("", "k")], False),
        ({"conversation_id": "k"}, [("billing", "other")], True),
        ({"queue": "sales", "outcome": "callback"}, [], True),
    ],
)
def test_whoever_has_begun_an_open_matter_does_not_fade(
    more: dict[str, Any], issues: list[tuple[str, str]], ages: bool
) -> None:
    (fact,) = of(Known(handled=[handled("ann", 7, **more)], open_issues=issues))
    assert ("at_ms" in fact) == ages


def test_the_owner_and_with_whom_it_went_well() -> None:
    told = [
        Told("ann", 9, "billing", "sold", None),
        Told("ann", 8, "billing", "complaint", None),
        Told("bob", 7, "", "", 0.75),
        Told("cy", 6, "sales", "sold", None),
        Told("dee", 5, "billing", "other", None),
        Told("", 4, "billing", "sold", None),
    ]
    assert of(Known(owner="zoe", told=told)) == [
        {"agent_id": "zoe", "kind": "owner"},
        {"agent_id": "bob", "kind": "outcome", "at_ms": 7, "score": 0.75},
        {"agent_id": "ann", "kind": "outcome", "at_ms": 9, "score": 0.5},
    ]
    assert facts_of(Known(), "billing", "", TERMS) == []


def test_there_are_never_more_than_a_command_takes() -> None:
    names = [f"a{n}" for n in range(40)]
    known = Known(
        owner="zoe",
        handled=[handled(name, 1) for name in names],
        told=[Told(name, 1, "billing", "sold", None) for name in names],
    )
    assert 2 < len(of(known)) <= HISTORY_FACTS_MAX
