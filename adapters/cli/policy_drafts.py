"""`onequeue policy drafts`: write, compare, hand in, approve and apply drafts of the policy."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
import typer

from adapters.cli.connection import RedisOption, TenantOption
from adapters.cli.draft_options import (
    CommentOption,
    DraftArgument,
    JsonOption,
    TitleOption,
    Where,
    tell_changes,
)
from adapters.cli.history import ArchiveOption
from adapters.cli.output import Exit, console, error_console, write_json
from adapters.cli.policy_file import valid_policy
from adapters.cli.stats_times import moment_ms_of, zone_of
from adapters.documents.policy_yaml import policy_yaml
from adapters.drafts.draft import Draft
from adapters.drafts.errors import UnresolvedConflicts
from adapters.drafts.merging import Choice
from adapters.policies.differences import changes
from router.errors import PolicyError
from router.policy import parse_policy

__all__ = ("app",)

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Drafts of the policy: write them, compare them, hand them in, approve and apply them.",
)


@app.command()
def create(
    file: Annotated[
        str | None, typer.Argument(help="A policy file (YAML); the policy in force if left out.")
    ] = None,
    *,
    version: Annotated[
        int | None, typer.Option("--version", help="Begin with this earlier version.")
    ] = None,
    title: TitleOption = "",
    redis_option: RedisOption = None,
    tenant: TenantOption = "main",
    archive: ArchiveOption = None,
) -> None:
    """Begin a draft, and print its id.

    \b
    Examples:
      onequeue policy drafts create center.yaml --title "regulars first"
      onequeue policy drafts create --version 3
    """
    where = Where(redis_option, tenant, archive)
    document = None if file is None else valid_policy(file).model_dump(mode="json")
    if version is not None:
        document = where.version(version).document
    in_force = where.in_force()
    made = where.ask(lambda register: register.create(in_force, document, title))
    console().print(made.id, markup=False)


@app.command("list")
def list_(
    *, as_json: JsonOption = False, redis_option: RedisOption = None, tenant: TenantOption = "main"
) -> None:
    """List the drafts, the oldest first, and where each stands.

    \b
    Examples:
      onequeue policy drafts list
      onequeue policy drafts list --json | jq '.[] | select(.state == "submitted")'
    """
    found = Where(redis_option, tenant).ask(lambda register: register.all())
    if as_json:
        write_json([_plain(one) for one in found])
        return
    for one in found:
        console().print(_line(one), markup=False)
    if not found:
        error_console().print(
            "there are none: `onequeue policy drafts create` makes one", markup=False
        )


@app.command()
def show(
    draft: DraftArgument,
    *,
    as_json: JsonOption = False,
    redis_option: RedisOption = None,
    tenant: TenantOption = "main",
) -> None:
    """Print a draft as YAML, with where it stands as comments; with --json all of it.

    \b
    Examples:
      onequeue policy drafts show pd_0123456789abcdef > draft.yaml
    """
    found, documents = Where(redis_option, tenant).ask(lambda register: register.get(draft))
    if as_json:
        write_json(_plain(found) | {"policy": documents.document})
        return
    console().print(f"# {_line(found)}", markup=False)
    for approval in found.approvals:
        console().print(f"# approved by {approval.by} {approval.comment}".rstrip(), markup=False)
    try:
        console().print(policy_yaml(parse_policy(documents.document)), markup=False, end="")
    except PolicyError as error:
        console().print(f"# not valid: {error}", markup=False)


@app.command()
def diff(
    draft: DraftArgument,
    *,
    base: Annotated[
        bool, typer.Option("--base", help="Compare with what it was made from.")
    ] = False,
    as_json: JsonOption = False,
    redis_option: RedisOption = None,
    tenant: TenantOption = "main",
    archive: ArchiveOption = None,
) -> None:
    """Say what applying a draft would change of the policy in force.

    \b
    Examples:
      onequeue policy drafts diff pd_0123456789abcdef
      onequeue policy drafts diff pd_0123456789abcdef --base

    Exits with 0 when nothing would change, 1 when something would.
    """
    where = Where(redis_option, tenant, archive)
    _, documents = where.ask(lambda register: register.get(draft))
    before = documents.base if base else where.in_force().document
    found = list(changes(before, documents.document))
    tell_changes(found, as_json=as_json)
    raise typer.Exit(Exit.BAD if found else Exit.OK)


@app.command()
def change(
    draft: DraftArgument,
    file: Annotated[str, typer.Argument(help="The policy file (YAML); - reads standard input.")],
    *,
    redis_option: RedisOption = None,
    tenant: TenantOption = "main",
) -> None:
    """Put another document in a draft; who has approved it has to look again.

    \b
    Examples:
      onequeue policy drafts change pd_0123456789abcdef draft.yaml
    """
    document = valid_policy(file).model_dump(mode="json")
    where = Where(redis_option, tenant)
    _tell(where.ask(lambda register: register.change(draft, document=document)))


@app.command()
def rebase(
    draft: DraftArgument,
    *,
    prefer: Annotated[
        str | None,
        typer.Option(
            "--prefer", metavar="draft|in-force", help="What stands where both changed a field."
        ),
    ] = None,
    redis_option: RedisOption = None,
    tenant: TenantOption = "main",
    archive: ArchiveOption = None,
) -> None:
    """Put a draft's changes on the policy that is in force by now.

    \b
    Examples:
      onequeue policy drafts rebase pd_0123456789abcdef
      onequeue policy drafts rebase pd_0123456789abcdef --prefer draft

    Exits with 1 when both have changed the same field and --prefer does not say which stands.
    """
    if prefer not in {None, "draft", "in-force"}:
        raise typer.BadParameter("give draft or in-force", param_hint="--prefer")
    chosen: Choice | None = None
    if prefer is not None:
        chosen = "draft" if prefer == "draft" else "in_force"
    where = Where(redis_option, tenant, archive)
    in_force = where.in_force()
    try:
        _tell(where.ask(lambda register: register.rebase(draft, in_force, chosen)))
    except UnresolvedConflicts as error:
        for path in error.paths:
            error_console().print(f"both have changed {path}", markup=False)
        error_console().print("say --prefer draft, or --prefer in-force", markup=False)
        raise typer.Exit(Exit.BAD) from None


@app.command()
def submit(
    draft: DraftArgument,
    *,
    comment: CommentOption,
    redis_option: RedisOption = None,
    tenant: TenantOption = "main",
) -> None:
    """Hand a draft in, with why it is wanted.

    \b
    Examples:
      onequeue policy drafts submit pd_0123456789abcdef -m "regulars waited too long"
    """
    where = Where(redis_option, tenant)
    _tell(where.ask(lambda register: register.submit(draft, comment)))


@app.command()
def approve(
    draft: DraftArgument,
    *,
    revision: Annotated[
        int, typer.Option("--revision", min=1, help="Which one you have looked at (`show`).")
    ],
    comment: Annotated[str, typer.Option("--comment", "-m", help="What there is to say.")] = "",
    redis_option: RedisOption = None,
    tenant: TenantOption = "main",
) -> None:
    """Agree with a draft as it was looked at. Nobody approves what they have worked on.

    \b
    Examples:
      onequeue policy drafts approve pd_0123456789abcdef --revision 3

    Exits with 2 when it has changed since.
    """
    where = Where(redis_option, tenant)
    _tell(where.ask(lambda register: register.approve(draft, revision, comment)))


@app.command()
def reject(
    draft: DraftArgument,
    *,
    comment: Annotated[str, typer.Option("--comment", "-m", help="Why.")],
    redis_option: RedisOption = None,
    tenant: TenantOption = "main",
) -> None:
    """Send a draft back to those who have written it.

    \b
    Examples:
      onequeue policy drafts reject pd_0123456789abcdef -m "chat would wait longer than voice"
    """
    where = Where(redis_option, tenant)
    _tell(where.ask(lambda register: register.reject(draft, comment)))


@app.command()
def apply(
    draft: DraftArgument,
    *,
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="TIME", help="When, as 2026-03-02T08:00; now if left out."),
    ] = None,
    zone: Annotated[str, typer.Option("--zone", help="The time zone of TIME.")] = "UTC",
    reclassify: Annotated[
        bool, typer.Option("--reclassify", help="Classify what waits anew.")
    ] = False,
    wait_s: Annotated[
        float, typer.Option("--wait-s", min=0.1, help="How long to wait for the router's answer.")
    ] = 60.0,
    redis_option: RedisOption = None,
    tenant: TenantOption = "main",
    archive: ArchiveOption = None,
) -> None:
    """Put a draft in force: now, or at a time (an API process does it then).

    \b
    Examples:
      onequeue policy drafts apply pd_0123456789abcdef
      onequeue policy drafts apply pd_0123456789abcdef --at 2026-03-02T06:00 --zone Europe/Berlin

    Exits with 0 when it is in force, or will be, 1 when the router refuses it, 2 when it is not
    ready for that, or no router answers.
    """
    where = Where(redis_option, tenant, archive)
    in_force = where.in_force()
    if at is not None:
        at_ms = moment_ms_of("--at", at, zone_of(zone), round(time.time() * 1_000))
        _tell(where.ask(lambda one: one.schedule(draft, in_force, at_ms, reclassify=reclassify)))
        return
    sent = where.ask(lambda one: one.send(draft, in_force, reclassify=reclassify))
    settled = where.until_settled(sent, wait_s)
    if settled.code:
        error_console().print(f"refused ({settled.code}): {settled.detail}", markup=False)
        raise typer.Exit(Exit.BAD)
    console().print(f"version {settled.version} is in force")


@app.command()
def cancel(
    draft: DraftArgument, *, redis_option: RedisOption = None, tenant: TenantOption = "main"
) -> None:
    """Do not put a draft in force at its time.

    \b
    Examples:
      onequeue policy drafts cancel pd_0123456789abcdef
    """
    _tell(Where(redis_option, tenant).ask(lambda register: register.cancel(draft)))


@app.command()
def discard(
    draft: DraftArgument, *, redis_option: RedisOption = None, tenant: TenantOption = "main"
) -> None:
    """Let go of a draft.

    \b
    Examples:
      onequeue policy drafts discard pd_0123456789abcdef
    """
    Where(redis_option, tenant).ask(lambda register: register.discard(draft))
    console().print(f"{draft} is discarded", markup=False)


def _tell(draft: Draft) -> None:
    console().print(_line(draft), markup=False)


def _line(draft: Draft) -> str:
    told = [draft.id, draft.state, f"revision {draft.revision}"]
    told += [f"of version {draft.base_version}", f"by {draft.made_by}"]
    if draft.version:
        told.append(f"is version {draft.version}")
    if draft.apply_at_ms:
        told.append(
            f"at {datetime.fromtimestamp(draft.apply_at_ms / 1_000, UTC):%Y-%m-%d %H:%M} UTC"
        )
    if draft.approvals:
        told.append(f"{len(draft.approvals)} approved")
    if not draft.is_valid:
        told.append("not valid")
    if draft.code:
        told.append(f"{draft.code}: {draft.detail}")
    return "  ".join([*told, draft.comment or draft.title]).rstrip()


def _plain(draft: Draft) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(draft)
    return {name: told.get(name, getattr(draft, name)) for name in draft.__struct_fields__}
