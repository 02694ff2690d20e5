"""The examples of docs/waits.md are true."""

from __future__ import annotations

import json
import re
from pathlib import Path

from adapters.documents.policy_file import parse_policy_text
from queues import waits
from router import commands as cm
from router import limits
from router.inputs import decode_entry
from router.outbox import work_entries
from router.versions import version_of
from tests.router.test_waits import busy

PAGE = (Path(__file__).parents[2] / "docs" / "waits.md").read_text(encoding="utf-8")


def test_the_question_gets_the_answer() -> None:
    asked, answered = map(json.loads, re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL))
    question = decode_entry("1-0", 1, {b"j": json.dumps(asked).encode()}).command
    assert isinstance(question, cm.Inquire)
    engine = busy()
    asked["interaction_id"] = "i9"
    events = engine.send_raw({b"j": json.dumps(asked).encode()})
    (entry,) = work_entries(events, engine.engine.state, {})
    told = json.loads(entry.payload)
    interaction = engine.engine.state.interactions["i9"]
    version = version_of(engine.engine.state, interaction)
    assert len(answered["version"]) == len(version)
    assert told == answered | {"interaction_id": "i9", "queue": "general", "version": version}


def test_the_snippet_is_a_policy() -> None:
    (snippet,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    (rule,) = parse_policy_text(snippet).policy.queues["claims"].overflow
    assert rule.when.estimated_wait_above_s == 300


def test_the_numbers_are_those_of_the_code() -> None:
    assert f"its last {waits.DEPARTURES_MAX + 1} *departures*" in PAGE
    assert f"`K < {waits.DEPARTURES_LEAST}`" in PAGE
    assert waits.WINDOW_MS == 30 * 60_000
    assert f"z = {waits.TENTH}" in PAGE
    assert f"{limits.QUEUES_TIMED_MAX:,} queues are remembered" in PAGE
