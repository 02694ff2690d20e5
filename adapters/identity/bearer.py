"""Bearer tokens (JWT): verified with the keys of an issuer that is trusted for the tenant.

What a token says of itself decides nothing: which issuer is asked follows from a list, which
algorithms count too, keys come from the issuer alone (``jwk``, ``jku`` and ``x5u`` in a header are
never looked at), and a kind of key has one algorithm, so a public key never serves as a password.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final, NamedTuple

import jwt

from adapters.identity.errors import Unauthenticated
from adapters.identity.issuer_keys import IssuerKeys, IssuerUnavailable
from adapters.identity.issuers import Algorithm, Issuer, claim_of
from adapters.identity.key_set import KEY_ID_CHARACTERS_MAX
from adapters.identity.permissions import Role
from adapters.identity.principal import Principal
from router.errors import StoreUnavailable

__all__ = ("BearerTokens",)

TOKEN_CHARACTERS_MAX: Final = 8_192
SUBJECT_CHARACTERS_MAX: Final = 128
ROLES_MAX: Final = 1_000
VERIFIED_S: Final = 30.0
"""How long a token that was verified is believed without verifying it again; never longer than it
is valid. Verifying one takes half a millisecond, and clients send one for hours."""

VERIFIED_MAX: Final = 10_000
_TYPES: Final = frozenset({"jwt", "at+jwt", "application/at+jwt"})
"""Other types of token are signed with the same keys, and are for something else."""

_MALFORMED: Final = (
    jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError, AttributeError
)  # fmt: skip


class _Verified(NamedTuple):
    principal: Principal
    until_s: float


class BearerTokens:
    """Verifies the tokens of some issuers."""

    def __init__(
        self,
        issuers: Sequence[Issuer],
        wall_s: Callable[[], float] = time.time,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._issuers = {one.issuer: (one, IssuerKeys(one, monotonic_s)) for one in issuers}
        self._wall_s = wall_s
        self._verified: OrderedDict[bytes, _Verified] = OrderedDict()

    async def verify(self, token: str) -> Principal:
        """Whoever the token was issued to. Raises :class:`Unauthenticated`;
        :class:`StoreUnavailable` while the issuer's keys cannot be had."""
        if len(token) > TOKEN_CHARACTERS_MAX or not token.isascii():
            raise Unauthenticated("not a token")
        digest = sha256(token.encode()).digest()
        known = self._verified.get(digest)
        if known is not None and self._wall_s() < known.until_s:
            return known.principal
        principal, expires_s = await self._verify(token)
        self._verified[digest] = _Verified(principal, min(expires_s, self._wall_s() + VERIFIED_S))
        self._verified.move_to_end(digest)
        if len(self._verified) > VERIFIED_MAX:
            self._verified.popitem(last=False)
        return principal

    async def close(self) -> None:
        """Close connections."""
        for _, keys in self._issuers.values():
            await keys.close()

    async def _verify(self, token: str) -> tuple[Principal, float]:
        algorithm, key_id, issuer_name = _said(token)
        trusted = self._issuers.get(issuer_name)
        if trusted is None:
            raise Unauthenticated("unknown issuer")
        issuer, keys = trusted
        if algorithm not in issuer.algorithms:
            raise Unauthenticated("algorithm not allowed")
        try:
            key = await keys.find(key_id, algorithm)
        except IssuerUnavailable as error:
            raise StoreUnavailable(f"the keys of an issuer cannot be had: {error}") from None
        if key is None:
            raise Unauthenticated("unknown key id")
        claims = self._claims(token, key, algorithm, issuer)
        return _principal(claims, issuer), float(claims["exp"])

    def _claims(self, token: str, key: Any, algorithm: Algorithm, issuer: Issuer) -> dict[str, Any]:
        # the clock is ours, so that a test can move it: PyJWT would look at its own
        options: dict[str, Any] = {
            "require": ["exp", "iss", "aud", "sub"],
            "verify_exp": False,
            "verify_nbf": False,
            "verify_iat": False,
        }
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                audience=issuer.audience,
                issuer=issuer.issuer,
                options=options,  # type: ignore[arg-type]  # a TypedDict
            )
            self._check_times(claims, issuer)
        except _MALFORMED as error:
            raise Unauthenticated(type(error).__name__) from None
        return claims

    def _check_times(self, claims: Mapping[str, Any], issuer: Issuer) -> None:
        now_s, leeway_s = self._wall_s(), issuer.leeway_s
        expires_s = _seconds(claims["exp"])
        if now_s >= expires_s + leeway_s:
            raise Unauthenticated("expired")
        if expires_s > now_s + issuer.token_lifetime_s_max + leeway_s:
            raise Unauthenticated("lasts too long")
        for name in ("nbf", "iat"):
            if name in claims and _seconds(claims[name]) > now_s + leeway_s:
                raise Unauthenticated("not valid yet")


def _said(token: str) -> tuple[Algorithm, str | None, str]:
    """What a token says of itself, unverified: algorithm, key id, issuer."""
    try:
        header = jwt.get_unverified_header(token)
        claims = jwt.decode(token, options={"verify_signature": False})
    except _MALFORMED as error:
        raise Unauthenticated(type(error).__name__) from None
    key_id, kind, issuer = header.get("kid"), header.get("typ", "jwt"), claims.get("iss")
    if "crit" in header or not isinstance(kind, str) or kind.lower() not in _TYPES:
        raise Unauthenticated("another kind of token")
    if not (key_id is None or (isinstance(key_id, str) and len(key_id) <= KEY_ID_CHARACTERS_MAX)):
        raise Unauthenticated("no key id")
    if header.get("alg") not in list(Algorithm) or not isinstance(issuer, str):
        raise Unauthenticated("algorithm not allowed")
    return Algorithm(header["alg"]), key_id, issuer


def _principal(claims: Mapping[str, Any], issuer: Issuer) -> Principal:
    subject, agent_id = claims["sub"], claim_of(claims, issuer.agent_claim)
    if issuer.tenant_claim is None:
        (tenant,) = issuer.tenants
    else:
        tenant = claim_of(claims, issuer.tenant_claim)
    if not isinstance(tenant, str) or tenant not in issuer.tenants:
        raise Unauthenticated("tenant not of this issuer")
    if not _is_name(subject) or not (agent_id is None or _is_name(agent_id)):
        raise Unauthenticated("no subject")
    roles = _roles(claim_of(claims, issuer.role_claim), issuer)
    return Principal(tenant, f"{issuer.name}:{subject}", roles, agent_id)


def _roles(told: Any, issuer: Issuer) -> frozenset[Role]:
    names = told.split() if isinstance(told, str) else told
    if not isinstance(names, list) or len(names) > ROLES_MAX:
        return frozenset()
    known = (issuer.roles.get(name) for name in names if isinstance(name, str))
    return frozenset(role for role in known if role is not None)


def _is_name(value: Any) -> bool:
    return (
        isinstance(value, str) and 0 < len(value) <= SUBJECT_CHARACTERS_MAX and value.isprintable()
    )


def _seconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("no time")
    if not math.isfinite(value):
        raise ValueError("no time")
    return float(value)
