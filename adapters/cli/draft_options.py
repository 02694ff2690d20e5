"""What the commands about drafts share: options, the register of a tenant, differences as text."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple, TypeVar

import typer
from uvloop import new_event_loop

from adapters.cli.acting import calling_user, this_computer
from adapters.cli.connection import redis_url
from adapters.cli.history import opened_history
from adapters.cli.output import console, error_console, write_json
from adapters.drafts.draft import Draft, InForce
from adapters.drafts.register import Register
from adapters.drafts.store import DraftStore
from adapters.policies.application import NoAnswerError
from adapters.policies.differences import ABSENT, Change
from adapters.policies.outcomes import PolicyOutcome, outcome_of
from adapters.policies.versions import version_of
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint

__all__ = (
    "CommentOption",
    "DraftArgument",
    "JsonOption",
    "TitleOption",
    "Where",
    "change_as_json",
    "tell_changes",
    "value_text",
)

VALUE_MAX: Final = 60
"""Longest value that a difference prints in full."""

LOOK_S: Final = 0.1

Answer = TypeVar("Answer")

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
DraftArgument = Annotated[str, typer.Argument(help="The draft, as pd_0123456789abcdef.")]
TitleOption = Annotated[str, typer.Option("--title", help="What it is about, in a few words.")]
CommentOption = Annotated[
    str, typer.Option("--comment", "-m", help="Why; stands in the history with the version.")
]


class Where(NamedTuple):
    """Which tenant is meant, and where its history is."""

    redis_option: str | None
    tenant: str
    archive: Path | None = None

    def in_force(self) -> InForce:
        """The policy in force. Raises :class:`UnknownVersion`."""
        return self.version(None)

    def version(self, version: int | None) -> InForce:
        """One that was in force. Raises :class:`UnknownVersion`."""
        with opened_history(*self) as history:
            found = version_of(history, version)
        return InForce(found.version, found.document)

    def ask(self, question: Callable[[Register], Awaitable[Answer]]) -> Answer:
        """What the drafts answer to the user of this computer."""

        async def asked(store: DraftStore) -> Answer:
            return await question(Register(store, calling_user(), this_computer()))

        return self._with_store(asked)

    def until_settled(self, draft: Draft, wait_s: float) -> Draft:
        """Wait until the router has decided about one that was sent, and that is written down.
        Raises :class:`NoAnswerError`."""
        give_up_s = time.monotonic() + wait_s
        while time.monotonic() < give_up_s:
            with opened_history(*self) as history:
                outcome = outcome_of(history, draft.entry_id)
            if outcome is not None:
                return self._with_store(_settling(draft, outcome, self.in_force()))
            time.sleep(LOOK_S)
        raise NoAnswerError(wait_s)

    def _with_store(self, question: Callable[[DraftStore], Awaitable[Answer]]) -> Answer:
        endpoint, keys = Endpoint(redis_url(self.redis_option)), Keys(self.tenant)

        async def asked() -> Answer:
            store = DraftStore(endpoint, keys)
            try:
                return await question(store)
            finally:
                await store.close()

        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            return runner.run(asked())


def _settling(
    draft: Draft, outcome: PolicyOutcome, in_force: InForce
) -> Callable[[DraftStore], Awaitable[Draft]]:
    async def settled(store: DraftStore) -> Draft:
        stored = await store.get(draft.id)
        if stored.draft.entry_id != draft.entry_id or stored.draft.state != "applying":
            return stored.draft  # an API process was faster
        register = Register(store, calling_user(), this_computer())
        return await register.settle(stored, outcome, in_force)

    return settled


def tell_changes(found: list[Change], *, as_json: bool) -> None:
    """Print how two documents differ, field by field."""
    if as_json:
        write_json([change_as_json(change) for change in found])
        return
    for path, before, after in found:
        if before is ABSENT:
            line = f"+ {path}: {value_text(after)}"
        elif after is ABSENT:
            line = f"- {path}: {value_text(before)}"
        else:
            line = f"  {path}: {value_text(before)} → {value_text(after)}"
        console().print(line, markup=False)
    if not found:
        error_console().print("nothing differs", markup=False)


def change_as_json(change: Change) -> dict[str, Any]:
    """One difference, for a program."""
    told: dict[str, Any] = {"path": change.path}
    if change.before is not ABSENT:
        told["before"] = change.before
    if change.after is not ABSENT:
        told["after"] = change.after
    return told


def value_text(value: Any) -> str:
    """A value in a few words."""
    text = "none" if value is None else str(value)
    return text if len(text) <= VALUE_MAX else text[: VALUE_MAX - 1] + "…"
