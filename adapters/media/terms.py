"""What an adapter's file says of the interactions that its messages begin: checked before any
comes, or each of them would be refused."""

from __future__ import annotations

from typing import Annotated, Any, Final, TypeAlias

import msgspec
from pydantic import AfterValidator

from adapters.documents.faults import near
from adapters.documents.levels import numbered
from router import commands
from router.command_terms import CommandBase

__all__ = ("InteractionTerms",)

OF_THE_MESSAGE: Final = frozenset(
    {"interaction_id", "channel", "customer_id", "conversation_id", "link"}
)
OF_THE_COMMAND: Final = frozenset(field.name for field in msgspec.structs.fields(CommandBase))
FIELDS: Final = (
    frozenset(field.name for field in msgspec.structs.fields(commands.Create))
    - OF_THE_MESSAGE
    - OF_THE_COMMAND
)
"""Fields of `create` that may be said (docs/protocol.md)."""


class _Attributes(msgspec.Struct):
    """What is packed in the command, and a map here."""

    attributes: dict[str, Any] = {}


def _checked(terms: dict[str, Any]) -> dict[str, Any]:
    for name in terms:
        if name not in FIELDS:
            hint = near(name, FIELDS)
            raise ValueError(f"there is no field {name!r}" + (f" ({hint})" if hint else ""))
    told = {name: value for name, value in terms.items() if name != "attributes"}
    if "requirements" in told:
        told["requirements"] = numbered(told["requirements"])
    try:
        msgspec.convert(terms, _Attributes)
        # not strictly: in a document every value is a text
        made = msgspec.convert(
            {**told, "interaction_id": "i", "channel": "c"}, commands.Create, strict=False
        )
    except msgspec.ValidationError as error:
        raise ValueError(str(error).replace("`", "'").replace("$.", "")) from None
    return terms | {name: _plain(getattr(made, name)) for name in told}


def _plain(value: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value))


InteractionTerms: TypeAlias = Annotated[dict[str, Any], AfterValidator(_checked)]
"""Fields of `create` for what a message begins: queue, priority, requirements …"""
