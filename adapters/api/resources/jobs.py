"""Jobs over HTTP: what previews and tunings have in common."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any, Final

from fastapi import Path
from msgspec import Meta, Struct
from starlette.responses import Response

from adapters.api.contract.access import Access
from adapters.api.contract.answers import answer, tagged
from adapters.api.contract.auditing import action_of, actor_of, origin_of
from adapters.api.problems import Fault, ProblemError, retry_after
from adapters.api.resources.policies import parsed_policy
from adapters.api.settings import ApiSettings
from adapters.audit import AuditEntry
from adapters.drafts.draft import DRAFT_ID_PATTERN
from adapters.drafts.errors import UnknownDraft
from adapters.jobs.child import ChildLimits
from adapters.jobs.errors import LineFull, TooManyJobs, UnknownJob
from adapters.jobs.job import ENDED, ID_PATTERN, Asked, Job, JobKind, JobState, new_job_id
from adapters.jobs.line import JobLine, LineLimits, Order
from adapters.jobs.orders import Traffic, Where

__all__ = (
    "AtMs",
    "DraftIdAsked",
    "JobId",
    "JobName",
    "JobProgress",
    "Seed",
    "end_job",
    "job_problems",
    "line_limits",
    "policy_asked",
    "recorded",
    "show_job",
    "start_job",
    "view_terms",
    "where",
)

PERIOD_MS_MAX: Final = 31 * 86_400_000
NAME_CHARACTERS_MAX: Final = 200
AGAIN_MS: Final = 30_000

AtMs = Annotated[int, Meta(ge=0, le=2**53)]
Seed = Annotated[int, Meta(ge=0, le=2**31 - 1)]
JobName = Annotated[str, Meta(max_length=NAME_CHARACTERS_MAX)]
DraftIdAsked = Annotated[str, Meta(pattern=f"^({DRAFT_ID_PATTERN.strip('^$')})?$")]
JobId = Annotated[str, Path(pattern=ID_PATTERN)]


class JobProgress(Struct, frozen=True, kw_only=True):
    """How far a job has come: ``done`` of so many in a stage (``of`` 0: it is not known)."""

    stage: str = ""
    done: int = 0
    of: int = 0


def line_limits(settings: ApiSettings) -> LineLimits:
    """What the settings of the API leave to jobs."""
    child = ChildLimits(settings.job_s_max, settings.job_memory_bytes_max)
    return LineLimits(settings.jobs_running_max, settings.jobs_each_max, settings.jobs_max, child)


def where(access: Access) -> Where:
    """Where the history of whoever asks is."""
    hosted = access.hosted
    return Where(hosted.endpoint.url, hosted.tenant, hosted.archive, access.settings.job_processes)


def recorded(from_ms: int, to_ms: int) -> Traffic:
    """A period that may be asked for. Raises :class:`ProblemError`."""
    if not from_ms < to_ms:
        raise _invalid("it must be later than from_ms", "/to_ms")
    if to_ms - from_ms > PERIOD_MS_MAX:
        raise _invalid("at most 31 days can be replayed", "/from_ms")
    return Traffic(from_ms, to_ms)


async def start_job(
    access: Access,
    kind: JobKind,
    terms: Mapping[str, Any],
    documents: Mapping[str, Any],
    order: Order,
) -> Job:
    """Put a job in the line. Raises :class:`ProblemError`."""
    line: JobLine = access.request.app.state.jobs
    store = access.hosted.jobs
    asked = Asked(
        id=new_job_id(),
        kind=kind,
        by=access.principal.subject[:128],
        made_ms=await store.now_ms(),
        terms=dict(terms),
    )
    with job_problems():
        audit = _entry(access, asked, "started", {**terms, **documents})
        return await line.start(store, asked, documents, order, audit)


async def show_job(
    access: Access, job_id: str, kind: JobKind, view: Callable[[Job], Struct]
) -> Response:
    """One job, with what it has found so far."""
    with job_problems():
        return tagged(access, view(await access.hosted.jobs.get(job_id, kind)))


async def end_job(
    access: Access, job_id: str, kind: JobKind, view: Callable[[Job], Struct]
) -> Response:
    """Cancel one that has not ended, or forget one that has; answers with how it was."""
    store = access.hosted.jobs
    with job_problems():
        job = await store.get(job_id, kind)
        if job.standing.state in ENDED:
            await store.remove(job, _entry(access, job.asked, "removed"))
        else:
            await store.cancel(job, _entry(access, job.asked, "cancelled"))
        return answer(access, view(job))


def view_terms(job: Job) -> dict[str, Any]:
    """The fields that the view of every job has."""
    asked, standing = job.asked, job.standing
    return {
        "id": asked.id,
        "state": JobState(standing.state),
        "made_by": asked.by,
        "made_ms": asked.made_ms,
        "began_ms": standing.began_ms,
        "ended_ms": standing.ended_ms,
        "progress": JobProgress(
            stage=standing.progress.stage,
            done=standing.progress.done,
            of=standing.progress.of,
        ),
        "failure": standing.failure,
        "result": job.result,
        "is_final": standing.is_final,
        **asked.terms,
        **(job.documents or {}),
    }


async def policy_asked(
    access: Access, policy: dict[str, Any] | None, draft_id: str
) -> dict[str, Any] | None:
    """The policy that is to be tried: a document, or that of a draft as it stands; None where
    neither was given. Raises :class:`ProblemError`."""
    if policy is not None and draft_id:
        raise _invalid("give a policy or a draft, not both", "/draft_id")
    if draft_id:
        try:
            _, documents = await access.hosted.drafts.load(draft_id)
        except UnknownDraft as error:
            raise ProblemError("unknown_draft", str(error)) from None
        policy = documents.document
    if policy is None:
        return None
    return (await asyncio.to_thread(parsed_policy, policy)).model_dump(mode="json")


@contextmanager
def job_problems() -> Iterator[None]:
    """What can be wrong with a job, as problems."""
    try:
        yield
    except UnknownJob as error:
        raise ProblemError("unknown_job", str(error)) from None
    except TooManyJobs as error:
        raise ProblemError("limit", str(error)) from None
    except LineFull as error:
        raise ProblemError("busy", str(error), headers=retry_after(AGAIN_MS)) from None


def _entry(
    access: Access, asked: Asked, done: str, after: Mapping[str, Any] | None = None
) -> bytes:
    return AuditEntry(
        actor=actor_of(access.principal),
        action=action_of(access.request),
        resource="preview" if asked.kind is JobKind.PREVIEW else "tuning",
        resource_id=asked.id,
        origin=origin_of(access.request),
        outcome=f"done: {done}",
        after=None if after is None else dict(after),
    ).to_bytes()


def _invalid(detail: str, pointer: str) -> ProblemError:
    return ProblemError("invalid", detail, errors=[Fault(detail, pointer)])
