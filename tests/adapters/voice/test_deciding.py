"""Every pair of states has its step, and every way of a call ends."""

from __future__ import annotations

import pytest

from adapters.client.models import Interaction
from adapters.voice.call import Call, FrontFault, Phase, call_of
from adapters.voice.deciding import (
    Accept,
    Cancel,
    Complete,
    Create,
    Decline,
    Refuse,
    Ring,
    Settle,
    Step,
    Withdraw,
    next_step,
)


def call(phase: str, code: str = "") -> Call:
    return Call(call_id="c", phase=Phase(phase), offer_id="1-1", agent_id="ann", code=code)


def interaction(state: str, *offers: str, agent: str = "") -> Interaction:
    return Interaction(interaction_id="i", state=state, offers=offers, agent_id=agent)


@pytest.mark.parametrize(
    ("told", "known", "step"),
    [
        (call("waiting"), None, Create()),
        (call("waiting"), interaction("queued"), None),
        (call("waiting"), interaction("suspended"), None),
        (call("waiting"), interaction("offered", "1-2", "1-3"), Ring("1-2")),
        (call("waiting"), interaction("cancelled"), Refuse()),
        (call("waiting"), interaction("diverted"), Refuse()),
        (call("ringing"), interaction("offered", "1-1"), None),
        (call("ringing"), interaction("queued"), Withdraw()),
        (call("ringing"), interaction("offered", "1-2"), Withdraw()),
        (call("refused", "486"), interaction("offered", "1-1"), Decline()),
        (call("refused", "486"), interaction("queued"), None),
        (call("refused", "486"), interaction("offered", "1-2"), Ring("1-2")),
        (call("refused", "486"), interaction("cancelled"), Refuse()),
        (call("talking"), interaction("offered", "1-1"), Accept()),
        (call("talking"), interaction("queued"), Accept()),
        (call("talking"), interaction("assigned", agent="ann"), Accept()),
        (call("talking"), interaction("cancelled"), None),
        (call("connected"), interaction("assigned", agent="ann"), None),
        (call("connected"), interaction("queued"), None),
        (call("gone"), None, Settle()),
        (call("gone"), interaction("queued"), Cancel()),
        (call("gone"), interaction("offered", "1-1"), Cancel()),
        (call("gone"), interaction("cancelled"), Settle()),
        (call("over", "connected"), interaction("assigned", agent="bob"), Complete("bob")),
        (call("over", "connected"), interaction("queued"), Cancel()),
        (call("over", "talking"), interaction("offered", "1-1"), Accept()),
        (call("over", "talking"), interaction("assigned", agent="ann"), Complete("ann")),
        (call("over", "connected"), interaction("wrap_up", agent="ann"), Settle()),
        (call("over", "connected"), interaction("completed"), Settle()),
    ],
)
def test_the_next_step(told: Call, known: Interaction | None, step: Step | None) -> None:
    assert next_step(told, known) == step


def test_the_line_of_a_call() -> None:
    line = "refused|1|2|1-7|ann|486|%2b49%7c1|support|1"
    assert call_of("c@h", line) == Call(
        call_id="c@h",
        phase=Phase.REFUSED,
        offer_id="1-7",
        agent_id="ann",
        code="486",
        caller="+49|1",
        called="support",
    )


@pytest.mark.parametrize("line", ["", "waiting", "asleep|1|2|||||x|1", "waiting|1|2||||a|b"])
def test_a_line_of_something_else(line: str) -> None:
    with pytest.raises(FrontFault, match="the SIP front says"):
        call_of("c", line)
