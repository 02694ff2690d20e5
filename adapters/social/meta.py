"""What WhatsApp, Messenger and Instagram have in common: Meta's signatures, look-ups and errors."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Final, NamedTuple, TypeVar

import msgspec

from adapters.social.calls import Fate, Verdict, retry_after_s, told_in
from adapters.social.items import Asked, NotFromProvider, Payload
from adapters.social.signatures import require_sha256

__all__ = ("MetaSecrets", "decoded", "meta_challenge", "meta_verdict", "meta_verify", "millis")

T = TypeVar("T")

_LOCKED_OUT: Final = frozenset({0, 3, 10, 102, 190, 200})
"""No or no valid token, or one without the right; 10 also says that a window has closed."""

_LATER: Final = frozenset({
    1, 2, 4, 17, 32, 341, 613, 80007, 130429, 131000, 131016, 131048, 131056,
})  # fmt: skip
"""Passing faults, and limits of app, page, number and pair."""

_WINDOW_CLOSED: Final = frozenset({2018278, 2534022})
"""Subcodes of 10: the customer has been silent for too long to be written to."""

CHALLENGE_CHARACTERS_MAX: Final = 256


class MetaSecrets(NamedTuple):
    """Those of one account."""

    app_secret: str
    verify_token: str
    access_token: str


def meta_challenge(query: Mapping[str, str], secrets: MetaSecrets) -> tuple[str, str]:
    """The answer to Meta's look whether we are who we say."""
    offered = query.get("hub.verify_token", "").encode(errors="replace")
    is_known = hmac.compare_digest(offered, secrets.verify_token.encode())
    if query.get("hub.mode") != "subscribe" or not is_known:
        raise NotFromProvider("hub.verify_token is another, or hub.mode is not subscribe")
    return query.get("hub.challenge", "")[:CHALLENGE_CHARACTERS_MAX], "text/plain"


def meta_verify(asked: Asked, secrets: MetaSecrets) -> None:
    """See that Meta has signed the body."""
    require_sha256(asked, "x-hub-signature-256", secrets.app_secret)


def decoded(body: bytes, kind: type[T]) -> T:
    """A body by the shape that its provider documents. Raises :class:`Payload`."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        # names the place, and holds no values
        raise Payload(str(error)) from None


def millis(seconds: str) -> int:
    """A time in seconds, as WhatsApp has it."""
    return int(seconds) * 1_000 if seconds.isdecimal() and len(seconds) < 12 else 0


def meta_verdict(status: int, headers: Mapping[str, str], body: bytes, provider_id: str) -> Verdict:
    """By Meta's own code, whatever the status; ``provider_id`` is what a success has named."""
    if 200 <= status < 300:
        fate = Fate.SENT if provider_id else Fate.DOUBTFUL
        return Verdict(fate, provider_id, f"Meta answers {status}")
    error = told_in(body).get("error")
    error = error if isinstance(error, dict) else {}
    code, subcode = error.get("code"), error.get("error_subcode")
    reason = f"Meta answers {status}" + "".join(
        f", {name} {found}" for name, found in (("error", code), ("subcode", subcode)) if found
    )
    is_late = status in {408, 429} or status >= 500 or error.get("is_transient") is True
    if code in _LATER or (is_late and code not in _LOCKED_OUT):
        return Verdict(Fate.LATER, "", reason, retry_after_s(headers))
    if subcode not in _WINDOW_CLOSED and (status == 401 or code in _LOCKED_OUT):
        return Verdict(Fate.LOCKED_OUT, reason=reason)
    return Verdict(Fate.REFUSED, reason=reason)
