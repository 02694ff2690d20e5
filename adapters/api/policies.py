"""The policy: the one in force, its versions, what another would change, and its replacement."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query
from msgspec import Struct, field
from starlette.requests import Request
from starlette.responses import Response

from adapters.api.access import Access, allowed
from adapters.api.answers import answer, tagged
from adapters.api.auditing import audited
from adapters.api.bodies import Body, body_of
from adapters.api.carrying_out import carry_out, decided
from adapters.api.conditions import ANY_VERSION, asked_version, at_least
from adapters.api.description import Operation, describe
from adapters.api.paging import LIMIT, Page, key_of, next_link
from adapters.api.past import policy_version, policy_versions
from adapters.api.problems import Fault, ProblemError
from adapters.api.reports import ask_past
from adapters.api.requests import Limit, MinPosition, read_body
from adapters.documents.doubts import doubts
from adapters.identity.permissions import Permission
from adapters.policies.differences import ABSENT, Change, changes
from router import commands
from router.errors import PolicyError, PolicyProblem
from router.policy import Policy, parse_policy

__all__ = ("EXAMPLE", "parsed_policy", "router")

router = APIRouter(prefix="/v1", tags=["policy"])

Read = Annotated[Access, Depends(allowed(Permission.POLICY_READ))]
Write = Annotated[Access, Depends(allowed(Permission.POLICY_WRITE))]
Version = Annotated[int, Path(ge=1, le=2**53)]
AskedVersion = Annotated[int | None, Query(ge=1, le=2**53)]

NEWEST: Final = 2**53
FAULTS_TOLD_MAX: Final = 100

EXAMPLE: Final[dict[str, Any]] = {
    "policy": {
        "channels": {"voice": {"exclusive": True, "target_s": 20}, "chat": {"cost": 30}},
        "queues": {"general": {}},
        "default_queue": "general",
    },
    "comment": "chat and voice",
}


class PolicyView(Struct, frozen=True, kw_only=True):
    """A policy that is, or was, in force; ``policy`` is the whole document (docs/policy.md)."""

    version: int
    policy: dict[str, Any]
    record_id: str = ""
    now_ms: int = 0
    changed_by: str = ""
    comment: str = ""


class VersionView(Struct, frozen=True, kw_only=True):
    """A version of the policy: the record that brought it into force, when, by whom, and why."""

    version: int
    record_id: str
    now_ms: int
    changed_by: str
    comment: str


class ChangeView(Struct, frozen=True, omit_defaults=True):
    """What differs: ``before`` is absent where something is new, ``after`` where it is gone."""

    path: str
    before: Any = None
    after: Any = None
    is_new: bool = False
    is_gone: bool = False


class CheckView(Struct, frozen=True, kw_only=True):
    """Whether a document would be taken: its faults, what can hardly be meant, and what it would
    change."""

    is_valid: bool
    errors: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)
    changes: list[ChangeView] = field(default_factory=list)


class CheckBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A policy document that is to be looked at."""

    policy: dict[str, Any]


_replace: Final = body_of(commands.ReplacePolicy, ("changed_by",))
_check: Final = Body(CheckBody)


@router.get(
    "/policy",
    **describe(
        Operation(
            summary="Show the policy in force",
            description="Its ETag is for If-Match of a PUT.",
            answers=PolicyView,
            is_tagged=True,
        )
    ),
)
async def get_policy(access: Read, min_position: MinPosition = None) -> Response:
    """The policy in force."""
    await at_least(access, min_position)
    return _in_force(access)


@router.put(
    "/policy",
    **describe(
        Operation(
            summary="Put a policy in force",
            description="The whole document. Answered when it is in force, which takes a while on "
            "a large floor. If-Match is looked at before it is sent: of two who change it at the "
            "same moment, both may pass.",
            answers=PolicyView,
            body=_replace.kind,
            body_examples={"example": EXAMPLE},
            codes=("policy_invalid", "policy_conflict"),
            has_version=True,
            is_tagged=True,
            is_write=True,
            action="policy.replace",
        )
    ),
)
async def put_policy(request: Request, access: Write) -> Response:
    """Check a document, and have the router put it in force."""
    body: Any = await read_body(request, _replace)
    state = access.hosted.projection.state
    if asked_version(access) not in {None, ANY_VERSION, str(state.policy_version)}:
        detail = f"version {state.policy_version} is in force"
        raise ProblemError("version_mismatch", detail, version=str(state.policy_version))
    document = (await asyncio.to_thread(parsed_policy, body.policy)).model_dump(mode="json")
    command = {
        "type": "replace_policy",
        **_replace.terms(body),
        "policy": document,
        "changed_by": access.principal.subject[:128],
    }
    entry = audited(access, "policy", before=state.policy, after=document)
    verdict = await carry_out(
        access, command, body_bytes=len(await request.body()), audit=entry, is_slow=True
    )
    return _in_force(access, decided(verdict))


@router.post(
    "/policy/check",
    **describe(
        Operation(
            summary="Check a policy without putting it in force",
            description="Also what it would change of the one in force.",
            answers=CheckView,
            body=CheckBody,
            body_examples={"example": {"policy": EXAMPLE["policy"]}},
            is_write=True,
        )
    ),
)
async def check_policy(request: Request, access: Read) -> Response:
    """What the router would say of a document, and what a person should look at."""
    body: CheckBody = await read_body(request, _check)
    in_force = access.hosted.projection.state.policy
    return answer(access, await asyncio.to_thread(_checked, body.policy, in_force))


@router.get(
    "/policy/versions",
    **describe(
        Operation(
            summary="List the versions of the policy",
            description="Those that the history holds, the newest first.",
            answers=Page[VersionView],
            codes=("too_much",),
        )
    ),
)
async def list_versions(
    request: Request, access: Read, limit: Limit = LIMIT, cursor: str | None = None
) -> Response:
    """A page of versions."""
    before = key_of(cursor, int, NEWEST)
    found = await ask_past(access, policy_versions, before, limit)
    more = found[-1]["version"] if len(found) == limit and found[-1]["version"] > 1 else None
    link = None if more is None else next_link(request, more)
    return answer(access, Page(items=found, next=link))


@router.get(
    "/policy/versions/{version}",
    **describe(
        Operation(
            summary="Show a version of the policy",
            answers=PolicyView,
            codes=("unknown_version", "too_much"),
            is_tagged=True,
        )
    ),
)
async def get_version(version: Version, access: Read) -> Response:
    """One version, with its document."""
    found = await ask_past(access, policy_version, version)
    return tagged(access, PolicyView(policy=found.pop("document"), **found), str(version))


@router.get(
    "/policy/changes",
    **describe(
        Operation(
            summary="How two versions of the policy differ",
            description="Field by field; without `after`, how the one in force differs from it.",
            answers=list[ChangeView],
            codes=("unknown_version", "too_much"),
        )
    ),
)
async def list_changes(
    access: Read,
    before: Annotated[int, Query(ge=1, le=2**53)],
    after: AskedVersion = None,
) -> Response:
    """What was changed from one version to another."""
    first = (await ask_past(access, policy_version, before))["document"]
    second = access.hosted.projection.state.policy
    if after is not None:
        second = (await ask_past(access, policy_version, after))["document"]
    return answer(access, [_change(each) for each in changes(first, second)])


def _in_force(access: Access, headers: dict[str, str] | None = None) -> Response:
    state = access.hosted.projection.state
    view = PolicyView(version=state.policy_version, policy=state.policy)
    return tagged(access, view, str(state.policy_version), headers=headers)


def parsed_policy(document: dict[str, Any]) -> Policy:
    """The policy in a document. Raises :class:`ProblemError`."""
    try:
        return parse_policy(document)
    except PolicyError as error:
        faults = [_fault(each, "/policy") for each in error.problems[:FAULTS_TOLD_MAX]]
        raise ProblemError("policy_invalid", str(error), errors=faults) from None


def _checked(document: dict[str, Any], in_force: dict[str, Any]) -> CheckView:
    try:
        policy = parse_policy(document)
    except PolicyError as error:
        faults = [_fault(each, "/policy") for each in error.problems[:FAULTS_TOLD_MAX]]
        return CheckView(is_valid=False, errors=faults)
    warnings = [
        _fault(PolicyProblem(tuple(path), message), "/policy") for path, message in doubts(policy)
    ]
    found = changes(in_force, policy.model_dump(mode="json"))
    return CheckView(is_valid=True, warnings=warnings, changes=[_change(each) for each in found])


def _fault(problem: PolicyProblem, within: str) -> Fault:
    parts = (str(part).replace("~", "~0").replace("/", "~1") for part in problem.path)
    return Fault(problem.message, pointer="/".join((within, *parts)))


def _change(change: Change) -> ChangeView:
    return ChangeView(
        path=change.path,
        before=None if change.before is ABSENT else change.before,
        after=None if change.after is ABSENT else change.after,
        is_new=change.before is ABSENT,
        is_gone=change.after is ABSENT,
    )
