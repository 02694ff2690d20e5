"""What every element of a policy document is made of: names, numbers, and no unknown fields."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from router import limits

__all__ = (
    "DAY_S",
    "NUMBER",
    "Element",
    "Inbox",
    "Instructions",
    "Label",
    "Name",
    "Points",
    "Share",
    "Target",
    "Text",
    "Weight",
)

Name = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]*$", max_length=limits.IDENTIFIER_MAX),
]


def _not_a_truth_value(value: Any) -> Any:
    if isinstance(value, bool):
        # Python would count true as 1
        raise ValueError("a number is wanted, not true or false")  # noqa: TRY004  # pydantic's way
    return value


NUMBER = BeforeValidator(_not_a_truth_value)
DAY_S = 86_400.0
Target = Annotated[float, Field(ge=0.1, le=366 * DAY_S), NUMBER]
Weight = Annotated[float, Field(ge=0, le=1_000), NUMBER]
Share = Annotated[float, Field(ge=0, le=1), NUMBER]
Label = Annotated[str, Field(max_length=limits.IDENTIFIER_MAX)]
Text = Annotated[str, Field(min_length=1, max_length=limits.IDENTIFIER_MAX)]
Inbox = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")]
Instructions = Annotated[
    dict[Name, Annotated[str, Field(max_length=limits.INSTRUCTION_CHARACTERS_MAX)]],
    Field(max_length=limits.INSTRUCTIONS_MAX),
]
Points = Annotated[int, Field(ge=0, le=limits.PRIORITY_MAX), NUMBER]


class Element(BaseModel):
    """A part of the document: frozen, and without fields that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
