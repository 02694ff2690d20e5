"""Policy files as the command line reads them, and their faults as it tells them."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import typer

from adapters.cli.output import Exit, error_console, write_json
from adapters.documents.faults import Fault
from adapters.documents.policy_file import (
    CheckedPolicy,
    PolicyFileError,
    check_policy,
    parse_policy_text,
)
from router.policy import Policy

__all__ = ("checked_as_json", "fault_text", "read_policy", "tell_faults", "valid_policy")


def read_policy(file: str) -> CheckedPolicy:
    """A policy file, or (-) standard input. Raises :class:`PolicyFileError`."""
    if file == "-":
        return parse_policy_text(sys.stdin.buffer.read(), "-")
    return check_policy(Path(file))


def valid_policy(file: str, *, code: Exit = Exit.BAD) -> Policy:
    """The policy of a file. When it is not valid, its faults are told and the command ends with
    ``code``."""
    try:
        return read_policy(file).policy
    except PolicyFileError as error:
        tell_faults(file, error.faults, as_json=False)
        raise typer.Exit(code) from None


def tell_faults(file: str, faults: list[Fault], *, as_json: bool) -> None:
    """Print every fault of a file, for people or for programs."""
    if as_json:
        write_json(checked_as_json(file, faults, None))
        return
    for fault in faults:
        error_console().print(
            f"{file}:{fault.line}:{fault.column}: error: {fault_text(fault)}", markup=False
        )
    count = "1 error" if len(faults) == 1 else f"{len(faults)} errors"
    error_console().print(f"{file}: not valid, {count}", markup=False, style="red")


def fault_text(fault: Fault) -> str:
    """A fault without its place."""
    return str(fault).split(": ", 1)[1]


def checked_as_json(file: str, faults: list[Fault], policy: Policy | None) -> dict[str, object]:
    """What a check has found, for a program."""
    told: dict[str, object] = {"file": file, "valid": policy is not None}
    told["warnings" if policy else "errors"] = [dataclasses.asdict(fault) for fault in faults]
    if policy is not None:
        told["policy"] = {
            "name": policy.name,
            "channels": list(policy.channels),
            "queues": list(policy.queues),
            "default_queue": policy.default_queue,
            "skills": list(policy.skills),
        }
    return told
