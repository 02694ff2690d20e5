"""Tunings: a search for weights that serve a stated objective better. It applies nothing."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends
from msgspec import Meta, Struct, field
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from adapters.api.contract.access import Access, allowed
from adapters.api.contract.answers import answer
from adapters.api.contract.bodies import Body
from adapters.api.contract.description import Operation, describe
from adapters.api.contract.paging import Page
from adapters.api.contract.requests import read_body
from adapters.api.problems import Fault, ProblemError
from adapters.api.resources.jobs import (
    AtMs,
    DraftIdAsked,
    JobId,
    JobName,
    JobProgress,
    Seed,
    end_job,
    policy_asked,
    recorded,
    show_job,
    start_job,
    view_terms,
    where,
)
from adapters.identity.permissions import Permission
from adapters.jobs.job import Job, JobKind, JobState
from adapters.jobs.orders import Traffic, tuning_order
from adapters.tuning.objective import Objective, ObjectiveError, preset, preset_names
from adapters.tuning.scenarios import SCENARIOS

__all__ = ("router",)

router = APIRouter(prefix="/v1/tunings", tags=["tunings"])

Read = Annotated[Access, Depends(allowed(Permission.POLICY_READ))]
Try = Annotated[Access, Depends(allowed(Permission.POLICY_PREVIEW))]
ScenarioName = Annotated[str, Meta(pattern=r"^([a-z][a-z0-9-]{0,63})?$")]

Often = Annotated[int, Meta(ge=2, le=1_000)]
Knobs = Literal["weights", "urgency", "queues", "steps"]

TRIALS: Final = 200
SECONDS: Final = 600
REPLICATIONS: Final = 6
FRESH: Final = 20
LIMITS: Final = ("seed", "trials", "seconds", "replications", "fresh")


class TuningWanted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to search for, and on which traffic.

    The objective is a document (docs/tuning.md) or the name of a ``preset``; the traffic is the
    recorded one from one moment to another (ms since 1970), or a built-in ``scenario``. Without
    ``policy`` and ``draft_id`` the search begins with the policy in force, or with the scenario's
    own. ``knobs`` say what may be changed. It ends after so many ``trials``, or ``seconds``; a
    policy is played ``replications`` times in the search, the best ``fresh`` times on others.
    """

    objective: dict[str, Any] | None = None
    preset: Annotated[str, Meta(max_length=64)] = ""
    scenario: ScenarioName = ""
    from_ms: AtMs = 0
    to_ms: AtMs = 0
    policy: dict[str, Any] | None = None
    draft_id: DraftIdAsked = ""
    knobs: Annotated[list[Knobs], Meta(min_length=1, max_length=4)] = field(
        default_factory=lambda: ["weights", "urgency"]
    )
    trials: Annotated[int, Meta(ge=1, le=10_000)] = TRIALS
    seconds: Annotated[int, Meta(ge=1, le=86_400)] = SECONDS
    replications: Often = REPLICATIONS
    fresh: Often = FRESH
    seed: Seed = 1
    name: JobName = ""


class TuningView(Struct, frozen=True, kw_only=True):
    """A search. ``result`` is what `onequeue tune --json` writes, as of the trials that are done,
    and ``is_final`` once the frontier was tried on fresh numbers; it and ``policy`` are null in a
    list."""

    id: str
    state: JobState
    name: str
    draft_id: str
    made_by: str
    made_ms: int
    began_ms: int
    ended_ms: int
    objective: dict[str, Any]
    preset: str
    scenario: str
    from_ms: int
    to_ms: int
    knobs: list[Knobs]
    trials: int
    seconds: int
    replications: int
    fresh: int
    seed: int
    progress: JobProgress
    failure: str
    is_final: bool
    policy: dict[str, Any] | None = None
    result: dict[str, Any] | None = None


class PresetView(Struct, frozen=True, kw_only=True):
    """An objective that comes with OneQueue."""

    name: str
    description: str
    objective: dict[str, Any]


class ScenarioView(Struct, frozen=True, kw_only=True):
    """A made-up center that comes with OneQueue."""

    name: str
    description: str


WANTED: Final = Body(TuningWanted)
EXAMPLES: Final = {
    "recorded": {
        "objective": {
            "maximise": ["skill_fit", "preferred_rate"],
            "subject_to": ["service_level of channel voice within 20 s >= 80 %"],
        },
        "from_ms": 1_790_000_000_000,
        "to_ms": 1_790_086_400_000,
    },
    "scenario": {"preset": "best-matches", "scenario": "small-blend", "trials": 24},
}


@router.get("", **describe(Operation(summary="List searches", answers=Page[TuningView])))
async def list_tunings(access: Read) -> Response:
    """All of them, the newest first, without their results."""
    jobs = await access.hosted.jobs.all(JobKind.TUNING)
    return answer(access, Page(items=[_view(job) for job in jobs]))


@router.get(
    "/presets",
    **describe(
        Operation(summary="List the objectives that come with OneQueue", answers=Page[PresetView])
    ),
)
async def list_presets(access: Read) -> Response:
    """Every preset, by name."""
    found = [(name, preset(name)) for name in preset_names()]
    items = [
        PresetView(name=name, description=one.description, objective=_document(one))
        for name, one in found
    ]
    return answer(access, Page(items=items))


@router.get(
    "/scenarios",
    **describe(
        Operation(
            summary="List the made-up centers that a search may run on", answers=Page[ScenarioView]
        )
    ),
)
async def list_scenarios(access: Read) -> Response:
    """Every built-in scenario, by name."""
    items = [ScenarioView(name=name, description=told) for name, told in SCENARIOS.items()]
    return answer(access, Page(items=items))


@router.post(
    "",
    **describe(
        Operation(
            summary="Search for weights",
            description="It runs beside the API, for minutes; ask for it again to see how far it "
            "has come. Nothing is put in force.",
            answers=TuningView,
            status=201,
            body=TuningWanted,
            body_examples=EXAMPLES,
            codes=("policy_invalid", "unknown_draft", "limit"),
            is_write=True,
            takes_key=True,
        )
    ),
)
async def create_tuning(request: Request, access: Try) -> Response:
    """A new one."""
    wanted = await read_body(request, WANTED)
    objective, on = _document(_objective(wanted)), _traffic(wanted)
    policy = await policy_asked(access, wanted.policy, wanted.draft_id)
    if policy is None and isinstance(on, Traffic):
        policy = access.hosted.projection.state.policy
    limits = {name: getattr(wanted, name) for name in LIMITS}
    order = tuning_order(where(access), on, policy, objective, knobs=wanted.knobs, **limits)
    terms = {
        "name": wanted.name,
        "draft_id": wanted.draft_id,
        "objective": objective,
        "preset": wanted.preset,
        "scenario": wanted.scenario,
        "from_ms": wanted.from_ms,
        "to_ms": wanted.to_ms,
        "knobs": wanted.knobs,
        **limits,
    }
    job = await start_job(access, JobKind.TUNING, terms, {"policy": policy}, order)
    return answer(access, _view(job), 201, {"Location": f"/v1/tunings/{job.asked.id}"})


@router.get(
    "/{tuning_id}",
    **describe(
        Operation(
            summary="Show a search",
            description="Its frontier grows while trials finish: ask each second or two, with "
            "If-None-Match.",
            answers=TuningView,
            codes=("unknown_job",),
            is_tagged=True,
        )
    ),
)
async def get_tuning(tuning_id: JobId, access: Read) -> Response:
    """One of them."""
    return await show_job(access, tuning_id, JobKind.TUNING, _view)


@router.delete(
    "/{tuning_id}",
    **describe(
        Operation(
            summary="Cancel or remove a search",
            description="One that waits or runs is cancelled, within seconds; one that has ended "
            "is removed. Answers with how it was.",
            answers=TuningView,
            codes=("unknown_job",),
            is_write=True,
        )
    ),
)
async def delete_tuning(tuning_id: JobId, access: Try) -> Response:
    """One less."""
    return await end_job(access, tuning_id, JobKind.TUNING, _view)


def _view(job: Job) -> TuningView:
    return TuningView(**view_terms(job))


def _document(objective: Objective) -> dict[str, Any]:
    return objective.model_dump(mode="json", exclude_defaults=True)


def _objective(wanted: TuningWanted) -> Objective:
    if (wanted.objective is None) != bool(wanted.preset):
        raise _invalid("give an objective, or the name of a preset", "/objective")
    if wanted.objective is None:
        try:
            return preset(wanted.preset)
        except ObjectiveError as error:
            raise _invalid(str(error), "/preset") from None
    try:
        return Objective.model_validate(wanted.objective)
    except ValidationError as error:
        raise _faulty(error) from None


def _faulty(error: ValidationError) -> ProblemError:
    faults = [
        Fault(
            str(each["msg"]).removeprefix("Value error, "),
            "/".join(("/objective", *(str(part) for part in each["loc"]))),
        )
        for each in error.errors(include_input=False)
    ]
    return ProblemError("invalid", faults[0].detail, errors=faults)


def _traffic(wanted: TuningWanted) -> Traffic | str:
    """Recorded traffic, or the name of a scenario."""
    if not wanted.scenario:
        return recorded(wanted.from_ms, wanted.to_ms)
    if wanted.from_ms or wanted.to_ms:
        raise _invalid("give a scenario or a period, not both", "/scenario")
    if wanted.scenario not in SCENARIOS:
        known = ", ".join(SCENARIOS)
        raise _invalid(
            f"there is no scenario {wanted.scenario!r}; built in are: {known}", "/scenario"
        )
    return wanted.scenario


def _invalid(detail: str, pointer: str) -> ProblemError:
    return ProblemError("invalid", detail, errors=[Fault(detail, pointer)])
