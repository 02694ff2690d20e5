"""What may be said with each request: the fields of docs/protocol.md, typed.

Every write also takes ``if_version`` (where what it is about has one) and ``idempotency_key``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Required, TypedDict

__all__ = (
    "AcceptTerms",
    "ApplicationTerms",
    "ApprovalTerms",
    "AssignTerms",
    "AttributesTerms",
    "CancelTerms",
    "CapacityTerms",
    "ChannelsTerms",
    "CompleteTerms",
    "Conditions",
    "CreateTerms",
    "DeclineTerms",
    "DraftChangeTerms",
    "DraftCheckTerms",
    "DraftConditions",
    "DraftTerms",
    "EndWrapUpTerms",
    "ExtendWrapUpTerms",
    "ForgetTerms",
    "HoldTerms",
    "KeyRotateTerms",
    "KeyTerms",
    "Keyed",
    "LoginTerms",
    "LogoutTerms",
    "MoveTerms",
    "NoteTerms",
    "OfferToTerms",
    "PreviewTerms",
    "RebaseTerms",
    "RejectionTerms",
    "RequeueTerms",
    "RescindTerms",
    "RetryTerms",
    "RollbackTerms",
    "SkillsTerms",
    "StateTerms",
    "SubmissionTerms",
    "SuspendTerms",
    "TransferTerms",
    "TuningTerms",
    "UpdateTerms",
    "WebhookChangeTerms",
    "WebhookDeleteTerms",
    "WebhookReplayTerms",
    "WebhookRotateTerms",
    "WebhookTerms",
)

Availability = Literal["available", "unavailable"]
Asked = Mapping[str, Any]


class Keyed(TypedDict, total=False):
    """``idempotency_key``: sent again with the same key, the request gets the same answer. One is
    made up where none is given."""

    idempotency_key: str


class Conditions(Keyed, total=False):
    """``if_version``: only carried out while what it is about has this version."""

    if_version: str


class CreateTerms(Keyed, total=False):
    """A new interaction."""

    channel: Required[str]
    interaction_id: str
    queue: str
    customer_id: str
    conversation_id: str
    priority: int
    requirements: Sequence[Asked]
    attributes: Asked
    history: Sequence[Asked]
    excluded_agents: Sequence[str]
    origin_ms: int
    target_s: float
    suspension: Asked
    direct: Asked
    link: Asked
    label: str
    producer: str


class UpdateTerms(TypedDict, total=False):
    """What is changed of an interaction."""

    if_version: str
    priority: int
    requirements: Sequence[Asked]
    reason: str


class MoveTerms(Conditions, total=False):
    """In which queue it waits from then on, and why."""

    queue: Required[str]
    reason: str


class CancelTerms(Conditions, total=False):
    """Why the customer gave up."""

    reason: str


class RequeueTerms(Conditions, total=False):
    """Why it goes back, and whether it waits for later."""

    reason: str
    suspension: Asked


class TransferTerms(Conditions, total=False):
    """Who hands it over, and to whom: ``queue``, ``to_agent``, or both."""

    agent_id: Required[str]
    queue: str
    to_agent: str
    at_once: bool
    over_capacity: bool
    priority: int
    requirements: Sequence[Asked]
    reason: str


class SuspendTerms(Conditions, total=False):
    """Until when it is put aside."""

    until_ms: int
    inbox: str
    keep_place: bool
    reason: str


class RetryTerms(Conditions, total=False):
    """When a customer who was not reached is tried again."""

    agent_id: str
    retry_s: int
    inbox: str
    keep_place: bool
    reason: str


class NoteTerms(Keyed, total=False):
    """What is written down, and by whom."""

    text: Required[str]
    author: str


class OfferToTerms(Conditions, total=False):
    """The one agent who is asked."""

    agent_id: Required[str]
    over_capacity: bool
    reason: str


class AssignTerms(OfferToTerms, total=False):
    """The one agent who gets it."""


class LoginTerms(Keyed, total=False):
    """Where an agent works, and what they can do."""

    inbox: str
    encoding: Literal["msgpack", "json"]
    skills: Mapping[str, int | str]
    capacity: int
    maximums: Mapping[str, int]
    share: int
    attributes: Asked
    inactive_skills: Sequence[str]
    closed_channels: Sequence[str]
    profile: str
    state: Availability
    activity: str
    reason: str


class LogoutTerms(Conditions, total=False):
    """Why they leave."""

    reason: str


class StateTerms(TypedDict, total=False):
    """Whether they take work; or an ``activity`` of the policy, which says so."""

    if_version: str
    state: Availability
    activity: str
    reason: str


class SkillsTerms(TypedDict, total=False):
    """All skills of an agent; ``inactive_skills`` do not count for now."""

    if_version: str
    skills: Required[Mapping[str, int | str]]
    inactive_skills: Sequence[str]


class ChannelsTerms(TypedDict, total=False):
    """The channels on which nothing is taken for now."""

    if_version: str
    closed_channels: Required[Sequence[str]]


class AttributesTerms(TypedDict, total=False):
    """All attributes of an agent."""

    if_version: str
    attributes: Required[Asked]


class CapacityTerms(TypedDict, total=False):
    """How much an agent holds."""

    if_version: str
    capacity: int
    maximums: Mapping[str, int]
    share: int


class AcceptTerms(Keyed, total=False):
    """Who accepts."""

    agent_id: Required[str]
    activity: str


class RescindTerms(Keyed, total=False):
    """Why an offer is taken back, and when its agent may be asked again."""

    retry_s: int
    reason: str


class DeclineTerms(Keyed, total=False):
    """Who declines, why, and when they may be asked again."""

    agent_id: Required[str]
    retry_s: int
    reason: str
    activity: str


class HoldTerms(Keyed, total=False):
    """How much longer an offer stands while its medium is being connected."""

    agent_id: Required[str]
    hold_s: Required[int]


class CompleteTerms(Conditions, total=False):
    """Whose conversation is over, and how it came out."""

    agent_id: Required[str]
    outcome: str
    wrap_up: bool
    activity: str


class EndWrapUpTerms(Conditions, total=False):
    """Whose wrap-up is finished."""

    agent_id: Required[str]
    activity: str


class ExtendWrapUpTerms(Conditions, total=False):
    """Whose wrap-up takes longer."""

    agent_id: Required[str]
    extend_s: Required[int]


class WebhookTerms(Keyed, total=False):
    """Where events are posted, and which; ``begin``: ``now``, ``begin`` or a position."""

    url: Required[str]
    filter: Asked
    begin: str
    state: Literal["active", "paused"]
    personal: bool
    concurrency: int
    batch: int
    description: str
    secret: str


class WebhookChangeTerms(TypedDict, total=False):
    """What is to be otherwise of a webhook."""

    if_version: str
    url: str
    filter: Asked
    state: Literal["active", "paused"]
    personal: bool
    concurrency: int
    batch: int
    description: str


class WebhookDeleteTerms(TypedDict, total=False):
    """On which condition a webhook is deleted."""

    if_version: str


class WebhookRotateTerms(Keyed, total=False):
    """For how long the old secret signs too."""

    overlap_s: int
    secret: str


class WebhookReplayTerms(Keyed, total=False):
    """Behind which event to go on: ``now``, ``begin`` or a position."""

    begin: Required[str]


class PreviewTerms(Keyed, total=False):
    """Which policy is tried, on the traffic of which period (ms since 1970)."""

    policy: Asked
    draft_id: str
    from_ms: Required[int]
    to_ms: Required[int]
    seed: int
    replications: int
    name: str


class TuningTerms(Keyed, total=False):
    """What is searched for (an ``objective``, or a ``preset``), on which traffic (a period, or a
    ``scenario``), and for how long."""

    objective: Asked
    preset: str
    scenario: str
    from_ms: int
    to_ms: int
    policy: Asked
    draft_id: str
    knobs: Sequence[Literal["weights", "urgency", "queues", "steps"]]
    trials: int
    seconds: int
    replications: int
    fresh: int
    seed: int
    name: str


class KeyTerms(TypedDict, total=False):
    """What a key is to be."""

    name: Required[str]
    roles: Required[Sequence[str]]
    scopes: Sequence[str]
    agent_id: str
    lifetime_s: int


class KeyRotateTerms(TypedDict, total=False):
    """For how long the old key goes on working, and the new one lasts."""

    overlap_s: int
    lifetime_s: int


class ForgetTerms(TypedDict, total=False):
    """``including_open``: cancel what waits; ``dry_run``: only say what there is."""

    including_open: bool
    dry_run: bool


class DraftConditions(TypedDict, total=False):
    """On which condition a draft is discarded."""

    if_version: str


class DraftTerms(Keyed, total=False):
    """Of what a draft is made (of the policy in force, if nothing is said), and what it is for."""

    policy: Asked
    from_version: int
    title: str
    comment: str


class DraftChangeTerms(TypedDict, total=False):
    """What is to be otherwise of a draft: ``patch`` is a JSON merge patch on its document."""

    if_version: str
    policy: Asked
    patch: Asked
    title: str
    comment: str


class DraftCheckTerms(TypedDict, total=False):
    """What a draft would be."""

    policy: Asked
    patch: Asked


class RebaseTerms(Conditions, total=False):
    """What stands where both have changed a field: by path, and for all others."""

    prefer: Literal["draft", "in_force"]
    choices: Mapping[str, Literal["draft", "in_force"]]


class SubmissionTerms(Conditions, total=False):
    """Why it is wanted."""

    comment: Required[str]


class ApprovalTerms(Keyed, total=False):
    """Which revision was looked at, and what there is to say with it."""

    if_version: Required[str]
    comment: str


class RejectionTerms(Conditions, total=False):
    """Why it goes back."""

    comment: Required[str]


class ApplicationTerms(Conditions, total=False):
    """When (ms since 1970; left out: now), and whether what waits is classified anew."""

    apply_at_ms: int
    reclassify: bool


class RollbackTerms(Conditions, total=False):
    """Which version is to be in force again, and why."""

    version: Required[int]
    comment: str
    reclassify: bool
