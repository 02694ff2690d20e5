"""Suggestions: searches for weights, their frontiers, and the way from a point to a draft."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from starlette.responses import Response

from adapters.client.errors import Invalid
from adapters.client.jobs_models import Tuning
from adapters.console.addresses import here
from adapters.console.asking import FormError, faults_by_field, map_in, number_in, period_in
from adapters.console.frontier import frontier_plots
from adapters.console.jobs import EVERY_S, Asking, JobId, Viewing, point_of
from adapters.console.periods import usual_period
from adapters.console.rendering import is_fragment
from adapters.console.visit import Visit
from adapters.console.whiskers import TONE_CLASSES, Tone, Whiskers, difference_text, whiskers
from adapters.identity.permissions import Permission

__all__ = ("router",)

router = APIRouter(prefix="/suggestions")

KNOBS: Final = (
    ("weights", "weights of the whole policy"),
    ("urgency", "urgency against fit"),
    ("queues", "weights of each queue"),
    ("steps", "when steps of workflows end"),
)
OBJECTIVE: Final = "It is a map with maximise, minimise and subject_to."
FIELDS: Final = {
    name: name for name in ("objective", "preset", "trials", "seed", "replications", "fresh")
} | {"from_ms": "from", "to_ms": "to", "seconds": "minutes"}
"""Fields of the form, by the field of the body."""

VERDICTS: Final = {"better": "good", "trade": "warn", "no difference": "off", "worse": "bad"}
USUAL: Final = {
    "preset": "best-matches",
    "name": "",
    "objective": "",
    "draft": "",
    "on": "recorded",
    "scenario": "small-blend",
    "trials": "200",
    "minutes": "10",
    "replications": "6",
    "fresh": "20",
    "seed": "1",
    "from": "",
    "to": "",
}


@router.get("")
async def show_suggestions(visit: Viewing) -> Response:
    """All searches."""
    jobs = [job async for job in visit.queue.tunings.list()]
    await visit.people.meet(*(job.made_by for job in jobs))
    return visit.page(
        "suggestions.html",
        jobs=jobs,
        title_of=_title,
        goals_of=_goals,
        may_ask=visit.may(Permission.POLICY_PREVIEW),
        every_s=EVERY_S,
    )


@router.get("/new")
async def ask_for_one(visit: Asking, draft: Annotated[str, Query(max_length=64)] = "") -> Response:
    """The form; for a draft, if one is named, as what the search begins with."""
    values = USUAL | usual_period(visit.request).fields() | {"draft": draft}
    return await _form(visit, values | {"knobs": ("weights", "urgency")})


@router.post("/new")
async def begin_one(visit: Asking) -> Response:
    """Begin it, and on to its page."""
    fields = USUAL | await visit.fields()
    chosen = tuple(knob for knob, _ in KNOBS if fields.get(f"knob-{knob}"))
    values = {**fields, "knobs": chosen}
    try:
        wanted = await _wanted(visit, fields, chosen)
        made = await visit.queue.tunings.create(**wanted)
    except FormError as error:
        return await _form(visit, values, {error.field: error.detail})
    except Invalid as error:
        return await _form(visit, values, faults_by_field(error, FIELDS))
    return visit.go(f"/suggestions/{made.id}")


@router.get("/{job_id}")
async def show_suggestion(job_id: JobId, visit: Viewing) -> Response:
    """One, as far as it has come."""
    job = await visit.queue.tunings.get(job_id)
    if job.has_ended and is_fragment(visit.request):
        return visit.go(here(visit.request))  # the whole page: it is over
    found = job.result
    await visit.people.meet(job.made_by)
    return visit.page(
        "suggestion.html",
        job=job,
        title=_title(job),
        found=found,
        points=[found["base"], *found["frontier"]] if found and found["is_validated"] else [],
        plots=frontier_plots(found) if found else [],
        single=_single(found) if found else None,
        axis=_axis_of(found) if found else str,
        estimate=_estimate,
        tone=_tone,
        value=_value,
        VERDICTS=VERDICTS,
        may_ask=visit.may(Permission.POLICY_PREVIEW),
        may_draft=visit.may(Permission.POLICY_DRAFT),
        every_s=0 if job.has_ended else EVERY_S,
    )


@router.post("/{job_id}/end")
async def end_suggestion(job_id: JobId, visit: Asking) -> Response:
    """Cancel it, or remove it if it has ended."""
    was = await visit.queue.tunings.delete(job_id)
    if was.has_ended:
        return visit.go("/suggestions", told="Removed.")
    return visit.go(f"/suggestions/{job_id}", told="It ends within seconds.")


@router.post("/{job_id}/draft")
async def make_draft(job_id: JobId, visit: Asking) -> Response:
    """A point becomes a draft; nothing is in force by that."""
    name = (await visit.fields()).get("point", "")
    job = await visit.queue.tunings.get(job_id)
    point = point_of(job, name)
    if point is None or not point.get("policy"):
        return visit.go(f"/suggestions/{job_id}", told="There is no such point.", tone="bad")
    made = await visit.queue.drafts.create(
        policy=point["policy"],
        title=f"Point {name} of “{_title(job)}”"[:100],
        comment=f"From the search {job_id}: {point['verdict']}."[:500],
    )
    return visit.go(f"/drafts/{made.id}", told="This is a draft: nothing of it is in force.")


async def _form(
    visit: Visit, values: Mapping[str, Any], errors: Mapping[str, str] | None = None
) -> Response:
    presets = [(one.name, f"{one.name}: {one.description}") async for one in _presets(visit)]
    scenarios = [
        (one.name, f"{one.name}: {_first_sentence(one.description)}")
        async for one in visit.queue.tunings.scenarios()
    ]
    return visit.page(
        "suggestion_new.html",
        status=422 if errors else 200,
        presets=presets,
        scenarios=scenarios,
        knobs=KNOBS,
        values=values,
        errors=errors or {},
    )


def _first_sentence(text: str) -> str:
    """Of a description, for a list to choose from."""
    return text.partition(": ")[0].partition("; ")[0].removesuffix(".")


def _presets(visit: Visit) -> Any:
    return visit.queue.tunings.presets()


async def _wanted(
    visit: Visit, fields: Mapping[str, str], knobs: tuple[str, ...]
) -> dict[str, Any]:
    """The body of the request. Raises :class:`FormError`."""
    if not knobs:
        raise FormError("form", "Say what may be changed.")
    wanted: dict[str, Any] = {
        "name": fields["name"],
        "draft_id": fields["draft"],
        "knobs": knobs,
        "trials": number_in(fields, "trials"),
        "seconds": 60 * number_in(fields, "minutes"),
        "replications": number_in(fields, "replications"),
        "fresh": number_in(fields, "fresh"),
        "seed": number_in(fields, "seed"),
    }
    if fields["objective"]:
        wanted["objective"] = await map_in(fields, "objective", OBJECTIVE)
    else:
        wanted["preset"] = fields["preset"]
    if fields["on"] == "scenario":
        return wanted | {"scenario": fields["scenario"]}
    period = period_in(visit.request, fields)
    return wanted | {"from_ms": period.from_ms, "to_ms": period.to_ms}


def _title(job: Tuning) -> str:
    return job.name or job.preset or "Search for weights"


def _goals(job: Tuning) -> str:
    more = [f"more {goal}" for goal in job.objective.get("maximise", ())]
    less = [f"less {goal}" for goal in job.objective.get("minimise", ())]
    return ", ".join([*more, *less])


def _estimate(found: Mapping[str, Any], unit: str, *, sign: bool = False) -> str:
    """An estimate with its interval, in % or seconds."""
    mean, half = found["mean"], found["half_width"]
    if mean is None:
        return "–"
    scale, end, digits = (1.0, " s", 1) if unit == "s" else (100.0, " %", 2)
    told = f"{mean * scale:{'+' if sign else ''}.{digits}f}".replace("-", "−")
    return f"{told} ± {half * scale:.{digits}f}{end}" if half is not None else f"{told}{end}"


def _value(value: object) -> str:
    """A setting, numbers without digits that say nothing."""
    if isinstance(value, float | int) and not isinstance(value, bool):
        return f"{value:g}"
    return "–" if value is None else str(value)


def _side(point: Mapping[str, Any], figure: Mapping[str, Any]) -> Tone:
    """Whether a goal is better or worse, beyond the noise of all comparisons together."""
    if figure["name"] in point["better_in"]:
        return "good"
    return "bad" if figure["name"] in point["worse_in"] else "same"


def _tone(point: Mapping[str, Any], figure: Mapping[str, Any]) -> str:
    return TONE_CLASSES[_side(point, figure)]


def _single(found: Mapping[str, Any]) -> Whiskers | None:
    """Of a single goal: each point's difference to the base."""
    goals = _goal_figures(found)
    if len(goals) != 1 or not found["frontier"]:
        return None
    (goal,) = goals
    return whiskers(
        (
            point["name"],
            point["differences"][goal["name"]]["mean"] or 0.0,
            point["differences"][goal["name"]]["half_width"] or 0.0,
            _estimate(point["differences"][goal["name"]], goal["unit"], sign=True),
            _side(point, goal),
        )
        for point in found["frontier"]
    )


def _axis_of(found: Mapping[str, Any]) -> Callable[[float], str]:
    goals = _goal_figures(found)
    return difference_text("s" if goals and goals[0]["unit"] == "s" else "share")


def _goal_figures(found: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Those that the search made better, not those that only must hold."""
    return [figure for figure in found["figures"] if figure["wanted"]]
