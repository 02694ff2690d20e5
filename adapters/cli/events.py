"""`onequeue events`: what others can hear of, as a document for tools."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer
import yaml

from adapters.cli.output import write_json
from adapters.cloudevents.asyncapi import asyncapi_document
from adapters.cloudevents.catalog import EVENTS, summary_of
from adapters.cloudevents.envelope import type_of

__all__ = ("app",)

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Describe the events that OneQueue tells.",
)


@app.command()
def asyncapi(
    *,
    as_yaml: Annotated[bool, typer.Option("--yaml", help="YAML in place of JSON.")] = False,
) -> None:
    """Print the AsyncAPI 3.0 document: server-sent events, webhooks, Redis streams.

    \b
    Examples:
      onequeue events asyncapi > asyncapi.json
      onequeue events asyncapi --yaml
    """
    document = asyncapi_document()
    if as_yaml:
        plain = json.loads(json.dumps(document))  # no anchors for what stands in it twice
        sys.stdout.write(yaml.safe_dump(plain, sort_keys=False, allow_unicode=True))
        return
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


@app.command(name="types")
def types_(
    *, as_json: Annotated[bool, typer.Option("--json", help="One JSON array.")] = False
) -> None:
    """List the types of events, for filters.

    \b
    Examples:
      onequeue events types
      onequeue events types --json
    """
    if as_json:
        write_json([type_of(kind) for kind in EVENTS])
        return
    for kind in EVENTS:
        sys.stdout.write(f"{kind:<30} {summary_of(kind)}\n")
