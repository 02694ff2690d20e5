"""The edge's rules as one validated document (YAML): who is asked, when, for how long, and what
counts without an answer. docs/edge.md explains every field."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from adapters.edge.answers import Answer
from router import limits
from router.policy.classification import Condition
from router.policy.elements import NUMBER, Element, Name, Points
from router.policy.requirements import Requirements

__all__ = (
    "RULES_MAX",
    "URL_CHARACTERS_MAX",
    "Default",
    "EdgeRules",
    "HeaderName",
    "Rule",
    "SecretSource",
    "Webhook",
    "plain_url",
)

RULES_MAX: Final = 100
HEADERS_MAX: Final = 20
URL_CHARACTERS_MAX: Final = 2_048

_OWN_HEADERS: Final = frozenset({
    "accept", "accept-encoding", "connection", "content-encoding", "content-length",
    "content-type", "expect", "host", "onequeue-signature", "te", "trailer", "transfer-encoding",
    "upgrade", "user-agent",
})  # fmt: skip
"""What the request itself is made of."""


def plain_url(url: str) -> str:
    """The URL, if it may be asked. Raises ``ValueError``."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("this is no URL") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("write https://host/path, or http://… inside your own network")
    if parts.username is not None or parts.password is not None:
        raise ValueError("no user or password in a URL: give a header from a secret")
    if parts.fragment or port == 0 or not re.fullmatch(r"[!-~]+", url):
        raise ValueError("a URL of plain ASCII without spaces, fragment or port 0 is wanted")
    return url


def _free_header(name: str) -> str:
    if name.lower() in _OWN_HEADERS:
        raise ValueError("this header is the edge's own")
    return name


HeaderName = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$"),
    AfterValidator(_free_header),
]


class SecretSource(Element):
    """Where a secret stands: in an environment variable or a file, never in the document."""

    env: Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] | None = None
    file: Annotated[str, Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _one_place(self) -> SecretSource:
        if (self.env is None) == (self.file is None):
            raise ValueError("give env (the name of an environment variable) or file (a path)")
        return self


class Webhook(Element):
    """A URL that is asked by POST; ``secret`` signs the question, ``headers`` come from secrets."""

    url: Annotated[str, Field(max_length=URL_CHARACTERS_MAX), AfterValidator(plain_url)]
    secret: SecretSource | None = None
    headers: Annotated[dict[HeaderName, SecretSource], Field(max_length=HEADERS_MAX)] = Field(
        default_factory=dict
    )
    retries: Annotated[int, Field(ge=0, le=1), NUMBER] = 0


class Default(Element):
    """What is set when nobody has answered; values of attributes are texts."""

    queue: Name | None = None
    priority: Points | None = None
    requirements: Requirements = Field(default_factory=list)
    attributes: Annotated[dict[str, str], Field(max_length=64)] = Field(default_factory=dict)

    def answer(self) -> Answer:
        """As somebody would have answered it."""
        return Answer(
            queue=self.queue,
            priority=self.priority,
            requirements=tuple(each.requirement() for each in self.requirements),
            attributes=dict(self.attributes),
        )


class Rule(Element):
    """One rule: ``when`` somebody is asked (always, if that is left out), and who."""

    name: Annotated[str, Field(min_length=1, max_length=limits.IDENTIFIER_MAX)]
    description: str = ""
    owner: str = ""
    when: Condition | None = None
    webhook: Webhook | None = None
    function: (
        Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_][\w.]*$")] | None
    ) = None
    deadline_s: Annotated[float, Field(ge=0.001, le=30), NUMBER] = 1.0
    concurrency: Annotated[int, Field(ge=1, le=256), NUMBER] = 16
    failures: Annotated[int, Field(ge=1, le=1_000), NUMBER] = 5
    pause_s: Annotated[float, Field(ge=0.1, le=3_600), NUMBER] = 10.0
    default: Default = Default()
    then: Literal["stop", "continue"] = "stop"

    @model_validator(mode="after")
    def _asks_one(self) -> Rule:
        if (self.webhook is None) == (self.function is None):
            raise ValueError("give webhook or function: whom it asks")
        return self


class EdgeRules(Element):
    """The whole document: rules in their order."""

    rules: Annotated[list[Rule], Field(min_length=1, max_length=RULES_MAX)]

    @model_validator(mode="after")
    def _names_differ(self) -> EdgeRules:
        names = [rule.name for rule in self.rules]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            message = f"two rules are named {twice!r}: metrics and log tell them apart by name"
            raise ValueError(message)
        return self
