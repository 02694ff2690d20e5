"""An OpenID provider to log in with: authorization code with PKCE (RFC 7636, OpenID Connect Core).

What must be remembered between leaving and coming back is in a sealed cookie; nothing is kept here
but what the provider says of itself. Nothing of a token is ever logged.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from hashlib import sha256
from secrets import compare_digest, token_urlsafe
from typing import Any, Final
from urllib.parse import urlencode

import httpx
import jwt
import msgspec
from msgspec import Struct

from adapters.console.settings import ConsoleSettings
from adapters.identity.issuers import is_safe_url
from adapters.redis.tls import trust
from router.errors import OneQueueError

__all__ = (
    "CREDENTIAL_CHARACTERS_MAX",
    "Departure",
    "Provider",
    "ProviderError",
    "ProviderRefusedError",
    "Refresh",
    "Token",
)

CREDENTIAL_CHARACTERS_MAX: Final = 2_500
"""A cookie holds 4 KiB, and what is sealed is longer by a third."""

DISCOVERY_PATH: Final = "/.well-known/openid-configuration"
KNOWN_S: Final = 600.0
AGAIN_S: Final = 5.0
"""A provider that has not told of itself is asked again after so long."""

TIMEOUT_S: Final = 10.0
BYTES_MAX: Final = 262_144
LEEWAY_S: Final = 30.0


class ProviderError(OneQueueError):
    """Nobody could be logged in; the text says why, for whoever tried."""


class ProviderRefusedError(ProviderError):
    """The provider gives nothing for a refresh token: it is over, used up, or taken back."""


class Departure(Struct, frozen=True):
    """What a browser carries, sealed, while it is at the provider: by ``state`` it is known again,
    ``verifier`` proves that the code was asked for here, ``nonce`` that the token was."""

    state: str
    nonce: str
    verifier: str
    next: str


class Token(Struct, frozen=True):
    """What the provider gave: the credential for the API, for how long it is good (s), for whom,
    and what gets another one ("": nothing does)."""

    credential: str
    lifetime_s: float
    subject: str = ""
    refresh: str = ""


class Refresh(Struct, frozen=True):
    """What a browser carries, sealed, to get another token for the same person: from when on
    (``due_s``) it is to, and until when it may (``until_s``), since 1970."""

    token: str
    subject: str
    due_s: float
    until_s: float


class _Said(Struct):
    """What the provider says of itself, as far as it is asked."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    revocation_endpoint: str = ""


class _Given(Struct):
    access_token: str = ""
    id_token: str = ""
    refresh_token: str = ""
    token_type: str = ""
    expires_in: float = 0.0


class Provider:
    """One provider, as the settings name it."""

    def __init__(
        self,
        settings: ConsoleSettings,
        transport: httpx.AsyncBaseTransport | None = None,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._issuer = settings.oidc_issuer or ""
        self._client_id = settings.oidc_client_id or ""
        self._now_s = now_s
        self._said: _Said | None = None
        self._said_at_s = 0.0
        self._again_at_s = float("-inf")
        self._silence = ""
        self._asking = asyncio.Lock()
        self._http = httpx.AsyncClient(
            verify=_trust(settings),
            transport=transport,
            follow_redirects=False,
            trust_env=False,
            timeout=TIMEOUT_S,
            headers={"Accept": "application/json", "Accept-Encoding": "identity"},
        )

    async def leave(self, redirect_uri: str, back: str) -> tuple[str, Departure]:
        """Where a browser is to go, and what it is to carry. Raises :class:`ProviderError`."""
        said = await self._metadata()
        leaving = Departure(token_urlsafe(32), token_urlsafe(32), token_urlsafe(48), back)
        challenge = urlsafe_b64encode(sha256(leaving.verifier.encode()).digest()).decode()
        asked = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": redirect_uri,
            "scope": self._settings.oidc_scope,
            "state": leaving.state,
            "nonce": leaving.nonce,
            "code_challenge": challenge.rstrip("="),
            "code_challenge_method": "S256",
        }
        joint = "&" if "?" in said.authorization_endpoint else "?"
        return said.authorization_endpoint + joint + urlencode(asked), leaving

    async def come_back(
        self, departure: Departure, answer: Mapping[str, str], redirect_uri: str
    ) -> Token:
        """The token for what the provider has sent the browser back with.

        Raises :class:`ProviderError`.
        """
        if not compare_digest(answer.get("state", "").encode(), departure.state.encode()):
            raise ProviderError("This login was begun somewhere else: please begin again.")
        said = await self._metadata()
        if answer.get("iss", said.issuer) != said.issuer:  # RFC 9207
            raise ProviderError("Another provider has answered than was asked.")
        if answer.get("error"):
            raise ProviderError(f"The provider has refused: {_word(answer['error'])}.")
        given = await self._exchanged(said, departure, answer.get("code", ""), redirect_uri)
        return self._token(said, departure, given)

    async def renew(self, refresh: Refresh) -> Token:
        """Another token for the same person. Raises :class:`ProviderError`, and
        :class:`ProviderRefusedError` where there is none to be had."""
        said = await self._metadata()
        fields = {"grant_type": "refresh_token", "refresh_token": refresh.token}
        body = await self._body("POST", said.token_endpoint, fields | self._client())
        given: _Given = _read(body, _Given)
        left_s = 0.0
        if given.id_token:  # it need not come again, but has to be for the same one (Core, 12.2)
            claims = self._own_claims(said, given.id_token)
            if claims.get("sub") != refresh.subject:
                raise ProviderRefusedError("The provider's token is for somebody else.")
            left_s = self._left_s(claims)
        token = self._credential(given, left_s, refresh.subject)
        return msgspec.structs.replace(token, refresh=token.refresh or refresh.token)

    async def revoke(self, refresh: Refresh) -> None:
        """Have the provider forget it, if it can (RFC 7009). Raises :class:`ProviderError`."""
        said = await self._metadata()
        if is_safe_url(said.revocation_endpoint):
            fields = {"token": refresh.token, "token_type_hint": "refresh_token"}
            await self._body("POST", said.revocation_endpoint, fields | self._client())

    async def close(self) -> None:
        """Close connections."""
        await self._http.aclose()

    async def _metadata(self) -> _Said:
        """What the provider says of itself, as of a while ago or, while it is silent, of before:
        those who wait for it are not to wait one after the other."""
        async with self._asking:
            now_s = self._now_s()
            is_old = self._said is None or now_s > self._said_at_s + KNOWN_S
            if is_old and now_s >= self._again_at_s:
                try:
                    self._said, self._said_at_s = await self._asked(), now_s
                except ProviderError as error:
                    self._again_at_s, self._silence = self._now_s() + AGAIN_S, str(error)
            if self._said is None:
                raise ProviderError(self._silence)
            return self._said

    async def _asked(self) -> _Said:
        url = self._issuer.rstrip("/") + DISCOVERY_PATH
        said: _Said = _read(await self._body("GET", url), _Said)
        ends = (said.authorization_endpoint, said.token_endpoint)
        if said.issuer != self._issuer or not all(map(is_safe_url, ends)):
            raise ProviderError("The provider's document is of another issuer.")
        return said

    async def _exchanged(
        self, said: _Said, departure: Departure, code: str, redirect_uri: str
    ) -> _Given:
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": departure.verifier,
        }
        body = await self._body("POST", said.token_endpoint, fields | self._client())
        given: _Given = _read(body, _Given)
        return given

    def _client(self) -> dict[str, str]:
        secret = self._settings.oidc_client_secret
        known = {"client_id": self._client_id}
        return known if secret is None else known | {"client_secret": secret.get_secret_value()}

    def _token(self, said: _Said, departure: Departure, given: _Given) -> Token:
        """What the API is asked with. The ID token came from the provider itself, over a connection
        that is checked: its claims are, and its signature need not be (Core, 3.1.3.7). The API
        verifies whatever it is given."""
        claims = self._own_claims(said, given.id_token)
        if not compare_digest(str(claims.get("nonce", "")).encode(), departure.nonce.encode()):
            raise ProviderError("The provider's token is of another login.")
        return self._credential(given, self._left_s(claims), str(claims.get("sub", "")))

    def _own_claims(self, said: _Said, token: str) -> dict[str, Any]:
        claims = _claims(token)
        audience = claims.get("aud")
        if claims.get("iss") != said.issuer or self._client_id not in (
            audience if isinstance(audience, list) else [audience]
        ):
            raise ProviderError("The provider's token is not for this console.")
        return claims

    def _left_s(self, claims: Mapping[str, Any]) -> float:
        left_s = float(claims.get("exp") or 0) - self._now_s()
        if left_s < -LEEWAY_S:
            raise ProviderError("The provider's token is over already.")
        return left_s

    def _credential(self, given: _Given, left_s: float, subject: str) -> Token:
        refresh = given.refresh_token
        if len(refresh) > CREDENTIAL_CHARACTERS_MAX:
            refresh = ""  # no browser could carry it: the login lasts as long as the token
        if self._settings.oidc_credential == "id":
            if not given.id_token:
                raise ProviderRefusedError("The provider has given no other ID token.")
            return Token(given.id_token, left_s, subject, refresh)
        if given.token_type.lower() != "bearer" or not given.access_token:
            raise ProviderError("The provider has given no access token.")
        life_s = given.expires_in or left_s
        if life_s <= 0:
            raise ProviderRefusedError("The provider does not say how long its token is good.")
        return Token(given.access_token, life_s, subject, refresh)

    async def _body(self, method: str, url: str, fields: Mapping[str, str] | None = None) -> bytes:
        body = b""
        try:
            async with (
                asyncio.timeout(TIMEOUT_S),
                self._http.stream(method, url, data=fields) as answer,
            ):
                async for part in answer.aiter_raw():
                    body += part
                    if len(body) > BYTES_MAX:
                        raise ProviderError("The provider says more than is read.")
                status = answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError):
            raise ProviderError("The provider cannot be reached: please try again.") from None
        if status in {400, 401} and (fields or {}).get("grant_type") == "refresh_token":
            raise ProviderRefusedError(f"The provider has answered {status} to a refresh token.")
        if status != httpx.codes.OK:
            raise ProviderError(f"The provider has answered {status}: please begin again.")
        return body


def _claims(token: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        raise ProviderError("The provider has given no ID token.") from None
    return found


def _read(body: bytes, kind: type[Any]) -> Any:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, RecursionError):
        raise ProviderError("The provider's answer cannot be understood.") from None


def _word(code: str) -> str:
    """An error code as the provider names it; whatever else it may hold is not shown."""
    known = "".join(c if c.isascii() and (c.isalnum() or c == "_") else " " for c in code[:64])
    return known.replace("_", " ").strip() or "it does not say why"


def _trust(settings: ConsoleSettings) -> ssl.SSLContext | bool:
    if settings.oidc_ca is None:
        return True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trust(context, str(settings.oidc_ca))
    return context
