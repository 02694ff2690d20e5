"""Settings of the voice adapter, as they stand in its file under ``settings`` (docs/voice.md)."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from adapters.configuration.shared import LOOPBACK, Port
from adapters.edge.rules import SecretSource
from adapters.media.terms import InteractionTerms

__all__ = ("FreeSwitchSettings", "KamailioSettings", "VoiceSettings")

Seconds = Annotated[float, Field(gt=0, le=7_200)]


class KamailioSettings(BaseModel):
    """Where Kamailio is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    control: Annotated[str, Field(pattern=r"^http://[^\s/]+$")] = "http://127.0.0.1:5070"
    """Where it is told what to do (CONTROL_LISTEN)."""

    hints_host: str = LOOPBACK
    hints_port: Port = 5_071
    """Where it says that something has changed (BRIDGE)."""


class FreeSwitchSettings(BaseModel):
    """Where FreeSWITCH's event socket is (event_socket.conf.xml)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = LOOPBACK
    port: Port = 8_021
    password: SecretSource = SecretSource(env="ONEQUEUE_FREESWITCH_PASSWORD")
    profile: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")] = "internal"
    """The profile of Sofia by which contacts that begin with sip: are called."""


class VoiceSettings(BaseModel):
    """Where the SIP front is, and how calls become interactions."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    front: Literal["kamailio", "freeswitch"] = "kamailio"
    """What holds the calls. Its own settings stand under its name."""

    kamailio: KamailioSettings = KamailioSettings()
    freeswitch: FreeSwitchSettings | None = None
    channel: str = "voice"
    lines: dict[str, InteractionTerms] = Field(default_factory=dict)
    """What an interaction is like, by the number that was called."""

    other: InteractionTerms = Field(default_factory=dict)
    """Any other number."""

    contact: str = "sip:{agent_id}@127.0.0.1"
    """Where an agent is called who has no attribute ``sip``."""

    ring_s: Seconds = 20.0
    """How long a phone rings before the next agent is asked."""

    unanswered: Annotated[str, Field(pattern="^(unavailable|stays)$")] = "unavailable"
    """What becomes of an agent whose phone rang and was not answered."""

    sweep_s: Seconds = 2.0
    """How often all calls are looked at, whatever was missed."""

    waiting_s: Seconds = 60.0
    """How often a caller who waits is told so (182), so that nobody on the way gives up."""

    at_once: Annotated[int, Field(ge=1, le=256)] = 16
    """Calls that are worked on at the same time."""

    @model_validator(mode="after")
    def _one_front(self) -> Self:
        other = "freeswitch" if self.front == "kamailio" else "kamailio"
        if other in self.model_fields_set:
            raise ValueError(f"front is {self.front}: remove the settings of {other}, or name it")
        if self.front == "freeswitch" and self.freeswitch is None:
            raise ValueError("front is freeswitch: say where it is, under freeswitch")
        return self
