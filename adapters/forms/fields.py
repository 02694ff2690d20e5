"""The fields of web forms: what may be asked, and what is made of the answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from adapters.forms.windows import CallbackSettings, WindowRefused, callback_terms
from adapters.media.message import ADDRESS_CHARACTERS_MAX, TEXT_CHARACTERS_MAX
from adapters.media.terms import InteractionTerms
from router import limits
from router.errors import CallerError

__all__ = ("DAY", "WINDOW", "FieldSettings", "FormRefused", "FormSettings", "Name", "told_by_form")

DAY: Final = "day"
WINDOW: Final = "window"
"""Fields of every form with a ``callback``."""

FIELDS_MAX: Final = 50
_EMAIL: Final = re.compile(r"[^@\s<>,;]{1,64}@[^@\s<>,;]{1,250}")
_NOT_OF_NUMBERS: Final = re.compile(r"[\s()/.-]")
_NUMBER: Final = re.compile(r"\+?\d{5,15}")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def _origin(text: str) -> str:
    if not re.fullmatch(r"https?://[a-z0-9.:\[\]-]+", text):
        raise ValueError("write https://www.example.org, without a path")
    return text


Name: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,63}$")]
Origin: TypeAlias = Annotated[str, AfterValidator(_origin)]


class FormRefused(CallerError):
    """Answers that cannot be taken: what is wrong, by field; holds nothing of the answers."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(dict(faults))
        self.faults = dict(faults)

    def __str__(self) -> str:
        return "; ".join(f"{name}: {why}" for name, why in self.faults.items())


class FieldSettings(BaseModel):
    """One field; what is no ``line`` is checked, or may be long (``text``)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["line", "text", "email", "phone", "choice", "file"] = "line"
    label: Annotated[str, Field(max_length=200)] = ""
    required: bool = False
    characters_max: Annotated[int, Field(ge=1, le=TEXT_CHARACTERS_MAX)] = 1_000
    choices: Annotated[tuple[str, ...], Field(max_length=100)] = ()
    attribute: bool = False
    """Whether the interaction carries it as an attribute, by which it may be routed."""

    @model_validator(mode="after")
    def _has_choices(self) -> FieldSettings:
        if (self.kind == "choice") != bool(self.choices):
            raise ValueError("choices belong to the kind choice, which needs some")
        return self


class FormSettings(BaseModel):
    """One form, and the interaction that each sending of it begins."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    channel: Annotated[str, Field(min_length=1, max_length=limits.IDENTIFIER_MAX)]
    title: Annotated[str, Field(max_length=200)] = ""
    fields: Annotated[dict[Name, FieldSettings], Field(min_length=1, max_length=FIELDS_MAX)]
    interaction: InteractionTerms = Field(default_factory=dict)
    origins: Annotated[tuple[Origin, ...], Field(max_length=20)] = ()
    """Pages of others that may send it; without any, those of its own server alone."""

    thanks: Annotated[str, Field(pattern=r"^https?://[!-~]{1,2000}$")] | None = None
    """Where a browser is sent afterwards."""

    callback: CallbackSettings | None = None

    @model_validator(mode="after")
    def _own_names(self) -> FormSettings:
        taken = {DAY, WINDOW} & set(self.fields) if self.callback else set()
        if taken:
            raise ValueError(f"a form with a callback has its own {', '.join(sorted(taken))}")
        return self


def told_by_form(form: FormSettings, answers: Mapping[str, str], now_ms: int) -> dict[str, Any]:
    """The fields of the message that these answers are; files come later. Raises
    :class:`FormRefused`."""
    faults = {name: "there is no such field" for name in answers if name not in _names(form)}
    values: dict[str, str] = {}
    for name, field in form.fields.items():
        if field.kind != "file":
            value, fault = _checked(field, answers.get(name, ""))
            values |= {name: value} if value else {}
            faults |= {name: fault} if fault else {}
    terms = dict(form.interaction)
    if form.callback is not None:
        try:
            asked = callback_terms(
                form.callback, answers.get(DAY, ""), answers.get(WINDOW, ""), now_ms
            )
        except WindowRefused as error:
            faults[WINDOW] = str(error)
        else:
            terms |= {**asked, "attributes": {**terms.get("attributes", {}), **asked["attributes"]}}
    if faults:
        raise FormRefused(faults)
    chosen = {name: value for name, value in values.items() if form.fields[name].attribute}
    if chosen:
        terms["attributes"] = {**terms.get("attributes", {}), **chosen}
    text = "\n".join(_lines(form, values, answers))[:TEXT_CHARACTERS_MAX]
    told = {"channel": form.channel, "text": text, "subject": form.title, "interaction": terms}
    sender = _sender(form, values)
    return told | ({"sender": sender} if sender else {})


def _names(form: FormSettings) -> set[str]:
    return {*form.fields, *((DAY, WINDOW) if form.callback else ())}


def _checked(field: FieldSettings, answer: str) -> tuple[str, str]:
    """An answer as it is taken, and what is wrong with it ("": nothing)."""
    value = _CONTROL.sub("", answer.replace("\r\n", "\n")).strip()
    if not value:
        return "", "is required" if field.required else ""
    if len(value) > field.characters_max:
        return "", f"has more than {field.characters_max} characters"
    if field.kind == "choice" and value not in field.choices:
        return "", "is none of its choices"
    if field.kind == "email" and not _EMAIL.fullmatch(value):
        return "", "is no address"
    if field.kind == "phone":
        value = _NOT_OF_NUMBERS.sub("", value)
        return (value, "") if _NUMBER.fullmatch(value) else ("", "is no number")
    return value, "" if field.kind == "text" or "\n" not in value else "has more than one line"


def _lines(form: FormSettings, values: Mapping[str, str], answers: Mapping[str, str]) -> list[str]:
    """What an agent reads; a long text stands below its name."""
    lines = []
    for name, value in values.items():
        label = form.fields[name].label or name
        is_long = form.fields[name].kind == "text"
        lines.append(f"{label}:\n{value}" if is_long else f"{label}: {value}")
    if form.callback is not None:
        lines.append(f"{DAY}: {answers[DAY]}, {answers[WINDOW]} ({form.callback.zone})")
    return lines


def _sender(form: FormSettings, values: Mapping[str, str]) -> dict[str, str] | None:
    """Who sends it: the number of a callback, else an address of mail, else a number."""
    kinds = ("phone", "email") if form.callback else ("email", "phone")
    for kind in kinds:
        for name, value in values.items():
            if form.fields[name].kind == kind:
                medium = {"phone": "phone", "email": "email"}[kind]
                return {"medium": medium, "address": value[:ADDRESS_CHARACTERS_MAX]}
    return None
