"""Accounts that are ready to work: their provider with its secrets, and the desk for each."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.configuration.shared import duration_ms
from adapters.edge.rules import SecretSource
from adapters.edge.secrets import SecretError, read_secret
from adapters.media.message import Address, digest_of
from adapters.media.plugin import Desk
from adapters.social.calls import Provider
from adapters.social.generic import Generic
from adapters.social.messenger import Messenger
from adapters.social.meta import MetaSecrets
from adapters.social.settings import (
    AccountSettings,
    GenericSettings,
    InstagramSettings,
    MessengerSettings,
    SocialSettings,
    TwilioSettings,
    WhatsAppSettings,
    XSettings,
    path_of,
)
from adapters.social.twilio import Twilio
from adapters.social.whatsapp import WhatsApp
from adapters.social.x import X
from adapters.webhooks.errors import SubscriptionError
from adapters.webhooks.signing import require_secret

__all__ = ("Account", "Standing", "person_of", "provider_of", "url_of")


@dataclass(slots=True)
class Account:
    """One of them; ``provider`` is made anew when its secrets are read again."""

    name: str
    settings: AccountSettings
    provider: Provider
    desk: Desk
    url: str
    """Where its webhooks come, as the provider reaches it."""

    @property
    def silence_ms(self) -> int:
        """After so much of it a session is over."""
        return duration_ms(self.settings.session)

    def read_secrets_again(self) -> None:
        """They may have been rotated. Raises :class:`adapters.edge.secrets.SecretError`."""
        self.provider = provider_of(self.settings, self.url)


class Standing:
    """Which accounts are locked out: the process is ready while none is."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._locked_out: dict[str, str] = {}

    def locked_out(self, name: str, why: str) -> None:
        """An account's credential is not taken."""
        self._locked_out[name] = why
        self._desk.disconnected("; ".join(f"{n}: {told}" for n, told in self._locked_out.items()))

    def let_in(self, name: str) -> None:
        """It is taken."""
        if self._locked_out.pop(name, None) is not None and not self._locked_out:
            self._desk.connected()


def url_of(settings: SocialSettings, name: str) -> str:
    """How the provider reaches an account."""
    return settings.public_url + path_of(name, settings.accounts[name])


def provider_of(settings: AccountSettings, url: str) -> Provider:
    """The provider of an account. Raises :class:`adapters.edge.secrets.SecretError`."""
    match settings:
        case TwilioSettings():
            return Twilio(settings, read_secret(settings.auth_token), url)
        case XSettings():
            secret, token = read_secret(settings.consumer_secret), settings.access_token
            return X(settings, secret, read_secret(token))
        case GenericSettings():
            return Generic(settings, _standard(settings.secret))
        case WhatsAppSettings():
            return WhatsApp(settings, _of_meta(settings))
        case MessengerSettings() | InstagramSettings():
            return Messenger(settings, _of_meta(settings))


def _standard(source: SecretSource) -> str:
    """A secret of the Standard Webhooks."""
    secret = read_secret(source)
    try:
        require_secret(secret)
    except SubscriptionError as error:
        raise SecretError(source.env or f"file {source.file}", error.detail) from None
    return secret


def _of_meta(settings: WhatsAppSettings | MessengerSettings | InstagramSettings) -> MetaSecrets:
    return MetaSecrets(
        read_secret(settings.app_secret),
        read_secret(settings.verify_token),
        read_secret(settings.access_token),
    )


def person_of(account: str, address: Address | str) -> str:
    """How somebody is known who talks to an account; an address by itself is enough there."""
    told = address if isinstance(address, str) else address.address
    return digest_of("social", account, told)
