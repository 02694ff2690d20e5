"""docs/forms.md: its files and policies are valid, and do what the page says, on real engines and a
real API."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
import structlog
import yaml

from adapters.client import OneQueue
from adapters.documents.policy_file import parse_policy_text
from adapters.forms.fields import FieldSettings, FormSettings
from adapters.forms.folder import FolderSettings, WatchedFolder
from adapters.forms.web import FormsSettings, WebForms, forms_app
from adapters.forms.windows import CallbackSettings, callback_terms
from adapters.media.checkpoint import CheckpointFile
from adapters.media.desk import ApiDesk
from adapters.media.document import load_adapter
from adapters.media.meters import MediaMeters
from router import commands as cm
from router import events as ev
from tests.audited import AuditedEngine, only
from tests.docs.floor import Floor

PAGE = (Path(__file__).parents[2] / "docs" / "forms.md").read_text(encoding="utf-8")
FAX, FORMS, CALLBACKS, VIDEO = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
(COMMANDS,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
NOON_MS = 1_795_777_200_000
"""Of a Friday, in Berlin."""


def test_the_files_are_valid(tmp_path: Path) -> None:
    (tmp_path / "fax.yaml").write_text(FAX)
    (tmp_path / "forms.yaml").write_text(FORMS)
    assert load_adapter(tmp_path / "fax.yaml", WatchedFolder).settings.ocr.command[0] == "pdftotext"
    assert set(load_adapter(tmp_path / "forms.yaml", WebForms).settings.forms) == {
        "contact", "call-me",
    }  # fmt: skip


@pytest.mark.parametrize(
    "model", [FolderSettings, FormsSettings, FormSettings, FieldSettings, CallbackSettings]
)
def test_the_page_names_every_setting(model: type[FormSettings]) -> None:
    named = set(re.findall(r"`(\w+)`", PAGE))
    assert not set(model.model_fields) - named - {"forms"}


@pytest.mark.parametrize("text", [CALLBACKS, VIDEO])
def test_the_policies_are_valid_and_beyond_doubt(text: str) -> None:
    assert not parse_policy_text(text).warnings


def callback(engine: AuditedEngine, terms: Mapping[str, Any]) -> list[ev.Event]:
    create = {"type": "create", "interaction_id": "call-1", "channel": "callback"}
    return engine.send_map({**create, "queue": "sales", **terms})


def test_a_callback_waits_for_its_window_and_its_end_escalates() -> None:
    engine = AuditedEngine()
    engine.now_ms = NOON_MS
    engine.send(cm.ReplacePolicy(policy=yaml.safe_load(CALLBACKS)))
    windows = CallbackSettings(windows=("16:00-18:00",), zone="Europe/Berlin")
    day = datetime.fromtimestamp(NOON_MS / 1_000, ZoneInfo("Europe/Berlin")).date()
    terms = callback_terms(windows, str(day), "16:00-18:00", NOON_MS)
    begin_ms = terms["suspension"]["until_ms"]
    assert begin_ms > NOON_MS
    assert only(ev.InteractionSuspended, callback(engine, terms)).until_ms == begin_ms
    assert not engine.wait(begin_ms - engine.now_ms - 1)
    assert only(ev.InteractionResumed, engine.wait(1)).origin_ms == begin_ms
    steps = [only(ev.InteractionStepped, engine.wait(ms)) for ms in (5_400_000, 1_800_000)]
    assert [step.step for step in steps] == [2, 3]
    # whoever comes free now has it before a call that has waited for as long as calls may
    call = {"type": "create", "interaction_id": "v", "channel": "voice", "queue": "sales"}
    engine.send_map({**call, "origin_ms": engine.now_ms - 20_000})
    offer = only(ev.OfferIssued, engine.send(cm.AgentLogin("ann", "desk")))
    assert offer.interaction_id == "call-1"


def test_video_and_co_browsing() -> None:
    engine = AuditedEngine()
    engine.send(cm.ReplacePolicy(policy=yaml.safe_load(VIDEO)))
    video, browse = (json.loads(line) for line in COMMANDS.splitlines())
    login = {"type": "agent_login", "inbox": "desk", "skills": {"video-room": 1}}
    engine.send_map({"type": "create", "interaction_id": "chat-1", "channel": "chat",
                     "queue": "general"})  # fmt: skip
    chat = only(ev.OfferIssued, engine.send_map({**login, "agent_id": "ann"}))
    engine.send(cm.Accept(chat.offer_id, "ann"))
    # ann has a chat, so that a call of video goes to whoever has nothing
    assert not any(isinstance(each, ev.OfferIssued) for each in engine.send_map(video))
    offer = only(ev.OfferIssued, engine.send_map({**login, "agent_id": "bob"}))
    assert (offer.interaction_id, offer.agent_id) == ("video-1", "bob")
    beside = only(ev.OfferIssued, engine.send_map(browse))
    assert (beside.interaction_id, beside.agent_id) == ("cobrowse-1", "ann")
    engine.send(cm.Accept(beside.offer_id, "ann"))
    # one at most
    second = {**browse, "interaction_id": "cobrowse-2"}
    second.pop("direct")
    found = [each for each in engine.send_map(second) if isinstance(each, ev.OfferIssued)]
    assert [each.agent_id for each in found] == ["bob"]


async def test_a_form_over_the_real_api(
    floor: Floor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page's form for callbacks, sent twice: one interaction, suspended until its window. With
    another window it is another call."""
    monkeypatch.setenv("FORMS_SECRET", "form-secret")
    told = yaml.safe_load(FORMS)["settings"] | {"uploads": None, "least_s": 0}
    told["forms"]["call-me"] |= {"channel": "chat", "interaction": {"queue": "general"}}
    settings = FormsSettings.model_validate(told)
    async with OneQueue(floor.url, floor.supervisor) as queue:
        desk = ApiDesk(
            queue, "forms", CheckpointFile(tmp_path / "c.json"), asyncio.Event(),
            meters=MediaMeters(), logger=structlog.get_logger(),
        )  # fmt: skip
        app = forms_app(settings, desk, structlog.get_logger())
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://forms") as http:
            token = (await http.get("/call-me/token")).json()["token"]
            day = datetime.now(ZoneInfo("Europe/Berlin")).date() + timedelta(days=2)
            form = {"token": token, "phone": "+49 30 1234", "day": str(day),
                    "window": "16:00-18:00"}  # fmt: skip
            answers = [await http.post("/call-me", data=form) for _ in range(2)]
            answers.append(await http.post("/call-me", data=form | {"window": "09:00-11:00"}))
        assert [each.status_code for each in answers] == [200] * 3, answers[0].text
        assert answers[0].json() == answers[1].json()
        nonce = token.split(".")[1]
        begun = f"forms:call-me:{nonce}."
        made = [
            each
            async for each in queue.interactions.list()
            if each.interaction_id.startswith(begun)
        ]
        assert len(made) == 2
        for each, hour in zip(made, (16, 9), strict=True):
            assert each.state == "suspended"
            begin = datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo("Europe/Berlin"))
            assert each.attributes["callback_begin_ms"] == begin.timestamp() * 1_000
            said = [one async for one in queue.conversations.messages(each.conversation_id)]
            assert [one.sender and one.sender.address for one in said] == ["+49301234"]
            await queue.interactions.cancel(each.interaction_id)
