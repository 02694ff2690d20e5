"""What FreeSWITCH keeps of a call, and which call it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from adapters.cli import voice
from adapters.media.document import load_adapter, missing_secrets
from adapters.media.registry import load_medium
from adapters.voice.call import Call, FrontFault, Phase
from adapters.voice.freeswitch import DIALPLAN, call_from, table_from
from adapters.voice.kamailio import CONFIGURATION
from adapters.voice.settings import FreeSwitchSettings, VoiceSettings

CALL = "0d7ac1b2-9f4d-4c3e-8a52-6d0b5a2f8e11"
RINGING = "ringing|1-7|J%C3%BCrgen%7C1|5b3c1d7e-2f4a-4b6c-9d8e-7f6a5b4c3d2e|"


def call(phase: Phase, code: str = "", offer: str = "1-7", agent: str = "Jürgen|1") -> Call:
    return Call(call_id=CALL, phase=phase, offer_id=offer, agent_id=agent, code=code)


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        ({"call": "waiting||||"}, call(Phase.WAITING, offer="", agent="")),
        ({"call": "waiting||||", "over": "1"}, call(Phase.GONE, offer="", agent="")),
        ({"call": RINGING}, call(Phase.RINGING)),
        ({"call": RINGING, "over": "1"}, call(Phase.GONE)),
        ({"call": RINGING, "talk": "1-6"}, call(Phase.RINGING)),
        ({"call": RINGING, "talk": "1-7"}, call(Phase.TALKING)),
        ({"call": RINGING, "talk": "1-7", "told": "1-6"}, call(Phase.TALKING)),
        ({"call": RINGING, "talk": "1-7", "told": "1-7"}, call(Phase.CONNECTED)),
        ({"call": RINGING, "talk": "1-7", "over": "1"}, call(Phase.OVER, "talking")),
        (
            {"call": RINGING, "talk": "1-7", "told": "1-7", "over": "1"},
            call(Phase.OVER, "connected"),
        ),
        ({"call": "refused|1-7|a||USER_BUSY"}, call(Phase.REFUSED, "486", agent="a")),
        ({"call": "refused|1-7|a||NO_ANSWER"}, call(Phase.REFUSED, "480", agent="a")),
        (
            {"call": "refused|1-7|a||LOSE_RACE", "talk": "1-7"},
            call(Phase.REFUSED, "487", agent="a"),
        ),
        ({"call": "refused|1-7|a||FACILITY_REJECTED"}, call(Phase.REFUSED, "500", agent="a")),
        ({"over": "1", "told": "1-7"}, None),
        ({}, None),
    ],
)
def test_the_call_that_four_entries_tell(facts: dict[str, str], found: Call | None) -> None:
    assert call_from(CALL, facts) == found


@pytest.mark.parametrize("told", ["", "waiting", "asleep||||", "waiting|||||"])
def test_an_entry_of_something_else(told: str) -> None:
    with pytest.raises(FrontFault, match="FreeSWITCH says"):
        call_from(CALL, {"call": told})


def test_the_tables_of_others_are_left_alone() -> None:
    text = (
        f"D/onequeue_call_{CALL}/{RINGING}\n"
        f"D/onequeue_talk_{CALL}/1-7\n"
        "D/my_onequeue_call_x/waiting||||\n"
        "D/onequeue_limits/3\n"
        "L/onequeue_gateway/2/0/0/0\n"
        "+OK\n"
    )
    assert table_from(text) == {CALL: {"call": RINGING, "talk": "1-7"}}
    assert table_from("-ERR no reply") == {}


def test_only_the_secret_of_the_chosen_front_is_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONEQUEUE_MEDIA_KEY", "k")
    monkeypatch.delenv("ONEQUEUE_FREESWITCH_PASSWORD", raising=False)
    path = tmp_path / "voice.yaml"
    head = "account: f\nstate: s\nsettings: "
    path.write_text(head + "{front: kamailio}\n")
    assert not list(missing_secrets(load_adapter(path, load_medium("voice"))))
    path.write_text(head + "{front: freeswitch, freeswitch: {}}\n")
    (fault,) = missing_secrets(load_adapter(path, load_medium("voice")))
    assert "settings.freeswitch.password" in str(fault)


def test_the_settings_of_one_front() -> None:
    chosen = VoiceSettings.model_validate({"front": "freeswitch", "freeswitch": {"host": "pbx"}})
    assert chosen.freeswitch == FreeSwitchSettings(host="pbx", port=8_021)
    with pytest.raises(ValidationError, match="say where it is, under freeswitch"):
        VoiceSettings.model_validate({"front": "freeswitch"})
    with pytest.raises(ValidationError, match="front is kamailio: remove the settings of freesw"):
        VoiceSettings.model_validate({"freeswitch": {"host": "pbx"}})
    with pytest.raises(ValidationError, match="front is freeswitch: remove the settings of kamai"):
        VoiceSettings.model_validate({"front": "freeswitch", "kamailio": {}})


@pytest.mark.parametrize(
    ("options", "path"), [([], CONFIGURATION), (["--front", "freeswitch"], DIALPLAN)], ids=range(2)
)
def test_the_configuration_of_a_front(options: list[str], path: Path) -> None:
    done = CliRunner().invoke(voice.app, ["config", *options])
    assert (done.exit_code, done.stdout) == (0, path.read_text(encoding="utf-8"))
