"""Sending by SMTP: whether a server has taken a mail, will not, or may later."""

from __future__ import annotations

from email.errors import MessageError
from email.message import EmailMessage
from typing import Final, NamedTuple

import aiosmtplib

from adapters.edge.secrets import read_secret
from adapters.mail.settings import Security, Smtp
from adapters.media.plugin import MediumUnavailable

__all__ = ("Sender", "Sent")

PERMANENT: Final = 500
REASON_CHARACTERS_MAX: Final = 900


class Sent(NamedTuple):
    """What a server has said: ``is_taken``, by at least one recipient's server; ``reason``: which
    it does not take, and why."""

    is_taken: bool
    reason: str = ""


class Sender:
    """Sends from one address."""

    def __init__(self, settings: Smtp, address: str) -> None:
        self._settings = settings
        self._address = address
        self._password = read_secret(settings.password) if settings.password else None

    async def send(self, mail: EmailMessage) -> Sent:
        """Send a mail. Raises :class:`MediumUnavailable` where it may be taken another time."""
        settings = self._settings
        try:
            refused, _ = await aiosmtplib.send(
                mail,
                sender=self._address,
                hostname=settings.host,
                port=settings.port,
                username=settings.user or None,
                password=self._password,
                timeout=settings.timeout_s,
                use_tls=settings.security is Security.TLS,
                start_tls=settings.security is Security.STARTTLS,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            codes = [each.code for each in error.recipients]
            told = "; ".join(f"{each.code} {each.message}" for each in error.recipients)
            return _or_later(max(codes, default=PERMANENT), told)
        except (aiosmtplib.SMTPSenderRefused, aiosmtplib.SMTPDataError) as error:
            return _or_later(error.code, f"{error.code} {error.message}")
        except (aiosmtplib.SMTPNotSupported, ValueError, LookupError, MessageError) as error:
            # an address that this server cannot have, or what cannot be written as a mail
            return Sent(
                is_taken=False, reason=f"{type(error).__name__}: {error}"[:REASON_CHARACTERS_MAX]
            )
        except (aiosmtplib.SMTPException, OSError) as error:
            raise MediumUnavailable(f"SMTP: {error}") from error
        told = "; ".join(f"{code} {message}" for code, message in refused.values())
        return Sent(is_taken=True, reason=told[:REASON_CHARACTERS_MAX])


def _or_later(code: int, told: str) -> Sent:
    if code < PERMANENT:
        raise MediumUnavailable(f"SMTP: {told}")
    return Sent(is_taken=False, reason=told[:REASON_CHARACTERS_MAX])
