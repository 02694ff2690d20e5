"""The policy and the commands of docs/idle.md work as they stand there."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from router import commands as cm
from router import events as ev
from tests.audited import AuditedEngine, only

PAGE = (Path(__file__).parents[2] / "docs" / "idle.md").read_text(encoding="utf-8")
(POLICY,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
(SNIPPET,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)


def test_a_chat_falls_silent_and_wakes() -> None:
    engine = AuditedEngine(yaml.safe_load(POLICY))
    engine.send(cm.AgentLogin("ann", "desk"), cm.Create("chat-1", "chat"))
    engine.send(cm.Assign("chat-1", "ann", over_capacity=True))
    idle, wake = (line.encode() for line in SNIPPET.splitlines())
    assert only(ev.InteractionIdled, engine.send_raw({b"j": idle})).agent_id == "ann"
    assert only(ev.InteractionWoken, engine.send_raw({b"j": wake})).cost == 30
