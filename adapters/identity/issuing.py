"""How a key comes to be, is replaced by another, and ends. Nothing is read or written here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

import msgspec

from adapters.identity.api_key import ApiKey, Secret, new_key_id, new_secret
from adapters.identity.errors import KeyEnded, KeyRequestError
from adapters.identity.permissions import Permission, Role
from adapters.identity.principal import Principal

__all__ = (
    "AGENT_ID_CHARACTERS_MAX",
    "KEPT_MS",
    "LIFETIME_MS_MAX",
    "NAME_CHARACTERS_MAX",
    "Issued",
    "Terms",
    "has_been_over",
    "issue",
    "revoke",
    "rotate",
)

NAME_CHARACTERS_MAX: Final = 64
AGENT_ID_CHARACTERS_MAX: Final = 128
LIFETIME_MS_MAX: Final = 10 * 366 * 86_400_000
KEPT_MS: Final = 90 * 86_400_000
"""How long a key that has ended is still listed."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a key is to be: its name, for people; what it gives; how long it lasts (None: for good).

    Raises :class:`KeyRequestError`.
    """

    name: str
    roles: frozenset[Role]
    scopes: frozenset[Permission] | None = None
    agent_id: str | None = None
    lifetime_ms: int | None = None

    def __post_init__(self) -> None:
        _check_name("a key's name", self.name, NAME_CHARACTERS_MAX)
        if not self.roles:
            raise KeyRequestError(f"a key needs a role, one of {_list(Role)}")
        if self.agent_id is not None:
            _check_name("an agent's id", self.agent_id, AGENT_ID_CHARACTERS_MAX)
        elif Role.AGENT in self.roles:
            raise KeyRequestError("a key with the role agent needs to name its agent")
        if self.lifetime_ms is not None and not 0 < self.lifetime_ms <= LIFETIME_MS_MAX:
            raise KeyRequestError("a key lasts for more than nothing, and for ten years at most")
        self._check_scopes()

    def _check_scopes(self) -> None:
        if self.scopes is None:
            return
        given = Principal("", "", self.roles, self.agent_id).permissions
        if not self.scopes:
            raise KeyRequestError("scopes that name nothing would let nobody do anything")
        if not self.scopes <= given:
            raise KeyRequestError(
                f"{_list(self.scopes - given)}: not given by {_list(self.roles)}, and scopes only "
                f"narrow; there are {_list(given)}"
            )


class Issued(NamedTuple):
    """A new key and its secret, which is nowhere else."""

    key: ApiKey
    secret: Secret


def issue(terms: Terms, now_ms: int, by: str) -> Issued:
    """A new key on these terms."""
    secret = new_secret()
    key = ApiKey(
        key_id=new_key_id(),
        name=terms.name,
        sha256=secret.sha256,
        roles=terms.roles,
        created_ms=now_ms,
        created_by=by,
        scopes=terms.scopes,
        agent_id=terms.agent_id,
        expires_ms=None if terms.lifetime_ms is None else now_ms + terms.lifetime_ms,
    )
    return Issued(key, secret)


def rotate(
    key: ApiKey, now_ms: int, overlap_ms: int, lifetime_ms: int | None, by: str
) -> tuple[ApiKey, Issued]:
    """The key as it ends after the overlap, and the one that takes its place, which lasts as long
    as the old one was to (or for ``lifetime_ms``). Raises :class:`KeyRequestError`."""
    _check_going(key, now_ms)
    if key.rotated_to is not None:
        raise KeyEnded(f"{key.key_id} was rotated before, to {key.rotated_to}: rotate that one")
    if lifetime_ms is None and key.expires_ms is not None:
        lifetime_ms = key.expires_ms - key.created_ms
    terms = Terms(key.name, key.roles, key.scopes, key.agent_id, lifetime_ms)
    successor = issue(terms, now_ms, by)
    ends_ms = now_ms + overlap_ms
    if key.expires_ms is not None:
        ends_ms = min(ends_ms, key.expires_ms)
    ending = msgspec.structs.replace(key, expires_ms=ends_ms, rotated_to=successor.key.key_id)
    return ending, successor


def revoke(key: ApiKey, now_ms: int) -> ApiKey:
    """The key as it has ended. Raises :class:`KeyRequestError` when it has ended before."""
    _check_going(key, now_ms)
    return msgspec.structs.replace(key, revoked_ms=now_ms)


def has_been_over(key: ApiKey, now_ms: int) -> bool:
    """Whether a key has ended so long ago that it need not be listed any more."""
    ends = [ms for ms in (key.expires_ms, key.revoked_ms) if ms is not None]
    return bool(ends) and min(ends) < now_ms - KEPT_MS


def _check_going(key: ApiKey, now_ms: int) -> None:
    fault = key.fault(now_ms)
    if fault:
        raise KeyEnded(f"{key.key_id} has ended: it is {fault}")


def _check_name(what: str, text: str, limit: int) -> None:
    if not (0 < len(text) <= limit and text.isprintable() and text.strip() == text):
        raise KeyRequestError(f"{what} is 1 to {limit} printable characters")


def _list(values: Iterable[str]) -> str:
    return ", ".join(sorted(values))
