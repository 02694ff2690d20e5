"""`onequeue policy`: check a file like a compiler, see, compare and replace what is in force."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

from adapters.cli import policy_drafts, policy_versions
from adapters.cli.output import Exit, console, error_console, write_json
from adapters.cli.policy_file import (
    checked_as_json,
    fault_text,
    read_policy,
    tell_faults,
    valid_policy,
)
from adapters.documents.policy_file import PolicyFileError
from adapters.documents.policy_page import policy_page
from adapters.documents.policy_yaml import policy_yaml
from router.policy import Policy, default_policy

__all__ = ("app",)

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Check policy files; see, compare, replace and roll back the policy in force.",
)


for _command in (
    policy_versions.show,
    policy_versions.versions,
    policy_versions.diff,
    policy_versions.apply,
    policy_versions.rollback,
):
    app.command(_command.__name__)(_command)


app.add_typer(policy_drafts.app, name="drafts")


@app.command("check")
def check(
    file: Annotated[str, typer.Argument(help="The policy file (YAML); - reads standard input.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say whether a policy file is valid.

    Names line, column and field of every fault, and what was expected there.

    \b
    Examples:
      onequeue policy check center.yaml
      onequeue policy check --json center.yaml
      onequeue policy show-default | onequeue policy check -

    Exits with 0 when it is valid (warnings or not), 1 when it is not, 2 when there is no such file.
    """
    try:
        checked = read_policy(file)
    except PolicyFileError as error:
        tell_faults(file, error.faults, as_json=as_json)
        raise typer.Exit(Exit.BAD) from None
    if as_json:
        write_json(checked_as_json(file, checked.warnings, checked.policy))
        return
    for warning in checked.warnings:
        error_console().print(
            f"{file}:{warning.line}:{warning.column}: warning: {fault_text(warning)}", markup=False
        )
    console().print(f"{file}: valid. {_summary(checked.policy)}", markup=False)


@app.command("docs")
def docs(
    file: Annotated[str, typer.Argument(help="The policy file (YAML); - reads standard input.")],
) -> None:
    """Print a policy as a page for people, in Markdown.

    Queues, workflows, hours and rules in words, with their descriptions and owners.

    \b
    Examples:
      onequeue policy docs center.yaml > center.md
      onequeue policy show | onequeue policy docs - > in-force.md
    """
    sys.stdout.write(policy_page(valid_policy(file)))


@app.command("show-default")
def show_default() -> None:
    """Print the built-in policy as YAML.

    It is the policy of a router that was given none, and a file to start from.

    \b
    Example:
      onequeue policy show-default > center.yaml
    """
    sys.stdout.write(policy_yaml(default_policy()))


@app.command("schema")
def schema() -> None:
    """Print the JSON Schema of the policy.

    Editors and other languages can check policies with it.

    \b
    Example:
      onequeue policy schema > policy.schema.json
    """
    sys.stdout.write(json.dumps(Policy.model_json_schema(), indent=2) + "\n")


def _summary(policy: Policy) -> str:
    queues = ", ".join(list(policy.queues)[:8]) + (", …" if len(policy.queues) > 8 else "")
    default = policy.default_queue or "none"
    return (
        f"Policy {policy.name!r}: {len(policy.channels)} channels "
        f"({', '.join(policy.channels)}); {len(policy.queues)} queues ({queues}), "
        f"default {default}; {len(policy.skills)} skills; {len(policy.workflows)} workflows"
    )
