"""What can be wrong with a message, and is the caller's fault.

``CallerError``
    ``UnknownMessage``: it was never to be sent on that account.
    ``TooManyUnsent``: as many wait to be sent as may.
    ``NotSaid``: a message cannot go out as it is.
"""

from __future__ import annotations

from router.errors import CallerError

__all__ = ("NotSaid", "TooManyUnsent", "UnknownMessage")


class UnknownMessage(CallerError):
    """A message that was never to be sent on an account, or is no longer kept."""

    def __init__(self, account: str, message_id: str) -> None:
        super().__init__(account, message_id)
        self.account = account
        self.message_id = message_id

    def __str__(self) -> str:
        return f"no message {self.message_id!r} was to be sent on the account {self.account!r}"


class TooManyUnsent(CallerError):
    """As many messages of an account wait to be sent as may: nobody sends them."""

    def __init__(self, account: str, unsent_max: int) -> None:
        super().__init__(account, unsent_max)
        self.account = account
        self.unsent_max = unsent_max

    def __str__(self) -> str:
        return (
            f"{self.unsent_max} messages of the account {self.account!r} wait to be sent: "
            "see that its adapter runs"
        )


class NotSaid(CallerError):
    """A message that cannot go out as it is: ``code`` is for programs, ``field`` names what is
    wrong with it."""

    def __init__(self, code: str, detail: str, field: str) -> None:
        super().__init__(code, detail, field)
        self.code = code
        self.detail = detail
        self.field = field

    def __str__(self) -> str:
        return f"{self.field}: {self.detail}"
