"""An issuer's public keys, as they stand in a JSON Web Key Set; keys for nothing else get in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from adapters.identity.issuers import Algorithm

__all__ = ("KeySet", "KeySetError", "PublicKey", "key_set")

KEYS_MAX: Final = 100
KEY_ID_CHARACTERS_MAX: Final = 256
RSA_BITS_MIN: Final = 2_048
RSA_BITS_MAX: Final = 8_192
"""Beyond it one signature keeps a processor busy for longer than a request may."""

PublicKey = RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey


class KeySetError(Exception):
    """What is no set of keys, in words."""


class _Named(NamedTuple):
    key_id: str | None
    algorithm: Algorithm
    key: PublicKey


class KeySet:
    """The keys of an issuer that can verify something here."""

    def __init__(self, keys: tuple[_Named, ...]) -> None:
        self._keys = keys

    def __len__(self) -> int:
        return len(self._keys)

    def find(self, key_id: str | None, algorithm: Algorithm) -> PublicKey | None:
        """The key of that id, for that algorithm; without an id, the only one there is for it."""
        fitting = [
            one.key
            for one in self._keys
            if one.algorithm is algorithm and (key_id is None or one.key_id == key_id)
        ]
        return fitting[0] if len(fitting) == 1 else None


def key_set(document: bytes, algorithms: frozenset[Algorithm]) -> KeySet:
    """The keys in a JSON Web Key Set. Those of other kinds are passed over, as RFC 7517 asks.

    Raises :class:`KeySetError`.
    """
    try:
        decoded = msgspec.json.decode(document)
    except (msgspec.DecodeError, RecursionError) as error:
        raise KeySetError(f"no JSON ({type(error).__name__})") from None
    keys = decoded.get("keys") if isinstance(decoded, dict) else None
    if not isinstance(keys, list):
        raise KeySetError("it has no list of keys")
    if len(keys) > KEYS_MAX:
        raise KeySetError(f"it has more than {KEYS_MAX} keys")
    return KeySet(tuple(_usable(keys, algorithms)))


def _usable(keys: list[Any], algorithms: frozenset[Algorithm]) -> Iterator[_Named]:
    for jwk in keys:
        algorithm = _algorithm(jwk) if isinstance(jwk, dict) else None
        if algorithm is None or algorithm not in algorithms:
            continue
        key = _public_key(jwk, algorithm)
        key_id = jwk.get("kid")
        if key is not None and (key_id is None or isinstance(key_id, str)):
            yield _Named(key_id, algorithm, key)


def _algorithm(jwk: Mapping[str, Any]) -> Algorithm | None:
    """What a key is for: its kind decides, and what it says of itself must agree."""
    found = _OF_KINDS.get((jwk.get("kty"), jwk.get("crv")))
    if found is None or jwk.get("alg", found) != found or jwk.get("use", "sig") != "sig":
        return None
    operations = jwk.get("key_ops", ["verify"])
    return found if isinstance(operations, list) and "verify" in operations else None


_OF_KINDS: Final[Mapping[tuple[Any, Any], Algorithm]] = {
    ("RSA", None): Algorithm.RS256,
    ("EC", "P-256"): Algorithm.ES256,
    ("OKP", "Ed25519"): Algorithm.EDDSA,
}


def _public_key(jwk: dict[str, Any], algorithm: Algorithm) -> PublicKey | None:
    try:
        key = jwt.PyJWK(jwk, algorithm).key
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError):
        return None
    if isinstance(key, RSAPublicKey):
        return key if RSA_BITS_MIN <= key.key_size <= RSA_BITS_MAX else None
    # a private key in a public place: whoever reads it can sign
    return key if isinstance(key, EllipticCurvePublicKey | Ed25519PublicKey) else None
