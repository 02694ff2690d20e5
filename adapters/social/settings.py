"""Settings of the social adapter: its accounts with providers, and how patiently it sends."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from adapters.configuration.shared import Duration
from adapters.edge.rules import SecretSource
from adapters.media.listening import Listening
from adapters.media.terms import InteractionTerms
from router import limits

__all__ = (
    "AccountSettings",
    "GenericSettings",
    "InstagramSettings",
    "MessengerSettings",
    "SocialSettings",
    "TwilioSettings",
    "WhatsAppSettings",
    "XSettings",
)

ACCOUNTS_MAX: Final = 100
_URL: Final = re.compile(r"https?://[^\s/?#@]+(/[^\s?#]*)?")


def _plain(url: str) -> str:
    if not _URL.fullmatch(url):
        raise ValueError("write https://host/path, without query, user or password")
    return url.rstrip("/")


Url: TypeAlias = Annotated[str, AfterValidator(_plain)]
Name: TypeAlias = Annotated[str, Field(min_length=1, max_length=limits.IDENTIFIER_MAX)]
Path: TypeAlias = Annotated[str, Field(pattern=r"^/[A-Za-z0-9._~/-]{1,200}$")]
Version: TypeAlias = Annotated[str, Field(pattern=r"^v\d{1,3}\.\d$")]
Word: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{1,128}$")]


class _Account(BaseModel):
    """What is said of every account. ``interaction`` is for those that its messages begin: queue,
    priority, requirements and all else that `POST /v1/messages` takes there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    channel: Name
    path: Path | None = None
    """Where its webhooks come; without it, the account's name."""

    interaction: InteractionTerms = Field(default_factory=dict)
    session: Duration = "24h"
    """After so long a silence on both sides begins another conversation."""

    in_doubt: Literal["send", "fail"] = "send"
    """What becomes of a message of which nobody knows whether it was sent."""


class TwilioSettings(_Account):
    """SMS, MMS or WhatsApp by Twilio; ``number`` may be that of a messaging service (``MG…``)."""

    provider: Literal["twilio"]
    account_sid: Annotated[str, Field(pattern=r"^AC[0-9a-fA-F]{32}$")]
    auth_token: SecretSource
    number: Annotated[str, Field(pattern=r"^(whatsapp:)?\+\d{5,15}$|^MG[0-9a-fA-F]{32}$|^\d{3,8}$")]
    api: Url = "https://api.twilio.com"


class _Meta(_Account):
    """``app_secret`` signs webhooks, ``verify_token`` is what Meta is to show when it looks who is
    there, ``access_token`` sends."""

    app_secret: SecretSource
    verify_token: SecretSource
    access_token: SecretSource
    api: Url = "https://graph.facebook.com"
    version: Version = "v23.0"


class WhatsAppSettings(_Meta):
    """WhatsApp by Meta's Cloud API."""

    provider: Literal["whatsapp"]
    phone_number_id: Word


class MessengerSettings(_Meta):
    """A page with Messenger."""

    provider: Literal["messenger"]
    page_id: Word


class InstagramSettings(_Meta):
    """An Instagram account for professionals; ``page_id`` is its own id."""

    provider: Literal["instagram"]
    page_id: Word
    api: Url = "https://graph.instagram.com"


class XSettings(_Account):
    """Direct messages on X; ``consumer_secret`` signs webhooks, ``access_token`` is a user's token
    (OAuth 2.0, ``dm.write``)."""

    provider: Literal["x"]
    user_id: Annotated[str, Field(pattern=r"^\d{1,20}$")]
    consumer_secret: SecretSource
    access_token: SecretSource
    api: Url = "https://api.x.com"


class GenericSettings(_Account):
    """Anything that can sign by the Standard Webhooks; without ``url`` it only tells us."""

    provider: Literal["generic"]
    secret: SecretSource
    url: Url | None = None


AccountSettings: TypeAlias = Annotated[
    TwilioSettings
    | WhatsAppSettings
    | MessengerSettings
    | InstagramSettings
    | XSettings
    | GenericSettings,
    Field(discriminator="provider"),
]


class SocialSettings(BaseModel):
    """Accounts by the name that OneQueue knows them by, and the one server for their webhooks."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    public_url: Url
    """How the providers reach the server: it stands before the path of an account."""

    listen: Listening = Field(default_factory=Listening)
    accounts: Annotated[dict[Name, AccountSettings], Field(min_length=1, max_length=ACCOUNTS_MAX)]
    retry_for: Duration = "12h"
    """How long after it was said a message is tried."""

    doubt: Duration = "60s"
    """How long to wait for a receipt of a message that may have been sent."""

    @model_validator(mode="after")
    def _paths_of_one_provider(self) -> SocialSettings:
        kinds: dict[str, str] = {}
        for name, account in self.accounts.items():
            path = path_of(name, account)
            if not re.fullmatch(r"/[A-Za-z0-9._~/-]+", path):
                raise ValueError(f"accounts.{name}: the name is no path of a URL: give a path")
            if kinds.setdefault(path, account.provider) != account.provider:
                raise ValueError(f"accounts.{name}: {path} is the path of another provider")
        return self


def path_of(name: str, account: AccountSettings) -> str:
    """Where webhooks of an account come."""
    return account.path or f"/{name}"
