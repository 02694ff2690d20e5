"""What is wrong with a credential, or with what was asked about one.

::

    CallerError
    ├── Unauthenticated    a credential that lets nobody in (reason: for the log alone)
    ├── IssuerError        an issuer that cannot be asked as it is configured (name, detail)
    └── KeyRequestError    a key that cannot be made, rotated or revoked as asked (detail)
        ├── KeyEnded       a key that has ended, or was rotated before
        └── UnknownKey     there is no key of that id (key_id)
"""

from __future__ import annotations

from router.errors import CallerError

__all__ = ("IssuerError", "KeyEnded", "KeyRequestError", "Unauthenticated", "UnknownKey")


class Unauthenticated(CallerError):
    """A credential that lets nobody in.

    Its text is the same whatever was wrong, so that nobody learns from it which keys there are;
    ``reason`` says it in a word, for the log. Neither ever holds a part of the credential.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return "the credential is not valid, or not any more"


class IssuerError(CallerError):
    """An issuer that cannot be asked as it is configured."""

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(name, detail)
        self.name = name
        self.detail = detail

    def __str__(self) -> str:
        return f"issuer {self.name}: {self.detail}"


class KeyRequestError(CallerError):
    """A key that cannot be made, rotated or revoked as asked; ``detail`` says what would be."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail

    def __str__(self) -> str:
        return self.detail


class KeyEnded(KeyRequestError):
    """A key that has ended, or was rotated before."""


class UnknownKey(KeyRequestError):
    """There is no key of that id."""

    def __init__(self, key_id: str) -> None:
        super().__init__(f"there is no key {key_id!r}")
        self.key_id = key_id
