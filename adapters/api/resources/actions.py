"""Actions: endpoints that each are one command of docs/protocol.md, made from a table."""

# annotations are evaluated here: endpoints are made in functions, whose names FastAPI cannot see

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from adapters.api.contract.access import Access, allowed
from adapters.api.contract.answers import tagged
from adapters.api.contract.auditing import audited
from adapters.api.contract.bodies import Body, body_of
from adapters.api.contract.carrying_out import carry_out, decided
from adapters.api.contract.conditions import ANY_VERSION, asked_version
from adapters.api.contract.describing import describes_themselves, login_terms
from adapters.api.contract.description import Operation, describe
from adapters.api.contract.quick import id_of, quickly
from adapters.api.contract.requests import read_body
from adapters.api.paths import id_in_path
from adapters.api.problems import ProblemError
from adapters.api.resources.finding import shown_agent, shown_interaction, shown_offer
from adapters.api.resources.views import AgentView, InteractionView, OfferView
from adapters.audit.actions import action_of_command
from adapters.identity.permissions import Permission, Role
from adapters.submitting.verdict import Verdict
from router.command_terms import Change, CommandBase
from router.commands import AgentLogin

__all__ = ("Action", "add_actions", "command_type", "derived_id")

Shown = InteractionView | AgentView | OfferView

_SHOWN: Final[dict[str, Callable[[Access, str], Shown]]] = {
    "interaction_id": shown_interaction,
    "agent_id": shown_agent,
    "offer_id": shown_offer,
}
_VIEWS: Final[dict[str, type[Shown]]] = {
    "interaction_id": InteractionView,
    "agent_id": AgentView,
    "offer_id": OfferView,
}
_GONE: Final[dict[str, Callable[[str], Shown]]] = {
    "interaction_id": lambda name: InteractionView(
        interaction_id=name, state="over", is_partial=True
    ),
    "agent_id": lambda name: AgentView(agent_id=name, state="offline"),
    "offer_id": lambda name: OfferView(offer_id=name, interaction_id="", agent_id="", state="over"),
}
_HELD: Final = ("state", "queue", "agent_id")
"""What is told of anything before it was changed: where it stood."""

_UNKNOWN: Final = {
    "interaction_id": ("unknown_interaction", "unknown_agent", "finished", "not_yours"),
    "agent_id": ("unknown_agent",),
    "offer_id": ("unknown_offer", "unknown_agent", "offer_over", "not_yours"),
}
_DECIDED: Final = ("wrong_state", "no_capacity", "limit", "unknown_queue")
"""What the router may say of any of them; of each status, one is enough for its schema."""


@dataclass(frozen=True, kw_only=True)
class Action:
    """One endpoint that changes what its path names.

    ``target`` is the field of the command that stands in the path; ``owner`` the one that names the
    agent for whom it is done, who must be one's own for whom may do it for that one only;
    ``optional`` are fields that the API fills in where they are left out. Who does what is audited
    stands in the audit: it goes beyond what happens with every interaction;
    ``is_audited_of_others``: where it is somebody else's state, and no gateway says it for them.
    """

    command: type[CommandBase]
    path: str
    summary: str
    example: dict[str, Any]
    permission: Permission
    target: str
    method: str = "POST"
    owner: str = ""
    is_audited: bool = False
    is_audited_of_others: bool = False
    answers: Callable[[Access, str, Verdict], Response] | None = None
    view: type[Any] | None = None
    optional: tuple[str, ...] = ()
    body: Body[Any] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "body", body_of(self.command, (self.target,), self.optional))

    @property
    def has_version(self) -> bool:
        """Whether it can be asked for on condition of a version."""
        return issubclass(self.command, Change)


def add_actions(router: APIRouter, actions: Collection[Action]) -> None:
    """Add an endpoint for each."""
    for action in actions:
        router.add_api_route(
            action.path,
            _endpoint(action),
            methods=[action.method],
            **describe(_operation(action)),
        )


def command_type(command: type[CommandBase]) -> str:
    """What its ``type`` says."""
    return str(command.__struct_config__.tag)


def derived_id(request: Request) -> str | None:
    """An id that another request with the same idempotency key would get too."""
    name: str | None = getattr(request.state, "idempotency_name", None)
    return None if name is None else hashlib.blake2b(name.encode(), digest_size=12).hexdigest()


def _endpoint(action: Action) -> Callable[..., Any]:
    may = allowed(action.permission)

    async def quick(request: Request) -> Response:
        access = await may(request)
        return await _carried_out(action, request, id_of(request, action.target), access)

    @quickly(quick)
    async def act(
        request: Request,
        target: id_in_path(action.target),  # type: ignore[valid-type]  # made for each
        access: Annotated[Access, Depends(may)],
    ) -> Response:
        return await _carried_out(action, request, target, access)

    act.__name__ = command_type(action.command)
    return act


async def _carried_out(action: Action, request: Request, target: str, access: Access) -> Response:
    body = await read_body(request, action.body)
    if action.owner:
        access.require(target if action.owner == action.target else getattr(body, action.owner))
    terms = action.body.terms(body)
    is_audited = action.is_audited
    if action.command is AgentLogin:
        is_audited = describes_themselves(access, target, terms)
        terms = login_terms(access, target, terms)
    elif action.is_audited_of_others:
        is_audited = _is_somebody_elses(access, target)
    command = {
        "type": command_type(action.command),
        action.target: target,
        **terms,
        **_condition(action, access, target),
    }
    verdict = await carry_out(
        access,
        command,
        in_path=(action.target,),
        body_bytes=len(await request.body()),
        audit=_entry(action, access, target, command) if is_audited else None,
    )
    if action.answers is not None:
        return action.answers(access, target, verdict)
    shown = _afterwards(action, access, target)
    return tagged(access, shown, getattr(shown, "version", ""), headers=decided(verdict))


def _is_somebody_elses(access: Access, agent_id: str) -> bool:
    """Whether a person changes the state of an agent who is not them."""
    principal = access.principal
    return principal.agent_id != agent_id and Role.INTEGRATION not in principal.roles


def _entry(action: Action, access: Access, target: str, command: dict[str, Any]) -> bytes:
    """Who changes it, and what of it that is about the change, with what it becomes."""
    after = {name: value for name, value in command.items() if name != action.target}
    try:
        shown = msgspec.to_builtins(_SHOWN[action.target](access, target))
    except ProblemError:
        shown = {}
    before = {name: shown[name] for name in (*after, *_HELD) if name in shown}
    after = msgspec.to_builtins(after)
    return audited(access, action.target.removesuffix("_id"), target, before=before, after=after)


def _afterwards(action: Action, access: Access, target: str) -> Shown:
    """What it is about, as it stands now: it may be gone, or forgotten here."""
    try:
        return _SHOWN[action.target](access, target)
    except ProblemError:
        return _GONE[action.target](target)


def _condition(action: Action, access: Access, target: str) -> dict[str, str]:
    version = asked_version(access)
    if version is None:
        return {}
    if not action.has_version:
        raise ProblemError("bad_request", "this takes no If-Match: what it is about has no version")
    if version != ANY_VERSION:
        return {"if_version": version}
    shown = _SHOWN[action.target](access, target)
    if not getattr(shown, "version", ""):
        raise ProblemError("version_mismatch", "it is over: it has no version")
    return {}


def _operation(action: Action) -> Operation:
    return Operation(
        summary=action.summary,
        description=_words(action.command),
        answers=action.view or _VIEWS[action.target],
        body=action.body.kind,
        is_body_optional=action.body.is_optional,
        body_examples={"example": action.example},
        codes=(*_UNKNOWN[action.target], *_DECIDED),
        has_version=action.has_version,
        is_tagged=action.view is None,
        is_write=True,
        takes_key=action.method == "POST",
        action=action_of_command(command_type(action.command), action.target.removesuffix("_id")),
    )


def _words(command: type[CommandBase]) -> str:
    told = " ".join((command.__doc__ or "").split())
    return f"{told}\n\nThe command `{command_type(command)}` of docs/protocol.md."
