"""Accounts for tests, with providers that are ready."""

from __future__ import annotations

import socket
from typing import Any

from pydantic import TypeAdapter

from adapters.client.message_models import Address, Attachment, DialogueMessage
from adapters.edge.rules import SecretSource
from adapters.social.messenger import Messenger
from adapters.social.meta import MetaSecrets
from adapters.social.settings import AccountSettings, SocialSettings
from adapters.social.twilio import Twilio
from adapters.social.whatsapp import WhatsApp
from adapters.social.x import X
from tests.adapters.social.payloads import APP_SECRET, AUTH_TOKEN, PAGE_ID, PHONE_ID, SID

__all__ = (
    "SECRETS",
    "free_port",
    "messenger",
    "reply",
    "settings",
    "sms_account",
    "social",
    "twilio",
    "wa",
    "x",
)

SECRETS = MetaSecrets(APP_SECRET, "look-who-is-there", "EAAG-token")
NOWHERE = SecretSource(env="NOWHERE")
_META = {"app_secret": NOWHERE, "verify_token": NOWHERE, "access_token": NOWHERE}
_accounts: TypeAdapter[Any] = TypeAdapter(AccountSettings)


def settings(provider: str, **more: Any) -> Any:
    """The settings of an account."""
    return _accounts.validate_python({"provider": provider, "channel": "chat"} | more)


def twilio(**more: Any) -> Twilio:
    told = {"account_sid": SID, "auth_token": NOWHERE, "number": "+15558675309"} | more
    return Twilio(settings("twilio", **told), AUTH_TOKEN, "https://hooks.example.org/sms")


def wa(**more: Any) -> WhatsApp:
    told = {**_META, "phone_number_id": PHONE_ID} | more
    return WhatsApp(settings("whatsapp", **told), SECRETS)


def messenger(provider: str = "messenger", **more: Any) -> Messenger:
    return Messenger(settings(provider, **{**_META, "page_id": PAGE_ID} | more), SECRETS)


def x(**more: Any) -> X:
    told = {"user_id": "123", "consumer_secret": NOWHERE, "access_token": NOWHERE} | more
    return X(settings("x", **told), "the_app_consumer_secret", "user-token")


def reply(text: str = "You are right.", *files: str, **more: Any) -> DialogueMessage:
    """What an agent says; files by their media type."""
    told: dict[str, Any] = {
        "message_id": "m-1",
        "conversation_id": "c-1",
        "account": "desk",
        "channel": "chat",
        "direction": "out",
        "at_ms": 1,
        "recipients": (Address(medium="phone", address="+14155552671"),),
        "text": text,
        "attachments": tuple(
            Attachment(uri=f"https://files.example.org/{n}", name=f"{n}.bin", media_type=kind)
            for n, kind in enumerate(files)
        ),
    }
    return DialogueMessage(**told | more)


def sms_account(**more: Any) -> dict[str, Any]:
    """What a file says of a number with Twilio."""
    return {
        "provider": "twilio",
        "channel": "chat",
        "account_sid": SID,
        "auth_token": {"env": "TEST_TWILIO_TOKEN"},
        "number": "+15558675309",
    } | more


def social(accounts: dict[str, Any], **more: Any) -> SocialSettings:
    """The settings of the medium."""
    told = {"public_url": "https://hooks.example.org", "accounts": accounts} | more
    return SocialSettings.model_validate(told)


def free_port() -> int:
    """A port that nobody has, for a moment."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])
