"""`onequeue policy versions | show | diff | apply | rollback`: the policy of a running router."""

from __future__ import annotations

import getpass
import sys
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from adapters.audit.values import changed_part
from adapters.cli.acting import acting_entry
from adapters.cli.connection import RedisOption, TenantOption
from adapters.cli.draft_options import CommentOption, JsonOption, tell_changes
from adapters.cli.history import ArchiveOption, opened_history, server_of
from adapters.cli.output import Exit, UsageError, console, error_console, write_json
from adapters.cli.policy_file import valid_policy
from adapters.documents.policy_yaml import policy_yaml
from adapters.drafts.draft import required_approvals
from adapters.history import History
from adapters.history.errors import REMEDY
from adapters.policies.application import replace_policy
from adapters.policies.differences import changes
from adapters.policies.versions import PolicyVersion, UnknownVersion, newest_first, version_of
from adapters.redis.keys import Keys
from router.errors import PolicyError
from router.policy import Policy, parse_policy

__all__ = ("apply", "diff", "rollback", "show", "versions")

ByOption = Annotated[
    str, typer.Option("--by", help="Who changes it.", show_default="the user of this computer")
]
WaitOption = Annotated[
    float, typer.Option("--wait-s", min=0.1, help="How long to wait for the router's answer.")
]
ReclassifyOption = Annotated[
    bool,
    typer.Option("--reclassify", help="Classify what waits anew, and begin its workflow again."),
]
WithoutOption = Annotated[
    bool,
    typer.Option(
        "--without-approval", help="Although the policy in force requires approvals of a draft."
    ),
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")]


def versions(
    *,
    as_json: JsonOption = False,
    redis_option: RedisOption = None,
    tenant: TenantOption = "main",
    archive: ArchiveOption = None,
) -> None:
    """List the versions of the policy that the journal holds, the one in force first.

    \b
    Examples:
      onequeue policy versions
      onequeue policy versions --json
    """
    with opened_history(redis_option, tenant, archive) as history:
        found = list(newest_first(history))
        whole = history.is_whole()
    if not found:
        raise UnknownVersion(None, (), whole=whole)
    if as_json:
        write_json([one._asdict() | {"document": None} for one in found])
        return
    for one in found:
        by = f" by {one.changed_by}" if one.changed_by else ""
        comment = f": {one.comment}" if one.comment else ""
        console().print(f"{one.version:>4}  {_time(one)}{by}{comment}", markup=False)
    if not whole:
        error_console().print(f"earlier ones have been trimmed: {REMEDY}", markup=False)


def show(
    version: Annotated[
        int | None, typer.Argument(help="Which one; the one in force if left out.")
    ] = None,
    *,
    as_json: JsonOption = False,
    redis_option: RedisOption = None,
    tenant: TenantOption = "main",
    archive: ArchiveOption = None,
) -> None:
    """Print the policy in force, or an earlier version, as YAML.

    \b
    Examples:
      onequeue policy show > center.yaml
      onequeue policy show 3
    """
    with opened_history(redis_option, tenant, archive) as history:
        found = version_of(history, version)
    if as_json:
        write_json(found._asdict())
        return
    sys.stdout.write(f"# version {found.version}, {_time(found)}\n")
    sys.stdout.write(policy_yaml(Policy.model_validate(found.document)))


def diff(
    before: Annotated[str, typer.Argument(help="A version (a number) or a policy file.")],
    after: Annotated[
        str | None, typer.Argument(help="The same; the version in force if left out.")
    ] = None,
    *,
    as_json: JsonOption = False,
    redis_option: RedisOption = None,
    tenant: TenantOption = "main",
    archive: ArchiveOption = None,
) -> None:
    """Say how two policies differ, field by field.

    With one argument, how it differs from the policy in force: what applying it would change.

    \b
    Examples:
      onequeue policy diff center.yaml      what would applying this file change?
      onequeue policy diff 3 4              what did version 4 change?
      onequeue policy diff old.yaml new.yaml

    Exits with 0 when they are the same, 1 when they differ, 2 when one cannot be read.
    """
    where = _Where(redis_option, tenant, archive)
    first = _document(before, where)
    if after is None:
        with where.opened() as history:
            in_force = version_of(history, None).document
        found = list(changes(in_force, first))
    else:
        found = list(changes(first, _document(after, where)))
    tell_changes(found, as_json=as_json)
    raise typer.Exit(Exit.BAD if found else Exit.OK)


def apply(
    file: Annotated[str, typer.Argument(help="The policy file (YAML); - reads standard input.")],
    *,
    comment: CommentOption = "",
    by: ByOption = "",
    reclassify: ReclassifyOption = False,
    without_approval: WithoutOption = False,
    dry_run: DryRunOption = False,
    wait_s: WaitOption = 60.0,
    redis_option: RedisOption = None,
    tenant: TenantOption = "main",
    archive: ArchiveOption = None,
) -> None:
    """Put a policy file in force, after a check; say what changes.

    \b
    Examples:
      onequeue policy apply center.yaml --comment "experts first on Mondays"
      onequeue policy apply center.yaml --dry-run
      onequeue policy apply center.yaml --reclassify

    Exits with 0 when it is in force (or was before), 1 when the file is not valid or the router
    refuses it, 2 when no router answers.
    """
    document = valid_policy(file).model_dump(mode="json")
    change = _Change(document, by or _user(), comment, reclassify)
    with opened_history(redis_option, tenant, archive) as history:
        if not (without_approval or dry_run):
            _require_no_approvals(_in_force(history))
        _put_in_force(history, change, wait_s, dry_run=dry_run)


def rollback(
    version: Annotated[int, typer.Argument(help="The version to return to.")],
    *,
    comment: CommentOption = "",
    by: ByOption = "",
    reclassify: ReclassifyOption = False,
    dry_run: DryRunOption = False,
    wait_s: WaitOption = 60.0,
    redis_option: RedisOption = None,
    tenant: TenantOption = "main",
    archive: ArchiveOption = None,
) -> None:
    """Put an earlier version in force again, as a new version; say what changes.

    \b
    Examples:
      onequeue policy rollback 3
      onequeue policy rollback 3 --dry-run
    """
    comment = comment or f"back to version {version}"
    with opened_history(redis_option, tenant, archive) as history:
        # who must approve is not taken back with the rest
        approvals = {"approvals": _in_force(history).get("approvals")}
        document = version_of(history, version).document | approvals
        change = _Change(document, by or _user(), comment, reclassify)
        _put_in_force(history, change, wait_s, dry_run=dry_run)


class _Where(NamedTuple):
    """Which history is meant."""

    redis_option: str | None
    tenant: str
    archive: Path | None

    def opened(self) -> AbstractContextManager[History]:
        """That history."""
        return opened_history(*self)


class _Change(NamedTuple):
    """What shall be in force, who says so, and why."""

    document: dict[str, Any]
    changed_by: str
    comment: str
    reclassify: bool


def _put_in_force(history: History, change: _Change, wait_s: float, *, dry_run: bool) -> None:
    client = server_of(history, "changing the policy")
    in_force = _in_force(history)
    found = list(changes(in_force, change.document))
    if not (found or change.reclassify):
        console().print("it is in force already")
        return
    tell_changes(found, as_json=False)
    if not found:
        console().print("nothing changes but what waits: it is classified anew")
    if dry_run:
        return
    was, becomes = changed_part(in_force, change.document)
    entry = acting_entry("policy.replace", "policy", before=was, after=becomes)
    answer = replace_policy(
        client,
        Keys(history.tenant),
        **change._asdict(),
        wait_s=wait_s,
        audit=entry.to_bytes(),
    )
    if answer.code:
        error_console().print(f"refused ({answer.code}): {answer.detail}", markup=False)
        raise typer.Exit(Exit.BAD)
    version = version_of(history, None).version
    console().print(f"version {version} is in force")


def _in_force(history: History) -> dict[str, Any]:
    """The document in force; empty where that is not known."""
    try:
        return version_of(history, None).document
    except UnknownVersion as error:
        if not error.whole:
            error_console().print(f"what changes cannot be told: {error}", markup=False)
        return {}


def _require_no_approvals(in_force: dict[str, Any]) -> None:
    required = required_approvals(in_force)
    if required:
        raise UsageError(
            f"the policy in force requires {required} to approve: hand in a draft "
            "(onequeue policy drafts create), or say --without-approval"
        )


def _document(which: str, where: _Where) -> dict[str, Any]:
    if which.isdecimal():
        with where.opened() as history:
            document = version_of(history, int(which)).document
    else:
        document = valid_policy(which, code=Exit.USAGE).model_dump(mode="json")
    try:
        # versions of earlier releases lack fields that have a default by now
        return parse_policy(document).model_dump(mode="json")
    except PolicyError:
        return document


def _time(version: PolicyVersion) -> str:
    return f"{datetime.fromtimestamp(version.now_ms / 1_000, UTC):%Y-%m-%d %H:%M:%S} UTC"


def _user() -> str:
    try:
        return getpass.getuser()[:128]
    except (OSError, KeyError):
        return ""
