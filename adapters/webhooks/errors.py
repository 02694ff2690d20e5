"""What can be wrong with a subscription to webhooks.

::

    CallerError
    ├── SubscriptionError     a field of it cannot be so (field, detail)
    ├── UnknownSubscription   there is none of that id
    ├── SubscriptionChanged   somebody else has changed it meanwhile
    ├── TooManySubscriptions  the tenant has as many as may be
    └── UnknownDeadLetter     there is none of that id, or it cannot be sent again
    OneQueueError
    └── DestinationRefused    its host leads to where nothing may be sent (reason)
"""

from __future__ import annotations

from router.errors import CallerError, OneQueueError

__all__ = (
    "DestinationRefused",
    "SubscriptionChanged",
    "SubscriptionError",
    "TooManySubscriptions",
    "UnknownDeadLetter",
    "UnknownSubscription",
)


class SubscriptionError(CallerError):
    """A subscription that cannot be so; ``field`` is the part, ``detail`` what is wrong with it."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(field, detail)
        self.field = field
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.field}: {self.detail}"


class UnknownSubscription(CallerError):
    """There is no subscription of that id."""

    def __init__(self, subscription_id: str) -> None:
        super().__init__(subscription_id)
        self.subscription_id = subscription_id

    def __str__(self) -> str:
        return f"there is no webhook {self.subscription_id[:64]!r} (onequeue webhooks list)"


class SubscriptionChanged(CallerError):
    """Somebody else has changed it meanwhile: look at it, and ask again."""

    def __init__(self, subscription_id: str) -> None:
        super().__init__(subscription_id)
        self.subscription_id = subscription_id

    def __str__(self) -> str:
        return f"webhook {self.subscription_id} has changed meanwhile: look at it, and ask again"


class TooManySubscriptions(CallerError):
    """The tenant has as many subscriptions as it may have."""

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self.most = most

    def __str__(self) -> str:
        return f"there are {self.most} webhooks, which is the most: delete one that is not needed"


class UnknownDeadLetter(CallerError):
    """There is no dead letter of that id that could be sent again; ``detail`` says why."""

    def __init__(self, letter_id: str, detail: str) -> None:
        super().__init__(letter_id, detail)
        self.letter_id = letter_id
        self.detail = detail

    def __str__(self) -> str:
        return f"dead letter {self.letter_id[:64]!r}: {self.detail}"


class DestinationRefused(OneQueueError):
    """Nothing is sent there; ``reason`` says why, without naming the address that was found."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return self.reason
