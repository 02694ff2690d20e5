"""A command group that imports a command only when it is called.

`onequeue --help` must not load Redis clients, NumPy and the engine to list eight names. Commands of
other packages come in through the entry point group ``onequeue.commands``.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

if TYPE_CHECKING:  # typer carries its own click, and hands these to the methods that we override
    from typer._click.core import Command, Context
    from typer._click.formatting import HelpFormatter

__all__ = ("BUILT_IN", "LazyCommand", "LazyGroup", "lazy_commands")

PLUGIN_GROUP: Final = "onequeue.commands"


@dataclass(frozen=True, slots=True)
class LazyCommand:
    """A command that is known by name: where it lives, and the line that lists it."""

    module: str
    attributes: tuple[str, ...]
    summary: str

    def load(self, name: str) -> Command:
        """Import the module and make the command. Raises ``ImportError`` when it is not there."""
        module = importlib.import_module(self.module)
        for attribute in self.attributes:
            found = getattr(module, attribute, None)
            if found is not None:
                return _as_command(found, name)
        message = f"{self.module} has none of {', '.join(self.attributes)}"
        raise ImportError(message)


BUILT_IN: Final[dict[str, LazyCommand]] = {
    "serve": LazyCommand("adapters.cli.serve", ("app", "serve"), "Run the router."),
    "status": LazyCommand("adapters.cli.status", ("app",), "Show who leads, and who stands by."),
    "handover": LazyCommand("adapters.cli.handover", ("app",), "Let a standby take the lead."),
    "api": LazyCommand("adapters.cli.api", ("app",), "Serve the HTTP API."),
    "console": LazyCommand(
        "adapters.cli.console", ("app",), "Serve the console: the floor, why, tuning."
    ),
    "edge": LazyCommand(
        "adapters.cli.edge", ("app",), "Ask webhooks and functions about what comes in."
    ),
    "archive": LazyCommand(
        "adapters.cli.archive", ("app",), "Keep the history on disk; trim the journal."
    ),
    "mail": LazyCommand(
        "adapters.cli.mail", ("app",), "Count a mailbox against OneQueue; show what is unanswered."
    ),
    "media": LazyCommand("adapters.cli.media", ("app",), "Run adapters of media: mail and others."),
    "webhooks": LazyCommand(
        "adapters.cli.webhooks", ("app",), "Tell others of events by signed webhooks."
    ),
    "record": LazyCommand(
        "adapters.cli.record", ("app",), "Keep the customer record: all that is known of whom."
    ),
    "voice": LazyCommand(
        "adapters.cli.voice", ("app",), "Voice by SIP: the front's configuration, its adapter."
    ),
    "trace": LazyCommand(
        "adapters.cli.trace", ("app",), "Send traces from arrival to acceptance by OTLP."
    ),
    "send": LazyCommand("adapters.cli.send", ("app",), "Stream a CSV export through a router."),
    "verify": LazyCommand(
        "adapters.cli.verify", ("app", "verify"), "Check a journal against the invariants."
    ),
    "journal": LazyCommand(
        "adapters.cli.journal", ("app",), "Print what happened, event by event."
    ),
    "analysis": LazyCommand("adapters.cli.analysis", ("app",), "Export the history as Parquet."),
    "query": LazyCommand("adapters.cli.query", ("app",), "Ask the export questions in SQL."),
    "events": LazyCommand("adapters.cli.events", ("app",), "Describe the events that are told."),
    "stats": LazyCommand("adapters.cli.stats", ("app",), "Show who waits, and what agents do."),
    "explain": LazyCommand("adapters.cli.explain", ("app",), "Tell why an offer went to whom."),
    "replay": LazyCommand(
        "adapters.cli.replay", ("app",), "Fold a history; compare it with the snapshots."
    ),
    "restore": LazyCommand(
        "adapters.cli.restore", ("app",), "Begin a lost journal anew where its archive ends."
    ),
    "keys": LazyCommand("adapters.cli.keys", ("app",), "Make, list, rotate and revoke API keys."),
    "audit": LazyCommand("adapters.cli.audit", ("app",), "Show who changed what; export it."),
    "acl": LazyCommand(
        "adapters.cli.acl", ("app",), "Write Redis users with the least rights they need."
    ),
    "forget": LazyCommand("adapters.cli.forget", ("app",), "Erase what is personal of a customer."),
    "config": LazyCommand(
        "adapters.cli.config", ("app",), "Check the configuration; show what is in effect."
    ),
    "policy": LazyCommand("adapters.cli.policy", ("app",), "Check policy files; show the default."),
}


@cache
def lazy_commands() -> dict[str, LazyCommand]:
    """Built-in commands, then those of installed packages; a built-in name cannot be taken."""
    plugins = {
        point.name: LazyCommand(point.module, (point.attr,), _summary(point.module))
        for point in sorted(entry_points(group=PLUGIN_GROUP), key=lambda point: point.name)
    }
    return {**BUILT_IN, **{k: v for k, v in plugins.items() if k not in BUILT_IN}}


class LazyGroup(TyperGroup):
    """Lists commands without importing them."""

    _listing = False

    def list_commands(self, ctx: Context) -> list[str]:
        """Every name."""
        return list(lazy_commands())

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        """The command; while help is being written, a stand-in that knows only its summary."""
        known = lazy_commands().get(cmd_name)
        if known is None:
            return None
        if self._listing:
            return TyperCommand(cmd_name, help=known.summary)
        return known.load(cmd_name)

    def invoke(self, ctx: Context) -> Any:
        """Run the command; what is wrong with an option is told in the words that files are told
        in, not in those of the library that looks at it."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            error.message = _in_words(error)
            raise

    def format_help(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write the help of the group."""
        self._listing = True
        try:
            super().format_help(ctx, formatter)
        finally:
            self._listing = False


def _in_words(error: typer.BadParameter) -> str:
    from pydantic import ValidationError  # its import takes longer than `--version`

    from adapters.documents.faults import words_of

    fault = error.__cause__
    if not isinstance(fault, ValidationError):
        return error.message
    return "; ".join(dict.fromkeys(words_of(each) for each in fault.errors()))


def _as_command(found: typer.Typer | Callable[..., Any], name: str) -> Command:
    if not isinstance(found, typer.Typer):
        app = typer.Typer(add_completion=False, rich_markup_mode=None)
        app.command(name)(found)
        found = app
    command = get_command(found)
    command.params = [p for p in command.params if p.name not in _COMPLETION_PARAMETERS]
    command.name = name
    return command


_COMPLETION_PARAMETERS: Sequence[str] = ("install_completion", "show_completion")


def _summary(module: str) -> str:
    """The first line of a module's docstring, without importing the module."""
    try:
        spec = importlib.util.find_spec(module)
        if spec is None or spec.origin is None:
            return "(cannot be found)"
        docstring = ast.get_docstring(ast.parse(Path(spec.origin).read_bytes()))
    except (ImportError, OSError, SyntaxError, ValueError) as error:
        return f"(cannot be loaded: {error})"
    return (docstring or "").partition("\n")[0]
