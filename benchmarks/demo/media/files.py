"""The files of the demo's adapters, as `onequeue media run` takes them, and their secrets."""

from __future__ import annotations

import importlib.util
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from benchmarks.demo.media.front import Front, kamailio
from benchmarks.demo.policy import CALLS

__all__ = (
    "ACCOUNTS",
    "CUSTOMERS",
    "LINE",
    "NUMBER",
    "PUBLIC_URL",
    "SHOP",
    "TWILIO_SID",
    "Outside",
    "Secrets",
    "left_out",
    "write_files",
)

ACCOUNTS: Final[Mapping[str, str]] = {
    "mail": "support",
    "social": "sms",
    "forms": "forms",
    "chat": "website",
    "voice": "calls",
}
"""By medium: the account under which its messages are known."""

SHOP: Final = "support@harbour-energy.example"
"""The mailbox."""

CUSTOMERS: Final = ("mia@customers.example", "noah@customers.example")
"""Who writes there, and is written to."""

NUMBER: Final = "+15558675309"
LINE: Final = "+15558675300"
"""Whom callers dial."""

TWILIO_SID: Final = "AC" + "0" * 31 + "1"
PUBLIC_URL: Final = "https://hooks.harbour-energy.example"
"""What Twilio would call, and what it signs; a proxy would stand there."""

KEY_VARIABLE: Final = "DEMO_MEDIA_KEY"
TOKEN_VARIABLE: Final = "DEMO_TWILIO_TOKEN"  # noqa: S105  # the name of a variable
FORMS_VARIABLE: Final = "DEMO_FORMS_SECRET"


@dataclass(frozen=True, slots=True)
class Secrets:
    """What the adapters' process is told in its environment; drawn anew for each demo."""

    key: str = field(repr=False)
    """An API key of the role `integration`."""

    twilio: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    forms: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)

    def environment(self) -> dict[str, str]:
        """The variables that the files name."""
        return {KEY_VARIABLE: self.key, TOKEN_VARIABLE: self.twilio, FORMS_VARIABLE: self.forms}


@dataclass(frozen=True, slots=True)
class Outside:
    """Where replies and calls go: the customers' mail server, the place of Twilio, the agents'
    phones, and the front that calls come by."""

    smtp_port: int
    twilio_url: str
    phones: str
    front: Front


def left_out() -> dict[str, str]:
    """Which media this machine cannot have, and what each lacks."""
    missing = {}
    if importlib.util.find_spec("aiosmtpd") is None:
        missing["mail"] = "the package aiosmtpd is not installed (onequeue[smtp])"
    if kamailio() is None:
        missing["voice"] = "Kamailio is not installed (Debian: the package kamailio)"
    return missing


def write_files(folder: Path, api: str, outside: Outside) -> list[str]:
    """Write one file for each medium that can run here; gives their names."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = left_out()
    settings = {
        "mail": _mail(folder, outside),
        "social": _social(outside),
        "forms": _forms(),
        "chat": {"port": 0, "origins": ["*"], "has_page": True, "queue": "billing"},
        "voice": _voice(outside),
    }
    names = [name for name in ACCOUNTS if name not in missing]
    for name in names:
        document = {
            "account": "social" if name == "social" else ACCOUNTS[name],
            "state": f"state/{name}",
            "api": api,
            "key": {"env": KEY_VARIABLE},
            "settings": settings[name],
        }
        path = folder / f"{name}.yaml"
        path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return names


def _asks(queue: str) -> dict[str, Any]:
    return {"queue": queue, "requirements": [{"skill": queue}]}


def _mail(folder: Path, outside: Outside) -> dict[str, Any]:
    # replies only reach servers of this machine
    port = max(1, outside.smtp_port)
    return {
        "address": SHOP,
        "name": "Harbour Energy",
        "smtp_intake": {"port": 0},
        "smtp": {"host": "127.0.0.1", "port": port, "security": "none"},
        "interaction": _asks("moving"),
        "attachments": str(folder / "attachments"),
    }


def _social(outside: Outside) -> dict[str, Any]:
    account = {
        "provider": "twilio",
        "channel": "sms",
        "account_sid": TWILIO_SID,
        "auth_token": {"env": TOKEN_VARIABLE},
        "number": NUMBER,
        "api": outside.twilio_url,
        "interaction": _asks("technical"),
    }
    return {
        "public_url": PUBLIC_URL,
        "listen": {"port": 0},
        "accounts": {ACCOUNTS["social"]: account},
    }


def _voice(outside: Outside) -> dict[str, Any]:
    front = outside.front
    return {
        "kamailio": {
            "control": f"http://127.0.0.1:{front.control}",
            "hints_port": front.hints,
        },
        "channel": CALLS,
        "lines": {LINE: _asks("technical")},
        "contact": f"sip:{{agent_id}}@{outside.phones}",
        "ring_s": 5,
        "unanswered": "stays",
        "sweep_s": 0.5,
    }


def _forms() -> dict[str, Any]:
    fields = {
        "name": {"label": "Your name", "required": True},
        "email": {"kind": "email", "required": True},
        "message": {"kind": "text", "required": True},
    }
    form = {"channel": "web", "title": "Write to us", "interaction": _asks("claims")}
    # a program fills it in here, and much faster than people do
    return {
        "secret": {"env": FORMS_VARIABLE},
        "listen": {"port": 0},
        "least_s": 0,
        "forms": {"contact": {**form, "fields": fields}},
    }
