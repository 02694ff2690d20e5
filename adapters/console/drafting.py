"""What the pages about drafts have in common: a draft with what may be done with it, and the words
of the terms that make an agent the better one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from adapters.client.draft_models import Draft, DraftChanges, WholeDraft
from adapters.console.visit import Visit
from adapters.identity.permissions import Permission

__all__ = (
    "STATES",
    "TERMS",
    "Bench",
    "Term",
    "bench_of",
    "fault_words",
    "shares",
    "slider_step",
    "step_words",
    "value_text",
)

VALUE_CHARACTERS_MAX: Final = 120


@dataclass(frozen=True, slots=True)
class Term:
    """One term of the pair score, in words."""

    name: str
    label: str
    meaning: str
    low: str
    high: str


TERMS: Final = (
    Term(
        "skill",
        "Skill",
        "How well the agent's levels fit what is asked for.",
        "lacks what was only wished for",
        "has the highest level of every skill",
    ),
    Term(
        "history",
        "History",
        "How well the agent knows this customer: was the last one, owns the account, did well.",
        "has never met them",
        "owns the account",
    ),
    Term(
        "load",
        "Free room",
        "How much of the agent's capacity is free, over all media.",
        "has no room left",
        "has nothing in hand",
    ),
    Term(
        "idle",
        "Idle time",
        "How long the agent has had nothing new; half after the time set below.",
        "has just had something",
        "has waited for very long",
    ),
    Term(
        "scarcity",
        "Keep the rare free",
        "How easily others could stand in for the agent.",
        "nobody else could do what waits",
        "many others could",
    ),
)

STATES: Final[Mapping[str, tuple[str, str]]] = {
    "open": ("Open", ""),
    "submitted": ("Submitted", "busy"),
    "scheduled": ("Scheduled", "busy"),
    "applying": ("Being applied", "warn"),
    "applied": ("Applied", "good"),
}
"""What a state is called, and the tone of its badge."""


@dataclass(frozen=True, slots=True)
class Bench:
    """A draft, and what whoever looks may do with it."""

    visit: Visit
    draft: Draft
    changes: DraftChanges | None = None

    @property
    def path(self) -> str:
        """Where it is."""
        return f"/drafts/{self.draft.id}"

    @property
    def may_edit(self) -> bool:
        """Whether it can be changed, and by whoever looks."""
        return self.visit.may(Permission.POLICY_DRAFT) and self.draft.state in {"open", "submitted"}

    @property
    def may_submit(self) -> bool:
        """Whether it can be handed in."""
        return self.visit.may(Permission.POLICY_DRAFT) and self.draft.state == "open"

    @property
    def may_cancel(self) -> bool:
        """Whether its time can be taken away."""
        return self.visit.may(Permission.POLICY_DRAFT) and self.draft.state == "scheduled"

    @property
    def may_approve(self) -> bool:
        """Whether whoever looks can agree: they have not worked on it, nor agreed before."""
        is_asked = self.draft.state in {"submitted", "scheduled"}
        own = {*self.draft.authors, *(each.by for each in self.draft.approvals)}
        may = self.visit.may(Permission.POLICY_APPROVE)
        return is_asked and may and self.visit.viewer.name not in own

    @property
    def may_reject(self) -> bool:
        """Whether it can be sent back."""
        is_asked = self.draft.state in {"submitted", "scheduled"}
        return is_asked and self.visit.may(Permission.POLICY_APPROVE)

    @property
    def may_apply(self) -> bool:
        """Whether it can be put in force."""
        return (
            self.visit.may(Permission.POLICY_WRITE)
            and self.draft.state == "submitted"
            and self.draft.is_approved
            and not self.draft.is_outdated
        )

    @property
    def may_preview(self) -> bool:
        """Whether it can be tried on recorded traffic."""
        return self.visit.may(Permission.POLICY_PREVIEW) and self.draft.state != "applied"

    @property
    def waits_for(self) -> str:
        """What has to happen before it is in force."""
        draft = self.draft
        if draft.is_outdated:
            return f"Version {draft.version_in_force} came into force since: rebase it first."
        if draft.state == "open":
            return "Not handed in yet." if draft.is_valid else "Its faults must be mended first."
        lacking = draft.approvals_required - len(draft.approvals)
        if draft.state in {"submitted", "scheduled"} and lacking > 0:
            people = "one more person" if lacking == 1 else f"{lacking} more people"
            return f"Waits for the approval of {people}."
        if draft.state != "submitted":
            return ""
        if self.visit.may(Permission.POLICY_WRITE):
            return "Ready to be applied."
        return f"Ready to be applied, by somebody with the permission {Permission.POLICY_WRITE}."


async def bench_of(visit: Visit, draft_id: str) -> tuple[Bench, WholeDraft]:
    """A draft with its document and its differences."""
    draft = await visit.queue.drafts.get(draft_id)
    await visit.people.meet(*draft.authors, *(each.by for each in draft.approvals), draft.detail)
    return Bench(visit, draft, await visit.queue.drafts.changes(draft_id)), draft


def shares(weights: Mapping[str, Any]) -> dict[str, float]:
    """What part of the whole each term has, from 0 to 1; what is no number counts as nothing."""
    known = {
        term.name: float(value)
        for term in TERMS
        if isinstance(value := weights.get(term.name), int | float) and value > 0
    }
    total = sum(known.values())
    return {term.name: known.get(term.name, 0.0) / total if total else 0.0 for term in TERMS}


def slider_step(value: Any) -> float:
    """A step that a slider can take without changing what it shows."""
    is_tenths = isinstance(value, int | float) and value * 10 % 1 == 0
    return 0.1 if is_tenths else 0.001


def value_text(value: Any) -> str:
    """A value of a document in a few words."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, Mapping):
        told = ", ".join(
            f"{name}: {value_text(one)}"
            for name, one in value.items()
            if one not in ({}, [], "", None)
        )
    elif isinstance(value, Sequence) and not isinstance(value, str):
        told = ", ".join(map(value_text, value)) or "none"
    else:
        told = str(value)
    return told if len(told) <= VALUE_CHARACTERS_MAX else told[: VALUE_CHARACTERS_MAX - 1] + "…"


def fault_words(detail: str) -> str:
    """What is wrong with a field, as one says it beside the field."""
    return detail.partition(", unable to")[0].replace("Input should be", "This should be")


def step_words(step: Mapping[str, Any]) -> str:
    """What a step of a workflow does, in a sentence."""
    told = list(_deeds(step))
    end = "for good"
    if step.get("until_s") is not None:
        end = f"until it is {value_text(step['until_s'])} s old"
    elif step.get("until_target") is not None:
        end = f"until {value_text(step['until_target'])} of its target is used up"
    if step.get("queue") or step.get("divert"):
        end = "at once"
    what = "; ".join(told) or "as it came"
    return f"{what[:1].upper()}{what[1:]}, {end}."


def _deeds(step: Mapping[str, Any]) -> Iterator[str]:
    if step.get("only"):
        yield "kept for the agents who know the customer"
    for name, words in _DEEDS.items():
        if step.get(name):
            yield f"{words} {_named(step[name])}"
    for skill, levels in (step.get("lower") or {}).items():
        yield f"{skill} lowered by {value_text(levels)}"
    if step.get("expedite"):
        yield "highest priority"
    if step.get("skip_if"):
        yield f"passed over if {value_text(step['skip_if'])}"


def _named(value: Any) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(
            one.get("skill") or one.get("expression") or value_text(one)
            if isinstance(one, Mapping)
            else str(one)
            for one in value
        )
    return value_text(value)


_DEEDS: Final[Mapping[str, str]] = {
    "require": "asks for",
    "drop": "asks no more for",
    "widen": "also those with",
    "add": "asks as well for",
    "pool": "also the pool",
    "priority": "priority up by",
    "tell": "tells",
    "queue": "moves it to the queue",
    "divert": "sends it out to",
}
