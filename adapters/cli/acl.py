"""`onequeue acl`: Redis users that may do what their process does, and nothing else."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated, Any, Final

import typer

from adapters.cli.output import UsageError, error_console, write_json
from adapters.identity.access import Process
from adapters.identity.acl import User, new_password, password_hash

__all__ = ("app",)

app = typer.Typer(add_completion=False, rich_markup_mode=None)


_NEEDS_INBOX: Final = frozenset({Process.GATEWAY})
"""An adapter may add commands and read nothing at all."""


class Form(StrEnum):
    """How users are written."""

    FILE = "file"
    SETUSER = "setuser"


Roles = Annotated[
    list[Process] | None,
    typer.Option("--role", help="For which process; may be repeated.", show_default="all of them"),
]
Tenants = Annotated[
    list[str] | None,
    typer.Option(
        "--tenant",
        metavar="NAME",
        help="May be repeated: one user for all of them.",
        show_default="main",
    ),
]
Inboxes = Annotated[
    list[str] | None,
    typer.Option(
        "--inbox",
        metavar="NAME",
        help="Which inboxes an adapter or a gateway reads; may be repeated.",
    ),
]
UserName = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="One user of this name for all the roles, in place of one for each.",
        show_default="onequeue-<tenant>-<role>",
    ),
]
PasswordHash = Annotated[
    str | None,
    typer.Option(metavar="HASH", help="The SHA-256 of its password (64 hex digits), for one user."),
]
FormOption = Annotated[
    Form, typer.Option("--format", help="Lines of an ACL file, or commands for redis-cli.")
]


@app.command()
def acl(
    *,
    role: Roles = None,
    tenant: Tenants = None,
    inbox: Inboxes = None,
    user: UserName = None,
    password_sha256: PasswordHash = None,
    form: FormOption = Form.FILE,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
) -> None:
    """Write Redis users with the least rights that each process needs. Nothing is changed.

    Passwords are made at random and told once, on standard error (with --json: beside the user);
    the lines hold their SHA-256 only. A random password is what makes that safe: Redis hashes fast.

    \b
    Examples:
      onequeue acl > users.acl
      onequeue acl --role router --role api --tenant sales --tenant support
      onequeue acl --role adapter --inbox mail --format setuser | redis-cli
      onequeue acl --role api --role eraser --user front
      onequeue acl --role auditor --user checker --password-sha256 "$HASH"
    """
    if user and not role:
        raise UsageError("--user is one user: say with --role what for")
    roles, tenants = role or _whole(inbox), tuple(tenant or ["main"])
    together = [tuple(roles)] if user else [(process,) for process in roles]
    if len(together) > 1 and password_sha256:
        raise UsageError("--password-sha256 is one user's: name one --role, or one --user for all")
    for processes in together:
        _check_inboxes(processes, inbox)
        password = None if password_sha256 else new_password()
        hashed = password_sha256 or password_hash(password or "")
        name = user or f"onequeue-{tenants[0]}-{processes[0]}"
        made = User(name, processes, tenants, hashed, tuple(inbox or ()))
        _print(made, password, form, as_json=as_json)


def _whole(inbox: list[str] | None) -> list[Process]:
    return [process for process in Process if inbox or process not in _NEEDS_INBOX]


def _check_inboxes(processes: tuple[Process, ...], inbox: list[str] | None) -> None:
    needing = _NEEDS_INBOX.intersection(processes)
    if needing and not inbox:
        raise UsageError(f"--role {min(needing)} reads inboxes: name them with --inbox")


def _print(user: User, password: str | None, form: Form, *, as_json: bool) -> None:
    if as_json:
        told: dict[str, Any] = {
            "user": user.name,
            "roles": user.processes,
            "tenants": user.tenants,
            "password": password,
            "line": user.line(),
        }
        write_json(told)
        return
    sys.stdout.write((user.line() if form is Form.FILE else _setuser(user)) + "\n")
    if password:
        error_console().print(f"password of {user.name}: {password}", markup=False)


def _setuser(user: User) -> str:
    words = " ".join(f'"{rule}"' if rule.startswith("(") else rule for rule in user.rules())
    return f"ACL SETUSER {user.name} {words}"
