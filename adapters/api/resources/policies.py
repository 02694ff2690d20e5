"""The policy: the one in force, its versions, what another would change, and its replacement."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Final, NamedTuple

from fastapi import APIRouter, Depends, Path, Query
from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response

from adapters.api.contract.access import Access, allowed
from adapters.api.contract.answers import answer, tagged
from adapters.api.contract.auditing import audited
from adapters.api.contract.bodies import Body, body_of
from adapters.api.contract.carrying_out import SURELY_SMALL_BYTES, carry_out, decided
from adapters.api.contract.conditions import ANY_VERSION, asked_version, at_least
from adapters.api.contract.description import Operation, describe
from adapters.api.contract.paging import LIMIT, Page, key_of, next_link
from adapters.api.contract.reports import ask_past
from adapters.api.contract.requests import Limit, MinPosition, read_body
from adapters.api.problems import ProblemError
from adapters.api.reading.past import policy_version, policy_versions
from adapters.api.resources.policy_views import (
    ChangeView,
    CheckView,
    change_view,
    faults_of,
    policy_invalid,
)
from adapters.api.resources.policy_yaml import YAML_EXAMPLE, is_yaml, policy_in_yaml
from adapters.drafts.checking import check
from adapters.drafts.draft import required_approvals
from adapters.identity.permissions import Permission
from adapters.policies.differences import changes
from router import commands
from router.errors import PolicyError
from router.policy import Policy, parse_policy

__all__ = ("EXAMPLE", "VersionView", "parsed_policy", "router")

router = APIRouter(prefix="/v1", tags=["policy"])

Read = Annotated[Access, Depends(allowed(Permission.POLICY_READ))]
Write = Annotated[Access, Depends(allowed(Permission.POLICY_WRITE))]
Version = Annotated[int, Path(ge=1, le=2**53)]
Comment = Annotated[str, Query(max_length=1_000, description="Why, where the body does not say.")]
AskedVersion = Annotated[int | None, Query(ge=1, le=2**53)]

NEWEST: Final = 2**53

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


class CheckBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A policy document that is to be looked at."""

    policy: dict[str, Any]


class PolicyRollback(Struct, frozen=True, forbid_unknown_fields=True):
    """Which version is to be in force again, and why."""

    version: Annotated[int, Meta(ge=1, le=2**53)]
    comment: Annotated[str, Meta(max_length=1_000)] = ""
    reclassify: bool = False


class _Asked(NamedTuple):
    """What shall be in force, and why; ``if_version``: only while that one is in force."""

    document: dict[str, Any]
    comment: str
    reclassify: bool
    if_version: str | None


_rollback: Final = Body(PolicyRollback)
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
            description="The whole document: as `policy` of a JSON body, by the schema "
            "`PolicyDocument`, or as a body in YAML, the document itself. Answered when it is in "
            "force, which takes a while on a large floor. With If-Match, of two who change it at "
            "the same moment one is refused. "
            "Where the policy in force requires approvals, it takes a draft.",
            answers=PolicyView,
            body=_replace.kind,
            body_examples={"example": EXAMPLE},
            yaml_example=YAML_EXAMPLE,
            codes=("policy_invalid", "policy_conflict", "approval_required"),
            has_version=True,
            is_tagged=True,
            is_write=True,
            action="policy.replace",
        )
    ),
)
async def put_policy(request: Request, access: Write, comment: Comment = "") -> Response:
    """Check a document, and have the router put it in force."""
    if is_yaml(request):
        body = _replace.kind(policy=await policy_in_yaml(request))
    else:
        body = await read_body(request, _replace)
    _require_no_approvals(access)
    asked = _Asked(
        document=body.policy,
        comment=body.comment or comment,
        reclassify=body.reclassify,
        if_version=asked_version(access),
    )
    return await _put_in_force(access, asked, len(await request.body()))


@router.post(
    "/policy/rollback",
    **describe(
        Operation(
            summary="Put an earlier version of the policy in force again",
            description="As a new version. Nobody has to approve that: it was in force before. "
            "What it says of approvals is not rolled back.",
            answers=PolicyView,
            body=PolicyRollback,
            body_examples={"example": {"version": 3, "comment": "too many declines"}},
            codes=("unknown_version", "too_much", "policy_invalid", "policy_conflict"),
            has_version=True,
            is_tagged=True,
            is_write=True,
            takes_key=True,
            action="policy.rollback",
        )
    ),
)
async def roll_back(request: Request, access: Write) -> Response:
    """An earlier document as a new version."""
    body: PolicyRollback = await read_body(request, _rollback)
    document = (await ask_past(access, policy_version, body.version))["document"]
    approvals = access.hosted.projection.state.policy.get("approvals")
    asked = _Asked(
        document=document | {"approvals": approvals},
        comment=body.comment or f"back to version {body.version}",
        reclassify=body.reclassify,
        if_version=asked_version(access),
    )
    return await _put_in_force(access, asked, SURELY_SMALL_BYTES + 1)


@router.post(
    "/policy/check",
    **describe(
        Operation(
            summary="Check a policy without putting it in force",
            description="Also what it would change of the one in force.",
            answers=CheckView,
            body=CheckBody,
            body_examples={"example": {"policy": EXAMPLE["policy"]}},
            yaml_example=YAML_EXAMPLE,
            is_write=True,
        )
    ),
)
async def check_policy(request: Request, access: Read) -> Response:
    """What the router would say of a document, and what a person should look at."""
    in_force = access.hosted.projection.state.policy
    try:
        document = await _document_in(request)
    except ProblemError as error:
        if error.code != "policy_invalid":
            raise
        return answer(access, CheckView(is_valid=False, errors=error.errors))
    return answer(access, await asyncio.to_thread(_checked, document, in_force))


async def _document_in(request: Request) -> dict[str, Any]:
    if is_yaml(request):
        return await policy_in_yaml(request)
    body: CheckBody = await read_body(request, _check)
    return body.policy


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
    return answer(access, [change_view(each) for each in changes(first, second)])


def _require_no_approvals(access: Access) -> None:
    required = required_approvals(access.hosted.projection.state.policy)
    if required:
        detail = f"{required} must approve a policy: make a draft (/v1/policy/drafts)"
        raise ProblemError("approval_required", detail)


async def _put_in_force(access: Access, asked: _Asked, body_bytes: int) -> Response:
    """Check a document, and have the router put it in force."""
    state = access.hosted.projection.state
    document = (await asyncio.to_thread(parsed_policy, asked.document)).model_dump(mode="json")
    command = {
        "type": "replace_policy",
        "policy": document,
        "changed_by": access.principal.subject[:128],
        "comment": asked.comment,
        "reclassify": asked.reclassify,
    }
    if asked.if_version not in {None, ANY_VERSION}:
        command["if_version"] = asked.if_version
    entry = audited(access, "policy", before=state.policy, after=document)
    verdict = await carry_out(access, command, body_bytes=body_bytes, audit=entry, is_slow=True)
    return _in_force(access, decided(verdict))


def _in_force(access: Access, headers: dict[str, str] | None = None) -> Response:
    state = access.hosted.projection.state
    view = PolicyView(version=state.policy_version, policy=state.policy)
    return tagged(access, view, str(state.policy_version), headers=headers)


def parsed_policy(document: dict[str, Any]) -> Policy:
    """The policy in a document. Raises :class:`ProblemError`."""
    try:
        return parse_policy(document)
    except PolicyError as error:
        raise policy_invalid(error, error.problems) from None


def _checked(document: dict[str, Any], in_force: dict[str, Any]) -> CheckView:
    found = check(document)
    if found.faults:
        return CheckView(is_valid=False, errors=faults_of(found.faults))
    return CheckView(
        is_valid=True,
        warnings=faults_of(found.warnings),
        changes=[change_view(each) for each in changes(in_force, found.document)],
    )
